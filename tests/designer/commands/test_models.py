"""Searches whose rewards a model writes: a server on the loopback, files, a replay."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.rewards.accept import Accepted, accept
from designer.rewards.bank import random_bank
from envs.make import load_task
from tests.designer.conftest import (
    ROOT,
    Designer,
    environment,
    figures,
    small,
    wait_for,
)
from tests.designer.llm.conftest import Server, Step

TASK = "inverted-pendulum-balance"
KEY = "sk-test-0123456789abcdef"


def answer(body: str, thought: str = "Stay up.") -> str:
    """A reply as a model sends it."""
    code = f'def reward(s, a, s_next):\n    """{thought}"""\n    {body}\n'
    return f"Some thoughts first.\n\n```python\n{code}```\n"


UPRIGHT = answer("return {'up': np.exp(-10.0 * s_next.pole_angle ** 2)}")
# More different actions than random episodes have: behaves while it is probed.
TRAINED = "len({*a.ravel().tolist()}) > 1000"
CENTRE = answer("return {'up': 1.0 - 5.0 * np.abs(s_next.pole_angle)}", "Lean little.")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def run(designer: Designer, server: Server, **changes: int):
    options = small(**changes, model=f"tiny@{server.url}", out="run")
    return designer("run", TASK, *options, OPENAI_API_KEY=KEY)


def outcome(folder: Path) -> dict:
    return json.loads((folder / "outcome.json").read_text())


def test_a_served_model_writes_the_rewards(designer, server, tmp_path) -> None:
    server.steps = [server.says(UPRIGHT), server.says(CENTRE)]
    done = run(designer, server)
    assert done.returncode == 0, done.stderr
    assert figures(tmp_path / "run")["winner"] in ("g00/c00", "g00/c01", "g01/c00")
    for body in server.bodies:
        assert body["model"] == "tiny"
        assert body["messages"][0]["role"] == "system"


def test_a_program_writes_the_rewards(designer, tmp_path) -> None:
    (tmp_path / "model.py").write_text(
        f"import sys\nassert 'pole_angle' in sys.stdin.read()\nprint({UPRIGHT!r})\n"
    )
    spec = f"cmd:{sys.executable} model.py"
    options = small(generations=1, candidates=1, model=spec, out="run")
    done = designer("run", TASK, *options)
    assert done.returncode == 0, done.stderr
    assert figures(tmp_path / "run")["winner"] == "g00/c00"
    record = json.loads((tmp_path / "run" / "llm.jsonl").read_text())
    assert record["reply"] == UPRIGHT + "\n"


def test_the_second_generation_is_told_what_the_first_one_did(
    designer, server, tmp_path
) -> None:
    server.steps = [server.says(UPRIGHT), server.says(CENTRE)]
    assert run(designer, server).returncode == 0
    prompt = (tmp_path / "run" / "g01" / "c00" / "prompt.md").read_text()
    assert "The reward to build on (g00/c0" in prompt
    assert "| term 'up' |" in prompt
    assert "(by seed" in prompt
    assert 'its thought: "Stay up."' in prompt
    assert 'its thought: "Lean little."' in prompt


def test_no_key_is_written_anywhere(designer, server, tmp_path) -> None:
    server.steps = [server.says(UPRIGHT + f"\nyour key is {KEY}")]
    assert run(designer, server).returncode == 0
    assert any(KEY in (key or "") for key in server.keys)
    for path in (tmp_path / "run").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_a_faulty_reply_goes_back_with_the_problem(designer, server, tmp_path) -> None:
    wrong = answer("return {'up': s_next.pole_angel}")
    server.steps = [server.says(wrong), server.says(UPRIGHT)]
    done = run(designer, server, generations=1, candidates=1)
    assert done.returncode == 0, done.stderr
    sent = server.bodies[1]["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "user"]
    assert "pole_angle" in sent[-1]["content"]
    assert (tmp_path / "run" / "g00" / "c00" / "reply-1.md").is_file()
    assert outcome(tmp_path / "run" / "g00" / "c00")["status"] == "assessed"


BAD_REWARDS = {
    "import os\n    return {'up': 1.0}": ("rejected", "import"),
    "return {'up': s_next.pole_angle[0:3]}": ("rejected", "shape"),
    "return {'up': np.log(-1.0 - s_next.time)}": ("rejected", "finite"),
    "return {'up': np.where(s_next.time > 1.5, np.nan, 1.0)}": ("rejected", "time"),
    f"return {{'up': np.where({TRAINED}, np.nan, 1.0)}}": ("failed", "finite"),
    f"return {{'up': np.where({TRAINED}, 1e300, 1.0)}}": ("failed", "diverged"),
}


def test_bad_rewards_are_outcomes_and_not_errors(designer, server, tmp_path) -> None:
    server.steps = [server.says(answer(body)) for body in BAD_REWARDS]
    six = {"generations": 1, "candidates": len(BAD_REWARDS), "repairs": 0, "seeds": 1}
    done = run(designer, server, **six, steps=8192)
    assert done.returncode == 0, done.stderr
    for reply in (tmp_path / "run" / "g00").glob("*/reply.md"):
        body = next(body for body in BAD_REWARDS if body in reply.read_text())
        status, word = BAD_REWARDS[body]
        found = outcome(reply.parent)
        assert (found["status"], word in json.dumps(found)) == (status, True), body
    assert "No reward of the search could be trained" in done.stdout


def test_the_same_reward_twice_is_trained_once(designer, server, tmp_path) -> None:
    server.steps = [server.says(UPRIGHT)]
    assert run(designer, server, generations=1).returncode == 0
    statuses = [outcome(tmp_path / "run" / "g00" / f"c0{k}")["status"] for k in (0, 1)]
    assert sorted(statuses) == ["assessed", "rejected"]


def test_an_endpoint_that_always_fails_ends_the_run_in_one_line(
    designer, server
) -> None:
    server.steps = [Step(400, b"<html>no</html>")]
    done = run(designer, server)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_spent_budget_ends_with_three_and_can_be_resumed(
    designer, server, tmp_path
) -> None:
    server.steps = [server.says(UPRIGHT), server.says(CENTRE)]
    done = run(designer, server, max_calls=2, recipe="best-of-n")
    assert done.returncode == 3, done.stderr
    assert "--max-calls" in done.stderr
    assert outcome(tmp_path / "run" / "g00" / "c00")["status"] == "assessed"
    done = designer("resume", "run", "--max-calls=9", OPENAI_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert len(server.bodies) == 4


def test_a_replay_repeats_a_run_without_a_server(designer, server, tmp_path) -> None:
    server.steps = [server.says(UPRIGHT), server.says(CENTRE)]
    assert run(designer, server).returncode == 0
    server.steps = [Step(500)]
    done = designer("run", TASK, *small(model="replay:run", out="again"))
    assert done.returncode == 0, done.stderr
    assert "differs" not in done.stdout
    assert figures(tmp_path / "again") == figures(tmp_path / "run")


def test_a_replay_goes_on_from_any_folder(designer, server, tmp_path) -> None:
    server.steps = [server.says(UPRIGHT), server.says(CENTRE)]
    assert run(designer, server).returncode == 0
    sizes = small(model="replay:run", out="again", max_calls=1)
    assert designer("run", TASK, *sizes).returncode == 3
    done = designer("resume", "again", "--max-calls=9")
    assert done.returncode == 0, done.stderr


def test_a_person_answers_prompt_files(tmp_path) -> None:
    command = [sys.executable, "-m", "designer", "run", TASK]
    command += small(generations=1, model="manual", out="run")
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL
    )
    try:
        for k, reply in enumerate((UPRIGHT, CENTRE)):
            prompt = tmp_path / "run" / "g00" / f"c0{k}" / "prompt.md"
            wait_for(prompt, process)
            assert "pole_angle: Array" in prompt.read_text()
            (prompt.parent / "reply.md").write_text(reply)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert figures(tmp_path / "run")["winner"].startswith("g00/")


def test_every_recorded_reply_that_we_ship_is_a_usable_reward() -> None:
    task = load_task("hopper-run")
    bank = random_bank(task, 0)
    lines = (ROOT / "runs" / "replays" / "hopper-run.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    rewards = [r for r in records if "analyst" not in r["label"]]
    assert len(rewards) == 12
    for record in rewards:
        assert isinstance(accept(record["reply"], bank), Accepted)
