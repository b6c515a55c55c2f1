"""Whole runs whose server is in trouble: nothing is held against a reward for it."""

import json
import threading

import pytest

from tests.designer.conftest import small
from tests.designer.llm.conftest import KEY, Server

TASK = "inverted-pendulum-balance"
REWARD = "def reward(s, a, s_next):\n    return {'up': -s_next.pole_angle**2}\n"


class Partial(Server):
    """Answers the first prompt it gets and refuses every other, until it is mended."""

    def __init__(self) -> None:
        super().__init__()
        self.is_mended, self.first, self.lock = False, None, threading.Lock()

    def next_step(self, body):
        with self.lock:
            self.first = self.first or body["messages"]
        if self.is_mended:
            return self.says(REWARD)
        if body["messages"] == self.first:
            return self.says("I can't write code.")
        return self.sends({"error": {"message": "prompt too long"}}, 400)


@pytest.fixture
def partial():
    server = Partial()
    yield server
    server.close()


@pytest.fixture
def run(designer):
    """Runs or resumes a search of two candidates with a server."""

    def run(command, server):
        options = small(candidates=2, generations=1, seeds=1, final_seeds=1, repairs=0)
        options += [f"--model=tiny@{server.url}", "--out=run"]
        given = ["run", TASK, *options] if command == "run" else ["resume", "run"]
        return designer(*given, OPENAI_API_KEY=KEY)

    return run


def test_what_got_no_answer_is_asked_for_by_resume_and_may_win(run, partial, tmp_path):
    done = run("run", partial)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "run"
    result = json.loads((folder / "result.json").read_text())
    (lost,) = result["unanswered"]
    assert result["winner"] is None
    assert f"{lost}: no answer: model tiny" in done.stdout
    assert f"no answer: {lost}; ask again: designer resume run" in done.stdout
    assert f"({lost})" in (folder / "report.md").read_text()
    assert not (folder / lost / "proposal.json").exists()
    assert len(partial.bodies) == 2

    partial.is_mended = True
    done = run("resume", partial)
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "result.json").read_text())
    assert (result["winner"], result["unanswered"]) == (lost, [])
    assert result["table"][0]["reward"] == "designed"
    assert len(partial.bodies) == 3  # only what had no answer


def test_a_server_that_answers_nobody_ends_the_run_in_a_line(run, server, tmp_path):
    server.steps = [server.sends({"error": {"message": "prompt too long"}}, 400)]
    done = run("run", server)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "no candidate of generation 0 got an answer" in line
    assert "prompt too long" in line
    assert "designer resume run" in line
