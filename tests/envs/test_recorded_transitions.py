"""Transitions of recorded episodes in which something was drawn again."""

import numpy as np

from envs.batch_env import VectorEnv
from envs.episodes import Recorder, before_actions, redraws_of
from tests.envs.test_draws import draws, rest, task

CLOCK = "  turned: {since: cord > 2, unit: s, doc: since the cord was long}\n"
GOAL = "aim: {uniform: [0, 1], sets: 'body.goal.mocap_pos[0]', again_s: 0.3}"
PUSH = "push: {uniform: [0, 1], adds: 'joint.base.qvel[0]', again_s: 0.2, hidden: true}"
COMMAND = "command: {uniform: [0, 1], again_s: 0.05}"


def test_they_start_in_the_states_of_a_training(tmp_path) -> None:
    """A robot that only drifts: its state after a step is that before it, but later."""
    env = VectorEnv(task(tmp_path, CLOCK + draws(GOAL, PUSH, COMMAND)), 1)
    env.reset([3])
    recorder, states, episodes = Recorder(env, 1), [], []
    while not episodes:
        step = env.step(rest(env))
        states.append(step.s[0])
        episodes = [episode for _, episode in recorder.add(step)]
    before = before_actions(episodes[0].frames, redraws_of(env))
    np.testing.assert_allclose(before, states, atol=1e-6)
