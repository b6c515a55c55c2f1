"""designer tasks: lists the tasks, or shows one as the model will see it."""

from collections.abc import Mapping, Sequence

from designer.authors.messages import task_variables
from designer.rewards.bank import random_bank
from envs.make import load_task, make_env, task_names
from envs.mjx.differences import mjx_differences
from envs.robot_checks import robot_warnings
from prompts import render

EVERY_TASK = (
    "Numbers have single precision, and episodes begin in one of 1,024 states that "
    "MuJoCo made."
)


def list_tasks() -> list[dict[str, str | int]]:
    """One row per task."""
    tasks = [load_task(name) for name in task_names()]
    return [
        {"task": t.name, "env": t.env, "steps": t.train.steps, "goal": t.goal}
        for t in tasks
    ]


def task_table(rows: Sequence[Mapping[str, str | int]]) -> list[list[str]]:
    """Header and one line per task."""
    lines = [
        [f"{x:,}" if isinstance(x, int) else x for x in row.values()] for row in rows
    ]
    return [[*rows[0]], *lines]


def show_task(name: str) -> str:
    """The task as the model will see it, and for people what a GPU changes about it.

    What is wrong with the robot stands before that.
    """
    task = load_task(name)
    warnings = [f"warning: {line}\n\n" for line in robot_warnings(make_env(task, 1))]
    prompt = render("task", **task_variables(task, random_bank(task, 0)))
    sentences = (EVERY_TASK, *mjx_differences(task))
    lines = "\n".join(f"- {sentence}" for sentence in sentences)
    return (
        f"{''.join(warnings)}{prompt}\n\n"
        f"Not in the prompt: what differs on a GPU (--trainer mjx)\n{lines}"
    )
