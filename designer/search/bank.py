"""The transition bank: real transitions that any reward can be evaluated on at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from designer.arrays import read_episodes, write_arrays
from designer.records import derive
from designer.training.rewards import Array
from envs.fields import Widths
from envs.robot import parts
from envs.task import ALWAYS, Task
from envs.vector import make_env

ENVS, STEPS = 16, 128
PER_POLICY = 512  # transitions kept of one judged policy


@dataclass(frozen=True)
class Facts:
    """What a task's transitions alone don't tell.

    low, high: (action_dim,) bounds of the actions. can_end: whether episodes can end
    before the time limit. unseen: fields that can differ where the observation of the
    policy does not. unitless: fields without a unit (directions, flags, actions), which
    have bounds of their own. robot: what it is made of, a line a part.
    """

    low: Array
    high: Array
    can_end: bool
    unseen: frozenset[str]
    unitless: frozenset[str]
    robot: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bank:
    """Transitions (s, a, s_next), public columns only: (n, width) and (n, action_dim).

    widths: layout of the columns. start: (m, width) states that episodes begin in.
    policies: how many judged policies are in it beside random actions.
    """

    s: Array
    a: Array
    s_next: Array
    start: Array
    widths: Widths
    facts: Facts
    policies: int = 0


def random_bank(task: Task, seed: int) -> Bank:
    """Transitions of random actions, each held for some steps so that things move."""
    env = make_env(task, ENVS)
    rng = np.random.default_rng(derive(seed, "bank"))
    env.reset(rng.integers(2**31, size=ENVS).tolist())
    seen = env.public_width
    start = env.frame[:, :seen].copy()
    rows: list[tuple[Array, Array, Array]] = []
    action, ended = np.zeros((ENVS, env.action_dim)), env.can_end
    for _ in range(STEPS):
        change = rng.random(ENVS) < 0.2
        fresh = rng.uniform(env.low, env.high, action.shape)
        action = np.where(change[:, None], fresh, action)
        step = env.step(action)
        rows.append((step.s[:, :seen], step.action, step.s_next[:, :seen]))
        ended |= bool(step.terminated.any())
    s, a, s_next = (np.concatenate(column) for column in zip(*rows, strict=True))
    unitless = {
        field.name for field in (*task.fields, *ALWAYS.values()) if field.unit == "1"
    }
    robot = parts(env.model)
    facts = Facts(env.low, env.high, ended, env.unseen(), frozenset(unitless), robot)
    return Bank(s, a, s_next, start, env.public_widths, facts)


def with_episodes(bank: Bank, paths: Sequence[Path]) -> Bank:
    """The bank with transitions of judged policies (their episodes.npz) added."""
    s, a, s_next = [bank.s], [bank.a], [bank.s_next]
    for path in paths:
        before, action, after = _transitions(path, bank.s.shape[1])
        keep = np.linspace(0, len(action) - 1, min(PER_POLICY, len(action))).astype(int)
        s.append(before[keep])
        a.append(action[keep])
        s_next.append(after[keep])
    return replace(
        bank,
        s=np.concatenate(s),
        a=np.concatenate(a),
        s_next=np.concatenate(s_next),
        policies=len(paths),
    )


def _transitions(path: Path, width: int) -> tuple[Array, Array, Array]:
    arrays = read_episodes(path)
    frames = arrays["frames"][:, :width].astype(float)
    actions, lengths = arrays["actions"].astype(float), arrays["lengths"]
    first = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])
    before = np.ones(len(frames), dtype=bool)
    before[first + lengths] = False
    after = np.ones(len(frames), dtype=bool)
    after[first] = False
    return frames[before], actions, frames[after]


def save(path: Path, bank: Bank) -> None:
    """Write the transitions as plain arrays (no pickle)."""
    s, a, s_next = (x.astype(np.float32) for x in (bank.s, bank.a, bank.s_next))
    write_arrays(path, {"s": s, "a": a, "s_next": s_next})
