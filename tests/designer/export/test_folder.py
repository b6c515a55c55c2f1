"""The folder of an export: what it holds, and which runs have none."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from designer.commands.export import export_run
from designer.errors import ConfigError
from designer.export.folder import read_search, remove_others, write_export
from tests.designer.export.conftest import policy, search
from tests.designer.started import started

SOURCE = """
from __future__ import annotations

def reward(s, a, s_next):
    return {"up": np.cos(s_next.pole_angle)}
"""
TASK = "inverted-pendulum-balance"
CURVES = "steps,return,length,fitness,success,term/up\n2048,1,1,1,nan,1\n"


def finished(folder: Path) -> Path:
    """A run folder as it is at the end, with what an export reads."""
    run = started(folder)
    made = search(folder / "unused", TASK, SOURCE, ("up",))
    (run / "result.json").write_text(json.dumps(made.result))
    training = run / "g00" / "c01" / "s0"
    training.mkdir(parents=True)
    (training / "curves.csv").write_text(CURVES)
    policy(4, 1).save(run / "best" / "policy.npz")
    (run / "best" / "reward.py").write_text(SOURCE)
    return run


def test_a_finished_run_is_exported_beside_itself(tmp_path: Path) -> None:
    run = finished(tmp_path)
    exported = export_run(run, None)
    assert exported.path == run / "export"
    expected = {"reward.py", "gym_env.py", "reward_torch.py", "README.md"}
    assert expected | {"policy.npz", "policy.onnx"} <= {*exported.files}
    assert all((exported.path / name).is_file() for name in exported.files)
    card = (exported.path / "README.md").read_text()
    assert "It beats the human one." in card
    assert "## Limits" in card
    assert "term_up" in (exported.path / "reward_torch.py").read_text()


def test_a_run_that_is_not_finished_has_nothing_to_export(tmp_path: Path) -> None:
    run = started(tmp_path)
    with pytest.raises(ConfigError, match="designer resume"):
        read_search(run)
    (run / "result.json").write_text('{"winner": null}')
    with pytest.raises(ConfigError, match="has chosen no reward"):
        read_search(run)
    with pytest.raises(ConfigError, match="not a run folder"):
        read_search(tmp_path / "nowhere")


def test_what_cannot_be_written_is_said_in_the_card_too(tmp_path: Path) -> None:
    made = search(tmp_path, TASK, SOURCE + "\nx = np.unwrap", ("up",), policy=None)
    exported = write_export(made, tmp_path / "out")
    assert len(exported.left_out) == 2
    card = (tmp_path / "out" / "README.md").read_text()
    for reason in exported.left_out:
        assert reason in card
    assert "PPO.load" not in card


def test_what_a_later_export_leaves_out_can_be_removed(tmp_path: Path) -> None:
    made = search(tmp_path, TASK, SOURCE, ("up",))
    write_export(made, tmp_path / "out")
    without = replace(made, source=SOURCE + "\nx = np.unwrap", policy=None)
    exported = write_export(without, tmp_path / "out")
    assert {*exported.files} == {"reward.py", "gym_env.py", "README.md"}
    assert (tmp_path / "out/policy.npz").exists()  # It may be a user's own.
    remove_others(exported)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*exported.files}


def card(folder: Path, **changes: object) -> str:
    """The card of a search; changes: of its result and of both rows of its table."""
    made = search(folder, TASK, SOURCE, ("up",))
    of_rows = {key: changes.pop(key) for key in ("by_seed", "seeds") if key in changes}
    table = [{**row, **of_rows} for row in made.result["table"]]
    made = replace(made, result={**made.result, "table": table, **changes})
    write_export(made, folder / "out")
    return (folder / "out" / "README.md").read_text()


def test_the_card_of_a_metric_has_the_mean_and_the_best_over_seeds(
    tmp_path: Path,
) -> None:
    text = card(tmp_path)
    assert 'type: fitness, name: "fitness (m), mean over 2 seeds", value: 2.0' in text
    assert "| reward | fitness (m) |" in text
    assert "mean over training seeds" in text
    assert "the best of 2 trained from different seeds" in text
    assert "votes" not in text


def test_the_card_of_a_run_judged_by_people_tells_of_votes_alone(
    tmp_path: Path,
) -> None:
    people = {"judged_by": "people", "unit": "strength by votes", "by_seed": ()}
    text = card(tmp_path, **people)
    assert 'type: votes, name: "strength by votes", value: 2.0' in text
    assert "| reward | strength by votes |" in text
    assert "one of 2 trained from different seeds; no metric chose it" in text
    for words in ("fitness", "mean", "best of", "0 seeds", "0 trained"):
        assert words not in text.replace("means", "")


@pytest.mark.parametrize("judge", ["fitness", "people"])
def test_the_only_policy_is_not_called_the_best_of_several(
    judge: str, tmp_path: Path
) -> None:
    text = card(tmp_path, judged_by=judge, by_seed=(), seeds=[100])
    assert "The policy is trained from one seed" in text
    assert "different seeds" not in text


def test_no_text_of_a_task_can_become_code(tmp_path: Path) -> None:
    made = search(tmp_path, TASK, SOURCE, ("up",))
    goal = 'Stand. """\nimport os\nos.abort()\n"""'
    made = replace(made, task=replace(made.task, goal=goal))
    write_export(made, tmp_path / "out")
    for name in ("reward.py", "gym_env.py", "reward_torch.py"):
        text = (tmp_path / "out" / name).read_text()
        assert "abort" not in compile(text, name, "exec").co_names


def test_a_robot_whose_model_the_run_lacks_has_a_wrapper_alone(tmp_path: Path) -> None:
    made = search(tmp_path, TASK, SOURCE, ("up",))
    kwargs = {"xml_file": "/nowhere/robot.xml"}
    made = replace(made, task=replace(made.task, env="MuJoCo-v0", env_kwargs=kwargs))
    exported = write_export(made, tmp_path / "out")
    assert any("robot.xml: no such file" in line for line in exported.left_out)
    text = (tmp_path / "out" / "gym_env.py").read_text()
    compile(text, "gym_env.py", "exec")
    assert "class DesignedReward" in text
    assert "make_env" not in text
