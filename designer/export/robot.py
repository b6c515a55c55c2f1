"""A robot of one's own as plain data, from which the exported environment is made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from envs.actuators import starting_activations
from envs.batch_env import VectorEnv
from envs.bodies.anything import ANYTHING
from envs.conditions import Condition
from envs.draws import Draw
from envs.fields import Field
from envs.make import make_env
from envs.task import Task

Places = dict[str, tuple[str, ...]]


def lacks_make_env(task: Task) -> str:
    """Why the export can't make the task's environment, '' where it can."""
    keys = {
        "draws": task.draws,
        "observation": task.observation,
        "ends": task.ends,
        "action": task.action,
    }
    used = [key for key, value in keys.items() if value]
    if task.env in ANYTHING or not used:
        return ""
    return (
        f"the task adds {', '.join(used)} to {task.env}, which Gymnasium's own "
        "environment doesn't have"
    )


def places(task: Task, fields: tuple[Field, ...]) -> Places:
    """Where each field is read; draws are in the info of a step."""
    widths = {draw.name: draw.width for draw in task.draws}
    return {
        field.name: field.sources or (_in_info(field.name, widths[field.name]),)
        for field in fields
        if field.since is None
    }


def _in_info(name: str, width: int) -> str:
    return f"info.{name}[0:{width}]" if width else f"info.{name}"


def plain_condition(condition: Condition) -> tuple[str, int | None, bool, float]:
    """Field, index, below, bound."""
    return condition.field, condition.index, condition.below, condition.bound


def robot_facts(task: Task, xml: Path) -> dict[str, Any]:
    """What the exported environment needs; xml: the model's copy in the run.

    TaskError or SourceError where the copy doesn't do without what lay beside it.
    """
    env = make_env(
        replace(task, env_kwargs={**task.env_kwargs, "xml_file": str(xml)}), 1
    )
    assert isinstance(env, VectorEnv)
    lowest, highest = env.action_bounds
    activations = starting_activations(env.model, env.keyframe)
    observation = task.observation
    return {
        "xml": f"xml/{xml.name}",
        "keyframe": env.keyframe,
        "activations": None if activations is None else activations.tolist(),
        "physics_steps": env.physics_steps,
        "max_steps": env.max_steps,
        "start_noise": task.body.kwargs["reset_noise_scale"],
        "low": env.low.tolist(),
        "high": env.high.tolist(),
        "least": lowest.tolist(),
        "greatest": highest.tolist(),
        "draws": {draw.name: _plain_draw(draw, env) for draw in task.draws},
        "observation": observation and list(observation.fields),
        "noise": dict(observation.noise) if observation else {},
        "history": observation.history if observation else 1,
        "ends": [
            (end.reason, *plain_condition(end.condition), end.success)
            for end in task.ends
        ],
    }


def _plain_draw(draw: Draw, env: VectorEnv) -> dict[str, Any]:
    low, high = list(draw.low), list(draw.high)
    is_single = draw.scalar and len(low) == 1
    return {
        "low": low[0] if is_single else low,
        "high": high[0] if is_single else high,
        "turn": draw.turn,
        "how": draw.how,
        "target": draw.target,
        "constant": bool(draw.target) and env.physics.writable(draw.target)[1],
        "again_s": draw.again_s,
    }
