"""What --json prints has the keys that docs/json.md promises, command by command."""

import inspect
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from designer.__main__ import run
from designer.cli import app
from designer.export.folder import Exported
from designer.report.comparison import compare_figures
from designer.report.summary import summarise
from designer.report.summary_json import as_json
from designer.run.candidates import Entry
from designer.scores.scoreboard import Scoreboard, paired_differences
from designer.scores.text import scoreboard_json
from tests.designer.conftest import ROOT
from tests.designer.handmade import assessed
from tests.designer.report.test_comparison import figures
from tests.designer.scores.test_scoreboard import score
from tests.designer.started import started

TASK = "inverted-pendulum-balance"
GOOD = 'def reward(s, a, s_next):\n    return {"up": np.cos(s_next.pole_angle)}\n'


def documented(command: str) -> set[str]:
    """All names in backquotes in a command's section."""
    text = (ROOT / "docs" / "json.md").read_text()
    section = text.split(f"\n## {command}\n")[1].split("\n## ")[0]
    return set(re.findall(r"`(\w+)`", section))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    run([*arguments, "--json"])
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["tasks"], {"task", "env", "steps", "goal"}),
        (["recipes"], {"recipe", "idea", "settings"}),
        (["doctor"], {"what", "state", "fix"}),
    ],
)
def test_lists_have_rows_with_the_documented_keys(capsys, arguments, keys) -> None:
    rows = printed(capsys, *arguments)
    assert rows
    assert all(row.keys() == keys for row in rows)
    assert keys <= documented(arguments[0])


def test_a_tasks_steps_are_a_number(capsys) -> None:
    rows = {row["task"]: row for row in printed(capsys, "tasks")}
    assert rows["hopper-run"]["steps"] == 300_000


def test_one_task(capsys) -> None:
    answer = printed(capsys, "tasks", TASK)
    assert answer.keys() == {"task", "prompt"}
    assert answer.keys() <= documented("tasks")


def test_inspect(capsys) -> None:
    assert printed(capsys, "inspect", "Hopper-v5").keys() == documented("inspect")


@pytest.mark.parametrize("source", [GOOD, GOOD.replace("angle", "angel")])
def test_check_has_the_same_keys_whatever_it_finds(capsys, tmp_path, source) -> None:
    (tmp_path / "reward.py").write_text(source)
    file = str(tmp_path / "reward.py")
    answer = printed(capsys, "check", file, "--task", TASK, "--calls", "1")
    assert answer.keys() == documented("check")


def test_plan(capsys) -> None:
    judge = ("--judge", "both", "--judge-model", "manual")
    model = ("--model", "manual", *judge)
    answer = printed(capsys, "plan", TASK, "--steps", "2048", *model)
    assert answer.keys() == documented("plan")
    assert answer["usd"] is None


def test_explain(capsys, tmp_path: Path) -> None:
    (tmp_path / "reward.py").write_text(GOOD)
    file = str(tmp_path / "reward.py")
    answer = printed(capsys, "explain", file, "--task", TASK)
    names = documented("explain")
    assert answer.keys() <= names
    assert answer["terms"][0].keys() <= names
    assert answer["terms"][0]["dependences"][0].keys() <= names


def test_every_command_that_prints_json_says_what() -> None:
    headings = set(re.findall(r"\n## (\w+)\n", (ROOT / "docs/json.md").read_text()))
    commands = {
        name
        for name in app
        if not name.startswith("-")
        and "json" in inspect.signature(app[name].default_command).parameters
    }
    assert len(commands) > 10
    assert commands - {"resume", "batch"} <= headings  # These two stand with others.


def test_report_of_a_run_that_goes_on(capsys, tmp_path: Path) -> None:
    path = started(tmp_path)
    (answer,) = printed(capsys, "report", str(path))
    assert answer["finished"] is False
    assert answer.keys() <= documented("report")
    assert answer["run"] == str(path)


def test_run() -> None:
    rows = [Entry("designed", "x", assessed(1, 2)), Entry("human", "y", assessed(1, 1))]
    result = as_json(summarise(rows, None, "m"))
    assert {"run", "report", "calls"} | result.keys() <= documented("run")
    (row, _) = result["table"]  # type: ignore[misc]
    assert row.keys() <= documented("run")  # type: ignore[attr-defined]
    (comparison,) = result["comparisons"]  # type: ignore[misc]
    assert comparison.keys() <= documented("score")  # type: ignore[attr-defined]


def test_a_run_says_which_seeds_it_compares_and_that_they_are_paired() -> None:
    """Fitness 1, 2 and 4 against 1, 1 and 1 on seeds 0, 1, 2: 4 / 3 on average."""
    designed, human = assessed(1, 2, 4), assessed(1, 1, 1)
    rows = [Entry("designed", "x", designed), Entry("human", "y", human)]
    result: Any = as_json(summarise(rows, None, "m"))
    assert [row["seeds"] for row in result["table"]] == [[0, 1, 2]] * 2
    assert result["table"][0]["training_steps"] == designed.results[0].steps
    (comparison,) = result["comparisons"]
    assert (comparison["second"], comparison["n"]) == ("human", 3)
    assert comparison["mean"] == pytest.approx(4 / 3)
    assert comparison["verdict"] == "undecided"


def test_compare() -> None:
    runs = [figures("default", 0, 6, 8), figures("greedy", 0, 2, 2)]
    facts = asdict(compare_figures(runs))
    lists = (facts[key] for key in ("runs", "tasks", "leads", "methods"))
    for row in (facts, *(rows[0] for rows in lists)):
        assert row.keys() <= documented("compare")


def test_score() -> None:
    scores = (score("a.py", 1.0, 2.0, 4.0), score("human", 1.0, 1.0, 1.0))
    settings = ("hopper-run", "m", "ppo", "ppo", 4096, 2, (0, 1, 2), "none", scores)
    judge = ("a" * 64, "2026-01-01", (), "b" * 64, 1, ())
    answer = scoreboard_json(Scoreboard(*settings, paired_differences(scores), *judge))
    for part in (answer, answer["judge"], *answer["rewards"], *answer["comparisons"]):
        assert part.keys() <= documented("score")


def test_export() -> None:
    assert set(Exported.__dataclass_fields__) == documented("export")
