"""What is kept of n worlds from one control step to the next."""

from typing import NamedTuple

from envs.bodies import XArray


class PhysicsState(NamedTuple):
    """The state of a simulation; written: what draws write, by field of MjData."""

    qpos: XArray
    qvel: XArray
    act: XArray
    qacc_warmstart: XArray
    written: dict[str, XArray]


class Readings(NamedTuple):
    """Numbers read from the data that follow from the state, each (k,).

    plain: of the last forward dynamics. sensors: of the last that computes sensors, for
    Runge-Kutta's later stages do not. late: contact forces and momenta, computed once
    after the last physics step, and after something was drawn again; 0 at a start.
    """

    plain: XArray
    sensors: XArray
    late: XArray


class DrawState(NamedTuple):
    """Draws of n worlds: values (n, width) of all; due (n, draws), s, and counts."""

    values: XArray
    due: XArray
    counts: XArray


class State(NamedTuple):
    """n worlds between two control steps.

    obs: (n, obs_dim). frame: (n, width). physics: arrays (n, ...). ctrl: (n, nu).
    key: (n,), of each world. episode: (n,), of each world so far. start: (n,), the
    start in which the episode began. steps: (n,), of each episode so far.
    """

    obs: XArray
    frame: XArray
    physics: PhysicsState
    ctrl: XArray
    draws: DrawState
    key: XArray
    episode: XArray
    start: XArray
    steps: XArray


class Transition(NamedTuple):
    """One control step of n worlds, before any restart.

    s, s_next: (n, width). action: (n, action_dim) as applied. next_obs: (n, obs_dim).
    terminated, truncated: (n,) bool. reason: (n,), index into `reasons`, -1 while the
    episode goes on. Where physics became unstable, s_next and next_obs are from before
    the step.
    """

    s: XArray
    action: XArray
    s_next: XArray
    next_obs: XArray
    terminated: XArray
    truncated: XArray
    reason: XArray


def array_of(state: PhysicsState, name: str) -> XArray:
    """An array of the state by its name in MjData."""
    return state.written[name] if name in state.written else getattr(state, name)


def with_array(state: PhysicsState, name: str, array: XArray) -> PhysicsState:
    """The state with another array of this name."""
    if name in state.written:
        return state._replace(written={**state.written, name: array})
    return state._replace(**{name: array})
