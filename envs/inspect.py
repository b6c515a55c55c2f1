"""Prints a task.yaml to start from, for an environment or a robot."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from envs.bodies import OWN_ROBOT, Array
from envs.env import UNSTABLE, Env
from envs.fields import Field, columns
from envs.gym_env import GymVectorEnv
from envs.make import make_env
from envs.offers import (
    Offer,
    distinct,
    info_offers,
    obs_offers,
)
from envs.physics import compile_model
from envs.robot_checks import robot_warnings
from envs.robot_offers import left_out, robot_offers
from envs.starter import HIDDEN_PY, starter_yaml
from envs.task import Task, parse_env_kwargs
from envs.train import TrainDefaults
from envs.user_code import shortened
from envs.yamlfile import Document, TaskError

STEPS, ENVS = 64, 16
CONTROL_S, EPISODE_STEPS = 0.02, 500
MAX_PHYSICS_STEPS = 20  # of a control step; a model of finer steps is a quicker robot
FARTHEST_FOLDERS_UP = 2  # of an XML file that is xml_file by a relative path


@dataclass(frozen=True)
class Play:
    """The result of random play.

    ranges: values (n, k) of each field in the episodes that stayed stable. trouble:
    lines on unstable physics, exceptions and the robot. left_out: lines on what is no
    field.
    """

    ranges: Mapping[str, Array]
    trouble: tuple[str, ...]
    left_out: tuple[str, ...]


def starter_task(
    env_or_xml: str, folder: Path, env_kwargs: Mapping[str, Any] | None = None
) -> str:
    """A task.yaml of every joint, body, sensor (or obs entry), that loads and trains.

    env_or_xml: a Gymnasium id, module:Id, the path of a MuJoCo model, or
    menagerie:NAME. folder: where it will lie. Ranges are what random actions reach
    while physics is stable. TaskError if there is no such environment.
    """
    task, kwargs = _task(env_or_xml, folder, env_kwargs or {})
    env = make_env(task, ENVS)
    offers = distinct(tuple(_offers(env)))
    return starter_yaml(env, kwargs, offers, _play(task, env, offers))


def write_starter(
    env_or_xml: str, folder: Path, env_kwargs: Mapping[str, Any]
) -> list[Path]:
    """Write a task folder to start from; gives the files. None is overwritten."""
    path = folder / "task.yaml"
    if path.exists():
        raise TaskError(f"{path} is there already; name another folder, or move it")
    text = starter_task(env_or_xml, folder, env_kwargs)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    hidden = folder / "hidden.py"
    if hidden.exists():
        return [path]
    hidden.write_text(HIDDEN_PY, encoding="utf-8")
    return [path, hidden]


def _task(
    env_or_xml: str, folder: Path, env_kwargs: Mapping[str, Any]
) -> tuple[Task, dict[str, Any]]:
    """The task that is inspected, and its env_kwargs as task.yaml will have them."""
    menagerie = env_or_xml.startswith("menagerie:")
    is_file = env_or_xml.endswith((".xml", ".mjcf")) or Path(env_or_xml).is_file()
    env = OWN_ROBOT if menagerie or is_file else env_or_xml
    settings = dict(env_kwargs)
    if env != env_or_xml:
        if "xml_file" in settings:
            raise TaskError(f"--env-kwargs: xml_file is {env_or_xml}; leave it out")
        path = env_or_xml if menagerie else str(Path(env_or_xml).resolve())
        settings = {"xml_file": path, **settings}
    document = Document(Path("--env-kwargs"), {"env_kwargs": settings}, {})
    kwargs = parse_env_kwargs(document, env, Path.cwd())
    if env != env_or_xml:
        model = compile_model(_inspected(env, kwargs).body)
        kwargs = {**_lengths(float(model.opt.timestep), kwargs), **kwargs}
    written = dict(kwargs)
    if (xml := Path(str(kwargs.get("xml_file", "")))).is_absolute():
        written["xml_file"] = _relative(xml, folder.resolve())
    return _inspected(env, kwargs), written


def _lengths(timestep: float, kwargs: Mapping[str, Any]) -> dict[str, float]:
    """The length of a control step and of an episode, s, where kwargs have none."""
    control_s, lengths = min(CONTROL_S, MAX_PHYSICS_STEPS * timestep), {}
    if "frame_skip" in kwargs:
        control_s = kwargs["frame_skip"] * timestep
    elif "control_s" in kwargs:
        control_s = kwargs["control_s"]
    else:
        lengths["control_s"] = float(f"{control_s:.6g}")
    if not {"episode_s", "max_steps"} & kwargs.keys():
        lengths["episode_s"] = float(f"{EPISODE_STEPS * control_s:.6g}")
    return lengths


def _inspected(env: str, kwargs: Mapping[str, Any]) -> Task:
    return Task("inspected", Path(), env, kwargs, "", "", (), TrainDefaults())


def _relative(path: Path, folder: Path) -> str:
    relative = os.path.relpath(path, folder)
    ups = Path(relative).parts.count("..")
    return relative if ups <= FARTHEST_FOLDERS_UP else str(path)


def _offers(env: Env) -> Iterator[Offer]:
    if env.model is not None:
        yield from robot_offers(env.model, env.task.env == OWN_ROBOT)
    else:
        yield from obs_offers(env.obs.shape[1])
    if isinstance(env, GymVectorEnv):
        yield from info_offers(env.info_keys())


def _play(task: Task, inspected: Env, offers: Sequence[Offer]) -> Play:
    """Random actions in ENVS environments for STEPS steps."""
    fields = tuple(
        Field(o.name, o.sources, o.unit, o.doc) for o in offers if not o.optional
    )
    env = make_env(replace(task, fields=fields), ENVS)
    env.errors = []
    env.reset(range(ENVS))
    rng = np.random.default_rng(0)
    stable: list[Array] = []
    episodes: list[list[Array]] = [[] for _ in range(ENVS)]
    unstable: dict[int, int] = {}  # environment to steps of its first such episode
    for _ in range(STEPS):
        action = rng.uniform(env.low, env.high, (ENVS, env.action_dim))
        step = env.step(action)
        for k, frame in enumerate(step.s_next):
            episodes[k].append(frame)
            if step.reasons.get(k) == UNSTABLE:
                unstable.setdefault(k, len(episodes[k]))
            elif k in step.reasons:
                stable += episodes[k]
            if k in step.reasons:
                episodes[k] = []
    for k in set(range(ENVS)) - unstable.keys():
        stable += episodes[k]
    trouble = [f"WARNING: {line}" for line in robot_warnings(inspected)]
    if unstable:
        low, high = min(unstable.values()), max(unstable.values())
        after = str(low) if low == high else f"{low} to {high}"
        trouble.append(
            f"UNSTABLE: physics became unstable in {len(unstable)} of {ENVS} random "
            f"episodes after {after} step{'s' if high > 1 else ''}"
        )
    if env.errors:
        trouble.append(f"raised in {len(env.errors)} random steps: {env.errors[0]}")
    frames = np.reshape(stable, (len(stable), env.frame.shape[1]))
    ranges, excluded = {}, []
    for offer in offers:
        if offer.optional:
            continue
        values = frames[:, columns(env.widths)[offer.name]]
        wrong = int((~np.isfinite(values)).any(axis=1).sum())
        if wrong:
            excluded.append(
                f"left out: {', '.join(offer.sources)} is no number in {wrong} of "
                f"{len(values)} random steps"
            )
        else:
            ranges[offer.name] = values
    excluded += [f"left out: {line}" for line in _left_out(inspected)]
    return Play(ranges, tuple(trouble), tuple(excluded))


def _left_out(env: Env) -> Iterator[str]:
    """Lines on what an environment has and is not offered."""
    if env.model is not None:
        yield from left_out(env.model, env.task.env == OWN_ROBOT)
    if isinstance(env, GymVectorEnv):
        for key in env.uneven_info_keys():
            name = shortened(f"info.{key}")
            yield f"{name} is not the same count of numbers at every step"
