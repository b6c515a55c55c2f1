"""Reads settings out of files: recipes, and config.yaml of a run."""

import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from cyclopts import App
from cyclopts.config import Dict

from designer.config import RunConfig, yaml_value
from designer.errors import ConfigError
from designer.typed import Mismatch, read_as
from envs.yamlfile import Document, read_yaml

MODELS = "model", "judge_model"
RECIPES = Path(__file__).parents[1] / "recipes"
# Models that send a key to one fixed server, or that need no key.
FIXED_MODEL = re.compile(
    r"symbolic|manual|replay:[^@]*|ollama/[^@]*|(gpt-|o1|o3|o4|chatgpt)[^@]*|",
    re.DOTALL,
)


def settings_from(
    document: Document, other_keys: Collection[str] = ()
) -> dict[str, Any]:
    """The settings in a recipe or a config.yaml, with the types of RunConfig.

    other_keys: keys that the file may hold besides; the caller reads them. Paths are
    relative to the file's own folder. TaskError with file and line.
    """
    hints = get_type_hints(RunConfig, include_extras=True)
    folder, values = document.path.absolute().parent, {}
    for key, value in document.section(
        (), document.data, {*hints, *other_keys}
    ).items():
        if key in hints:
            values[key] = typed_value(document, key, hints[key], value)
    if "init" in values:
        values["init"] = tuple(folder / path.expanduser() for path in values["init"])
    for key in values.keys() & {*MODELS}:
        values[key] = with_replay_from(folder, values[key])
    return values


def with_replay_from(folder: Path, model: str) -> str:
    """What --model names; the path of a replay counts from this folder."""
    kind, _, path = model.strip().partition(":")
    if kind != "replay" or not path:
        return model
    return f"replay:{folder / Path(path).expanduser()}"


def typed_value(document: Document, key: str, kind: Any, value: Any) -> Any:
    """One value of a YAML file as a type; TaskError with file and line."""
    try:
        return read_as(kind, value, key)
    except Mismatch as error:
        raise document.error((key,), str(error)) from None


def dangers(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings that only the user's command line may choose, and what each would do."""
    effects = {}
    for key in MODELS:
        spec = settings.get(key, "").strip()
        if spec.startswith("cmd:"):
            effects[key] = f"start the program {spec.removeprefix('cmd:')!r}"
        elif not FIXED_MODEL.fullmatch(spec):
            effects[key] = f"send prompts, and a key that is set, to {spec!r}"
    if settings.get("sandbox") == "none":
        effects["sandbox"] = "run rewards without walls"
    return effects


def flag(key: str, value: object) -> str:
    """A setting as a flag of the command line."""
    return f"--{key.replace('_', '-')} {shlex.quote(str(value))}"


def recipe_path(name: str, folder: Path = Path()) -> Path:
    """File of a recipe by name, or by path from a folder; it may not exist."""
    inside = RECIPES / f"{name}.yaml"
    return inside if inside.is_file() else folder / Path(name).expanduser()


def recipe_layer(app: App, commands: tuple[str, ...], arguments: Any) -> None:
    """Fill every option that the command line leaves open from the recipe."""
    recipe = next((a for a in arguments if a.name == "--recipe"), None)
    if recipe is None:
        return
    name = recipe.tokens[0].value if recipe.tokens else RunConfig.recipe
    path = recipe_path(name)
    if not path.is_file():
        names = sorted(p.stem for p in recipe_path("default").parent.glob("*.yaml"))
        raise ConfigError(
            f"unknown recipe '{name}'; expected the path of a YAML file or one of: "
            + ", ".join(names)
        )
    settings = settings_from(read_yaml(path))
    typed_flags = {argument.name for argument in arguments if argument.tokens}
    for key, effect in dangers(settings).items():
        if flag(key, "").split()[0] not in typed_flags:
            raise ConfigError(
                f"{path} would {effect}, which a recipe can't choose; if you want "
                f"that, add {flag(key, settings[key])}"
            )
    data = {
        key: yaml_value(value) for key, value in settings.items() if value is not None
    }
    layer = Dict(data, use_commands_as_keys=False, source=str(path))
    layer(app, commands, arguments)
