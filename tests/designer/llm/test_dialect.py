"""Servers that refuse, demand and cut: each is learnt once and never tried again."""

import pytest

from designer.errors import LLMError
from designer.llm import Ledger, Message, Request
from designer.llm.dialect import without_system
from designer.llm.endpoint import MAX_BODIES
from tests.designer.llm.conftest import Server

TALK = (
    Message("system", "You design."),
    Message("user", "Hop."),
    Message("assistant", "def f"),
    Message("user", "Again."),
)


class Picky(Server):
    """Refuses bodies by rules: (whether a body is refused, status, what it says)."""

    rules: tuple = ()

    def next_step(self, body):
        for is_refused, status, message in self.rules:
            if is_refused(body):
                error = {"error": {"message": message}}
                return self.sends(
                    message if isinstance(message, dict) else error, status
                )
        return self.says("ok", **self.finish(body))

    def finish(self, body):
        return {}


@pytest.fixture
def picky():
    server = Picky()
    yield server
    server.close()


def has(*names):
    return lambda body: any(name in body for name in names)


def has_system(body):
    return any(message["role"] == "system" for message in body["messages"])


ROLES = [
    (400, "System role not supported"),
    (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
    (400, "Only user and assistant roles are supported!"),
    (400, "Developer instruction is not enabled for models/tiny-3"),
    (400, "Unsupported value: 'messages[0].role' does not support 'system' here"),
    (422, "Template error: undefined value"),
    (422, "body.messages.0.role: Input should be 'user' or 'assistant'"),
    (500, "Jinja Exception: raise_exception"),
]


@pytest.mark.parametrize(("status", "message"), ROLES)
def test_without_a_system_role_its_text_goes_before_the_first_turn(
    picky, opened, status, message
):
    picky.rules = ((has_system, status, message),)
    client = opened(picky)
    for _ in range(2):
        assert client(Request("g00/c00", 0, TALK)).text == "ok"
    refused, *taken = [body["messages"] for body in picky.bodies]
    assert refused[0]["role"] == "system"
    assert (
        taken
        == [
            [
                {"role": "user", "content": "You design.\n\nHop."},
                {"role": "assistant", "content": "def f"},
                {"role": "user", "content": "Again."},
            ]
        ]
        * 2
    )


def test_a_system_text_alone_is_a_turn_of_the_user():
    assert without_system(TALK[:1]) == (Message("user", "You design."),)
    assert without_system(TALK[1:]) == TALK[1:]


REFUSALS = [
    ("temperature", "Unsupported value: 'temperature' must be 1 here"),
    ("temperature", "unknown field temperature"),
    ("stream", "Unrecognized request argument supplied: stream"),
    ("max_tokens", "'max_tokens' is not supported. Use 'max_completion_tokens'"),
    ("max_tokens", "Extra inputs are not permitted: max_tokens"),
]


@pytest.mark.parametrize(("name", "message"), REFUSALS)
def test_what_was_refused_is_never_sent_again(picky, opened, question, name, message):
    picky.rules = ((has(name), 400, message),)
    client = opened(picky, reply_tokens=900)
    assert [client(question()).text for _ in range(2)] == ["ok", "ok"]
    assert [name in body for body in picky.bodies] == [True, False, False]
    limits = [body.get("max_completion_tokens") for body in picky.bodies[1:]]
    assert limits == ([900, 900] if name == "max_tokens" else [None, None])


def test_a_refusal_that_repeats_the_question_blames_only_its_place(picky, opened):
    body = {"temperature": 1, "stream": False, "messages": "system role"}
    place = {"loc": ["body", "stream"], "msg": "Extra inputs are not permitted"}
    detail = {"detail": [{**place, "input": body}]}
    steps = [picky.sends(detail, 422), picky.says("ok")]
    picky.next_step = lambda body: steps.pop(0)
    assert opened(picky)(Request("g00/c00", 0, TALK)).text == "ok"
    assert "stream" not in picky.bodies[1]
    assert "temperature" in picky.bodies[1]
    assert has_system(picky.bodies[1])


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_server_that_demands_a_limit_gets_one(picky, opened, question, said, name):
    lacks = lambda body: not has("max_tokens", "max_completion_tokens")(body)  # noqa: E731
    picky.rules = ((lacks, 400, f"{name}: Field required"),)
    client = opened(picky)
    assert [client(question()).text for _ in range(2)] == ["ok", "ok"]
    assert [body.get(name) for body in picky.bodies] == [None, 8192, 8192]
    assert said == []


def test_a_limit_demanded_under_the_other_name_is_sent_under_that(
    picky, opened, question
):
    lacks = lambda body: "max_completion_tokens" not in body  # noqa: E731
    place = {"loc": ["body", "max_completion_tokens"], "msg": "Field required"}
    picky.rules = ((lacks, 422, {"detail": [{"type": "missing", **place}]}),)
    for limit in (None, 900):
        client = opened(picky, reply_tokens=limit)
        assert [client(question()).text for _ in range(2)] == ["ok", "ok"]
    limits = [body.get("max_completion_tokens") for body in picky.bodies]
    assert limits == [None, 8192, 8192, None, 900, 900]


UNSATISFIED = [
    "max_tokens: required",
    "max_completion_tokens: Field required",
    "one of max_tokens or max_completion_tokens is required",
    "bad request",
    "temperature, stream, system role, max_tokens and max_completion_tokens!",
]


@pytest.mark.parametrize("reply_tokens", [None, 900])
@pytest.mark.parametrize("message", UNSATISFIED)
def test_no_body_is_sent_twice_to_a_server_that_refuses_them_all(
    picky, opened, message, reply_tokens
):
    picky.rules = ((lambda body: True, 400, message),)
    client = opened(picky, reply_tokens=reply_tokens)
    with pytest.raises(LLMError, match=f"HTTP 400: {message}"):
        client(Request("g00/c00", 0, TALK))
    sent = picky.bodies
    assert all(body not in sent[:k] for k, body in enumerate(sent))


def test_a_limit_that_was_raised_and_then_refused_ends_in_the_servers_words(
    picky, opened, question, path
):
    picky.finish = lambda body: {"finish_reason": "length"}
    picky.rules = ((lambda body: len(picky.bodies) > 1, 400, "no such luck"),)
    with pytest.raises(LLMError, match="HTTP 400: no such luck"):
        Ledger(path, opened(picky)).ask(question())
    limits = [body.get("max_tokens") for body in picky.bodies]
    assert limits == [None, 8192, None]


def test_a_server_that_always_wants_one_token_fewer_is_given_up(
    picky, opened, question
):
    def next_step(body):
        fewer = f"max_tokens must be at most {body['max_tokens'] - 1}"
        return picky.sends({"error": {"message": fewer}}, 400)

    picky.next_step = next_step
    with pytest.raises(LLMError, match="max_tokens must be at most"):
        opened(picky, reply_tokens=9000)(question())
    assert len(picky.bodies) == MAX_BODIES


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("max_tokens is too large: 9000. At most 4000 completion tokens", 4000),
        ("`max_tokens` must be less than or equal to `2048`", 2048),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8000]", 8000),
    ],
)
def test_a_limit_that_is_too_large_is_lowered_as_told(
    picky, opened, question, said, message, limit
):
    picky.rules = ((lambda body: body["max_tokens"] > limit, 400, message),)
    client = opened(picky, reply_tokens=9000)
    assert [client(question()).text for _ in range(2)] == ["ok", "ok"]
    assert [body["max_tokens"] for body in picky.bodies] == [9000, limit, limit]
    assert f"at most {limit} tokens" in said[0]


def test_the_room_that_a_long_prompt_leaves_is_learnt_for_it_alone(
    picky, opened, question
):
    message = "max_tokens is too large: the context length is 4096, the prompt has 900"
    is_long = lambda body: len(body["messages"][0]["content"]) > 99  # noqa: E731
    picky.rules = ((lambda b: is_long(b) and b["max_tokens"] > 3196, 400, message),)
    client = opened(picky, reply_tokens=8000)
    assert client(question(text="x" * 100)).text == "ok"
    assert client(question()).text == "ok"
    assert [body["max_tokens"] for body in picky.bodies] == [8000, 4000, 2000, 8000]
