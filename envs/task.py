"""The public side of a task, read from the task.yaml of its folder.

The other file of the folder, hidden.py, is for the judge alone.
"""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from envs.actions import ActionRange, parse_action
from envs.bodies import BODIES, MENAGERIE, OWN_ROBOT, Body
from envs.conditions import Ending, parse_condition, parse_endings
from envs.draws import Draw, parse_draws
from envs.fields import Field
from envs.observation import Observation, parse_observation
from envs.train import TrainDefaults, parse_train
from envs.yamlfile import Document, Key, as_count, is_finite

TASKS = Path(__file__).parent / "tasks"
ALWAYS = {
    "time": Field("time", (), "s", "time since the episode began"),
    "last_action": Field(
        "last_action",
        (),
        "1",
        "action applied just before; at the start the policy's output 0 (see a)",
    ),
}


# An episode has these beside its fields (envs.episodes.Episode).
EPISODE_NAMES = (
    "frames",
    "actions",
    "widths",
    "terminated",
    "reason",
    "dt",
    "steps",
)


@dataclass(frozen=True)
class Task:
    """The public side of a task, checked; everything here may enter a prompt.

    counts: what the judge looks at, in words, '' where the goal says it all. fields:
    also those that are draws. observation: None for the body's own. critic_sees_all:
    whether the value network has all public fields beside the observation. action:
    None for the whole range of its actuators.
    """

    name: str
    folder: Path
    env: str
    env_kwargs: Mapping[str, Any]
    goal: str
    conventions: str
    fields: tuple[Field, ...]
    train: TrainDefaults
    draws: tuple[Draw, ...] = ()
    observation: Observation | None = None
    critic_sees_all: bool = False
    ends: tuple[Ending, ...] = ()
    action: ActionRange | None = None
    factors: str = ""  # by rank, with commas; for votes without people
    counts: str = ""
    measured: bool = True  # False: the metric is never read, even if there is one

    @property
    def body(self) -> Body:
        """The robot, with this task's env_kwargs in place of its defaults.

        KeyError where env is not a built-in body.
        """
        body = BODIES[self.env]
        kwargs = {**body.kwargs, **self.env_kwargs}
        steps = kwargs.get("max_steps", body.max_steps)
        return replace(body, kwargs=kwargs, max_steps=steps)


_OWN_SETTINGS = ("control_s", "episode_s", "keyframe")
_KEYS = (
    "name",
    "env",
    "env_kwargs",
    "goal",
    "counts",
    "conventions",
    "action",
    "draws",
    "observation",
    "critic",
    "ends",
    "fields",
    "train",
    "factors",
)
_FIELD_KEYS = ("source", "since", "unit", "doc", "hidden")


def parse_task(document: Document, folder: Path) -> Task:
    """The task that a task.yaml describes; TaskError where it is faulty."""
    top = document.section((), document.data, _KEYS)
    for key in ("name", "env", "goal", "conventions", "fields"):
        if not top.get(key):
            raise document.error((), f"'{key}' is missing")
    for key in ("name", "env", "goal", "counts", "conventions"):
        if not isinstance(top.get(key, ""), str):
            raise document.error((key,), f"'{key}' must be text, got {top[key]!r}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", top["name"]):
        raise document.error(
            ("name",), f"name must be small letters, digits, '-'; got {top['name']!r}"
        )
    fields = top["fields"]
    if not isinstance(fields, Mapping):
        raise document.error(("fields",), "fields must be a mapping of name to field")
    draws = parse_draws(document, top.get("draws") or {})
    all_fields = (
        *(_parse_field(document, name, value) for name, value in fields.items()),
        *(_require_name(document, "draws", field) for _, field in draws),
    )
    hidden = {f.name: f.hidden for f in (*all_fields, *ALWAYS.values())}
    if len(hidden) < len(all_fields) + len(ALWAYS):
        twice = next(f.name for _, f in draws if f.name in fields)
        raise document.error(("draws", twice), f"there is a field '{twice}' too")
    task = Task(
        name=top["name"],
        folder=folder,
        env=top["env"],
        env_kwargs=parse_env_kwargs(document, top["env"], folder),
        goal=" ".join(top["goal"].split()),
        conventions=" ".join(top["conventions"].split()),
        fields=all_fields,
        train=parse_train(document, top.get("train") or {}),
        draws=tuple(draw for draw, _ in draws),
        observation=parse_observation(document, top.get("observation"), hidden),
        critic_sees_all=_parse_critic(document, top.get("critic", "observation")),
        ends=parse_endings(document, top.get("ends") or {}),
        action=parse_action(document, top.get("action")),
        factors=_parse_factors(document, top.get("factors") or ""),
        counts=" ".join(top.get("counts", "").split()),
    )
    _require_conditions(document, task, hidden)
    return task


def _require_conditions(
    document: Document, task: Task, hidden: Mapping[str, bool]
) -> None:
    """An error where the condition of an ending or a clock has no field to read."""
    if task.action is not None and task.env not in BODIES:
        raise document.error(
            ("action",), f"a Gymnasium environment like {task.env} has its own actions"
        )
    names = [field.name for field in task.fields]
    clocks = {field.name for field in task.fields if field.since is not None}
    for number, field in enumerate(task.fields):
        if field.since is None:
            continue
        name = field.since.field
        if name in clocks and name not in names[:number]:
            message = f"a clock reads only clocks above it, and '{name}' is none"
            raise document.error(("fields", field.name, "since"), message)
        if hidden.get(name) and not field.hidden:
            message = f"'{name}' is hidden, so '{field.name}' must be hidden too"
            raise document.error(("fields", field.name, "since"), message)


def parse_env_kwargs(document: Document, env: str, folder: Path) -> dict[str, Any]:
    """The settings of an env, from its key `env_kwargs`; a path becomes absolute."""
    value, key = document.data.get("env_kwargs") or {}, ("env_kwargs",)
    defaults = BODIES[env].kwargs if env in BODIES else None
    kwargs = document.section(key, value, value if defaults is None else defaults)
    for name, setting in kwargs.items():
        if defaults is None:
            continue  # The constructor of a Gymnasium environment checks them.
        if env == OWN_ROBOT and name in _OWN_SETTINGS:
            _require_own_setting(document, (*key, name), setting)
        elif (fitting := _like(defaults[name], setting)) is None:
            example = repr(defaults[name])
            if isinstance(defaults[name], float):
                example += ", and a number >= 0"
            message = f"{name} must be like {example}; got {setting!r}"
            raise document.error((*key, name), message)
        else:
            kwargs[name] = fitting
    for seconds, count in (("control_s", "frame_skip"), ("episode_s", "max_steps")):
        if env == OWN_ROBOT and {seconds, count} <= kwargs.keys():
            message = f"give either {seconds} or {count}: they say the same"
            raise document.error((*key, seconds), message)
    xml = str(kwargs.get("xml_file", ""))
    if xml.startswith(MENAGERIE):
        return kwargs
    if "/" in xml or (xml and (folder / xml).is_file()):
        kwargs["xml_file"] = str((folder / Path(xml).expanduser()).resolve())
    elif defaults is not None and not xml and not defaults["xml_file"]:
        raise document.error(("env",), f"{env} needs xml_file in env_kwargs")
    return kwargs


def _like(default: Any, setting: Any) -> Any:
    """A setting of the kind of its default: a count, a size, a range; None if not."""
    if isinstance(default, bool | str):
        return setting if isinstance(setting, type(default)) else None
    if isinstance(default, int):
        return count if (count := as_count(setting)) and count > 0 else None
    if isinstance(default, float):
        return setting if is_finite(setting) and setting >= 0 else None
    is_pair = isinstance(setting, list) and len(setting) == len(default)
    if not is_pair or not all(type(bound) in (int, float) for bound in setting):
        return None
    return setting if setting[0] < setting[1] else None  # either may be infinite


def _require_own_setting(document: Document, key: Key, setting: Any) -> None:
    """An error where a setting of MuJoCo-v0 that has several types is none of them."""
    name = key[-1]
    if name in ("control_s", "episode_s") and not (is_finite(setting) and setting > 0):
        raise document.error(
            key, f"{name} must be a number of seconds, got {setting!r}"
        )
    if name == "keyframe" and not (
        setting is None or isinstance(setting, str) or (type(setting) is int)
    ):
        message = f"keyframe must be a name, a number or null, got {setting!r}"
        raise document.error(key, message)


def _require_name(document: Document, section: str, field: Field) -> Field:
    key, name = (section, field.name), field.name
    if not name.isidentifier() or name.startswith("_") or keyword.iskeyword(name):
        message = f"field name '{name}' must be a Python identifier and no keyword"
        raise document.error(key, message)
    if name in EPISODE_NAMES:
        message = f"every episode has a '{name}' of its own; choose another name"
        raise document.error(key, message)
    if name in ALWAYS:
        raise document.error(
            key, f"field '{name}' is always there; choose another name"
        )
    return field


def _parse_field(document: Document, name: str, value: Any) -> Field:
    key = ("fields", name)
    entry = document.section(key, value, _FIELD_KEYS)
    if "source" in entry and "since" in entry:
        raise document.error(key, f"field '{name}' has a source and a since; give one")
    since = None
    if "since" in entry:
        since = parse_condition(document, (*key, "since"), entry.pop("since"))
    for entry_key in ("unit", "doc") if since else ("source", "unit", "doc"):
        if entry_key not in entry or entry[entry_key] in ("", None, []):
            hint = "; write '1' where there is none" if entry_key == "unit" else ""
            raise document.error(key, f"field '{name}' has no {entry_key}{hint}")
    sources = entry.get("source", [])
    sources = tuple(sources) if isinstance(sources, list) else (sources,)
    if not all(isinstance(source, str) for source in sources):
        raise document.error((*key, "source"), f"source of '{name}' must be text")
    if not isinstance(entry.get("hidden", False), bool):
        raise document.error((*key, "hidden"), "hidden must be true or false")
    doc = " ".join(str(entry["doc"]).split())
    hidden = entry.get("hidden", False)
    field = Field(name, sources, str(entry["unit"]), doc, hidden, since=since)
    return _require_name(document, "fields", field)


def _parse_factors(document: Document, value: Any) -> str:
    factors = value if isinstance(value, list) else [value]
    if not all(isinstance(factor, str) for factor in factors):
        raise document.error(("factors",), f"factors must be text, got {value!r}")
    return ", ".join(factors)


def _parse_critic(document: Document, value: Any) -> bool:
    if value not in ("observation", "all"):
        message = f"critic must be observation or all (public fields), got {value!r}"
        raise document.error(("critic",), message)
    return bool(value == "all")
