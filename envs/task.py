"""A task is a folder: task.yaml is public, hidden.py is the judge's alone."""

import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from envs.bodies import BODIES, Body
from envs.fields import Field
from envs.yamlfile import Document, TaskError, nearest, read

TASKS = Path(__file__).parent / "tasks"
ALWAYS = {
    "time": Field("time", (), "s", "time since the episode began"),
    "last_action": Field(
        "last_action", (), "1", "action applied just before; zeros at the beginning"
    ),
}

RewardFunction = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Hidden:
    """What only the judge may see: hidden.py of a task.

    unit: of the fitness. fitness(episode) is higher for better, success(episode) says
    whether the goal is reached. Both rewards have the contract of a designed one.
    """

    unit: str
    fitness: Callable[[Any], float]
    success: Callable[[Any], bool] | None
    human_reward: RewardFunction
    sparse_reward: RewardFunction


@dataclass(frozen=True)
class Train:
    """How a policy is trained unless the command line says otherwise."""

    algo: str = "ppo"
    steps: int = 300_000


@dataclass(frozen=True)
class Task:
    """The public side of a task, checked; everything here may enter a prompt."""

    name: str
    folder: Path
    env: str
    env_kwargs: Mapping[str, Any]
    goal: str
    conventions: str
    fields: tuple[Field, ...]
    train: Train

    @property
    def body(self) -> Body:
        """The robot, with this task's env_kwargs in place of its defaults."""
        body = BODIES[self.env]
        kwargs = {**body.kwargs, **self.env_kwargs}
        xml = str(kwargs.pop("xml_file", body.xml))
        return replace(body, xml=xml, kwargs=kwargs)

    @cached_property
    def hidden(self) -> Hidden:
        """The judge's side; never enters a prompt or the sandbox."""
        return _load_hidden(self.folder / "hidden.py")


def task_names() -> list[str]:
    """The tasks that come with the project."""
    return sorted(path.parent.name for path in TASKS.glob("*/task.yaml"))


def load_task(name_or_folder: str) -> Task:
    """A task by its name or the path of its folder; TaskError if it is faulty."""
    folder = TASKS / name_or_folder
    if "/" in name_or_folder or not (folder / "task.yaml").is_file():
        folder = Path(name_or_folder).expanduser().resolve()
    if not (folder / "task.yaml").is_file():
        raise TaskError(
            f"unknown task '{name_or_folder}'; {nearest(name_or_folder, task_names())} "
            "(or give the path of a folder that holds a task.yaml)"
        )
    task = _parse(read(folder / "task.yaml"), folder)
    _check_sources(task)
    return task


_KEYS = ("name", "env", "env_kwargs", "goal", "conventions", "fields", "train")
_FIELD_KEYS = ("source", "unit", "doc", "hidden")


def _parse(document: Document, folder: Path) -> Task:
    top = document.section((), document.data, _KEYS)
    for key in ("name", "env", "goal", "conventions", "fields"):
        if not top.get(key):
            raise document.error((), f"'{key}' is missing")
    for key in ("name", "env", "goal", "conventions"):
        if not isinstance(top[key], str):
            raise document.error((key,), f"'{key}' must be text, got {top[key]!r}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", top["name"]):
        raise document.error(
            ("name",), f"name must be small letters, digits, '-'; got {top['name']!r}"
        )
    if top["env"] not in BODIES:
        raise document.error(
            ("env",), f"unknown env '{top['env']}'; {nearest(top['env'], BODIES)}"
        )
    allowed = (*BODIES[top["env"]].kwargs, "xml_file")
    kwargs = document.section(("env_kwargs",), top.get("env_kwargs") or {}, allowed)
    if "/" in str(kwargs.get("xml_file", "")):
        kwargs["xml_file"] = str((folder / kwargs["xml_file"]).resolve())
    fields = top["fields"]
    if not isinstance(fields, Mapping):
        raise document.error(("fields",), "fields must be a mapping of name to field")
    return Task(
        name=top["name"],
        folder=folder,
        env=top["env"],
        env_kwargs=kwargs,
        goal=" ".join(top["goal"].split()),
        conventions=" ".join(top["conventions"].split()),
        fields=tuple(_parse_field(document, n, value) for n, value in fields.items()),
        train=_parse_train(document, top.get("train") or {}),
    )


def _parse_field(document: Document, name: str, value: Any) -> Field:
    key = ("fields", name)
    if not name.isidentifier() or name.startswith("_"):
        raise document.error(key, f"field name '{name}' must be a Python identifier")
    if name in ALWAYS:
        raise document.error(
            key, f"field '{name}' is always there; choose another name"
        )
    entry = document.section(key, value, _FIELD_KEYS)
    for part in ("source", "unit", "doc"):
        if part not in entry or entry[part] in ("", None):
            hint = "; write '1' where there is none" if part == "unit" else ""
            raise document.error(key, f"field '{name}' has no {part}{hint}")
    sources = entry["source"]
    sources = tuple(sources) if isinstance(sources, list) else (sources,)
    if not all(isinstance(source, str) for source in sources):
        raise document.error((*key, "source"), f"source of '{name}' must be text")
    if not isinstance(entry.get("hidden", False), bool):
        raise document.error((*key, "hidden"), "hidden must be true or false")
    doc = " ".join(str(entry["doc"]).split())
    return Field(name, sources, str(entry["unit"]), doc, entry.get("hidden", False))


def _parse_train(document: Document, value: Any) -> Train:
    entry = document.section(("train",), value, ("algo", "steps"))
    algo = entry.get("algo", Train.algo)
    if algo != "ppo":
        raise document.error(("train", "algo"), f"algo must be ppo, got {algo!r}")
    raw = entry.get("steps", Train.steps)
    try:
        steps = int(float(raw))  # YAML reads 3e5 as text
    except (TypeError, ValueError):
        steps = 0
    if steps < 1:
        raise document.error(("train", "steps"), f"steps must be > 0, got {raw!r}")
    return Train(algo, steps)


def _check_sources(task: Task) -> None:
    """Resolve every field once, so that a wrong name is told now and not in an hour."""
    from envs.fields import SourceError
    from envs.vector import VectorEnv

    try:
        VectorEnv(task, 1)
    except SourceError as error:
        key = ("fields", error.field, "source")
        raise read(task.folder / "task.yaml").error(key, str(error)) from None


def _load_hidden(path: Path) -> Hidden:
    module = _import(path)
    for name in ("fitness", "human_reward", "sparse_reward"):
        if not callable(getattr(module, name, None)):
            raise TaskError(f"{path}: expected a function {name}(...), found none")
    return Hidden(
        unit=str(getattr(module, "UNIT", "")),
        fitness=module.fitness,
        success=getattr(module, "success", None),
        human_reward=module.human_reward,
        sparse_reward=module.sparse_reward,
    )


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"hidden_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise TaskError(f"{path}: expected the task's hidden side, found no such file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError) as error:
        raise TaskError(f"{path}: {type(error).__name__}: {error}") from None
    return module
