"""Lists the fields of an environment or robot, as a start for a task.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from envs.bodies import Array
from envs.env import UNSTABLE, Env
from envs.fields import Field, columns
from envs.gym_env import GymVectorEnv
from envs.make import make_env
from envs.offers import (
    Offer,
    distinct,
    info_offers,
    left_out,
    obs_offers,
    robot_offers,
)
from envs.task import Task, TrainDefaults
from envs.user_code import shortened

STEPS, ENVS = 64, 16
ROBOT = "MuJoCo-v0"


@dataclass(frozen=True)
class Play:
    """The result of random play.

    frames: (n, width), of the episodes that stayed stable. trouble: lines on unstable
    physics and exceptions.
    """

    frames: Array
    widths: Mapping[str, int]
    trouble: tuple[str, ...]


def fields_block(env_or_xml: str) -> str:
    """YAML of every joint, body, sensor (or obs entry), ready for a task.yaml.

    env_or_xml: a Gymnasium id, module:Id, or the path of a MuJoCo model. Each range is
    what random actions reach while physics is stable. Comments list what is left out.
    TaskError if there is no such environment.
    """
    task = _task(env_or_xml)
    env = make_env(task, ENVS)
    offers = distinct(tuple(_offers(env)))
    play = _play(task, offers)
    fields, comments = {}, [*play.trouble, *_left_out(env)]
    for offer in offers:
        values = play.frames[:, columns(play.widths)[offer.name]]
        wrong = int((~np.isfinite(values)).any(axis=1).sum())
        if wrong:
            comments.append(
                f"left out: {offer.source} is no number in {wrong} of {len(values)} "
                "random steps"
            )
            continue
        doc = offer.doc
        if len(values):
            doc += f"; random actions give {values.min():.3g} to {values.max():.3g}"
        fields[offer.name] = {"source": offer.source, "unit": offer.unit, "doc": doc}
    head: dict[str, Any] = {"env": task.env}
    if task.env_kwargs:
        head["env_kwargs"] = dict(task.env_kwargs)
    comments = [
        f"{env.obs.shape[1]} observations, {env.action_dim} actions in "
        f"[{_listed(env.low)}] to [{_listed(env.high)}],",
        f"one control step is {env.dt:g} s, at most {env.max_steps} steps",
        *comments,
    ]
    lines = "".join(f"# {shortened(comment)}\n" for comment in comments)
    return f"{_yaml(head)}{lines}{_yaml({'fields': fields})}"


def _yaml(data: Any) -> str:
    """The data as block-style YAML, one line per value."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6)


def _task(env_or_xml: str) -> Task:
    is_file = env_or_xml.endswith((".xml", ".mjcf")) or Path(env_or_xml).is_file()
    env = ROBOT if is_file else env_or_xml
    kwargs = {"xml_file": str(Path(env_or_xml).resolve())} if is_file else {}
    return Task("inspected", Path(), env, kwargs, "", "", (), TrainDefaults())


def _offers(env: Env) -> Iterator[Offer]:
    if env.model is not None:
        yield from robot_offers(env.model, env.task.env == ROBOT)
    else:
        yield from obs_offers(env.obs.shape[1])
    if isinstance(env, GymVectorEnv):
        yield from info_offers(env.info_keys())


def _left_out(env: Env) -> Iterator[str]:
    if env.model is not None:
        for line in left_out(env.model, env.task.env == ROBOT):
            yield f"left out: {line}"


def _play(task: Task, offers: Sequence[Offer]) -> Play:
    """Random actions in ENVS environments for STEPS steps."""
    fields = tuple(Field(o.name, (o.source,), o.unit, o.doc) for o in offers)
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
    trouble = []
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
    return Play(frames, env.widths, tuple(trouble))


def _listed(values: Any) -> str:
    return " ".join(f"{value:g}" for value in values)
