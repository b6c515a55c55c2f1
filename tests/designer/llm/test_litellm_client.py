import json
import subprocess
import sys
from pathlib import Path

import pytest

from designer.errors import ConfigError, LLMError
from designer.llm.litellm_client import open_litellm
from tests.designer.conftest import small
from tests.designer.llm.conftest import KEY, needs_litellm, settings

ROOT = Path(__file__).parents[3]
CLAUDE = {
    "id": "1",
    "type": "message",
    "role": "assistant",
    "model": "claude-1",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "code"},
    ],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 4},
}
# Every address that is looked up or connected to, from the first import on.
WATCHED = """
import sys
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        seen.append(str(arguments))
sys.addaudithook(watch)
from designer.llm import Message, Request
from designer.llm.endpoint import EndpointSettings
from designer.llm.litellm_client import open_litellm
client = open_litellm("openai/tiny", sys.argv[1], EndpointSettings())
opened = list(seen)
print(client(Request("g00/c00", 0, (Message("user", "hop"),))).text, opened)
import os, time
time.sleep(0.5)
print({"127.0.0.1" in address for address in seen}, os.environ.get("FROM_DOTENV"))
"""


@pytest.fixture
def ask(server, question, monkeypatch):
    """Asks the scripted server as Anthropic's is asked."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)

    def ask(**options):
        url = server.url.removesuffix("/v1")
        client = open_litellm("anthropic/claude-1", url, settings(**options))
        return client(question())

    return ask


@needs_litellm
def test_a_provider_of_another_protocol_is_asked_with_its_own_key(server, ask):
    server.steps = [server.sends(CLAUDE)]
    reply = ask()
    assert (reply.text, reply.thought, reply.model) == ("code", "hm", "claude-1")
    assert (reply.tokens_in, reply.tokens_out) == (3, 4)
    assert server.keys == [KEY]


@needs_litellm
def test_a_busy_provider_is_asked_again(server, ask):
    said = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    server.steps = [server.sends(said, 529, Retry_After="0.01"), server.sends(CLAUDE)]
    assert ask(retries=1).text == "code"


@needs_litellm
def test_what_the_provider_says_is_one_line(server, ask):
    said = {"type": "error", "error": {"type": "rate_limit", "message": "no\nmore"}}
    server.steps = [server.sends(said, 429)]
    with pytest.raises(LLMError, match="HTTP 429: no more; wait, ask for fewer"):
        ask()


@needs_litellm
def test_a_wrong_key_names_its_variable(server, ask, monkeypatch):
    server.steps = [server.sends({"error": {"message": "no"}}, 401)]
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(LLMError, match="set ANTHROPIC_API_KEY to a key that is valid"):
        ask()


@needs_litellm
def test_an_answer_that_litellm_can_not_read_is_asked_for_a_few_times(server, ask):
    server.steps = [server.sends({"choices": []})]
    with pytest.raises(LLMError, match="take another model"):
        ask(retries=4)
    assert len(server.bodies) == 3


@needs_litellm
def test_a_provider_that_litellm_does_not_know_is_an_error_at_opening():
    with pytest.raises(ConfigError, match="knows no provider of 'nonsense'"):
        open_litellm("nonsense", None, settings())


@pytest.mark.slow
@needs_litellm
def test_nothing_but_the_question_goes_over_the_network(server, tmp_path, key):
    server.steps = [server.says("ok")]
    (tmp_path / ".env").write_text("FROM_DOTENV=1\n")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, server.url],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "OPENAI_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == ["ok []", "{True} None"], done.stderr
    assert done.stderr == ""


@pytest.mark.slow
@needs_litellm
def test_a_whole_run_goes_through_litellm(designer, server, tmp_path):
    reward = "def reward(s, a, s_next):\n    return {'up': -s_next.pole_angle**2}\n"
    server.steps = [server.says(reward)]
    options = small(candidates=1, generations=1, seeds=1, final_seeds=1, out="run")
    options += [f"--model=litellm/openai/tiny@{server.url}"]
    task = "inverted-pendulum-balance"
    done = designer("run", task, *options, OPENAI_API_KEY=KEY, PYTHONWARNINGS="default")
    assert done.returncode == 0, done.stderr
    assert "litellm" not in (done.stdout + done.stderr).lower().replace("litellm/", "")
    assert json.loads((tmp_path / "run" / "result.json").read_text())["winner"]


def test_without_litellm_it_is_one_line_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ConfigError, match=r"not installed: pip install .*\[litellm\]"):
        open_litellm("openai/tiny", None, settings())


def test_a_release_that_steals_keys_is_not_imported(monkeypatch, tmp_path):
    info = tmp_path / "litellm-1.107.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: litellm\nVersion: 1.107.0\n")
    (tmp_path / "litellm.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"1\.107\.0 .*steals credentials; remove"):
        open_litellm("openai/tiny", None, settings())
