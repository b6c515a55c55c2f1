"""designer tasks: lists the tasks, or shows one as the model will see it."""

from designer.authors.messages import task_variables
from designer.rewards.bank import random_bank
from envs.make import load_task, task_names
from prompts import render


def list_tasks() -> list[list[str]]:
    """Header and one row per task."""
    tasks = [load_task(name) for name in task_names()]
    rows = [[t.name, t.env, f"{t.train.steps:,}", t.goal] for t in tasks]
    return [["task", "env", "steps", "goal"], *rows]


def show_task(name: str) -> str:
    """The task as the model will see it."""
    task = load_task(name)
    return render("task", **task_variables(task, random_bank(task, 0)))
