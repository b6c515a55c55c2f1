"""Loads tasks by name or folder, and makes their environments."""

from dataclasses import replace
from pathlib import Path

from envs.actions import ActionError
from envs.batch_env import VectorEnv
from envs.bodies import BODIES
from envs.env import Env
from envs.fields import SourceError
from envs.gym_env import GymVectorEnv
from envs.task import TASKS, Task, parse_task
from envs.yamlfile import Document, TaskError, did_you_mean, read_yaml


def make_env(task: Task, n: int, threads: int = 1) -> Env:
    """n environments of the task, of the fastest kind that can run its env."""
    if task.env in BODIES:
        return VectorEnv(task, n, threads)
    return GymVectorEnv(task, n)


def task_names() -> list[str]:
    """The tasks that come with the project."""
    return sorted(path.parent.name for path in TASKS.glob("*/task.yaml"))


def load_task(name_or_folder: str, measured: bool = True) -> Task:
    """A task by its name or the path of its folder; TaskError if it is faulty."""
    folder = TASKS / name_or_folder
    if "/" in name_or_folder or not (folder / "task.yaml").is_file():
        folder = Path(name_or_folder).expanduser().resolve()
    if not (folder / "task.yaml").is_file():
        raise TaskError(
            f"unknown task '{name_or_folder}'; "
            f"{did_you_mean(name_or_folder, task_names())} "
            "(or give the path of a folder that holds a task.yaml)"
        )
    document = read_yaml(folder / "task.yaml")
    task = replace(parse_task(document, folder), measured=measured)
    _try(task, document)
    return task


def _try(task: Task, document: Document) -> None:
    """Build the environment once, so that its faults are reported at once."""
    try:
        make_env(task, 1)
    except SourceError as error:
        key = (error.kind, error.field, "source")
        raise document.error(key, str(error)) from None
    except ActionError as error:
        raise document.error(("action",), str(error)) from None
    except TaskError as error:
        raise document.error(("env",), str(error)) from None
