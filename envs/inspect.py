"""What an environment or a robot offers: a `fields:` block to start a task from."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from envs.fields import Field, columns
from envs.task import Task, Train
from envs.vector import Env, make_env

STEPS, ENVS = 64, 16
SLIDE, HINGE = int(mujoco.mjtJoint.mjJNT_SLIDE), int(mujoco.mjtJoint.mjJNT_HINGE)
FREE = int(mujoco.mjtJoint.mjJNT_FREE)
Entry = tuple[str, str, str, str]  # name, source, unit, doc


def fields_block(env_or_xml: str) -> str:
    """YAML of every joint, body, sensor (or obs entry), ready for a task.yaml.

    env_or_xml: a Gymnasium id, module:Id, or the path of a MuJoCo model. Ranges are
    those that random actions reach. TaskError if there is no such environment.
    """
    task = _task(env_or_xml)
    env = make_env(task, ENVS)
    entries = list(_entries(env.model) if env.model is not None else _obs_entries(env))
    ranges = _ranges(task, entries)
    lines = [f"env: {task.env}"]
    if task.env_kwargs:
        lines += ["env_kwargs:", f"  xml_file: {task.env_kwargs['xml_file']}"]
    lines += [
        f"# {env.obs.shape[1]} observations, {env.action_dim} actions in "
        f"[{_listed(env.low)}] to [{_listed(env.high)}],",
        f"# one control step is {env.dt:g} s, at most {env.max_steps} steps",
        "fields:",
    ]
    for (name, source, unit, doc), seen in zip(entries, ranges, strict=True):
        lines += [
            f"  {name}:",
            f"    source: {source}",
            f'    unit: "{unit}"' if unit == "1" else f"    unit: {unit}",
            f"    doc: {doc}; random actions give {seen}",
        ]
    return "\n".join(lines) + "\n"


def _task(env_or_xml: str) -> Task:
    is_file = env_or_xml.endswith((".xml", ".mjcf")) or Path(env_or_xml).is_file()
    env = "MuJoCo-v0" if is_file else env_or_xml
    kwargs = {"xml_file": str(Path(env_or_xml).resolve())} if is_file else {}
    return Task("inspected", Path(), env, kwargs, "", "", (), Train())


def _entries(model: Any) -> Iterator[Entry]:
    for k in range(model.njnt):
        joint = model.joint(k)
        if joint.name:
            yield from _joint_entries(joint, int(joint.type[0]))
    for k in range(1, model.nbody):
        name = model.body(k).name
        if name:
            doc = f"position of body {name} (x, y, z)"
            yield f"{_identifier(name)}_position", f"body.{name}.xpos", "m", doc
    for k in range(model.nsensor):
        name = model.sensor(k).name
        if name:
            doc = f"sensor {name}; give its unit"
            yield f"{_identifier(name)}_sensor", f"sensor.{name}.data", "1", doc


def _joint_entries(joint: Any, kind: int) -> Iterator[Entry]:
    name = joint.name
    short, q, v = _identifier(name), f"joint.{name}.qpos", f"joint.{name}.qvel"
    if kind == FREE:
        yield f"{short}_position", f'"{q}[0:3]"', "m", f"position of {name} (x, y, z)"
        yield f"{short}_rotation", f'"{q}[3:7]"', "1", f"quaternion of {name} (w x y z)"
        yield f"{short}_velocity", f'"{v}[0:3]"', "m/s", f"velocity of {name}"
        yield f"{short}_spin", f'"{v}[3:6]"', "rad/s", f"angular velocity of {name}"
    elif kind in (SLIDE, HINGE):
        unit, what = ("m", "slide") if kind == SLIDE else ("rad", "hinge")
        doc = f"{what} joint {name}, axis {_listed(joint.axis)}"
        if joint.limited[0] if hasattr(joint, "limited") else joint.range.any():
            low, high = joint.range
            doc += f", limits {low:.3g} to {high:.3g}"
        yield f"{short}_{'position' if kind == SLIDE else 'angle'}", q, unit, doc
        yield f"{short}_velocity", v, f"{unit}/s", f"velocity of joint {name}"
    else:
        yield f"{short}_rotation", q, "1", f"quaternion of ball joint {name}"
        yield f"{short}_spin", v, "rad/s", f"angular velocity of ball joint {name}"


def _obs_entries(env: Env) -> Iterator[Entry]:
    for k in range(env.obs.shape[1]):
        yield f"obs_{k}", f'"obs[{k}]"', "1", f"entry {k} of the observation; say what"


def _ranges(task: Task, entries: list[Entry]) -> list[str]:
    """Least and greatest value of every entry over some random play."""
    fields = tuple(Field(n, (s.strip('"'),), u, d) for n, s, u, d in entries)
    env = make_env(replace(task, fields=fields), ENVS)
    env.reset(range(ENVS))
    rng = np.random.default_rng(0)
    frames = []
    for _ in range(STEPS):
        action = rng.uniform(env.low, env.high, (ENVS, env.action_dim))
        frames.append(env.step(action).s_next)
    seen, parts = np.concatenate(frames), columns(env.widths)
    return [
        f"{seen[:, parts[n]].min():.3g} to {seen[:, parts[n]].max():.3g}"
        for n, *_ in entries
    ]


def _identifier(name: str) -> str:
    text = "".join(c if c.isalnum() else "_" for c in name).strip("_").lower()
    return f"n{text}" if text[:1].isdigit() else text


def _listed(values: Any) -> str:
    return " ".join(f"{value:g}" for value in values)
