"""Judged episodes as feedback may read them: public columns, fitness and success."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from designer.rewards.sources import Array
from designer.run.arrays import read_episodes
from designer.run.files import damaged
from envs.env import Env
from envs.episodes import Episode, before_actions, redraws_of
from envs.fields import Widths, total_width
from envs.hidden import Hidden, load_hidden
from envs.make import make_env
from envs.task import Task

MIN_FITNESS_GAP = (
    0.1  # of the largest fitness: less between two halves is no difference
)


@dataclass(frozen=True)
class Judged:
    """One judged episode; no hidden field is in it.

    frames: (steps + 1, width), actions: (steps, action_dim), widths: layout of frames.
    training: name of its training's folder, such as s0. terminated: whether it ended
    before the time limit; reason: why it ended. dt: seconds between rows. success: None
    where the task has no such predicate. before: (steps, width), the states in which
    the actions were taken; None for the frames but the last.
    """

    frames: Array
    actions: Array
    widths: Widths
    training: str
    terminated: bool
    reason: str
    dt: float
    fitness: float
    success: bool | None
    before: Array | None = None

    @property
    def steps(self) -> int:
        """Control steps."""
        return len(self.actions)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.steps * self.dt


@dataclass(frozen=True)
class Split:
    """Episodes in two groups, good: (episodes,) bool; both groups have members.

    names: adjectives for the good and for the bad ones. criterion: by what they were
    split, in words.
    """

    good: Array
    names: tuple[str, str]
    criterion: str


def load_judged(task: Task, paths: Sequence[Path]) -> tuple[Judged, ...]:
    """The episodes of episodes.npz files, judged again one by one.

    They are stored in float32, so a success on the edge may come out the other way.
    """
    env, hidden = make_env(task, 1), load_hidden(task)
    return tuple(
        judged(hidden, env, episode, path.parent.name)
        for path in paths
        for episode in _episodes(path, env)
    )


def judged(hidden: Hidden, env: Env, episode: Episode, training: str) -> Judged:
    """An episode with its verdict, and without its hidden columns."""
    success, width = hidden.success, env.public_width
    return Judged(
        frames=episode.frames[:, :width],
        actions=episode.actions,
        widths=env.public_widths,
        training=training,
        terminated=episode.terminated,
        reason=episode.reason,
        dt=episode.dt,
        fitness=float(hidden.fitness(episode)),
        success=bool(success(episode)) if success else None,
        before=before_actions(episode.frames, redraws_of(env))[:, :width],
    )


def transitions(episodes: Sequence[Judged]) -> tuple[Array, Array, Array]:
    """All steps of all episodes in order: s, a, s_next."""
    return (
        np.concatenate(
            [e.frames[:-1] if e.before is None else e.before for e in episodes]
        ),
        np.concatenate([episode.actions for episode in episodes]),
        np.concatenate([episode.frames[1:] for episode in episodes]),
    )


def split_episodes(episodes: Sequence[Judged]) -> Split | None:
    """Successes and failures if there are both, else the better and the worse half.

    None where there are fewer than two, or where all are about equally fit.
    """
    success = [episode.success for episode in episodes]
    if True in success and False in success:
        good = np.array([passed is True for passed in success])
        names = "successful", "failed"
        criterion = f"{good.sum()} reached the goal, {(~good).sum()} did not"
    else:
        fitness = np.array([episode.fitness for episode in episodes])
        if not len(fitness):
            return None
        good = fitness > np.median(fitness)
        if not good.any():  # Half of them or more are as fit as the best.
            good = fitness == fitness.max()
        if good.all() or not good.any():
            return None
        gap = fitness[good].mean() - fitness[~good].mean()
        if gap < MIN_FITNESS_GAP * np.abs(fitness).max():
            return None
        names = "better", "worse"
        criterion = f"by fitness, {good.sum()} against {(~good).sum()}"
    return Split(good, names, criterion + _by_training(episodes, good, names[0]))


def _by_training(episodes: Sequence[Judged], good: Array, name: str) -> str:
    """A remark where the groups are whole trainings, which say less than episodes."""
    sides: dict[str, set[bool]] = {}
    for episode, is_good in zip(episodes, good, strict=True):
        sides.setdefault(episode.training, set()).add(bool(is_good))
    if any(len(side) > 1 for side in sides.values()):
        return ""
    first = ", ".join(sorted(t for t, side in sides.items() if True in side))
    return f"; the {name} ones are all of {first}, so this compares trainings"


def _episodes(path: Path, env: Env) -> list[Episode]:
    arrays = read_episodes(path)
    frames, actions = arrays["frames"].astype(float), arrays["actions"]
    lengths, reasons = arrays["lengths"], arrays["reasons"]
    terminated = arrays["terminated"]
    if frames.shape[1] != total_width(env.widths):
        raise damaged(path, "its episodes have other fields than the task")
    rows = np.split(frames, np.cumsum(lengths + 1)[:-1])
    moves = np.split(actions.astype(float), np.cumsum(lengths)[:-1])
    return [
        Episode(frame, move, env.widths, bool(ended), str(reason), env.dt)
        for frame, move, ended, reason in zip(
            rows, moves, terminated, reasons, strict=True
        )
    ]
