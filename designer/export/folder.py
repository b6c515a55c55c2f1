"""Writes the export of a run: what it holds works without us.

Nothing of the run is run for that: neither the task's code nor the reward.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.errors import ConfigError
from designer.export.onnx import policy_onnx
from designer.export.robot import lacks_make_env, places, plain_condition, robot_facts
from designer.export.templates import EXPORT_TEMPLATES
from designer.export.torch_source import (
    function_names,
    obstacle,
    torch_source,
    without_future,
)
from designer.run.candidates import number
from designer.run.files import (
    read_bytes,
    read_json,
    read_text,
    require_plain,
    write_atomic,
)
from designer.run.manifest import read_manifest
from designer.training.curves import Curves
from designer.training.policy import Policy
from envs.bodies import BODIES
from envs.bodies.anything import ANYTHING
from envs.bodies.body import MENAGERIE, xml_path
from envs.fields import Field, SourceError
from envs.task import ALWAYS, Task, parse_task
from envs.yamlfile import TaskError, read_yaml
from sandbox import clean

NEEDS_SB3 = (
    "policy.zip, which needs stable-baselines3: "
    "pip install -c constraints.txt -e '.[sb3]'"
)


WRITTEN_FILES = (
    *("reward.py", "gym_env.py", "reward_torch.py", "README.md"),
    *("policy.npz", "policy.onnx", "policy.zip", "vec_normalize.pkl"),
)


@dataclass(frozen=True)
class FinishedSearch:
    """What an export takes out of a run folder.

    result: the content of result.json. policy: None where the winner could not be
    retrained. terms: of the reward.
    """

    path: Path
    task: Task
    author: str
    result: Mapping[str, Any]
    source: str
    policy: Policy | None
    terms: tuple[str, ...]

    @property
    def public_fields(self) -> tuple[Field, ...]:
        """The fields that the reward may read."""
        return tuple(field for field in self.task.fields if not field.hidden)


@dataclass(frozen=True)
class Exported:
    """The folder with its files, and what is left out with the reason."""

    path: Path
    files: tuple[str, ...]
    left_out: tuple[str, ...]


def read_search(run: Path) -> FinishedSearch:
    """The winner of a finished run; ConfigError where there is none."""
    if not (run / "config.yaml").is_file():
        raise ConfigError(f"{run} is not a run folder: it has no config.yaml")
    require_plain(run)
    manifest, result = read_manifest(run), read_json(run / "result.json")
    if result is None:
        raise ConfigError(f"{run} is not finished; go on with: designer resume {run}")
    winner = result.get("winner")
    if not isinstance(winner, str) or not (run / "best" / "reward.py").is_file():
        raise ConfigError(f"{run} has chosen no reward, so there is nothing to export")
    path = run / "best" / "policy.npz"
    curves = sorted((run / winner).glob("s*/curves.csv"))
    return FinishedSearch(
        run,
        parse_task(read_yaml(run / "task" / "task.yaml"), (run / "task").absolute()),
        manifest.config.model,
        result,
        read_text(run / "best" / "reward.py"),
        Policy.load(path) if path.is_file() else None,
        Curves.load(curves[0]).terms if curves else (),
    )


def write_export(search: FinishedSearch, out: Path) -> Exported:
    """Write all files of an export over those of an earlier one."""
    left_out = []
    source = without_future(search.source)
    texts = {"reward.py": _render("reward.py", search, source=source)}
    robot, reason = _robot(search)
    if reason:
        left_out.append(f"make_env, because {reason}")
    kwargs = _kwargs(search, robot, reason, out)
    texts["gym_env.py"] = _gym_env(search, robot, reason, kwargs)
    functions = function_names(search.terms, search.source)
    if reason := obstacle(search.source) or ("" if functions else "no term is known"):
        left_out.append(f"reward_torch.py, because {reason}")
    else:
        texts["reward_torch.py"] = _render(
            "reward_torch.py",
            search,
            source=torch_source(search.source),
            functions=functions,
        )
    files = list(texts)
    algorithm = ""
    if search.policy is None:
        left_out.append("a policy, because the reward could not be trained again")
    else:
        write_atomic(out / "policy.npz", read_bytes(search.path / "best/policy.npz"))
        write_atomic(out / "policy.onnx", policy_onnx(search.policy))
        files += ["policy.npz", "policy.onnx"]
        algorithm = _sb3(search.policy, out)
        left_out += [] if algorithm else [NEEDS_SB3]
        files += ["policy.zip", "vec_normalize.pkl"] if algorithm else []
    texts["README.md"] = _card(search, algorithm, functions, left_out)
    for name, text in texts.items():
        write_atomic(out / name, text)
    files.append("README.md")
    return Exported(out, tuple(files), tuple(left_out))


def remove_others(exported: Exported) -> None:
    """Remove what an earlier export wrote into the folder and this one did not."""
    for name in {*WRITTEN_FILES} - {*exported.files}:
        (exported.path / name).unlink(missing_ok=True)


def _render(name: str, search: FinishedSearch, **values: object) -> str:
    """One of the Python files."""
    task = search.task
    return EXPORT_TEMPLATES.get_template(f"{name}.jinja").render(
        task=task.name,
        goal=task.goal,
        fields=(*search.public_fields, *ALWAYS.values()),
        **{"sources": _sources(search), **values},
        action_dim=search.policy.low.size if search.policy else "k",
        author=search.author,
        run=search.path.name,
        winner=search.result["winner"],
    )


def _sources(search: FinishedSearch) -> dict[str, tuple[str, ...]]:
    """Of the fields that a simulation has; others are for the environment to give."""
    return {
        field.name: field.sources
        for field in search.public_fields
        if field.sources and not field.sources[0].startswith(("obs[", "info."))
    }


def _robot(search: FinishedSearch) -> tuple[dict[str, Any] | None, str]:
    """What a robot of one's own is made from; and why no environment can be made."""
    task = search.task
    try:
        name = _model_name(task)
        if task.env not in ANYTHING:
            return None, lacks_make_env(task)
        return robot_facts(task, search.path / "task" / "xml" / name), ""
    except (TaskError, SourceError) as error:
        return None, clean(str(error)).splitlines()[0]


def _model_name(task: Task) -> str:
    """The name of the run's copy of the model; TaskError where that can't be had."""
    return xml_path(str(task.env_kwargs.get("xml_file", ""))).resolve().name


def _gym_env(
    search: FinishedSearch,
    robot: dict[str, Any] | None,
    reason: str,
    kwargs: dict[str, Any],
) -> str:
    """gym_env.py: of a robot of one's own the environment, else a wrapper.

    reason: why no environment can be made, '' where one can. kwargs: its settings.
    """
    # Hidden fields may end an episode, so a whole environment reads them too.
    fields = search.task.fields if robot else search.public_fields
    return _render(
        "gym_env.py",
        search,
        env="" if robot or reason else search.task.env,
        kwargs=kwargs,
        robot=robot,
        sources=places(search.task, fields),
        clocks={f.name: plain_condition(f.since) for f in fields if f.since},
    )


def _kwargs(
    search: FinishedSearch, robot: dict[str, Any] | None, reason: str, out: Path
) -> dict[str, Any]:
    """The environment's settings; a robot's own XML files are copied beside them.

    reason: why no environment can be made with them, '' where one can.
    """
    task = search.task
    kwargs = dict(task.env_kwargs)
    if task.env in BODIES and "max_steps" in kwargs:
        kwargs["max_episode_steps"] = kwargs.pop("max_steps")
    xml = str(kwargs.get("xml_file", ""))
    if robot or "/" in xml or xml.startswith(MENAGERIE):
        copies = search.path / "task" / "xml"
        for path in sorted(copies.rglob("*")):
            if path.is_file():
                write_atomic(out / "xml" / path.relative_to(copies), read_bytes(path))
        if not reason:
            kwargs["xml_file"] = f"xml/{_model_name(task)}"
    return kwargs


def _sb3(policy: Policy, out: Path) -> str:
    """Write the files of stable-baselines3; '' where it is not installed."""
    try:
        from designer.export.sb3_zip import write_sb3
    except ModuleNotFoundError:
        return ""
    return write_sb3(policy, out / "policy.zip", out / "vec_normalize.pkl")


def _card(
    search: FinishedSearch,
    algorithm: str,
    functions: Mapping[str, str],
    left_out: list[str],
) -> str:
    """README.md: results, how to use the files, and limits, as a model card."""
    result, task = search.result, search.task
    rows: list[dict[str, Any]] = result["table"]
    designed = next(row for row in rows if row["reward"] == "designed")
    by_people = result.get("judged_by") == "people"
    unit = result["unit"] if by_people else f"fitness ({result['unit']})"
    seeds = len(designed.get("seeds", designed["by_seed"]))  # older ones have none
    metric = unit if by_people else f"{unit}, mean over {seeds} seeds"
    return EXPORT_TEMPLATES.get_template("README.md.jinja").render(
        task=task,
        author=search.author,
        winner=result["winner"],
        verdict=result["verdict"],
        changes=result.get("changes", ()),
        unit=unit,
        metric=json.dumps(metric),
        by_people=by_people,
        seeds=seeds,
        body=json.dumps(task.env),
        env=not any(line.startswith("make_env") for line in left_out),
        designed=designed,
        rows=[_row(row) for row in rows],
        sb3=algorithm,
        torch=[] if any("torch" in line for line in left_out) else list(functions),
        policy=search.policy is not None,
        obs_dim=search.policy.mean.size if search.policy else 0,
        action_dim=search.policy.low.size if search.policy else 0,
        left_out=left_out,
    )


def _row(row: Mapping[str, Any]) -> list[str]:
    interval, success = row["interval"], row["success"]
    return [
        row["reward"],
        number(row["fitness"]),
        " to ".join(map(number, interval)) if interval else "-",
        ", ".join(map(number, row["by_seed"])) or "-",
        "-" if success is None else f"{success:.0%}",
    ]
