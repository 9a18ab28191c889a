"""The environments keep Gymnasium's contract, see what Pensieve's agent sees, and are fast."""

import os
import subprocess
import sys
import time

import gymnasium
import numpy as np
import pytest
from conftest import golden
from gymnasium.utils.env_checker import check_env

import segue
from segue.gym import AbrEnv, AbrVecEnv

VIDEO = "preset:vbr,duration=96,seed=4"
TRACES = ["preset:3g,seed=1", "preset:3g,seed=2", "preset:4g,seed=3"]


@pytest.mark.parametrize("observation", ["pensieve", "general"])
@pytest.mark.parametrize("profile", ["default", "pensieve-1120bb1"])
def test_gymnasium_checks_the_environment(observation, profile):
    env = AbrEnv("preset:3g,seed=1", "preset:cbr,duration=96", profile=profile, observation=observation)
    check_env(env, skip_render_check=True)


def test_gymnasium_checks_drawn_networks():
    check_env(AbrEnv(TRACES, VIDEO, random_start=True), skip_render_check=True)


def play(env, actions):
    """Rewards and observations of one episode."""
    observation, _ = env.reset(seed=3)
    rewards, seen = [], [observation]
    for action in actions:
        observation, reward, terminated, truncated, _ = env.step(action)
        rewards.append(reward)
        seen.append(observation)
        if terminated or truncated:
            return rewards, seen
    raise AssertionError("no end")


class Replay:
    def __init__(self, levels):
        self.levels = levels

    def decide(self, view):
        return int(self.levels[view.segment])


@pytest.mark.parametrize("profile", ["default", "pensieve-1120bb1", "default:start=7,resume=3"])
@pytest.mark.parametrize("qoe", ["pensieve-lin", "pensieve-hd", "yin"])
def test_rewards_add_up_to_the_score_of_the_session(qoe, profile):
    trace, video = "preset:3g,seed=3", segue.read_video("preset:vbr,duration=200,seed=2")
    rng = np.random.default_rng(1)
    segments = 48 if profile.startswith("pensieve") else video.segments
    levels = rng.integers(0, 6, video.segments)
    env = AbrEnv(trace, video, profile=profile, qoe=qoe, observation="general")
    rewards, _ = play(env, levels)
    session = segue.run(trace, video, Replay(levels), profile=profile, qoe=qoe)
    assert len(rewards) == min(segments, video.segments)
    assert sum(rewards) == pytest.approx(session.qoe[qoe], rel=1e-9)


POLICIES = [
    case
    for part in range(2)
    for case in golden(f"simulators/pensieve_policies_{part:02}.json")["cases"]
    if case["algo"] in ("random_actions_s7", "rb")
]
KBPS = np.array([300, 750, 1200, 1850, 2850, 4300])


@pytest.fixture(scope="module")
def pensieve(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pensieve")
    inputs = golden("simulators/pensieve_inputs.json")
    read = {}
    for name, trace in inputs["traces"].items():
        path = folder / f"{name}.cooked"
        path.write_text("".join(f"{t!r}\t{r!r}\n" for t, r in zip(trace["time_s"], trace["mbps"])))
        read[name] = segue.read_trace(path, format="cooked:wrap_from_zero=true")
    for name, rungs in inputs["videos"].items():
        sizes = 8.0 * np.array(rungs).T
        read[name] = segue.Video(name, KBPS.tolist(), segment_s=4.0, sizes_bits=sizes.tolist())
    return read


@pytest.mark.parametrize("case", POLICIES, ids=[case["id"] for case in POLICIES])
def test_the_agent_sees_what_pensieves_agent_sees(case, pensieve):
    """From the recorded rows of Pensieve's environment, the state that its agent's code makes of them."""
    env = AbrEnv(pensieve[case["trace"]], pensieve[case["video"]], profile="pensieve-1120bb1")
    sizes = pensieve[case["video"]].sizes_bits / 8
    observation, _ = env.reset(seed=0)
    state = np.zeros((6, 8))
    for chunk, row in enumerate(case["rows"]):
        q, delay, _, buffer, stall, size, remain, _, reward = row
        if chunk > 0:
            observation, got, terminated, truncated, _ = env.step(q)
            assert got == pytest.approx(reward, rel=1e-9, abs=1e-9), chunk
            assert terminated == (chunk == 47) and not truncated
        state = np.roll(state, -1, axis=1)
        state[0, -1] = KBPS[q] / 4300
        state[1, -1] = buffer / 10
        state[2, -1] = size / delay / 1000
        state[3, -1] = delay / 1000 / 10
        state[4, :6] = sizes[(chunk + 1) % 48] / 1e6
        state[5, -1] = min(remain, 48) / 48
        np.testing.assert_allclose(observation, state, rtol=1e-6, atol=1e-9, err_msg=f"chunk {chunk}")


def test_many_environments_are_many_single_ones():
    rng = np.random.default_rng(5)
    many = AbrVecEnv(7, "preset:3g,seed=1", VIDEO, autoreset="disabled")
    single = AbrEnv("preset:3g,seed=1", VIDEO)
    actions = rng.integers(0, 6, (23, 7))
    seen, _ = many.reset(seed=1)
    own = [single.reset(seed=1)[0]]
    assert np.array_equal(seen[4], own[0])
    for action in actions:
        seen, reward, terminated, _, _ = many.step(action)
        alone, gain, over, _, _ = single.step(action[4])
        assert np.array_equal(seen[4], alone) and reward[4] == gain and terminated[4] == over
    assert seen.shape == many.observation_space.shape and seen in many.observation_space


ROLL = """
import hashlib, numpy as np
from segue.gym import AbrVecEnv
env = AbrVecEnv(300, {traces!r}, {video!r}, random_start=True, profile="pensieve-1120bb1")
digest = hashlib.sha256(env.reset(seed=9)[0].tobytes())
for actions in np.random.default_rng(0).integers(0, 6, (60, 300)):
    seen, reward, *_ = env.step(actions)
    digest.update(seen.tobytes() + reward.tobytes())
print(digest.hexdigest())
"""


def test_the_same_seed_is_the_same_world_on_any_number_of_threads():
    def roll(threads):
        environment = {**os.environ, "RAYON_NUM_THREADS": threads}
        program = ROLL.format(traces=TRACES, video=VIDEO)
        return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout

    assert roll("1") == roll("3")


def test_drawn_networks_differ_and_seeds_matter():
    env = AbrVecEnv(64, TRACES, VIDEO, random_start=True)
    one, _ = env.reset(seed=1)
    two, _ = env.reset(seed=2)
    again, _ = env.reset(seed=1)
    assert np.array_equal(one, again) and not np.array_equal(one, two)
    assert len(np.unique(one[:, 2, -1])) > 32


def episode(mode, n=4):
    env = AbrVecEnv(n, "preset:3g,seed=1", "preset:cbr,duration=40", autoreset=mode)
    env.reset(seed=0)
    return env, [env.step(np.full(n, 2)) for _ in range(12)]


def test_next_step_ends_then_resets():
    env, steps = episode("next_step")
    assert env.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    # The first segment is fetched by reset: nine are left.
    assert [bool(s[2].all()) for s in steps] == [False] * 8 + [True] + [False] * 3
    assert steps[8][0][:, 5, -1].tolist() == [0.0] * 4
    assert steps[9][1].tolist() == [0.0] * 4
    first, _ = env.reset(seed=0)
    assert np.array_equal(steps[9][0], first)


def test_same_step_gives_the_last_observation_beside_the_first():
    env, steps = episode("same_step")
    assert [bool(s[2].all()) for s in steps] == [False] * 8 + [True] + [False] * 3
    first, _ = env.reset(seed=0)
    assert np.array_equal(steps[8][0], first)
    info = steps[8][4]
    assert info["_final_obs"].all() and info["final_obs"][:, 5, -1].tolist() == [0.0] * 4
    assert "final_obs" not in steps[7][4]


def test_disabled_wants_a_reset_of_those_that_ended():
    env = AbrVecEnv(4, "preset:3g,seed=1", "preset:cbr,duration=40", autoreset="disabled")
    env.reset(seed=0)
    for _ in range(9):
        seen, _, terminated, _, _ = env.step(np.full(4, 2))
    assert terminated.all()
    with pytest.raises(ValueError, match="is over"):
        env.step(np.full(4, 2))
    mask = np.array([True, True, False, True])
    fresh, _ = env.reset(options={"reset_mask": mask})
    assert np.array_equal(fresh[2], seen[2]) and not np.array_equal(fresh[0], seen[0])


def test_a_link_that_ends_truncates():
    env = AbrEnv("preset:constant,rate=1,duration=20", "preset:cbr,duration=200", profile="default:end=stop")
    env.reset(seed=0)
    ends = []
    while not ends or not (ends[-1][0] or ends[-1][1]):
        _, _, terminated, truncated, _ = env.step(1)
        ends.append((terminated, truncated))
    assert ends[-1] == (False, True)


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="pensieve or general"):
        AbrEnv("preset:3g", VIDEO, observation="pixels")
    with pytest.raises(ValueError, match="SSIM"):
        AbrEnv("preset:3g", VIDEO, qoe="fugu")
    with pytest.raises(ValueError, match="p1203"):
        AbrEnv("preset:3g", VIDEO, qoe="p1203")
    with pytest.raises(ValueError, match="room for 8 rungs"):
        AbrEnv("preset:3g", "preset:cbr,ladder=hls")
    env = AbrVecEnv(2, "preset:3g", VIDEO)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="expected a level of 0 to 5"):
        env.step(np.array([0, 6]))
    with pytest.raises(ValueError, match="3 actions, expected 2"):
        env.step(np.array([0, 1, 2]))


def python_loop(trace, video, steps):
    """The same environment as published simulators have it: a loop in Python over periods of the trace."""
    rates, sizes = trace.columns["rate_mbps"].tolist(), (video.sizes_bits / 8).tolist()
    at, left, buffer, state = 0, 1.0, 0.0, np.zeros((6, 8))
    for step in range(steps):
        q, chunk = step % 6, step % 48
        size, sent, delay = sizes[chunk][q], 0.0, 0.0
        while True:
            speed = rates[at] * 1e6 / 8 * 0.95
            if sent + speed * left > size:
                part = (size - sent) / speed
                delay += part
                left -= part
                break
            sent += speed * left
            delay += left
            at, left = (at + 1) % len(rates), 1.0
        delay += 0.08
        buffer = max(buffer - delay, 0.0) + 4.0
        state = np.roll(state, -1, axis=1)
        state[0, -1], state[1, -1], state[2, -1] = q / 5, buffer / 10, size / delay / 1e6
        state[3, -1], state[5, -1] = delay / 10, (48 - chunk) / 48
        state[4, :6] = sizes[chunk]


def test_a_million_steps_per_second(capsys):
    n, rounds = 1024, 400
    trace = segue.generate("pensieve", seed=1, duration=320)
    video = segue.read_video("preset:vbr,duration=192,seed=1")
    env = AbrVecEnv(n, trace, video, profile="pensieve-1120bb1", random_start=True, copy=False)
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(0, 6, (rounds, n))
    best = alone = 0.0
    for _ in range(5):
        began, used = time.perf_counter(), time.process_time()
        for action in actions:
            env.step(action)
        best = max(best, n * rounds / (time.perf_counter() - began))
        alone = max(alone, n * rounds / (time.process_time() - used) * os.cpu_count())
    began = time.perf_counter()
    python_loop(trace, video, 3000)
    loop = 3000 / (time.perf_counter() - began)
    with capsys.disabled():
        print(f"\nAbrVecEnv, {n} environments, pensieve layout: {best / 1e6:.2f} M steps/s; a loop in Python {loop:,.0f} steps/s, {best / loop:.0f} times fewer")
    # A machine that is busy with others gives this process a part of its cores; `alone` is what all of them would do.
    assert max(best, alone) >= 1e6
