"""A vision model judges whole small searches over HTTP; people judge afterwards."""

import json
import shutil

import pytest

from designer.votes.preferences import read_votes
from tests.designer.conftest import small
from tests.designer.llm.conftest import Server

TASK = "inverted-pendulum-balance"


class Judge(Server):
    """Always says what it is told to say, of any two clips."""

    verdict = "A"

    def next_step(self, body):
        return self.says(f"Both stand for a while.\n{self.verdict}")


@pytest.fixture
def model():
    pytest.importorskip("av", reason="clips are made with PyAV (extra people)")
    server = Judge()
    yield server
    server.close()


def search(designer, model, *options):
    judged = ["--judge=people", f"--judge-model=eye@{model.url}", "--out=run"]
    few = small(candidates=3, generations=1, seeds=1, final_seeds=1)
    done = designer("run", TASK, *few, *judged, *options)
    assert done.returncode == 0, done.stderr
    return done


def test_a_vision_model_sees_pictures_and_votes(designer, model, tmp_path):
    model.verdict = "TIE"
    done = search(designer, model)
    assert "3 of 3 pairs decided, 3 of them ties" in done.stdout
    votes = read_votes(tmp_path / "run")
    assert {vote.rater for vote in votes} == {f"model:eye@{model.url}"}
    parts = model.bodies[0]["messages"][-1]["content"]
    assert [part["type"] for part in parts].count("image_url") == 2


@pytest.mark.slow
def test_a_model_that_prefers_whatever_comes_first_decides_nothing(
    designer, model, tmp_path
):
    done = search(designer, model)
    assert "0 of 3 pairs decided" in done.stdout
    assert read_votes(tmp_path / "run") == []


@pytest.mark.slow
def test_people_are_asked_what_the_model_could_not_decide(designer, model, tmp_path):
    search(designer, model, "--human=synthetic")
    votes = read_votes(tmp_path / "run")
    assert {vote.rater for vote in votes} == {"synthetic"}
    assert all(len(vote.shown) == 2 for vote in votes)


def test_a_finished_run_can_be_judged_afterwards(designer, tmp_path):
    pytest.importorskip("av", reason="clips are made with PyAV (extra people)")
    few = small(candidates=2, generations=1, seeds=1, final_seeds=1)
    assert designer("run", TASK, *few, "--out=run").returncode == 0
    typed = "B>A # B stands longer\n?\n"
    asked = ["ask", "run", "--terminal", "--rater=ben"]
    done = designer(*asked, stdin=typed)
    assert done.returncode == 0, done.stderr
    first, second = read_votes(tmp_path / "run")
    assert (first.rater, first.line, second.line) == (
        "ben",
        "B>A # B stands longer",
        "?",
    )
    assert "strength by votes" in done.stdout
    assert not any(name in done.stdout.partition("votes;")[0] for name in first.shown)
    shown = tmp_path / "run" / "shown" / "A.mp4"
    assert shown.read_bytes()[4:8] == b"ftyp"


@pytest.mark.slow
def test_nothing_can_be_asked_of_a_run_that_has_trained_nothing(designer, tmp_path):
    few = small(candidates=1, generations=1, seeds=1, final_seeds=1)
    assert designer("run", TASK, *few, "--out=run").returncode == 0
    path = tmp_path / "run" / "g00" / "c00" / "proposal.json"
    refused = {"source": "", "shape": "", "problems": ["no code"]}
    path.write_text(json.dumps(json.loads(path.read_text()) | refused))
    shutil.rmtree(tmp_path / "run" / "final")
    done = designer("ask", "run", "--terminal")
    assert done.returncode == 2
    assert "no two policies to compare" in done.stderr
