"""A film is an episode as poses over time; how it looks is decided later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from envs.bodies import Array
from envs.env import UNSTABLE, Env
from envs.make import make_env
from envs.task import Task

LONGEST_S = 8.0


class Unfilmable(Exception):  # noqa: N818 (a property of the task, not an error)
    """No clip can be made of this environment; the text says why."""


@dataclass(frozen=True)
class Film:
    """One episode from its start.

    poses: (rows, nq + 7 nmocap), as Env.poses. dt: seconds between rows. seconds: how
    long every film of this task is shown. ended: why the episode ended before that by
    the body's own rule, '' if it did not.
    """

    model: Any
    poses: Array
    dt: float
    seconds: float
    ended: str

    @property
    def end_s(self) -> float:
        """The time of the last pose."""
        return (len(self.poses) - 1) * self.dt


def record(
    task: Task,
    policy: Callable[[Array], Array],
    seeds: Sequence[int],
    wanted: Sequence[int] = (0,),
    longest_s: float = LONGEST_S,
) -> list[Film]:
    """Films of the wanted ones (places in seeds) of the episodes that `play` plays.

    As many robots as there are seeds: the rounding of a policy's sums depends on it.
    Unfilmable where there is no MuJoCo model.
    """
    env = make_env(task, len(seeds))
    if env.model is None:
        raise Unfilmable(
            f"no clip can be made of {task.env}: it has no MuJoCo model to draw"
        )
    rows = min(env.max_steps, round(longest_s / env.dt))
    env.reset(seeds)
    poses, endings = _play(env, policy, rows, wanted)
    films = []
    for i in wanted:
        last, why = endings.get(i, (len(poses) - 1, ""))
        seen = poses[: last + 1, i]
        films.append(Film(env.model, seen, env.dt, rows * env.dt, why))
    return films


def _play(
    env: Env, policy: Callable[[Array], Array], rows: int, wanted: Sequence[int]
) -> tuple[Array, dict[int, tuple[int, str]]]:
    """Poses (at most rows + 1, n, ...), and last row and why of episodes that ended."""
    poses = [env.poses()]
    env.watch = lambda: poses.append(env.poses())
    endings: dict[int, tuple[int, str]] = {}
    for row in range(1, rows + 1):
        step = env.step(policy(env.obs))
        for i, why in step.reasons.items():
            if why == UNSTABLE:  # that pose means nothing
                endings.setdefault(i, (row - 1, why))
            elif step.terminated[i] or row < rows:
                endings.setdefault(i, (row, why))
        if endings.keys() >= set(wanted):
            break
    return np.stack(poses), endings


def pose(film: Film, data: Any, time_s: float) -> None:
    """Put data where the film is at a time; between two rows, between their poses."""
    model, count = film.model, len(film.poses)
    place = min(max(time_s / film.dt, 0.0), count - 1.0)
    row = min(int(place + 1e-6), count - 1)  # 0.24 / 0.008 is less than 30
    here, there = film.poses[row], film.poses[min(row + 1, count - 1)]
    qpos, velocity = here[: model.nq].copy(), np.zeros(model.nv)
    mujoco.mj_differentiatePos(model, velocity, 1.0, qpos, there[: model.nq])
    mujoco.mj_integratePos(model, qpos, velocity, max(place - row, 0.0))
    data.qpos[:] = qpos
    position, quaternion = np.split(here[model.nq :], [3 * model.nmocap])
    data.mocap_pos[:] = position.reshape(-1, 3)
    data.mocap_quat[:] = quaternion.reshape(-1, 4)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    mujoco.mj_camlight(model, data)
    mujoco.mj_tendon(model, data)
