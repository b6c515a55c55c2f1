"""Batches through the command line, on a task that takes seconds."""

import json
import re
import shutil
from pathlib import Path

import pytest

from designer.__main__ import run as main
from designer.commands.batch import run_batch
from designer.commands.compare import compare_runs
from designer.commands.run import start_run
from designer.config import RunConfig
from designer.rewards.sources import BASELINES
from tests.designer.conftest import Designer, figures

TASK = "inverted-pendulum-balance"
FILE = f"""\
tasks: [{TASK}]
recipes: [default, best-of-n]
candidates: 1
generations: 1
trainings_per_reward: 1
final_seeds: 1
steps: 2048
episodes: 2
film: false
"""
NAMES = [f"{TASK}_{recipe}_symbolic_s0" for recipe in ("default", "best-of-n")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a batch file, and the finished batch in it."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "small.yaml").write_text(FILE)
    finished = run_batch(folder / "small.yaml", folder / "out", ["designer", "batch"])
    assert not finished.stopped
    return folder


def test_each_run_is_a_run_folder_of_its_own(folder: Path) -> None:
    for name in NAMES:
        table = figures(folder / "out" / name)["table"]
        assert [row["reward"] for row in table] == ["designed", "human", "sparse"]


def test_a_run_of_a_batch_leaves_the_same_files_as_a_run_alone(
    folder: Path, tmp_path: Path
) -> None:
    settings = {"candidates": 1, "generations": 1, "seeds": 1, "final_seeds": 1}
    config = RunConfig(**settings, steps=2048, episodes=2, film=False)
    start_run(TASK, config, tmp_path, ["designer", "run"])
    alone = files(tmp_path)
    assert {"report.html", "explanation.json", "best/policy.npz"} <= alone
    for name in NAMES:
        assert files(folder / "out" / name) == alone


def files(run: Path) -> set[str]:
    """Files of a run; the names of event files hold their times."""
    paths = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    return {re.sub(r"(tfevents)\..*", r"\1", path) for path in paths}


def test_a_run_whose_page_is_missing_gets_it_when_the_batch_goes_on(
    folder: Path,
) -> None:
    trainings = sorted((folder / "out").glob("*/*/*/s*/result.json"))
    before = [path.stat().st_mtime_ns for path in trainings]
    page = folder / "out" / NAMES[0] / "report.html"
    page.unlink()
    run_batch(folder / "small.yaml", folder / "out", ["designer", "batch"])
    assert page.is_file()
    assert [path.stat().st_mtime_ns for path in trainings] == before


def test_the_same_command_again_does_nothing_twice_and_ends_with_the_table(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = sorted((folder / "out").glob("*/*/*/s*/result.json"))
    before = [path.stat().st_mtime_ns for path in results]
    command = ["batch", str(folder / "small.yaml"), "--out", str(folder / "out")]
    assert main([*command, "--json"]) == 0
    *text, line = capsys.readouterr().out.splitlines()
    facts = json.loads(line)
    assert {run["name"] for run in facts["runs"]} == {*NAMES}
    assert "## Per task, on new seeds" in text
    assert [path.stat().st_mtime_ns for path in results] == before
    for name in ("compare.md", "compare.html", "compare.json"):
        assert (folder / "out" / name).is_file()


def test_baselines_that_are_the_same_in_two_runs_are_trained_once(folder: Path) -> None:
    first, second = (folder / "out" / name for name in NAMES)
    assert "copied" not in (first / "events.jsonl").read_text()
    lines = (second / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    trained = {event["job"] for event in events if event["event"] == "trained"}
    (copied,) = [e["baselines"] for e in events if e["event"] == "copied"]
    assert len([job for job in trained if job.split("/")[1] in BASELINES]) == 2 - copied
    for name in BASELINES:
        results = [
            run / "final" / name / "s0" / "result.json" for run in (first, second)
        ]
        one, other = (json.loads(path.read_text()) for path in results)
        assert one["judgement"] == other["judgement"]


def test_status_says_how_far_each_run_has_come(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "larger.yaml").write_text(FILE + "seeds: [0, 1]\n")
    command = ["batch", str(folder / "larger.yaml"), "--out", str(folder / "out")]
    assert main([*command, "--status", "--json"]) == 0
    states = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [state["state"] for state in states] == ["finished"] * 2 + ["waiting"] * 2
    assert [state["trainings"] for state in states] == [4, 4, 0, 0]


def test_other_settings_in_the_file_are_refused_with_both_values(folder: Path) -> None:
    (folder / "other.yaml").write_text(FILE.replace("steps: 2048", "steps: 4096"))
    with pytest.raises(Exception, match="begun with steps 2048, and the file has 4096"):
        run_batch(folder / "other.yaml", folder / "out", [])


def test_a_batch_can_be_compared_with_runs(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "compare.html"
    runs = [folder / "out" / name for name in NAMES]
    _, facts = compare_runs(runs, page)
    of_batch, _ = compare_runs([folder / "out"], None)
    assert compare_runs(sorted(runs), None)[0] == of_batch
    assert [row["method"] for row in facts["tasks"]] == ["default", "best-of-n"]
    assert page.read_text().startswith("<!doctype html>")


def test_a_result_of_an_older_version_is_compared_with_a_new_one(
    folder: Path, tmp_path: Path
) -> None:
    older, newer = (folder / "out" / name for name in NAMES)
    copy = tmp_path / older.name
    shutil.copytree(older, copy)
    result = json.loads((copy / "result.json").read_text())
    for row in result["table"]:
        del row["training_steps"]
    (copy / "result.json").write_text(json.dumps(result))
    _, facts = compare_runs([copy, newer], None)
    assert [row["steps"] for row in facts["tasks"]] == [2048, 2048]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models: ['m@http://127.0.0.1:9/v1']", "--model m@http://127.0.0.1:9/v1"),
        ("sandbox: none", "add --sandbox none"),
        ("human: page", "would wait for a person"),
        ("max_usd: 1\nmodel: ollama/m", "needs the price of ollama/m"),
    ],
)
def test_what_a_file_can_t_choose_is_refused_before_anything_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "batch.yaml").write_text(FILE + text + "\n")
    out = tmp_path / "out"
    assert main(["batch", str(tmp_path / "batch.yaml"), "--out", str(out)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not out.exists()


def test_a_run_that_breaks_ends_no_other_and_is_named(
    designer: Designer, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "task.yaml").write_text(
        "name: broken\nenv: InvertedPendulum-v5\ngoal: Stand.\nconventions: SI units\n"
        "fields:\n  pole_angle:\n    source: joint.hinge.qpos\n    unit: rad\n"
        "    doc: 0 upright\n"
    )
    (broken / "hidden.py").write_text(
        "def fitness(episode): return 1 / 0\n"
        "def human_reward(s, a, s_next): return {'x': s_next.pole_angle}\n"
        "sparse_reward = human_reward\n"
    )
    text = FILE.replace(f"[{TASK}]", f"[./broken, {TASK}]")
    (tmp_path / "two.yaml").write_text(text.replace("default, ", ""))
    done = designer("batch", "two.yaml")
    assert done.returncode == 2
    assert "1 runs stopped, broken_best-of-n_symbolic_s0 because" in done.stderr
    assert "division by zero" in done.stderr
    assert figures(tmp_path / "runs" / "two" / NAMES[1])["winner"] == "g00/c00"
