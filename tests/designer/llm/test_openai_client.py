import pytest

from designer.errors import ConfigError, LLMError
from designer.llm.openai_client import open_openai
from tests.designer.llm.conftest import Step, settings


@pytest.fixture
def ask(server, question):
    """Asks the scripted server once a call, without retries."""
    return lambda: open_openai("tiny", server.url, settings())(question())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html><body>Login</body></html>", "expected JSON, got a web page"),
        (b'{"choices": [{"mess', "expected JSON"),
        (b"\xff\xfe\xfd", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"", "expected JSON, got no message"),
        (b"[1, 2]", r"expected choices with a message, got \[1, 2\]"),
        (b'{"choices": []}', "expected choices"),
        (b'{"choices": [{"text": "old"}]}', "expected choices"),
        (b'{"error": {"message": "no credit"}}', "no credit"),
        (b'{"choices": [{"message": {"content": null}}]}', "empty answer"),
        (b'{"choices": [{"message": {"refusal": "no!"}}]}', "refused: no!"),
    ],
)
def test_an_answer_of_another_shape_is_one_line(server, ask, body, expected):
    server.steps = [Step(body=body)]
    with pytest.raises(LLMError, match=expected) as caught:
        ask()
    assert str(caught.value).isprintable()


def test_an_answer_torn_in_the_middle_is_one_line(server, ask):
    server.steps = [Step(body=b'{"choices": [{"mess', promised_bytes=1000)]
    with pytest.raises(LLMError, match="expected a server that answers"):
        ask()


def test_a_server_of_ones_own_needs_no_key(server, ask, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    server.steps = [server.says("ok")]
    ask()
    assert server.keys == ["Bearer none"]


def test_openai_without_a_key_is_an_error_at_opening(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set; set it"):
        open_openai("gpt-x", None, settings())


def test_a_key_that_can_not_be_sent_is_an_error_that_does_not_show_it(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-“quoted”")
    with pytest.raises(ConfigError, match="printable ASCII") as caught:
        open_openai("gpt-x", None, settings())
    assert "quoted" not in str(caught.value)
