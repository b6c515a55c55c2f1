"""The transition bank: real transitions that any reward can be evaluated on at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from designer.run.arrays import read_episodes, write_arrays
from designer.run.seeds import derive
from envs.actions import action_lines
from envs.bodies import BODIES, Array
from envs.env import RAISED, UNSTABLE
from envs.episode_lines import episode_lines, zero_output_line
from envs.episodes import NO_REDRAWS, Redraws, before_actions, redraws_of
from envs.fields import Widths, require_numbers
from envs.make import make_env
from envs.robot import body_lines
from envs.task import ALWAYS, Task
from envs.user_code import UserCodeError
from envs.yamlfile import TaskError

ENVS, STEPS = 16, 128
PER_POLICY = 512  # Transitions kept of one judged policy.


@dataclass(frozen=True)
class Facts:
    """Facts about a task's environment that its transitions do not show.

    low, high: (action_dim,) bounds of the actions. can_end: whether episodes can end
    before the time limit. unseen: fields that the policy's observation does not
    determine. unitless: fields without a unit (directions, flags, actions), which have
    natural bounds. dt: seconds per control step. max_steps: control steps until the
    time limit. robot: one line for each body of the model. actions: lines on what the
    entries of an action do. episodes: sentences on how episodes begin and end. redraws:
    what is drawn again within an episode, by the columns of whole frames.
    """

    low: Array
    high: Array
    can_end: bool
    unseen: frozenset[str]
    unitless: frozenset[str]
    dt: float
    max_steps: int
    robot: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    episodes: tuple[str, ...] = ()
    redraws: Redraws = NO_REDRAWS


@dataclass(frozen=True)
class Bank:
    """Transitions (s, a, s_next), public columns only: (n, width) and (n, action_dim).

    start: (m, width) initial states of episodes. widths: layout of the columns.
    policies: number of judged policies whose transitions were added to random play.
    """

    s: Array
    a: Array
    s_next: Array
    start: Array
    widths: Widths
    facts: Facts
    policies: int = 0


@dataclass(frozen=True)
class RandomPlay:
    """Result of random actions, each held for some steps, in ENVS environments.

    ends: length in steps, and reason of the end, of each environment's first episode if
    it ended within STEPS. unstable: number of steps in which physics became unstable.
    errors: raised by the user's environment.
    """

    bank: Bank
    ends: tuple[tuple[int, str], ...]
    unstable: int
    errors: tuple[UserCodeError, ...]


def random_bank(task: Task, seed: int) -> Bank:
    """The transitions of random play."""
    return random_play(task, seed).bank


def random_play(task: Task, seed: int) -> RandomPlay:
    """Play random actions and record the transitions.

    Raises TaskError if a field is not a finite number or physics is unstable from the
    first step, and UserCodeError if the environment raises in most episodes.
    """
    env = make_env(task, ENVS)
    env.errors = []
    rng = np.random.default_rng(derive(seed, "bank"))
    env.reset(rng.integers(2**31, size=ENVS).tolist())
    public_width = env.public_width
    start = env.frame[:, :public_width].copy()
    rows: list[tuple[Array, Array, Array]] = []
    action, ended = np.zeros((ENVS, env.action_dim)), env.can_end
    ends: dict[int, tuple[int, str]] = {}
    unstable = 0
    for t in range(STEPS):
        change = rng.random(ENVS) < 0.2
        fresh = rng.uniform(env.low, env.high, action.shape)
        action = np.where(change[:, None], fresh, action)
        step = env.step(action)
        lost = [i for i, reason in step.reasons.items() if reason in (UNSTABLE, RAISED)]
        unbroken = np.setdiff1d(np.arange(ENVS), lost)
        rows.append(
            (
                step.s[unbroken, :public_width],
                step.action[unbroken],
                step.s_next[unbroken, :public_width],
            )
        )
        ended |= bool(step.terminated.any())
        for i, reason in step.reasons.items():
            ends.setdefault(i, (t + 1, reason))
            unstable += reason == UNSTABLE
    _require_episodes(task, tuple(ends.values()), env.errors)
    s, a, s_next = (np.concatenate(column) for column in zip(*rows, strict=True))
    for frames in (s_next, s):
        require_numbers(frames, env.public_widths, "random steps")
    unitless = {
        field.name for field in (*task.fields, *ALWAYS.values()) if field.unit == "1"
    }
    facts = Facts(
        low=env.low,
        high=env.high,
        can_end=ended,
        unseen=env.unseen(),
        unitless=frozenset(unitless),
        dt=env.dt,
        max_steps=env.max_steps,
        robot=body_lines(env.model),
        actions=(
            *action_lines(env.model, *env.action_bounds),
            zero_output_line(env.zero_output),
        ),
        episodes=episode_lines(env),
        redraws=redraws_of(env),
    )
    bank = Bank(s, a, s_next, start, env.public_widths, facts)
    return RandomPlay(bank, tuple(ends.values()), unstable, tuple(env.errors))


def _require_episodes(
    task: Task, ends: Sequence[tuple[int, str]], errors: Sequence[UserCodeError]
) -> None:
    if sum(reason == RAISED for _, reason in ends) > ENVS / 2:
        raise errors[0]
    if sum(end == (1, UNSTABLE) for end in ends) == ENVS:
        raise TaskError(
            f"env '{task.env}': {trouble(task)} in {ENVS} of {ENVS} random episodes "
            "after 1 step; try a smaller timestep, weaker actuators (kp, gear), more "
            "damping"
        )


def trouble(task: Task) -> str:
    """The words for UNSTABLE in an environment of the task."""
    if task.env in BODIES:
        return UNSTABLE
    return "the observation was no number, or MuJoCo gave up,"


def with_episodes(bank: Bank, paths: Sequence[Path]) -> Bank:
    """The bank with transitions of judged policies (their episodes.npz) added."""
    s, a, s_next = [bank.s], [bank.a], [bank.s_next]
    for path in paths:
        before, action, after = _transitions(path, bank)
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


def _transitions(path: Path, bank: Bank) -> tuple[Array, Array, Array]:
    """s, a and s_next of recorded episodes, whose frames are one more than actions."""
    arrays, width = read_episodes(path), bank.s.shape[1]
    ends = np.cumsum(arrays["lengths"] + 1)
    episodes = np.split(arrays["frames"].astype(float), ends[:-1])
    s = [before_actions(frames, bank.facts.redraws)[:, :width] for frames in episodes]
    s_next = [frames[1:, :width] for frames in episodes]
    return np.concatenate(s), arrays["actions"].astype(float), np.concatenate(s_next)


def save(path: Path, bank: Bank) -> None:
    """Write the transitions as plain arrays (no pickle)."""
    s, a, s_next = (x.astype(np.float32) for x in (bank.s, bank.a, bank.s_next))
    write_arrays(path, {"s": s, "a": a, "s_next": s_next})
