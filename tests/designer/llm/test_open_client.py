import subprocess
import sys

import pytest

from designer.errors import ConfigError, LLMError
from designer.llm import open_client
from tests.designer.llm.conftest import needs_litellm


@pytest.fixture
def opened(tmp_path):
    return lambda spec: open_client(spec, tmp_path, [].append)


def test_a_name_at_an_address_is_asked_there(opened, server, question):
    server.steps = [server.says("ok")]
    assert opened(f"org/tiny:7b@{server.url}")(question()).text == "ok"
    assert server.bodies[0]["model"] == "org/tiny:7b"


def test_manual_waits_for_the_file_of_the_label(opened, tmp_path, question):
    reply = tmp_path / "g00" / "c00" / "reply.md"
    reply.parent.mkdir(parents=True)
    reply.write_text("ok")
    assert opened("manual")(question()).text == "ok"


def test_replay_answers_from_the_path(opened, tmp_path, question):
    (tmp_path / "llm.jsonl").write_text("")
    with pytest.raises(LLMError, match="no reply for g00/c00"):
        opened(f"replay:{tmp_path}")(question())


@pytest.mark.parametrize("name", ["gpt-x", "o3", "o4-mini", "chatgpt-latest"])
def test_names_of_openai_need_only_a_key(opened, name, monkeypatch):
    assert callable(opened(name))
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match=f"model {name} needs a key"):
        opened(name)


def test_ollama_needs_no_key(opened, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert callable(opened("ollama/tiny"))


@pytest.mark.parametrize(
    ("spec", "nearest"),
    [
        ("manul", "manual"),
        ("olama/qwen", "ollama/NAME"),
        ("replay", "replay:RUN"),
        ("tiny@127.0.0.1:8000", "NAME@http://HOST:PORT/v1"),
        ("qwen", "ollama/qwen"),
        ("", "ollama/NAME"),
    ],
)
def test_another_form_is_an_error_with_the_nearest_one(opened, spec, nearest):
    with pytest.raises(ConfigError, match=f"did you mean '{nearest}'") as caught:
        opened(spec)
    assert "NAME@http://HOST:PORT/v1, cmd:PROGRAM ARGS, manual, replay:RUN" in str(
        caught.value
    )


@pytest.mark.slow
@needs_litellm
def test_a_name_of_litellm_is_asked_at_its_address(opened, server, question):
    server.steps = [server.says("ok")]
    assert opened(f"litellm/openai/tiny@{server.url}")(question()).text == "ok"
    assert server.bodies[0]["model"] == "tiny"


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://h:port/v1",
        "http://h h/v1",
        "http://a..b/v1",
        "http://h/\x00",
        "http://[::1/v1",
        f"http://{'h' * 64}/v1",
        "http://h/" + "v" * 2000,
    ],
)
def test_an_address_that_is_none_is_an_error(opened, url):
    with pytest.raises(ConfigError, match="expected a server as"):
        opened(f"tiny@{url}")


@pytest.mark.parametrize("url", ["http://me:secret@h/v1", "http://h/v1?key=secret"])
def test_a_secret_in_an_address_is_an_error_that_does_not_show_it(opened, url):
    with pytest.raises(ConfigError, match="no user, password") as caught:
        opened(f"tiny@{url}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://me:secret@h", "odd://me:secret@h"])
def test_a_proxy_that_can_not_be_used_is_one_line(opened, monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigError, match="unset ALL_PROXY") as caught:
        opened("gpt-x")
    assert "secret" not in str(caught.value)


def test_importing_the_package_imports_neither_openai_nor_litellm():
    heavy = "bool({'openai', 'litellm'} & set(sys.modules))"
    program = f"import sys, designer.llm; sys.exit({heavy})"
    subprocess.run([sys.executable, "-c", program], check=True)
