"""What a resumed run is checked for: settings, task, versions, and who started it."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from designer.__main__ import run as main
from designer.commands.resume import load_run
from designer.config import RunConfig
from designer.errors import ConfigError
from designer.options import Consent
from designer.run.consent import SECRET_BYTES, is_own, signature
from designer.run.manifest import read_manifest, write_manifest
from designer.run.provenance import decisive_changes
from envs.task import TASKS
from tests.designer.conftest import Designer, figures, small
from tests.designer.started import TASK, change, refusal, started

REWARD = 'def reward(s, a, s_next):\n    return {"up": np.cos(s_next.pole_angle)}\n'


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A task of the user's own, with a robot in two files."""
    task = tmp_path / "mine"
    shutil.copytree(TASKS / TASK, task)
    text = (task / "task.yaml").read_text().replace(f"name: {TASK}", "name: mine")
    text = text.replace(
        "env: InvertedPendulum-v5",
        "env: InvertedPendulum-v5\nenv_kwargs:\n  xml_file: robot.xml",
    )
    (task / "task.yaml").write_text(text)
    (task / "robot.xml").write_text(
        '<mujoco><include file="parts/pole.xml"/>'
        '<actuator><motor joint="slider" ctrlrange="-3 3" gear="100"/></actuator>'
        "</mujoco>"
    )
    (task / "parts").mkdir()
    (task / "parts" / "pole.xml").write_text(
        '<mujoco><worldbody><body name="cart"><joint name="slider" type="slide" '
        'axis="1 0 0"/><geom size="0.1"/><body name="pole"><joint name="hinge" '
        'axis="0 1 0"/><geom name="cpole" type="capsule" fromto="0 0 0 0 0 0.6" '
        'size="0.05"/></body></body></worldbody></mujoco>'
    )
    return task


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = started(tmp_path, price=(2.5, 10.0), steps=300, rater="3e5", max_usd=1.5)
    manifest = read_manifest(run)
    assert manifest.config == RunConfig(
        price=(2.5, 10.0), steps=300, rater="3e5", max_usd=1.5
    )
    assert is_own(manifest)
    write_manifest(run, replace(manifest, changes=("hidden.py was a, then b",)))
    assert read_manifest(run).changes == ("hidden.py was a, then b",)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("hidden.py", "return ", "return 100 * ", "is now 'return 100 * "),
        ("task.yaml", "goal: ", "goal: Never ", "'goal: "),
        ("robot.xml", 'gear="100"', 'gear="10"', "robot.xml differs"),
        ("parts/pole.xml", "0.6", "0.7", "pole.xml differs"),
    ],
)
def test_another_task_is_refused_with_the_line_that_differs(
    tmp_path: Path, mine: Path, name: str, old: str, new: str, words: str
) -> None:
    run = started(tmp_path, str(mine))
    change(mine / name, old, new)
    line = refusal(run)
    assert words in line
    assert "--accept-changes" in line
    _, manifest = load_run(run, Consent(accept_changes=True))
    (sentence,) = manifest.changes
    copy = next(key for key in manifest.task_files if key.endswith(Path(name).name))
    before = read_manifest(run).task_files[copy]
    assert before[:12] in sentence
    assert manifest.task_files[copy][:12] in sentence
    assert decisive_changes(manifest) == (sentence,)


@pytest.mark.parametrize("library", ["mujoco", "gymnasium", "designer"])
def test_another_physics_or_trainer_is_refused(tmp_path: Path, library: str) -> None:
    run = started(tmp_path)
    manifest = read_manifest(run)
    older = {**manifest.versions, library: "0.9"}
    write_manifest(run, replace(manifest, versions=older))
    assert f"{library} was 0.9 when this run began" in refusal(run)


def test_another_python_is_only_noted(tmp_path: Path) -> None:
    run = started(tmp_path)
    manifest = read_manifest(run)
    write_manifest(
        run, replace(manifest, versions={**manifest.versions, "python": "3.9.1"})
    )
    _, manifest = load_run(run, Consent())
    (sentence,) = manifest.changes
    assert sentence.startswith("python was 3.9.1 until")
    assert decisive_changes(manifest) == ()


def test_a_run_folder_and_its_user_may_move(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(tmp_path, str(mine))
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    run.rename(tmp_path / "elsewhere" / "deep" / "run")
    monkeypatch.chdir(tmp_path / "elsewhere")
    task, _ = load_run(Path("deep/run"), Consent())
    assert task.folder == mine


def test_a_task_that_moved_is_named_on_the_command_line(
    tmp_path: Path, mine: Path
) -> None:
    run = started(tmp_path, str(mine))
    moved = mine.rename(tmp_path / "moved")
    assert "mine" in refusal(run)
    task, manifest = load_run(run, Consent(task=str(moved)))
    assert (task.folder, manifest.changes) == (moved, ())


@pytest.mark.parametrize(
    ("old", "new", "consent", "flag"),
    [
        (
            "model: symbolic",
            "model: m@http://127.0.0.1:9/v1",
            Consent(model="m@http://127.0.0.1:9/v1"),
            "--model m@http://127.0.0.1:9/v1",
        ),
        (
            "model: symbolic",
            "model: litellm/x/y",
            Consent(model="litellm/x/y"),
            "--model litellm/x/y",
        ),
        ("sandbox: auto", "sandbox: none", Consent(sandbox="none"), "--sandbox none"),
        ("sandbox: auto", "sandbox: none", Consent(sandbox="auto"), "--sandbox none"),
    ],
)
def test_a_folder_of_somebody_else_chooses_neither_keys_nor_walls(
    tmp_path: Path, old: str, new: str, consent: Consent, flag: str
) -> None:
    run = started(tmp_path)
    change(run / "config.yaml", old, new)
    line = refusal(run)
    assert "was not started by you" in line
    assert flag in line
    _, manifest = load_run(run, consent)
    assert manifest.config.sandbox == (consent.sandbox or "auto")


def test_the_task_of_somebody_else_s_folder_is_not_run(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(tmp_path, str(mine))
    load_run(run, Consent())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another-user"))
    assert f"run the code of the task {mine}" in refusal(run)
    load_run(run, Consent(task=str(mine)))


def test_who_only_votes_need_not_consent_to_models_and_missing_walls(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(tmp_path)
    change(run / "config.yaml", "model: symbolic", "model: litellm/x/y")
    change(run / "config.yaml", "sandbox: auto", "sandbox: none")
    load_run(run, Consent(), trains=False)
    (tmp_path / "other").mkdir()
    own = started(tmp_path / "other", str(mine))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another-user"))
    with pytest.raises(ConfigError, match="run the code of the task"):
        load_run(own, Consent(), trains=False)


def test_another_model_is_no_consent(tmp_path: Path) -> None:
    run = started(tmp_path)
    change(run / "config.yaml", "model: symbolic", "model: m@http://a/v1")
    line = refusal(run, Consent(model="m@http://b/v1"))
    assert "goes on with 'm@http://a/v1'" in line


def test_a_run_from_given_rewards_is_resumed(
    designer: Designer, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(REWARD)
    few = small(generations=1, seeds=1, final_seeds=1)
    assert designer("run", TASK, *few, "--init=mine.py", "--out=run").returncode == 0
    before = figures(tmp_path / "run")
    (tmp_path / "mine.py").unlink()
    (tmp_path / "run").rename(tmp_path / "moved")
    done = designer("resume", "moved")
    assert done.returncode == 0, done.stderr
    assert figures(tmp_path / "moved") == before
    assert read_manifest(tmp_path / "moved").config.init == (
        tmp_path / "moved" / "init" / "00.py",
    )


@pytest.mark.parametrize(
    "name", ["result.json", "g00/c00/s0/result.json", "events.jsonl", "run.lock"]
)
def test_a_folder_in_a_file_s_place_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = started(tmp_path)
    (folder / name).mkdir(parents=True)
    before = sorted(folder.rglob("*"))
    assert main(["resume", str(folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{folder / name} is a folder, where a run keeps a file; move it" in line
    assert sorted(folder.rglob("*")) == before


def test_a_file_in_a_folder_s_place_is_refused(tmp_path: Path) -> None:
    run = started(tmp_path)
    (run / "g00").write_text("")
    assert f"{run / 'g00'} is a file, where a run keeps a folder; move" in refusal(run)


def test_a_run_that_moved_with_its_task_asks_for_the_task(
    tmp_path: Path, mine: Path
) -> None:
    run = started(tmp_path, str(mine))
    (tmp_path / "new").mkdir()
    for path in (run, mine):
        path.rename(tmp_path / "new" / path.name)
    line = refusal(tmp_path / "new" / "run")
    assert line.startswith(f"the task of this run is not at {mine} any more; ")
    assert "--task" in line
    consent = Consent(task=str(tmp_path / "new" / "mine"))
    task, _ = load_run(tmp_path / "new" / "run", consent)
    assert task.folder == tmp_path / "new" / "mine"


def test_torn_files_are_made_again_and_changes_are_reported(
    designer: Designer, tmp_path: Path, mine: Path
) -> None:
    few = small(generations=1, seeds=1, final_seeds=1)
    done = designer("run", "./mine", *few, "--out=run")
    assert done.returncode == 0, done.stderr
    run, before = tmp_path / "run", figures(tmp_path / "run")
    torn = [
        run / "g00/c00/s0/episodes.npz",
        run / "g00/c01/s0/policy.npz",
        run / "final/human/s0/curves.csv",
    ]
    contents = [path.read_bytes() for path in torn]
    for path, content in zip(torn, contents, strict=True):
        path.write_bytes(content[: len(content) // 2])
    outcome = run / "g00" / "c00" / "outcome.json"
    forged = json.loads(outcome.read_text())
    forged["results"][0]["judgement"]["fitness"] = 1e6
    outcome.write_text(json.dumps(forged))
    change(mine / "task.yaml", "goal: ", "goal: Please ")
    done = designer("resume", "run")
    assert done.returncode == 2
    assert "task.yaml differs from when this run began" in done.stderr
    done = designer("resume", "run", "--accept-changes")
    assert done.returncode == 0, done.stderr
    assert [path.read_bytes() for path in torn] == contents
    after, report = figures(run), (run / "report.md").read_text()
    assert after["table"] == before["table"]
    assert "While this run went on, task.yaml was " in report
    assert "can't be compared: task.yaml was " in after["verdict"]
    for shown in (done.stdout, report):
        assert "can't be compared: task.yaml was " in " ".join(shown.split())
        assert "In the search it scored" not in shown
    assert designer("resume", "run").returncode == 0


def test_of_two_secrets_made_at_once_the_first_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder, first = tmp_path / "reward-designer", bytes(SECRET_BYTES)

    def link_after_another_process(own: Path, path: Path) -> None:
        path.write_bytes(first)
        raise FileExistsError(path)

    monkeypatch.setattr(os, "link", link_after_another_process)
    assert signature("facts") != ""
    assert [path.name for path in folder.iterdir()] == ["secret"]
    assert (folder / "secret").read_bytes() == first
