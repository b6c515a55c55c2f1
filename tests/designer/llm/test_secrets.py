"""No key is in a finished run folder, nor on the screen, wherever it came from."""

from pathlib import Path

import pytest

from designer.errors import ClosedError
from designer.llm.keys import scrub
from tests.designer.conftest import Designer, small
from tests.designer.llm.conftest import Server

TASK = "inverted-pendulum-balance"
KEYS = {
    "OPENAI_API_KEY": "sk-test-0123456789abcdef",
    "ANTHROPIC_API_KEY": "sk-ant-0123456789abcdef",
    "AWS_SECRET_ACCESS_KEY": "aws/0123456789+abcdef",
    "HF_TOKEN": "hf_0123456789abcdef",
}
REWARD = (
    "```python\ndef reward(s, a, s_next):\n    return {'up': -s_next.pole_angle**2}"
)


def files_with(secret: str, folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if secret.encode() in path.read_bytes()]


def test_no_key_is_in_a_finished_run_folder(
    designer: Designer, server: Server, tmp_path: Path
) -> None:
    # A careless server that repeats every key it might have seen.
    loud = f"My keys: {' '.join(KEYS.values())}\n{REWARD}  # {KEYS['HF_TOKEN']}\n```\n"
    thought = f"The key is {KEYS['OPENAI_API_KEY']}."
    message = {"content": loud, "reasoning_content": thought}
    refusal = server.sends({"error": {"message": f"bad {KEYS['HF_TOKEN']}"}}, 400)
    server.steps = [refusal, server.says(None, message=message)]
    quick = {"generations": 1, "seeds": 1, "final_seeds": 1}
    options = small(**quick, model=f"tiny@{server.url}", out="run")
    done = designer("run", TASK, *options, **KEYS)
    assert done.returncode == 0, done.stderr
    assert server.keys[0] == f"Bearer {KEYS['OPENAI_API_KEY']}"
    assert (tmp_path / "run" / "report.md").is_file()
    assert "[key]" in (tmp_path / "run" / "llm.jsonl").read_text()
    for key in KEYS.values():
        assert files_with(key, tmp_path) == []
        assert key not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["tiny", "litellm/openai/tiny"])
def test_a_key_in_an_address_is_refused_before_anything_is_written(
    designer: Designer, tmp_path: Path, name: str
) -> None:
    secret = KEYS["OPENAI_API_KEY"]
    options = small(model=f"{name}@http://me:{secret}@127.0.0.1:9/v1", out="run")
    done = designer("run", TASK, *options)  # nor is the secret in the environment
    assert done.returncode == 2
    assert "no user, password" in done.stderr
    assert secret not in done.stdout + done.stderr
    assert not (tmp_path / "run").exists()


def test_only_variables_named_as_secrets_are_taken_for_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = {
        "MISTRAL_API_KEY": "mistral-0123456789",
        "KEY": "0123456789abcdef",
        "DB_PASSWORD": "longer than sixteen characters",
        "TOKENIZER": "a tokenizer is no token",
        "COLOUR_KEY": "blue",  # too short to be one
        "PATH": "/usr/local/sbin:/usr/bin",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    found = {name: scrub(f"<{value}>") for name, value in values.items()}
    assert [name for name in values if found[name] == "<[key]>"] == list(values)[:3]
    assert [name for name in values if values[name] in found[name]] == list(values)[3:]


def test_a_key_that_holds_another_is_taken_out_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A_KEY", "0123456789abcdef")
    monkeypatch.setenv("B_KEY", "0123456789abcdef-and-more")
    assert scrub("0123456789abcdef-and-more 0123456789abcdef") == "[key] [key]"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_key_and_prompt_do_not_follow_a_server_to_another_address(
    server, client, question, status
):
    other = Server()
    try:
        other.steps = [other.says("ok")]
        place = f"{other.url}/chat/completions"
        server.steps = [server.sends({}, status, Location=place)]
        with pytest.raises(ClosedError, match=rf"HTTP {status}.* to {place}; nothing"):
            client(server.url)(question())
        assert (len(server.bodies), other.bodies) == (1, [])
    finally:
        other.close()
