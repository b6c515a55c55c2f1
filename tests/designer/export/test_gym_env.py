"""The exported wrapper pays, step by step, what a training would have paid."""

import numpy as np
import pytest

from envs.make import load_task, make_env
from sandbox.contract import collect, load, view
from tests.designer.export.conftest import terms_of


def every_field(task: str) -> str:
    """A reward that pays every public field of a task, before and after the step."""
    names = [field.name for field in load_task(task).fields if not field.hidden]
    both = [f"{state}.{name}" for name in names for state in ("s_next", "s")]
    return f"""
def reward(s, a, s_next):
    terms = {{"clock": s_next.time + 0.1 * s.time, "effort": (a ** 2).sum(axis=1)}}
    terms["jerk"] = np.abs(a - s.last_action).sum(axis=1)
    values = [value if value.ndim == 1 else (value * value).sum(axis=1)
              for value in [{", ".join(both)}]]
    terms["even"] = sum(values[0::2])
    terms["odd"] = sum(values[1::2])
    return terms
"""


@pytest.mark.parametrize(
    "task", ["hopper-back-flip", "ant-wave-leg", "reacher-reach", "pusher-push"]
)
def test_the_wrapper_pays_what_a_training_pays(task: str, exported) -> None:
    source = every_field(task)
    env = make_env(load_task(task), 1)
    env.reset([11])
    names = ("clock", "effort", "jerk", "even", "odd")
    wrapped = exported(task, source, names, "gym_env").make_env()
    obs, info = wrapped.reset(seed=11)
    # Both begin alike, for Gymnasium draws its starts in another order.
    physics = env._physics  # type: ignore[attr-defined]
    wrapped.unwrapped.set_state(physics.qpos[0].copy(), physics.qvel[0].copy())
    wrapped._state = wrapped._read(obs, info, np.zeros(env.action_dim))
    rng = np.random.default_rng(0)
    reward = load(source)
    for _ in range(20):
        action = 1.2 * rng.uniform(env.low, env.high, (1, env.action_dim))
        step = env.step(action)
        states = [
            view(x[:, : env.public_width], env.public_widths)
            for x in (step.s, step.s_next)
        ]
        terms, ours = collect(reward(states[0], step.action, states[1]), 1)
        clipped = np.clip(action[0], env.low, env.high).astype(np.float32)
        _, paid, ended, cut, info = wrapped.step(clipped)
        theirs = [info["reward_terms"][term] for term in terms]
        np.testing.assert_allclose(theirs, ours[0], rtol=1e-5, atol=1e-5)
        assert paid == pytest.approx(sum(theirs))
        if ended or cut:
            break
    wrapped.close()


def test_the_reward_file_runs_on_its_own_and_pays_the_same(exported) -> None:
    source = every_field("hopper-run")
    env = make_env(load_task("hopper-run"), 3)
    env.reset([1, 2, 3])
    step = env.step(np.full((3, 3), 0.3))
    states = [
        view(x[:, : env.public_width], env.public_widths) for x in (step.s, step.s_next)
    ]
    names = terms_of(source, states[0], step.action, states[1])
    module = exported("hopper-run", source, names, "reward")
    theirs = collect(module.reward(states[0], step.action, states[1]), 3)[1]
    ours = collect(load(source)(states[0], step.action, states[1]), 3)[1]
    np.testing.assert_array_equal(theirs, ours)
