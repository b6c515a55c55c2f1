"""What passes is outlasted, what doesn't is said at once."""

import socket
import threading

import pytest

from designer.errors import ClosedError, LLMError
from designer.llm.faults import UNLIMITED_TRIES, Fault, error_fault
from designer.llm.ledger import Ledger
from designer.llm.openai_client import open_openai
from designer.llm.patience import PATIENCE, Gate, ModelServer, Patience, persist
from tests.designer.llm.conftest import Clock, Server, Step, settings

BUSY = Fault("busy", tries=UNLIMITED_TRIES)


@pytest.fixture
def ask(server, question):
    """Asks the scripted server once a call; litellm has an own reading of errors."""
    return lambda **options: open_openai("tiny", server.url, settings(**options))(
        question()
    )


def asking(clock, say=print):
    patience = Patience(sleep=clock.sleep, clock=clock.now)
    return ModelServer("model tiny", 5.0, patience, Gate(patience), say)


def in_turn(*results):
    """An attempt with these results, the last one for ever."""
    left = list(results)
    return lambda seconds: left.pop(0) if len(left) > 1 else left[0]


# How long.


def test_a_limit_per_minute_is_outlasted_without_being_told():
    clock = Clock()
    with pytest.raises(LLMError, match="model tiny: busy"):
        persist(in_turn(BUSY), asking(clock))
    assert 75 < sum(clock.pauses) < 120
    assert clock.pauses == list(PATIENCE.pauses_s)


def test_a_wait_as_told_is_kept_and_grows_if_it_was_too_short():
    clock, told = Clock(), Fault("busy", tries=UNLIMITED_TRIES, wait_s=3.0, shared=True)
    assert persist(in_turn(*[told] * 6, "ok"), asking(clock)) == "ok"
    assert clock.pauses == [3.0, 3.0, 3.0, 4.0, 8.0, 16.0]


def test_five_minutes_are_the_end_of_patience():
    clock, told = (
        Clock(),
        Fault("busy", tries=UNLIMITED_TRIES, wait_s=70.0, shared=True),
    )
    with pytest.raises(LLMError, match=r"busy \(it asks to wait 70 s\)"):
        persist(in_turn(told), asking(clock))
    assert clock.pauses == [70.0] * 4


def test_patience_begins_anew_when_a_crowded_server_answers_others():
    clock, told = (
        Clock(),
        Fault("busy", tries=UNLIMITED_TRIES, wait_s=70.0, shared=True),
    )
    one = asking(clock)

    def served_in_between(seconds):
        one.gate.answers += 1  # as by another question
        return "ok" if clock.now_s > 1000 else told

    assert persist(served_in_between, one) == "ok"


def test_a_wait_holds_for_all_questions_to_a_server():
    clock, moments = Clock(), []
    told = Fault("busy", tries=UNLIMITED_TRIES, wait_s=20.0, shared=True)

    def sleep(seconds):
        if not moments:  # while the first question waits, another is asked
            moments.append(clock.now_s)
            moments.append(persist(lambda seconds: clock.now_s, one))
        Clock.sleep(clock, seconds)

    clock.sleep = sleep
    one = asking(clock)
    assert persist(in_turn(told, "ok"), one) == "ok"
    assert moments == [0.0, 20.0]


def test_the_user_reads_once_what_is_waited_for(server, question):
    busy = {"error": {"message": "Limit 2 a minute. Please try again in 20s."}}
    server.steps = [*[server.sends(busy, 429)] * 3, server.says("ok")]
    clock, said = Clock(), []
    client = open_openai("tiny", server.url, settings(clock=clock, say=said.append))
    assert client(question()).text == "ok"
    assert clock.pauses == [20.0, 20.0, 20.0]
    line = f"asking again in 20 s: model tiny at {server.url}: expected an answer, got "
    assert said[0].startswith(f"{line}HTTP 429: Limit 2 a minute")
    assert len(said) == 3


def test_a_server_that_is_started_again_is_waited_for(question):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    clock, servers = Clock(), []

    def sleep(seconds):
        Clock.sleep(clock, seconds)
        if clock.now_s > 30 and not servers:
            servers.append(Server(port))
            servers[0].steps = [servers[0].says("ok")]

    clock.sleep = sleep
    client = open_openai("tiny", f"http://127.0.0.1:{port}/v1", settings(clock=clock))
    try:
        assert client(question()).text == "ok"
    finally:
        servers[0].close()
    assert 30 < clock.now_s < 75


def test_an_answer_torn_in_the_middle_is_asked_for_again(server, ask):
    torn = Step(body=b'{"choices": [{"mess', promised_bytes=1000)
    server.steps = [torn, server.says("ok")]
    assert ask(retries=1).text == "ok"


# What passes.


PASSING = [
    {"error": {"code": 502, "message": "x"}},
    {"error": {"code": "429", "message": "x"}},
    {"error": {"message": "x", "type": "overloaded_error"}},
    {"error": "the model is loading"},
    {"error": {"error": {"message": "x", "code": 524}}},
    [{"error": {"code": 503, "status": "UNAVAILABLE"}}],
    {"object": "error", "message": "rate limit", "code": None},
    {"status": 503, "title": "x"},
    {"detail": "Service temporarily unavailable"},
    {"choices": [{"error": {"code": 502, "message": "x"}, "message": {"content": ""}}]},
    {"choices": [{"message": {"content": "def"}, "finish_reason": "error"}]},
    {"choices": []},
    {"choices": None},
    {"id": "x"},
    {},
]


@pytest.mark.parametrize("body", PASSING)
def test_an_error_under_status_200_that_passes_is_asked_again(server, ask, body):
    server.steps = [server.sends(body), server.says("ok")]
    assert ask(retries=1).text == "ok"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 400, "message": "x"}},
        {"error": {"code": 401, "message": "x"}},
        {"error": "this text is forbidden here"},
        {"error": {"message": "Insufficient credits", "code": 402}},
    ],
)
def test_an_error_under_status_200_that_stays_is_not(server, ask, body):
    server.steps = [server.sends(body), server.says("ok")]
    with pytest.raises(LLMError, match="an error under HTTP 200"):
        ask(retries=1)


def test_code_and_provider_stand_in_the_line(server, ask):
    inner = {"provider_name": "Acme", "raw": '{"detail": "worker lost"}'}
    error = {"message": "Provider returned error", "code": 502, "metadata": inner}
    server.steps = [server.sends({"error": error})]
    with pytest.raises(LLMError, match="under HTTP 200 with code 502 from Acme: ") as e:
        ask()
    assert e.match("worker lost")


@pytest.mark.parametrize(
    ("status", "message", "closed", "passes"),
    [
        (401, "x", True, False),
        (402, "x", True, False),
        (403, "x", True, False),
        (404, "x", True, False),
        (400, "API key not valid. Please pass a valid API key.", True, False),
        (400, "prompt too long", False, False),
        (400, "Rate limit exceeded, wait 5 s", False, True),
        (403, "Too many requests", False, True),
        (413, "x", False, False),
        (429, "insufficient_quota: check your plan", True, False),
        (429, "You exceeded your current quota, check your billing", True, False),
        (429, "You exceeded your current quota. Please retry in 31s", False, True),
        (429, "slow down", False, True),
        (408, "x", False, True),
        (425, "x", False, True),
        (500, "x", False, True),
        (501, "x", False, False),
        (522, "x", False, True),
        (529, "overloaded", False, True),
    ],
)
def test_a_status_and_its_words_say_whether_it_passes(status, message, closed, passes):
    fault = error_fault(status, {"error": {"message": message}}, {}, "KEY")
    assert (fault.is_closed, fault.tries > 1) == (closed, passes)


def test_the_code_in_a_body_says_more_than_a_server_error_round_it():
    fault = error_fault(500, {"error": {"code": "401", "message": "x"}}, {}, "KEY")
    assert fault.is_closed
    assert not error_fault(413, {"error": {"code": 401}}, {}, "KEY").is_closed


def test_a_closed_account_stops_all_questions_in_one_line(server, path, requests):
    quota = {"error": {"message": "You exceeded your quota", "code": "x"}}
    server.steps = [server.sends(quota, 429)]
    client = open_openai("tiny", server.url, settings(retries=3))
    with pytest.raises(ClosedError, match="look at the account's credit"):
        Ledger(path, client, parallel=1).ask_all(requests)
    assert len(server.bodies) == 1


def test_two_time_outs_are_counted_beside_other_faults():
    """A question is given up after two of them, however it fails in between."""
    clock = Clock()
    release = threading.Event()
    results = in_turn(None, BUSY, None, "ok")

    def attempt(seconds):
        result = results(seconds)
        if result is None:
            release.wait(5)
        return result

    short = ModelServer("m", 0.1, asking(clock).patience, asking(clock).gate, print)
    with pytest.raises(LLMError, match=r"within 0.1 s, none came \(2 tries\)"):
        persist(attempt, short)
    release.set()
