"""Stable-Baselines3's PPO learns on synthetic networks and is compared with the buffer rule on others: ppo.py [steps]."""

import sys

import gymnasium
import numpy as np
from stable_baselines3 import PPO

import segue
from segue.gym import AbrEnv

VIDEO, PROFILE = "preset:vbr,duration=192,seed=1", "pensieve-1120bb1"
TRAIN = [f"preset:pensieve,seed={seed}" for seed in range(100)]
TEST = [f"preset:pensieve,seed={seed}" for seed in range(1000, 1040)]


def world(trace, **options):
    return gymnasium.wrappers.FlattenObservation(AbrEnv(trace, VIDEO, profile=PROFILE, **options))


def score(trace, choose):
    """Reward of an episode, the first segment aside, as Pensieve counts it."""
    env, total, over = world(trace), 0.0, False
    observation, _ = env.reset(seed=0)
    while not over:
        observation, reward, over, _, _ = env.step(choose(observation))
        total += reward
    return total


steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
model = PPO("MlpPolicy", world(TRAIN, random_start=True), gamma=0.97, ent_coef=0.02, seed=0, device="cpu")
model.learn(steps)
# Pensieve's buffer rule: rungs in equal steps between 5 and 15 s; the buffer is row 1 of the observation, in 10 s.
buffer = [score(trace, lambda o: int(np.clip(5 * (10 * o[15] - 5) / 10, 0, 5))) for trace in TEST]
learnt = [score(trace, lambda o: int(model.predict(o, deterministic=True)[0])) for trace in TEST]
print(segue.stats.compare_schemes([("PPO", learnt), ("buffer", buffer)])[0]["sentence"])
sys.exit(0 if np.mean(learnt) > np.mean(buffer) else 1)
