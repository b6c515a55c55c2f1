"""Many copies of a task's robot, stepped together in C++ by mujoco.batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch

from envs.bodies import Array, xml_path
from envs.fields import Packer
from envs.task import Task
from envs.yamlfile import TaskError

UNSTABLE = "physics became unstable"


@dataclass(frozen=True)
class Step:
    """One control step of n environments.

    s, s_next: frames (n, width) before and after the action, s_next before any reset.
    action: (n, action_dim) as applied. next_obs: (n, obs_dim) before any reset.
    terminated, truncated: (n,) bool; reasons: why, for those that are either.
    """

    s: Array
    action: Array
    s_next: Array
    next_obs: Array
    terminated: Array
    truncated: Array
    reasons: dict[int, str]


class VectorEnv:
    """n environments that restart by themselves; there is no reward in here.

    widths: layout of a frame, public fields first; `public_width` columns may be seen
    by a reward, the rest only by the judge.
    """

    def __init__(self, task: Task, n: int, threads: int = 1) -> None:
        self.task, self.n = task, n
        self._body = task.body
        self.model = _load_model(task)
        self._batch = Batch(self.model, n, nthread=threads)
        bind = self._batch.bind
        self._qpos, self._qvel = bind("qpos"), bind("qvel")
        self._ctrl = bind("ctrl")
        # Counters of bad positions, velocities and accelerations, (n, 3).
        self._bad = self._batch.warning[:, 3:6, 1]
        self.low, self.high = self.model.actuator_ctrlrange.T.copy()
        self.dt = float(self.model.opt.timestep) * self._body.frame_skip
        self.max_steps = self._body.max_steps
        self.action_dim = int(self.model.nu)
        self.obs = self._observe()
        public = [field for field in task.fields if not field.hidden]
        hidden = [field for field in task.fields if field.hidden]
        self._public = Packer(public, self._batch, self.obs)
        self._hidden = Packer(hidden, self._batch, self.obs)
        always = {"time": 0, "last_action": self.action_dim}
        self.public_widths = {**self._public.widths, **always}
        self.widths = {**self.public_widths, **self._hidden.widths}
        stops = np.cumsum([max(width, 1) for width in self.widths.values()]).tolist()
        self._time_column = sum(max(w, 1) for w in self._public.widths.values())
        self.public_width = self._time_column + 1 + self.action_dim
        self.frame = np.zeros((n, stops[-1]))
        self._steps = np.zeros(n, dtype=np.int64)

    def reset(self, seeds: Sequence[int]) -> Array:
        """Start all environments, each from its own seed; gives obs (n, obs_dim)."""
        self._rngs = [np.random.default_rng(seed) for seed in seeds]
        assert len(self._rngs) == self.n
        self._restart(np.arange(self.n))
        return self.obs

    def step(self, action: Array) -> Step:
        """Apply action (n, action_dim), clipped to its range, for one control step.

        Finished environments are restarted at once: `obs` and `frame` are the new
        episode's, the Step still shows the old one.
        """
        s = self.frame.copy()
        applied = np.clip(action, self.low, self.high)
        self._ctrl[:] = applied
        self._steps += 1
        bad = self._bad.sum()
        self._batch.step(nstep=self._body.frame_skip)
        self._read(applied)
        step = self._ended(s, applied, diverged=self._bad.sum() > bad)
        done = np.flatnonzero(step.terminated | step.truncated)
        if done.size:
            self._restart(done)
        return step

    def _ended(self, s: Array, applied: Array, diverged: bool) -> Step:
        kwargs = self._body.kwargs
        endings = self._body.endings(np, kwargs, self._qpos, self._qvel)
        if diverged:  # MuJoCo has reset it by itself already
            endings[UNSTABLE] = self._bad.any(axis=1)
            self._bad[:] = 0
        terminated = np.zeros(self.n, dtype=bool)
        for hit in endings.values():
            terminated |= hit
        truncated = ~terminated & (self._steps >= self.max_steps)
        reasons = {int(i): "time limit" for i in np.flatnonzero(truncated)}
        for i in np.flatnonzero(terminated):
            reasons[int(i)] = next(why for why, hit in endings.items() if hit[i])
        return Step(
            s,
            applied,
            self.frame.copy(),
            self.obs.copy(),
            terminated,
            truncated,
            reasons,
        )

    def _restart(self, ids: Array) -> None:
        model, nq = self.model, self.model.nq
        size = nq + model.nv
        uniform = np.stack([self._rngs[i].uniform(-1, 1, size) for i in ids])
        normal = np.stack([self._rngs[i].standard_normal(size) for i in ids])
        offset = self._body.perturb(np, self._body.kwargs, uniform, normal)
        self._batch.reset(ids, stage=mujoco.mjtStage.mjSTAGE_NONE)
        self._qpos[ids] = model.qpos0 + offset[:, :nq]
        self._qvel[ids] = offset[:, nq:]
        self._batch.forward(ids)
        self._steps[ids] = 0
        self._read(np.zeros((self.n, self.action_dim)), ids)

    def _observe(self) -> Array:
        kwargs = self._body.kwargs
        return np.asarray(self._body.observe(np, kwargs, self._qpos, self._qvel))

    def _read(self, applied: Array, ids: Any = slice(None)) -> None:
        """Bring obs and frame up to the present state, for ids."""
        self.obs[ids] = self._observe()[ids]
        fresh = np.empty_like(self.frame)
        time = self._time_column
        self._public.fill(fresh)
        fresh[:, time] = self._steps * self.dt
        fresh[:, time + 1 : self.public_width] = applied
        self._hidden.fill(fresh[:, self.public_width :])
        self.frame[ids] = fresh[ids]


def _load_model(task: Task) -> Any:
    path = xml_path(task.body.xml)
    try:
        return _compile(path)
    except ValueError as error:
        reason = str(error).strip().splitlines()[0]
        raise TaskError(f"{task.name}: {path} does not compile: {reason}") from None


@lru_cache
def _compile(path: Path) -> Any:
    # Gymnasium's own files use attributes that MuJoCo warns about on the terminal.
    mujoco.set_mju_user_warning(lambda message: None)
    try:
        return mujoco.MjModel.from_xml_path(str(path))
    finally:
        mujoco.set_mju_user_warning(None)
