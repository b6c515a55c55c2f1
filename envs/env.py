"""Environments for training: n copies of a robot that restart by themselves."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from envs.bodies import Array
from envs.conditions import ended
from envs.draws import Draws
from envs.fields import Frames, SourceError, condition_width, total_width
from envs.observation import Observer
from envs.physics import silence_warnings
from envs.task import Task
from envs.uniforms import episode_keys, next_keys
from envs.user_code import UserCodeError

UNSTABLE = "physics became unstable"
RAISED = "the environment raised"
TIME_LIMIT = "time limit"
Reasons = dict[str, Array]  # reason to (n,) bool: the episodes that end for it


@dataclass(frozen=True)
class Step:
    """One control step of n environments.

    s, s_next: frames (n, width) before and after the action, s_next before any reset
    and before anything is drawn again: both show the same draws.
    action: (n, action_dim) as applied. next_obs: (n, obs_dim) before any reset.
    terminated, truncated: (n,) bool. reasons: for each environment that is either, why.
    Where physics became unstable, s_next and next_obs are from before the step.
    """

    s: Array
    action: Array
    s_next: Array
    next_obs: Array
    terminated: Array
    truncated: Array
    reasons: dict[int, str]


class Env(ABC):
    """n environments that restart by themselves; they have no reward.

    obs: (n, obs_dim). frame: (n, width). low, high: (action_dim,), the range in which a
    policy acts; action_bounds: two (action_dim,), to which actions are clipped;
    zero_output: (action_dim,), what it applies where it puts out 0. dt: s per control
    step. max_steps: control steps until the time limit. model: MjModel, None without
    MuJoCo. can_end: whether failures are known to end episodes before the time limit.
    own_reasons: of endings that the task did not make. widths: layout of a frame,
    public fields first; a reward may read the first `public_width` columns, only the
    judge the others. draws: what is drawn at random. watch: called after every control
    step, before any restart. errors: collects what the user's code raises in a step,
    which then ends the episode; None to raise it.
    """

    obs: Array
    low: Array
    high: Array
    action_bounds: tuple[Array, Array]
    zero_output: Array
    dt: float
    model: Any = None
    can_end: bool = False
    own_reasons: frozenset[str] = frozenset({UNSTABLE, RAISED, TIME_LIMIT})
    watch: Callable[[], None] | None = None
    errors: list[UserCodeError] | None = None

    def __init__(self, task: Task, n: int, max_steps: int) -> None:
        self.task, self.n, self.max_steps = task, n, max_steps
        self._steps = np.zeros(n, dtype=np.int64)
        self.draws = Draws(task.draws, n)
        self._keys = episode_keys(range(n))
        self._observer: Observer | None = None
        silence_warnings()

    def _lay_out_frame(self, world: Any) -> None:
        """Bind all fields, and what the policy sees, to the world and to obs."""
        task = self.task
        self.action_dim = len(self.low)
        self.draws.bind(world)
        self._frames = Frames(
            task.fields, world, self.obs, self.action_dim, self.draws.values
        )
        self.widths = self._frames.widths
        self.public_widths = self._frames.public_widths
        self.public_width = self._frames.public_width
        self.frame = np.zeros((self.n, total_width(self.widths)))
        # Of a servo that is its stance; of a motor it is 0.
        self.zero_output = np.clip(0.5 * (self.low + self.high), *self.action_bounds)
        self._last_action = np.tile(self.zero_output, (self.n, 1))
        for ending in task.ends:
            if ending.reason in self.own_reasons:
                message = f"the ending '{ending.reason}' is always there; rename yours"
                raise SourceError(message, "ends", ending.name)
            condition_width(ending.condition, self.widths, ending.name, "ends")
        self.can_end |= any(not ending.success for ending in task.ends)
        self._body_obs = self.obs
        if task.observation is not None:
            self._observer = Observer(task.observation, self._frames.columns)
            self.obs = np.zeros((self.n, self._observer.width))

    @abstractmethod
    def _start(self, ids: Array, seeds: Sequence[int] | None) -> None:
        """Start episodes in the environments ids (m,); seeds: one for each of them.

        What they draw has been drawn, and is written here.
        """

    def _follow_draws(self, ids: Array, constants: bool) -> None:  # noqa: B027
        """Draws were written in the environments ids, of the model where constants."""

    @abstractmethod
    def _advance(self, action: Array) -> tuple[Reasons, Reasons]:
        """One control step; gives the reasons to terminate and those to truncate.

        UNSTABLE and RAISED must come first.
        """

    @abstractmethod
    def poses(self) -> Array:
        """Joint positions, then mocap positions and quaternions: (n, nq + 7 nmocap).

        A copy; meaningful only where there is a MuJoCo model.
        """

    def unseen(self) -> frozenset[str]:
        """Public fields that are known to change where the observation does not.

        The running episodes are lost: reset before the next step.
        """
        observation = self.task.observation
        observed = observation.fields if observation is not None else ()
        return frozenset(
            self.draws.values.keys() & self.public_widths.keys() - {*observed}
        )

    def reset(self, seeds: Sequence[int]) -> Array:
        """Start all environments, each with its own seed; gives obs (n, obs_dim)."""
        assert len(seeds) == self.n
        self._restart(np.arange(self.n), seeds)
        return self.obs

    def step(self, action: Array) -> Step:
        """Apply action (n, action_dim), clipped to its range, for one control step.

        Environments whose episode ended are restarted at once: `obs` and `frame` belong
        to the new episode, the Step to the old one.
        """
        s, obs = self.frame.copy(), self.obs.copy()
        applied = np.clip(action, *self.action_bounds)
        self._steps += 1
        endings, cuts = self._advance(applied)
        if self.watch is not None:
            self.watch()
        self._last_action[:] = applied
        self._read()
        for clock in self._frames.clocks:
            clock.tick(self.frame, self.dt)
        failures, successes = ended(self.task.ends, self.frame, self._frames.columns)
        endings |= failures
        if self._observer is not None:
            self._observer.step(self.obs, self.frame, self._keys, self._steps)
        for reason in (UNSTABLE, RAISED):
            if (lost := endings.get(reason)) is not None:
                self.frame[lost], self.obs[lost] = s[lost], obs[lost]
        cuts = {**successes, TIME_LIMIT: self._steps >= self.max_steps, **cuts}
        terminated = self._any(endings)
        truncated = ~terminated & self._any(cuts)
        reasons = _first(endings, terminated) | _first(cuts, truncated)
        after, next_obs = self.frame.copy(), self.obs.copy()
        if reasons:
            self._restart(np.array(sorted(reasons)))
        self._redraw()
        return Step(s, applied, after, next_obs, terminated, truncated, reasons)

    def _any(self, reasons: Reasons) -> Array:
        any_hit = np.zeros(self.n, dtype=bool)
        for hit in reasons.values():
            any_hit |= hit
        return any_hit

    def _restart(self, ids: Array, seeds: Sequence[int] | None = None) -> None:
        keys = next_keys(self._keys[ids]) if seeds is None else episode_keys(seeds)
        self._keys[ids] = keys
        self.draws.start(ids, keys)
        self._start(ids, seeds)
        self._steps[ids] = 0
        self._last_action[ids] = self.zero_output
        for clock in self._frames.clocks:
            clock.start(ids)
        self._read()
        if self._observer is not None:
            self._observer.start(self.obs, self.frame, ids, self._keys)

    def _redraw(self) -> None:
        """Draw again what is due; the next s shows it, the s_next before does not."""
        if (redrawn := self.draws.redraw(self._steps * self.dt)) is None:
            return
        self._follow_draws(*redrawn)
        self._read()
        if self._observer is not None:
            self._observer.look(self.obs, self.frame, self._keys, self._steps)

    def _read(self) -> None:
        self._frames.fill(self.frame, self._steps * self.dt, self._last_action)


def _first(reasons: Reasons, ended: Array) -> dict[int, str]:
    if not ended.any():
        return {}
    return {
        int(i): next(reason for reason, hit in reasons.items() if hit[i])
        for i in np.flatnonzero(ended)
    }
