"""designer recipes: published methods as settings of the one search."""

from collections.abc import Mapping, Sequence
from typing import Any

from designer.config import RunConfig, yaml_value
from designer.run.settings import RECIPES, settings_from
from envs.yamlfile import read_yaml


def list_recipes() -> list[dict[str, Any]]:
    """One row per recipe: its idea, and the settings that it changes."""
    defaults, rows = RunConfig(), []
    for path in sorted(RECIPES.glob("*.yaml"), key=lambda path: path.stem):
        idea = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        settings = {
            key: yaml_value(value)
            for key, value in settings_from(read_yaml(path)).items()
            if getattr(defaults, key) != value
        }
        rows.append({"recipe": path.stem, "idea": idea, "settings": settings})
    return rows


def recipe_table(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Header and one line per recipe."""
    lines = [["recipe", "idea", "settings that differ"]]
    for row in rows:
        settings = (f"{k}={str(v).lower()}" for k, v in row["settings"].items())
        lines.append([row["recipe"], row["idea"], " ".join(settings)])
    return lines
