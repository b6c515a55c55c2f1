"""A film: an episode as poses over time, before anything is painted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from envs.batch_env import VectorEnv
from envs.bodies import Array
from envs.env import UNSTABLE, Env
from envs.make import make_env
from envs.task import Task

MAX_FILM_S = 8.0


class Unfilmable(Exception):  # noqa: N818 (a property of the task, not an error)
    """No clip can be made of this environment; the message says why."""


@dataclass(frozen=True)
class Film:
    """One episode from its start.

    model: with the constants that the episode drew at its start. poses: (rows, nq + 7
    nmocap), as Env.poses. dt: seconds between rows. seconds: length of every film of
    this task. ended: why the body's own rule ended the episode before that, '' if it
    did not.
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
    episodes: Sequence[int] = (0,),
    max_s: float = MAX_FILM_S,
) -> list[Film]:
    """Films of some of the episodes that `play` plays from these seeds.

    episodes: their places in seeds. All seeds are simulated, as they are by `play`: the
    rounding of a policy's sums depends on the number of rows. Unfilmable where there is
    no MuJoCo model. Not covered: constants of the model that are drawn again within an
    episode.
    """
    env = make_env(task, len(seeds))
    if env.model is None:
        raise Unfilmable(
            f"no clip can be made of {task.env}: it has no MuJoCo model to draw"
        )
    rows = min(env.max_steps, round(max_s / env.dt))
    env.reset(seeds)
    models = {i: _model(env, i) for i in episodes}
    poses, endings = _play(env, policy, rows, episodes)
    films = []
    for i in episodes:
        last, reason = endings.get(i, (len(poses) - 1, ""))
        film_poses = poses[: last + 1, i]
        films.append(Film(models[i], film_poses, env.dt, rows * env.dt, reason))
    return films


def _model(env: Env, i: int) -> Any:
    """The model of environment i, where constants of it may have been drawn."""
    if isinstance(env, VectorEnv) and env.physics.has_own_constants:
        return env.physics.own_model(i)
    return env.model


def _play(
    env: Env, policy: Callable[[Array], Array], rows: int, episodes: Sequence[int]
) -> tuple[Array, dict[int, tuple[int, str]]]:
    """Poses (at most rows + 1, n, ...); of episodes that ended, last row and reason."""
    poses = [env.poses()]
    env.watch = lambda: poses.append(env.poses())
    endings: dict[int, tuple[int, str]] = {}
    for row in range(1, rows + 1):
        step = env.step(policy(env.obs))
        for i, reason in step.reasons.items():
            if reason == UNSTABLE:  # the pose after an unstable step means nothing
                endings.setdefault(i, (row - 1, reason))
            elif step.terminated[i] or row < rows:
                endings.setdefault(i, (row, reason))
        if endings.keys() >= set(episodes):
            break
    return np.stack(poses), endings


def pose(film: Film, data: Any, time_s: float) -> None:
    """Set data to the film's pose at a time, interpolated between two rows."""
    model, count = film.model, len(film.poses)
    place = min(max(time_s / film.dt, 0.0), count - 1.0)
    row = min(int(place + 1e-6), count - 1)  # in floats 0.24 / 0.008 is below 30
    first, second = film.poses[row], film.poses[min(row + 1, count - 1)]
    qpos, velocity = first[: model.nq].copy(), np.zeros(model.nv)
    mujoco.mj_differentiatePos(model, velocity, 1.0, qpos, second[: model.nq])
    mujoco.mj_integratePos(model, qpos, velocity, max(place - row, 0.0))
    data.qpos[:] = qpos
    position, quaternion = np.split(first[model.nq :], [3 * model.nmocap])
    data.mocap_pos[:] = position.reshape(-1, 3)
    data.mocap_quat[:] = quaternion.reshape(-1, 4)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    mujoco.mj_camlight(model, data)
    mujoco.mj_tendon(model, data)
