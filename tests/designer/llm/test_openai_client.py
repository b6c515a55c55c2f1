import socket
import time

import pytest

from designer.errors import ConfigError, LLMError
from designer.llm.openai_client import open_openai


@pytest.fixture
def ask(server, question):
    """Asks the scripted server once a call, with no retries unless told."""

    def ask(timeout_s=5.0, max_retries=0, text="hop"):
        client = open_openai("tiny", server.url, timeout_s, max_retries)
        return client(question(text=text))

    return ask


def test_an_answer_comes_with_model_tokens_and_time(server, ask):
    answer = {"choices": [{"message": {"content": "def f(): ..."}}], "model": "tiny-1"}
    usage = {"prompt_tokens": 7, "completion_tokens": 5}
    server.steps = [server.sends(answer | {"usage": usage})]
    reply = ask()
    assert (reply.text, reply.model) == ("def f(): ...", "tiny-1")
    assert (reply.tokens_in, reply.tokens_out) == (7, 5)
    assert 0 < reply.seconds < 5
    assert not reply.cut_off


def test_only_model_messages_and_temperature_are_sent(server, ask):
    server.steps = [server.says("ok")]
    ask(text="hüpf 🦘 \ud800")
    assert server.bodies == [
        {
            "model": "tiny",
            "messages": [{"role": "user", "content": "hüpf 🦘 ?"}],
            "temperature": 1.0,
        }
    ]


def test_tokens_that_the_server_does_not_count_are_none(server, ask):
    server.steps = [server.says("ok")]
    assert (ask().tokens_in, ask().tokens_out) == (None, None)


def test_unicode_comes_through_and_half_a_surrogate_pair_does_not(server, ask):
    server.steps = [server.says("höher 🦘 \ud800")]
    assert ask().text == "höher 🦘 ?"


def test_a_busy_server_is_asked_again_when_it_says(server, ask):
    busy = server.sends({"error": {"message": "slow"}}, 429, Retry_After="1")
    server.steps = [busy, server.says("ok")]
    start = time.monotonic()
    assert ask(max_retries=1).text == "ok"
    assert time.monotonic() - start >= 1.0


def test_a_server_that_stays_busy_is_given_up_with_advice(server, ask):
    busy = server.sends({"error": {"message": "slow"}}, 429, Retry_After="0.01")
    server.steps = [busy]
    with pytest.raises(LLMError, match=r"HTTP 429: slow; wait"):
        ask(max_retries=2)
    assert len(server.bodies) == 3


def test_a_refused_parameter_is_dropped_and_not_sent_again(server, question):
    refusal = {"error": {"message": "Unsupported value: 'temperature'"}}
    server.steps = [server.sends(refusal, 400), server.says("ok")]
    client = open_openai("tiny", server.url, 5.0, max_retries=0)
    assert [client(question()).text, client(question()).text] == ["ok", "ok"]
    assert ["temperature" in body for body in server.bodies] == [True, False, False]


def test_a_parameter_refused_for_ever_is_one_error(server, ask):
    server.steps = [server.sends({"error": {"message": "no temperature!"}}, 400)]
    with pytest.raises(LLMError, match="HTTP 400: no temperature!"):
        ask()
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "set OPENAI_API_KEY"),
        (403, "may use this model"),
        (404, "check the model's name"),
        (500, "look at the server's log"),
    ],
)
def test_a_refusal_says_what_the_server_said_and_what_to_do(
    server, ask, status, expected
):
    said = "bad\x1b[31m\nthing " + "x" * 1000
    server.steps = [server.sends({"error": {"message": said}}, status)]
    with pytest.raises(LLMError, match=rf"HTTP {status}: bad \[31m thing x") as caught:
        ask()
    line = str(caught.value)
    assert expected in line
    assert line.isprintable()
    assert len(line) < 500


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
        (
            b'{"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}',
            "raise the server's limit of tokens",
        ),
    ],
)
def test_an_answer_of_another_shape_is_one_line(server, ask, body, expected):
    server.steps = [type(server.steps[0])(body=body)]
    with pytest.raises(LLMError, match=expected) as caught:
        ask()
    assert str(caught.value).isprintable()


def test_an_answer_torn_in_the_middle_is_one_line(server, ask):
    torn = type(server.steps[0])(body=b'{"choices": [{"mess', promised_bytes=1000)
    server.steps = [torn]
    with pytest.raises(LLMError, match="expected a server that answers"):
        ask()


def test_a_server_that_is_down_is_one_line_with_its_address(question):
    with socket.socket() as taken:  # bound but not listening: nobody else gets it
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        client = open_openai("tiny", url, 5.0, max_retries=0)
        with pytest.raises(LLMError, match=rf"{url}.*refused.*start it"):
            client(question())


def test_a_server_that_hangs_is_given_up_after_the_time_limit(server, ask):
    server.steps = [type(server.steps[0])(hang=True)]
    with pytest.raises(LLMError, match=r"within 0.5 s, none came \(1 tries\)"):
        ask(timeout_s=0.5)


def test_a_reply_that_ran_out_of_tokens_is_cut_off(server, ask):
    server.steps = [server.says("def f(", finish_reason="length")]
    assert ask().cut_off


def test_a_million_characters_are_cut_to_two_hundred_thousand(server, ask):
    server.steps = [server.says("x" * 1_000_000)]
    reply = ask()
    assert (len(reply.text), reply.cut_off) == (200_000, True)


@pytest.mark.parametrize(
    "message",
    [
        {"content": "", "reasoning_content": "code"},
        {"content": [{"type": "text", "text": "code"}]},
    ],
)
def test_text_is_found_where_servers_put_it(server, ask, message):
    server.steps = [server.says(None, message=message)]
    assert ask().text == "code"


def test_a_server_of_ones_own_needs_no_key(server, ask, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    server.steps = [server.says("ok")]
    ask()
    assert server.keys == ["Bearer none"]


def test_openai_without_a_key_is_an_error_at_opening(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set; set it"):
        open_openai("gpt-x", None, 5.0)


def test_a_key_that_can_not_be_sent_is_an_error_that_does_not_show_it(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-“quoted”")
    with pytest.raises(ConfigError, match="printable ASCII") as caught:
        open_openai("gpt-x", None, 5.0)
    assert "quoted" not in str(caught.value)


def test_a_key_that_the_server_repeats_is_not_shown(server, ask, key):
    server.steps = [server.sends({"error": {"message": f"bad key {key}"}}, 401)]
    with pytest.raises(LLMError, match=r"bad key \[key\]") as caught:
        ask()
    assert key not in str(caught.value)
