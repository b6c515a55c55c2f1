"""The hidden side of a task: its metric and baselines, for the judge alone."""

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from envs.task import RewardFunction
from envs.user_code import guarded, guarded_number, user_code
from envs.yamlfile import TaskError


@dataclass(frozen=True)
class Hidden:
    """What only the judge may see: hidden.py of a task.

    unit: of the fitness. fitness(episode) is higher for better, success(episode) says
    whether the goal is reached. Both rewards have the contract of a designed one. Where
    nothing is measured, fitness is NaN, and the rewards need not be there.
    """

    unit: str
    fitness: Callable[[Any], float]
    success: Callable[[Any], bool] | None
    human_reward: RewardFunction | None
    sparse_reward: RewardFunction | None


def _load_hidden(path: Path) -> Hidden:
    module = _import(path)
    for name in ("fitness", "human_reward", "sparse_reward"):
        if not callable(getattr(module, name, None)):
            raise TaskError(f"{path}: expected a function {name}(...), found none")
    success = getattr(module, "success", None)
    if success is not None and not callable(success):
        raise TaskError(f"{path}: expected success to be a function of an episode")
    reached = success and guarded_number(f"{path}: success", success, "True or False")
    return Hidden(
        unit=str(getattr(module, "UNIT", "")),
        fitness=guarded_number(f"{path}: fitness", module.fitness, "one number"),
        success=reached and (lambda episode: bool(reached(episode))),
        human_reward=_baseline(path, module, "human_reward"),
        sparse_reward=_baseline(path, module, "sparse_reward"),
    )


def _load_unmeasured(path: Path) -> Hidden:
    """The baselines of a task that people judge, if it has any; never its metric."""
    module = _import(path) if path.is_file() else None
    baselines = (_baseline(path, module, f"{n}_reward") for n in ("human", "sparse"))
    return Hidden("", lambda episode: math.nan, None, *baselines)


def _baseline(path: Path, module: ModuleType | None, name: str) -> Any:
    function = getattr(module, name, None)
    return guarded(f"{path}: {name}", function) if callable(function) else None


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"hidden_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise TaskError(f"{path}: expected the task's hidden side, found no such file")
    module = importlib.util.module_from_spec(spec)
    with user_code(f"{path}: importing it"):
        spec.loader.exec_module(module)
    return module
