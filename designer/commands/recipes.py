"""designer recipes: published methods as settings of the one search."""

from designer.config import RunConfig
from designer.run.settings import RECIPES
from envs.yamlfile import read_yaml


def list_recipes() -> list[list[str]]:
    """Header and one row per recipe: the settings in which it differs, and its idea."""
    usual = RunConfig()
    rows = [["recipe", "idea", "settings that differ"]]
    for path in sorted(RECIPES.glob("*.yaml"), key=lambda path: path.stem):
        idea = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        differs = (
            f"{key}={str(value).lower()}"
            for key, value in read_yaml(path).data.items()
            if getattr(usual, key) != value
        )
        rows.append([path.stem, idea, " ".join(differs)])
    return rows
