"""designer recipes: published methods as settings of the one search."""

from designer.config import RunConfig, yaml_value
from designer.run.settings import RECIPES, settings_from
from envs.yamlfile import read_yaml


def list_recipes() -> list[list[str]]:
    """Header and one row per recipe: its idea, and the settings that it changes."""
    defaults = RunConfig()
    rows = [["recipe", "idea", "settings that differ"]]
    for path in sorted(RECIPES.glob("*.yaml"), key=lambda path: path.stem):
        idea = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        settings = (
            f"{key}={str(yaml_value(value)).lower()}"
            for key, value in settings_from(read_yaml(path)).items()
            if getattr(defaults, key) != value
        )
        rows.append([path.stem, idea, " ".join(settings)])
    return rows
