"""Replies and prompts that a server cuts off."""

import pytest

from designer.errors import BudgetSpent
from designer.llm import Budget, Ledger
from designer.llm.messages import SpentCallError
from tests.designer.llm.conftest import Step
from tests.designer.llm.test_dialect import Picky, has


class Cutting(Picky):
    """Ends every reply after 5 tokens where no limit is sent."""

    def finish(self, body):
        has_limit = "max_tokens" in body or "max_completion_tokens" in body
        return {} if has_limit else {"finish_reason": "length"}


@pytest.fixture
def cutting():
    server = Cutting()
    yield server
    server.close()


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
