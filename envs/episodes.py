"""Episodes: what happened from a start to an end, as arrays over time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from envs.bodies import Array
from envs.env import Env, Step
from envs.fields import Widths, columns, require_numbers, unpack
from envs.make import make_env
from envs.task import Task


@dataclass(frozen=True)
class Episode:
    """One episode; every field, hidden ones too, is an attribute of it.

    frames: (steps + 1, width). actions: (steps, action_dim). A field reads as
    (steps + 1,) or (steps + 1, k), from the start to the last state.
    terminated: ended by the body's own rule, not by the time limit; reason: why.
    dt: seconds between rows.
    """

    frames: Array
    actions: Array
    widths: Widths
    terminated: bool
    reason: str
    dt: float

    def __getattr__(self, name: str) -> Array:
        if name in self.widths:
            field: Array = getattr(unpack(self.frames, self.widths), name)
            return field
        raise AttributeError(f"an episode has no field '{name}'")

    @property
    def steps(self) -> int:
        """Control steps."""
        return len(self.actions)


@dataclass(frozen=True)
class Redraws:
    """Columns of a frame by what happens to them when something is drawn again.

    written: draws that are written to the simulation, so that other fields follow from
    them. unwritten: draws that are fields alone. lasting: time, last action and clocks,
    which go on.
    """

    written: tuple[int, ...] = ()
    unwritten: tuple[int, ...] = ()
    lasting: tuple[int, ...] = ()


NO_REDRAWS = Redraws()


def redraws_of(env: Env) -> Redraws:
    """The redraws of the environment's frames, hidden columns too."""
    slices, task = columns(env.widths), env.task

    def places(names: Iterable[str]) -> tuple[int, ...]:
        return tuple(k for n in names for k in range(slices[n].start, slices[n].stop))

    again = [draw for draw in task.draws if draw.again_s is not None]
    clocks = [field.name for field in task.fields if field.since]
    return Redraws(
        places(draw.name for draw in again if draw.target),
        places(draw.name for draw in again if not draw.target),
        places(["time", "last_action", *clocks]),
    )


def before_actions(frames: Array, redraws: Redraws) -> Array:
    """The states (steps, width) in which the actions of an episode were taken.

    frames: (steps + 1, width) of it, each recorded before anything was drawn again, and
    one transition holds one draw: that of the state after the action. Where it was
    written to the simulation since the state before, what followed from that was not
    recorded until after the action, so the whole state is that one, but for what lasts.
    Not covered: a draw that gives the same number again.
    """
    before, after = frames[:-1].copy(), frames[1:].copy()
    lasting, unwritten = list(redraws.lasting), list(redraws.unwritten)
    written = list(redraws.written)
    before[:, unwritten] = after[:, unwritten]
    is_rewritten = (before[:, written] != after[:, written]).any(axis=1)
    after[:, lasting] = before[:, lasting]
    before[is_rewritten] = after[is_rewritten]
    return before


class Recorder:
    """Cuts the stream of steps of the first m environments into episodes."""

    def __init__(self, env: Env, m: int) -> None:
        self._env = env
        self._frames: list[list[Array]] = [[] for _ in range(m)]
        self._actions: list[list[Array]] = [[] for _ in range(m)]

    def add(self, step: Step) -> Iterator[tuple[int, Episode]]:
        """Take one step; gives (environment, episode) for those that ended with it."""
        for i, (frames, actions) in enumerate(
            zip(self._frames, self._actions, strict=True)
        ):
            if not frames:
                frames.append(step.s[i])
            frames.append(step.s_next[i])
            actions.append(step.action[i])
            if i in step.reasons:
                yield i, self._cut(i, bool(step.terminated[i]), step.reasons[i])

    def _cut(self, i: int, terminated: bool, reason: str) -> Episode:
        frames, actions = np.stack(self._frames[i]), np.stack(self._actions[i])
        self._frames[i], self._actions[i] = [], []
        env = self._env
        return Episode(frames, actions, env.widths, terminated, reason, env.dt)


def play(
    task: Task, policy: Callable[[Array], Array], seeds: Sequence[int]
) -> list[Episode]:
    """One whole episode per seed, all at once, in the order of the seeds.

    policy: obs (n, obs_dim) to actions (n, action_dim). UserCodeError where the user's
    environment raises, or a public field is no number.
    """
    env = make_env(task, len(seeds))
    env.reset(seeds)
    recorder = Recorder(env, len(seeds))
    first: dict[int, Episode] = {}
    while len(first) < len(seeds):
        for i, episode in recorder.add(env.step(policy(env.obs))):
            first.setdefault(i, episode)
    for episode in first.values():
        public = episode.frames[:, : env.public_width]
        require_numbers(public, env.public_widths, "states of an episode")
    return [first[i] for i in range(len(seeds))]


def save_episodes(file: Path | IO[bytes], episodes: Sequence[Episode]) -> None:
    """Write episodes as plain arrays (no pickle), in single precision."""
    largest = np.finfo(np.float32).max
    frames = np.concatenate([e.frames for e in episodes]).clip(-largest, largest)
    arrays: dict[str, Any] = {
        "lengths": [episode.steps for episode in episodes],
        "frames": frames.astype(np.float32),
        "actions": np.concatenate([e.actions for e in episodes]).astype(np.float32),
        "terminated": [episode.terminated for episode in episodes],
        "reasons": [episode.reason for episode in episodes],
    }
    np.savez_compressed(file, **arrays)
