"""Servers that refuse, demand and cut: each is learnt once and never tried again."""

import pytest

from designer.errors import BudgetSpent
from designer.llm import Budget, Ledger, Message, Request
from designer.llm.dialect import without_system
from designer.llm.messages import SpentCallError
from designer.llm.openai_client import open_openai
from tests.designer.llm.conftest import Server, Step, settings

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
                return self.sends({"error": {"message": message}}, status)
        return self.says("ok", **self.finish(body))

    def finish(self, body):
        return {}


class Cutting(Picky):
    """Ends every reply after 5 tokens where no limit is sent."""

    def finish(self, body):
        has_limit = "max_tokens" in body or "max_completion_tokens" in body
        return {} if has_limit else {"finish_reason": "length"}


@pytest.fixture
def picky():
    server = Picky()
    yield server
    server.close()


@pytest.fixture
def cutting():
    server = Cutting()
    yield server
    server.close()


@pytest.fixture
def said():
    return []


@pytest.fixture
def opened(said):
    def make(server, **options):
        return open_openai("tiny", server.url, settings(say=said.append, **options))

    return make


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
def test_a_server_that_demands_a_limit_gets_one(picky, opened, question, name):
    lacks = lambda body: not has("max_tokens", "max_completion_tokens")(body)  # noqa: E731
    picky.rules = ((lacks, 400, f"{name}: Field required"),)
    client = opened(picky)
    assert [client(question()).text for _ in range(2)] == ["ok", "ok"]
    assert [body.get("max_tokens") for body in picky.bodies] == [None, 8192, 8192]


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


# Replies cut off.


def test_a_reply_cut_off_is_asked_for_once_more_with_a_limit(
    cutting, opened, question, path, said
):
    ledger = Ledger(path, opened(cutting), parallel=1)
    replies = ledger.ask_all([question(), question(label="g00/c01")])
    assert [reply.cut_off for reply in replies] == [False, False]
    assert [body.get("max_tokens") for body in cutting.bodies] == [None, 8192, 8192]
    assert ledger.calls == 3  # what was cut off is paid too
    assert len(said) == 1
    assert "--reply-tokens" in said[0]


def test_a_model_that_only_thinks_is_asked_once_more_too(
    server, opened, question, path
):
    thoughts = {"content": "", "reasoning_content": "hm"}
    lost = server.says(None, message=thoughts, finish_reason="length")
    server.steps = [lost, server.says("ok")]
    assert Ledger(path, opened(server)).ask(question()).text == "ok"


def test_a_limit_that_the_user_chose_is_not_raised(server, opened, question, path):
    server.steps = [server.says("def f(", finish_reason="length")]
    ledger = Ledger(path, opened(server, reply_tokens=50))
    assert ledger.ask(question()).cut_off
    assert [body["max_tokens"] for body in server.bodies] == [50]


def test_a_server_that_cuts_off_whatever_is_sent_is_asked_twice(
    server, opened, question, path
):
    server.steps = [server.says("def f(", finish_reason="length")]
    ledger = Ledger(path, opened(server), Budget(max_calls=3))
    assert ledger.ask(question()).cut_off
    assert ledger.ask(question(label="g00/c01")).cut_off
    assert len(server.bodies) == ledger.calls == 3


def test_a_further_try_keeps_within_the_limit_of_calls(cutting, opened, question, path):
    ledger = Ledger(path, opened(cutting), Budget(max_calls=1))
    with pytest.raises(BudgetSpent, match="limit of 1 model calls"):
        ledger.ask(question())
    assert len(cutting.bodies) == ledger.calls == 1


def test_a_limit_of_our_own_that_is_refused_in_any_words_is_dropped(
    cutting, opened, question, path
):
    cutting.rules = ((has("max_tokens", "max_completion_tokens"), 400, "bad request"),)
    ledger = Ledger(path, opened(cutting))
    assert ledger.ask(question()).cut_off
    assert ledger.ask(question(label="g00/c01")).cut_off
    assert len(cutting.bodies) == 4  # cut, refused, cut; then cut


def test_a_cut_off_reply_is_asked_for_again_by_a_later_process(
    server, opened, question, path
):
    server.steps = [server.says("def f(", finish_reason="length")]
    assert Ledger(path, opened(server, reply_tokens=9)).ask(question()).cut_off
    server.steps = [server.says("ok")]
    ledger = Ledger(path, opened(server))
    assert ledger.ask(question()).text == "ok"
    assert ledger.calls == 2


def test_an_empty_reply_is_asked_for_once_more_and_both_are_paid(
    server, opened, question, path
):
    server.steps = [server.says(""), server.says("ok")]
    ledger = Ledger(path, opened(server))
    assert ledger.ask(question()).text == "ok"
    assert ledger.calls == 2
    server.steps = [server.says("")]
    with pytest.raises(SpentCallError, match="empty answer"):
        ledger.ask(question(label="g00/c01"))
    assert ledger.calls == 4


# Prompts cut.


def counted(server, tokens, **more) -> Step:
    choice = {"message": {"content": "ok"}, "finish_reason": "stop"}
    return server.sends(
        {"choices": [choice], "usage": {"prompt_tokens": tokens} | more}
    )


def test_a_prompt_that_the_server_has_cut_is_said_once(server, opened, question, said):
    server.steps = [counted(server, 512)]
    client = opened(server)
    for _ in range(2):
        client(question(text="x" * 5000))
    assert len(said) == 1
    assert "512 tokens in a prompt of 5000 characters" in said[0]
    assert "num_ctx" in said[0]


@pytest.mark.parametrize(
    ("characters", "counts", "more"),
    [
        (3000, [10], {}),  # short
        (8000, [2000], {}),
        (8000, [2000, 40], {}),  # the second time it counts what it had not cached
        (8000, [40], {"prompt_tokens_details": {"cached_tokens": 1960}}),
        (8000, [40], {"cache_read_input_tokens": 1960}),
        (8000, [None], {}),
    ],
)
def test_a_prompt_that_was_read_whole_is_no_warning(
    server, opened, question, said, characters, counts, more
):
    server.steps = [counted(server, tokens, **more) for tokens in counts]
    client = opened(server)
    for _ in counts:
        client(question(text="x" * characters))
    assert said == []
