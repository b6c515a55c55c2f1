"""What holds for every client of a server."""

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from designer.errors import LLMError
from tests.designer.llm.conftest import Clock, Step


def test_an_answer_comes_with_model_tokens_and_time(server, ask):
    answer = {"choices": [{"message": {"content": "def f(): ..."}}], "model": "tiny-1"}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    server.steps = [server.sends(answer | {"usage": usage})]
    reply = ask()
    assert (reply.text, reply.model) == ("def f(): ...", "tiny-1")
    assert (reply.tokens_in, reply.tokens_out) == (7, 5)
    assert 0 < reply.seconds < 5
    assert not reply.cut_off


def test_only_what_nearly_every_server_takes_is_sent(server, ask):
    server.steps = [server.says("ok")]
    ask(text="hüpf 🦘 \ud800")
    assert not server.bodies[0].pop("stream", False)  # litellm says nothing of it
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
    assert ask().text == "höher 🦘 \ufffd"


def test_a_busy_server_is_asked_again_when_it_says(server, ask):
    busy = server.sends({"error": {"message": "slow"}}, 429, Retry_After="1")
    server.steps = [busy, server.says("ok")]
    clock = Clock()
    assert ask(clock=clock).text == "ok"
    assert clock.pauses == [1.0]


def test_a_time_of_day_in_retry_after_is_understood(server, ask):
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=200), usegmt=True)
    server.steps = [server.sends({}, 503, Retry_After=then), server.says("ok")]
    clock = Clock()
    assert ask(clock=clock).text == "ok"
    assert 190 < clock.pauses[0] <= 200  # dates have whole seconds


def test_a_server_that_stays_busy_is_given_up_with_advice(server, ask):
    busy = server.sends({"error": {"message": "slow"}}, 429, Retry_After="120")
    server.steps = [busy]
    clock = Clock()
    with pytest.raises(LLMError, match=r"HTTP 429: slow; wait"):
        ask(clock=clock)
    assert clock.pauses == [120.0, 120.0]  # 300 s are the end of patience


def test_a_server_that_asks_for_an_hour_is_given_up_at_once(server, ask):
    busy = server.sends({"error": {"message": "slow"}}, 429, Retry_After="3600")
    server.steps = [busy]
    with pytest.raises(LLMError, match=r"HTTP 429.*\(it asks to wait 3600 s\)"):
        ask(retries=4)
    assert len(server.bodies) == 1


def test_a_refused_parameter_is_dropped_and_not_sent_again(server, client, question):
    refusal = {"error": {"message": "Unsupported value: 'temperature'"}}
    server.steps = [server.sends(refusal, 400), server.says("ok")]
    asked = client(server.url)
    assert [asked(question()).text, asked(question()).text] == ["ok", "ok"]
    assert ["temperature" in body for body in server.bodies] == [True, False, False]


def test_a_parameter_refused_for_ever_is_one_error(server, ask):
    server.steps = [server.sends({"error": {"message": "no temperature!"}}, 400)]
    with pytest.raises(LLMError, match="HTTP 400: no temperature!"):
        ask()
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "set .* to a key that is valid there"),
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
    with pytest.raises(LLMError, match=rf"HTTP {status}: bad thing x") as caught:
        ask()
    line = str(caught.value)
    assert caught.match(expected)
    assert line.isprintable()
    assert len(line) < 500


def test_a_server_that_is_down_is_one_line_with_its_address(client, question):
    with socket.socket() as taken:  # bound but not listening: nobody else gets it
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(LLMError, match=rf"{url}.*; start it, or correct"):
            client(url)(question())


def test_a_server_that_hangs_is_given_up_after_the_time_limit(server, ask):
    server.steps = [Step(hang=True)]
    with pytest.raises(LLMError, match=r"within 0.5 s, none came \(1 try\)"):
        ask(timeout_s=0.5)


def test_a_server_that_hangs_is_asked_twice_and_not_five_times(server, ask):
    server.steps = [Step(hang=True)]
    start = time.monotonic()
    with pytest.raises(LLMError, match=r"none came \(2 tries\); it may be overl"):
        ask(timeout_s=0.6, retries=4)
    assert time.monotonic() - start < 2.0
    assert len(server.bodies) == 2


def test_an_answer_after_one_time_out_is_taken(server, ask):
    server.steps = [Step(hang=True), server.says("ok")]
    assert ask(timeout_s=1.0, retries=4).text == "ok"


def test_a_server_that_sends_drop_by_drop_is_given_up_too(server, ask):
    server.steps = [Step(body=b" " * 1000, drip_s=0.1)]
    start = time.monotonic()
    with pytest.raises(LLMError, match=r"within 0.5 s, none came"):
        ask(timeout_s=0.5)
    assert time.monotonic() - start < 2.0


def test_a_reply_that_ran_out_of_tokens_is_cut_off(server, ask):
    server.steps = [server.says("def f(", finish_reason="length")]
    assert ask(reply_tokens=10).cut_off


def test_a_million_characters_are_cut_to_two_hundred_thousand(server, ask):
    server.steps = [server.says("x" * 1_000_000)]
    reply = ask()
    assert (len(reply.text), reply.cut_off) == (200_000, True)


def test_a_key_that_the_server_repeats_is_not_shown(server, ask, key):
    server.steps = [server.sends({"error": {"message": f"bad key {key}"}}, 401)]
    with pytest.raises(LLMError, match=r"bad key \[key\]") as caught:
        ask()
    assert key not in str(caught.value)


def test_a_model_that_refuses_is_one_line(server, ask):
    server.steps = [server.says(None, message={"content": None, "refusal": "no!"})]
    with pytest.raises(LLMError, match="the model refused: no!"):
        ask()


@pytest.mark.parametrize(
    "message",
    [
        {"content": "code", "reasoning_content": "hm"},
        {"content": "<think>hm</think>code"},
        {"content": "hm</think>code"},
    ],
)
def test_a_thought_is_kept_apart_from_the_text(server, ask, message):
    server.steps = [server.says(None, message={"role": "assistant"} | message)]
    assert (ask().text, ask().thought) == ("code", "hm")


def test_a_model_that_spends_all_its_tokens_on_thinking_is_one_line(server, ask):
    message = {"role": "assistant", "content": "", "reasoning_content": "hm, hm"}
    server.steps = [server.says(None, message=message, finish_reason="length")]
    with pytest.raises(LLMError, match="take a model that thinks less"):
        ask(reply_tokens=10)
