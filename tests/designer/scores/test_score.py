"""designer score: results are kept by content, and what was changed is found."""

import json
import shutil
from pathlib import Path

import pytest

from designer.__main__ import run
from designer.commands.score import score_rewards
from designer.run.candidates import Assessed, Rejected
from designer.scores.scoreboard import Scoreboard
from designer.scores.settings import ScoreConfig
from tests.designer.conftest import ROOT

TASK = "inverted-pendulum-balance"
UP = 'def reward(s, a, s_next):\n    return {"up": np.cos(s_next.pole_angle)}\n'
WRONG = UP.replace("pole_angle", "pole_angel")


def score(folder: Path, task: str = TASK, **changes: object) -> Scoreboard:
    """The scoreboard about up.py and whatever other files lie in a folder."""
    settings = {"seeds": 1, "steps": 2048, "episodes": 2, "clips": False, **changes}
    config = ScoreConfig(results=folder / "results", **settings)  # type: ignore[arg-type]
    return score_rewards(sorted(folder.glob("*.py")), task, config)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scoreboard]:
    """A folder with a reward that was scored once, and the board."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "up.py").write_text(UP)
    return folder, score(folder)


@pytest.fixture
def copy(first: tuple[Path, Scoreboard], tmp_path: Path) -> Path:
    """The folder again, for one test alone."""
    shutil.copytree(first[0], tmp_path / "copy")
    return tmp_path / "copy"


def stored(board: Scoreboard) -> list[int]:
    return [score.stored for score in board.scores]


def fitness(board: Scoreboard) -> list[float]:
    return [s.outcome.fitness for s in board.scores if isinstance(s.outcome, Assessed)]


def test_a_reward_is_scored_beside_the_tasks_own(first) -> None:
    _, board = first
    names = [Path(score.name).name for score in board.scores]
    assert names == ["up.py", "human", "sparse"]
    assert stored(board) == [0, 0, 0]
    assert board.is_complete
    assert (board.compared, board.changes) == (1, ())


def test_the_same_question_is_answered_from_what_is_stored(first, copy) -> None:
    again = score(copy)
    assert stored(again) == [1, 1, 1]
    assert again.evidence == first[1].evidence


def test_more_seeds_add_to_what_is_stored(first, copy) -> None:
    more = score(copy, seeds=2)
    assert stored(more) == [1, 1, 1]
    own = more.scores[0].outcome
    assert isinstance(own, Assessed)
    assert own.scores[0] == fitness(first[1])[0]


def test_results_made_anew_give_the_same_evidence(first, tmp_path) -> None:
    (tmp_path / "up.py").write_text(UP)
    assert score(tmp_path).evidence == first[1].evidence


def test_a_result_that_was_edited_is_found_and_made_anew(first, copy) -> None:
    (reward,) = copy.glob("results/*/*/reward.py")
    path = reward.parent / "s0" / "result.json"
    data = json.loads(path.read_text())
    data["judgement"]["fitness"] = 1e6
    path.write_text(json.dumps(data))
    again = score(copy)
    assert "is not as it was stored; it was made anew" in again.warnings[0]
    assert stored(again) == [0, 1, 1]
    assert fitness(again) == fitness(first[1])


def test_another_metric_is_another_judge_and_that_is_said(first, copy) -> None:
    shutil.copytree(ROOT / "envs" / "tasks" / TASK, copy / "mine")
    hidden = copy / "mine" / "hidden.py"
    hidden.write_text(hidden.read_text() + "\n\nTHRESHOLD = 0.0\n")
    other = score(copy, task=str(copy / "mine"))
    assert other.judge != first[1].judge
    (change,) = other.changes
    assert change.startswith("hidden.py changed by ")
    assert stored(other) == [0, 0, 0]


def test_a_refused_reward_is_reported_beside_the_others(copy) -> None:
    (copy / "wrong.py").write_text(WRONG)
    board = score(copy)
    outcome = board.scores[1].outcome
    assert isinstance(outcome, Rejected)
    assert "pole_angle" in outcome.problems[0]
    assert stored(board) == [1, 0, 1, 1]
    assert not board.is_complete


def test_two_files_with_the_same_reward_share_their_trainings(first, copy) -> None:
    (copy / "vp.py").write_text(UP)
    board = score(copy)
    assert stored(board) == [1, 1, 1, 1]
    assert board.compared == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "at least one file"),
        (["nowhere.py"], "nowhere.py"),
        (["up.py", "--algo=sac"], "sac needs --trainer sb3"),
    ],
)
def test_a_wrong_command_is_one_line(
    first, capsys, monkeypatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(first[0])
    assert run(["score", *arguments, "--task", TASK]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1
