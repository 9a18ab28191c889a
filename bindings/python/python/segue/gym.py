"""Gymnasium environments on Segue's engine.

A step is one segment: the action is the level to fetch it on, the reward what an additive QoE model gives for it. The
observation is what the agent knows when it is asked for the next level.

>>> import segue.gym
>>> env = segue.gym.AbrEnv("preset:3g,seed=1", "preset:cbr,duration=60")
>>> observation, info = env.reset(seed=0)
>>> observation.shape, int(env.action_space.n)
((6, 8), 6)
>>> observation, reward, terminated, truncated, info = env.step(2)

Observation layouts:

``"pensieve"``
    6 rows of 8 float32, as Pensieve's code computes them: every row is the history of a number, rolled by one per step, the
    newest last. Rows: bitrate over the top bitrate; buffer in 10 s; throughput in MB/s; download time in 10 s; sizes of the
    next segment on every rung in MB (in the first columns; what is behind them is what was rolled there, as in the original);
    segments left, of at most 48, over 48. As there, the first segment is fetched on rung 1 (``first_level``) without asking the
    agent, and its reward is not part of the episode.
``"general"``
    One row of float32: buffer (s), capacity (s), share of segments left, duration of the next segment (s), last bitrate
    (Mbit/s), whether media plays (0 or 1), the last 8 throughputs (Mbit/s, oldest first), the last 8 download times (s), the
    sizes of the next segment on every rung (Mbit), the bitrates of the ladder (Mbit/s). The agent is asked for every segment.

``trace`` may be several; every episode then draws one. ``random_start`` begins it at a random time of the trace.
"""

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from ._segue import Environments

__all__ = ["AbrEnv", "AbrVecEnv", "register"]

_LARGEST = 2**62


def _space(environments, observation):
    shape = (6, 8) if observation == "pensieve" else (environments.width,)
    return spaces.Box(0.0, np.inf, shape, np.float32)


class AbrEnv(gymnasium.Env):
    """One player whose levels an agent chooses.

    ``trace`` and ``video`` are what ``segue.run`` takes; ``trace`` may also be a list. ``profile`` is the player, ``qoe`` the
    additive model of the rewards. An episode ends with the video; it is truncated where the link ends for good.
    """

    metadata = {"render_modes": []}

    def __init__(
        self,
        trace,
        video,
        profile="default",
        qoe="pensieve-lin",
        observation="pensieve",
        first_level=None,
        random_start=False,
        impair=None,
        render_mode=None,
    ):
        self._environments = Environments(
            1, trace, video, profile, qoe, observation, "disabled", first_level, random_start, impair
        )
        self.render_mode = render_mode
        self.observation_space = _space(self._environments, observation)
        self.action_space = spaces.Discrete(self._environments.levels)
        self._action = np.zeros(1, np.int64)

    def _observation(self):
        return self._environments.observations.reshape(self.observation_space.shape).copy()

    def reset(self, *, seed=None, options=None):
        """Begins an episode. Returns the observation and what is known of the session."""
        super().reset(seed=seed)
        self._environments.reset(int(self.np_random.integers(_LARGEST)))
        return self._observation(), self._environments.info(0)

    def step(self, action):
        """Fetches the next segment on a level."""
        self._action[0] = action
        reward, terminated, truncated = self._environments.step(self._action)
        info = self._environments.info(0)
        return self._observation(), float(reward[0]), bool(terminated[0]), bool(truncated[0]), info


class AbrVecEnv(VectorEnv):
    """Many players side by side, batched in Rust on all cores.

    ``autoreset`` is ``"next_step"``, ``"same_step"`` (the last observations are in ``info["final_obs"]``) or ``"disabled"``
    (``reset(options={"reset_mask": mask})``). Without ``copy``, the observations are one array that every step overwrites.
    """

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        num_envs,
        trace,
        video,
        profile="default",
        qoe="pensieve-lin",
        observation="pensieve",
        autoreset="next_step",
        first_level=None,
        random_start=False,
        impair=None,
        copy=True,
    ):
        mode = {
            "next_step": AutoresetMode.NEXT_STEP,
            "same_step": AutoresetMode.SAME_STEP,
            "disabled": AutoresetMode.DISABLED,
        }
        if isinstance(autoreset, AutoresetMode):
            autoreset = {value: name for name, value in mode.items()}[autoreset]
        self._environments = Environments(
            num_envs, trace, video, profile, qoe, observation, autoreset, first_level, random_start, impair
        )
        self.num_envs = num_envs
        self.metadata = {**self.metadata, "autoreset_mode": mode[autoreset]}
        self.render_mode = None
        self.copy = copy
        self.single_observation_space = _space(self._environments, observation)
        self.single_action_space = spaces.Discrete(self._environments.levels)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._same_step = autoreset == "same_step"
        self._shape = (num_envs, *self.single_observation_space.shape)
        self._seen = self._environments.observations.reshape(self._shape)
        self._last = self._environments.last_observations.reshape(self._shape)

    def _observations(self):
        return self._seen.copy() if self.copy else self._seen

    def reset(self, *, seed=None, options=None):
        """Begins an episode in every environment, or in those of ``options["reset_mask"]``."""
        super().reset(seed=seed)
        mask = (options or {}).get("reset_mask")
        if mask is None or seed is not None:
            self._environments.reset(int(self.np_random.integers(_LARGEST)), mask)
        else:
            self._environments.reset(None, np.asarray(mask, bool))
        return self._observations(), {}

    def step(self, actions):
        """Fetches the next segment of every player on its level: int64, one per environment."""
        actions = np.ascontiguousarray(actions, np.int64)
        reward, terminated, truncated = self._environments.step(actions)
        info = {}
        if self._same_step:
            ended = terminated | truncated
            if ended.any():
                info = {"final_obs": self._last.copy(), "_final_obs": ended, "final_info": {}, "_final_info": ended}
        return self._observations(), reward, terminated, truncated, info


def register():
    """Makes ``gymnasium.make("segue/Abr-v0", trace=..., video=...)`` work."""
    if "segue/Abr-v0" not in gymnasium.registry:
        gymnasium.register("segue/Abr-v0", entry_point=AbrEnv, vector_entry_point=AbrVecEnv)
