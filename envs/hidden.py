"""The hidden side of a task, for the judge alone: its metric and baseline rewards."""

import importlib.util
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from envs.task import Task
from envs.user_code import (
    UserCodeError,
    error_text,
    guarded,
    guarded_number,
    place,
    user_code,
)
from envs.yamlfile import TaskError

RewardFunction = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Hidden:
    """The contents of a task's hidden.py, which only the judge may use.

    path: the file. measured: whether the metric is used. unit: of the fitness.
    fitness(episode): higher is better. success(episode): whether the goal is reached.
    Both rewards obey the contract of a designed one. Where measured is False, fitness
    is NaN and the rewards may be None.
    """

    path: Path
    measured: bool
    unit: str
    fitness: Callable[[Any], float]
    success: Callable[[Any], bool] | None
    human_reward: RewardFunction | None
    sparse_reward: RewardFunction | None

    def baseline(self, name: Literal["human", "sparse"]) -> RewardFunction | None:
        """One of the hand-written rewards, None where the task has none."""
        return self.human_reward if name == "human" else self.sparse_reward


def load_hidden(task: Task) -> Hidden:
    """The hidden side of a task; TaskError where hidden.py is faulty.

    Where people judge (task.measured is False) the metric is never read, and the file
    and its baselines may be missing.
    """
    path = task.folder / "hidden.py"
    return _measured(path) if task.measured else _unmeasured(path)


def _measured(path: Path) -> Hidden:
    module = _import(path)
    for name in ("fitness", "human_reward", "sparse_reward"):
        if not callable(getattr(module, name, None)):
            raise TaskError(f"{path}: expected a function {name}(...), found none")
    success = getattr(module, "success", None)
    if success is not None and not callable(success):
        raise TaskError(f"{path}: expected success to be a function of an episode")
    reached = success and guarded_number(f"{path}: success", success, "True or False")
    return Hidden(
        path=path,
        measured=True,
        unit=str(getattr(module, "UNIT", "")),
        fitness=guarded_number(f"{path}: fitness", module.fitness, "one number"),
        success=reached and (lambda episode: bool(reached(episode))),
        human_reward=_baseline(path, module, "human_reward"),
        sparse_reward=_baseline(path, module, "sparse_reward"),
    )


def _unmeasured(path: Path) -> Hidden:
    module = _import(path) if path.is_file() else None
    baselines = (_baseline(path, module, f"{n}_reward") for n in ("human", "sparse"))
    return Hidden(path, False, "", lambda episode: math.nan, None, *baselines)


def _baseline(path: Path, module: ModuleType | None, name: str) -> Any:
    function = getattr(module, name, None)
    return guarded(f"{path}: {name}", function) if callable(function) else None


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"hidden_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise TaskError(f"{path}: expected the task's hidden side, found no such file")
    module = importlib.util.module_from_spec(spec)
    try:
        with (
            registered(module),
            user_code(f"{path}: importing it", passing=(ImportError,)),
        ):
            spec.loader.exec_module(module)
    except ImportError as error:
        # Figures are compared by the hash of this file alone.
        raise UserCodeError(
            f"{path}: importing it raised {error_text(error)}{place(error)}; install "
            "what is missing, but a file beside hidden.py is not imported: put what "
            "it holds into hidden.py, which stands alone"
        ) from None
    return module


@contextmanager
def registered(module: ModuleType) -> Iterator[None]:
    """Keeps a module in sys.modules, unless what is inside raises."""
    sys.modules[module.__name__] = module  # A dataclass looks there for its types.
    try:
        yield
    except BaseException:
        sys.modules.pop(module.__name__, None)
        raise
