"""A batch file: its lists are a grid of runs; all else is a setting of every run."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from designer.config import Dollars, Limit, RunConfig, checked_config
from designer.errors import ConfigError
from designer.run.settings import (
    MODELS,
    recipe_path,
    settings_from,
    typed_value,
    with_replay_from,
)
from envs.make import task_names
from envs.task import TASKS
from envs.yamlfile import Document, read_yaml

TRAININGS = "trainings_per_reward"
# Keys of a batch file by another name than the setting: "seeds" are the runs' own here.
SETTING_OF = {"recipes": "recipe", "models": "model", "seeds": "seed"}
SETTING_OF |= {TRAININGS: "seeds"}
LIMITS = {"max_calls": Limit, "max_tokens": Limit, "max_usd": Dollars}
Prices = Mapping[str, tuple[float, float]]
"""US dollars per million tokens (in, out), by model."""
MAX_NAME_CHARACTERS = 60  # of one part of a run's folder name


@dataclass(frozen=True)
class Cell:
    """One run of a grid; name: of its folder. task: a name, or an absolute path."""

    name: str
    task: str
    config: RunConfig


@dataclass(frozen=True)
class Grid:
    """The runs of a batch file, and what its limits are for all of them together."""

    cells: tuple[Cell, ...]
    max_calls: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None


def read_grid(path: Path) -> Grid:
    """The runs that a batch file describes; TaskError with file and line.

    Paths of tasks, recipes, init and replays count from the file's own folder; "all" is
    every task of the project.
    """
    document = read_yaml(path)
    hints = get_type_hints(RunConfig, include_extras=True)
    keys = {*hints, *SETTING_OF, *LIMITS, "tasks", "prices"}
    data = document.section((), document.data, keys)
    if isinstance(data.get("seeds"), int):
        raise document.error(
            ("seeds",),
            f"seeds is a list, of the runs' own seeds; {data['seeds']} trainings of "
            f"every reward are {TRAININGS}: {data['seeds']}",
        )
    limits = {
        key: typed_value(document, key, kind, data.pop(key))
        for key, kind in LIMITS.items()
        if key in data
    }
    kind = dict[str, tuple[float, float]]
    prices = typed_value(document, "prices", kind, data.pop("prices", {}))
    tasks = data.pop("tasks", None)
    tasks = task_names() if tasks == "all" else tasks
    tasks = typed_value(
        document, "tasks", tuple[str, ...], [tasks] if isinstance(tasks, str) else tasks
    )
    folder = path.absolute().parent
    axes: dict[str, list[Any]] = {}
    settings: dict[str, Any] = {}
    for key, value in data.items():
        setting = SETTING_OF.get(key, key)
        if isinstance(value, list) and not _is_list(hints[setting]):
            items = (typed_value(document, key, hints[setting], v) for v in value)
            axes[setting] = [
                with_replay_from(folder, item) if setting in MODELS else item
                for item in items
            ]
        else:
            settings[setting] = value
    if "seed" in axes:  # the runs of one seed come together
        axes = {"seed": axes.pop("seed"), **axes}
    if not tasks or not all(axes.values()):
        raise document.error(("tasks",), "expected lists with at least one item")
    common = settings_from(Document(path, settings, document.lines))
    cells = tuple(
        cell
        for name in tasks
        for cell in _cells(document, _task(document, name), axes, common, prices)
    )
    twice = [name for name, n in Counter(cell.name for cell in cells).items() if n > 1]
    if twice:
        raise document.error(
            ("tasks",), f"two runs would have the folder {twice[0]}: one is given twice"
        )
    return Grid(cells, **limits)


def _task(document: Document, name: str) -> str:
    """A built-in task's name, or the absolute path of a folder."""
    if "/" not in name and (TASKS / name / "task.yaml").is_file():
        return name
    folder = document.path.absolute().parent / Path(name).expanduser()
    return str(folder.resolve())


def _is_list(kind: Any) -> bool:
    """Whether a setting is itself a list: init and prices."""
    return get_origin(kind) is tuple or any(map(_is_list, get_args(kind)))


def _cells(
    document: Document,
    task: str,
    axes: Mapping[str, list[Any]],
    common: Mapping[str, Any],
    prices: Prices,
) -> Iterator[Cell]:
    """The runs of a task, one a combination; those of one seed lie beside each other.

    common: settings of all runs. They replace those of the recipes.
    """
    for values in itertools.product(*axes.values()):
        combination = dict(zip(axes, values, strict=True))
        settings = {"recipe": RunConfig.recipe, **common, **combination}
        recipe = _recipe(document, settings["recipe"])
        settings = settings_from(read_yaml(recipe)) | settings
        settings = {"model": RunConfig.model, "seed": RunConfig.seed, **settings}
        for key, price in (("model", "price"), ("judge_model", "judge_price")):
            if settings.get(key) in prices:
                settings[price] = prices[settings[key]]
        others = [k for k in axes if k not in ("seed", "recipe", "model")]
        words = [Path(task).name, recipe.stem, settings["model"]]
        words += [f"{key}-{combination[key]}" for key in others]
        name = "_".join(map(_slug, [*words, f"s{settings['seed']}"]))
        try:
            config = checked_config(RunConfig(**settings))
        except ConfigError as error:
            raise document.error((), f"{name}: {error}") from None
        yield Cell(name, task, config)


def _recipe(document: Document, name: str) -> Path:
    """The file of a recipe; ConfigError without one."""
    path = recipe_path(name, document.path.absolute().parent)
    if not path.is_file():
        raise document.error(
            ("recipes",), f"unknown recipe '{name}'; designer recipes lists them"
        )
    return path


def _slug(text: object) -> str:
    """Text as part of a folder's name; of the long path of a replay its end."""
    name = re.sub(r"[^\w.+-]+", "-", str(text))
    if str(text).startswith("replay:"):
        return name[-MAX_NAME_CHARACTERS:].strip("-.")
    return name.strip("-.")[:MAX_NAME_CHARACTERS]
