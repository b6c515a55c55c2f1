import math

import pytest

from designer.errors import BudgetSpent, ConfigError, LLMError
from designer.llm import Budget, Ledger
from tests.designer.llm.conftest import Scripted


def test_calls_stop_at_their_limit_with_the_paid_replies_recorded(path, requests):
    client = Scripted()
    ledger = Ledger(path, client, Budget(max_calls=4))
    with pytest.raises(BudgetSpent, match="limit of 4 model calls is reached"):
        ledger.ask_all(requests)
    assert len(client.asked) == ledger.calls == 4


def test_a_resumed_run_has_spent_what_it_recorded(path, requests):
    Ledger(path, Scripted()).ask_all(requests[:4])
    ledger = Ledger(path, Scripted(), Budget(max_calls=4))
    ledger.ask_all(requests[:4])
    with pytest.raises(BudgetSpent):
        ledger.ask(requests[4])


def test_a_call_under_way_counts_against_the_limit(path, requests):
    ledger, refused = None, []

    def client(request):
        if not refused:
            with pytest.raises(BudgetSpent, match=r"0 answered, 1 under way") as caught:
                ledger.ask(requests[1])
            refused.append(caught.value)
        return Scripted()(request)

    ledger = Ledger(path, client, Budget(max_calls=1))
    ledger.ask(requests[0])
    assert len(refused) == 1


def test_a_call_that_failed_is_not_counted(path, requests):
    ledger = Ledger(path, Scripted(fail=["g00/c00"]), Budget(max_calls=1))
    with pytest.raises(LLMError):
        ledger.ask(requests[0])
    assert ledger.ask(requests[1]).text == "g00/c01"


def test_money_stops_before_the_call_that_would_pass_the_limit(path, requests):
    # "hop" is guessed as 1 token, free; an answer is 10 tokens at $1 each. The first
    # call is guessed at 2000 tokens, so it needs the room.
    budget = Budget(max_usd=2005.0, usd_per_mtok=(0.0, 1e6))
    ledger = Ledger(path, Scripted(), budget, parallel=1)
    ledger.ask(requests[0])
    assert ledger.usd == 10.0
    ledger = Ledger(path, Scripted(), Budget(max_usd=35.0, usd_per_mtok=(0.0, 1e6)))
    ledger.ask(requests[1])
    ledger.ask(requests[2])
    with pytest.raises(BudgetSpent, match=r"limit of \$35 .*\$30.0000 spent, \$40"):
        ledger.ask(requests[3])


def test_tokens_stop_before_the_call_that_would_pass_the_limit(path, requests):
    # A call is 30 tokens in and 10 out. The first is guessed at 1 in and 2000 out, each
    # later one at 1 in and the mean of 10 out.
    Ledger(path, Scripted(), Budget(max_tokens=2001)).ask(requests[0])
    ledger = Ledger(path, Scripted(), Budget(max_tokens=100))
    ledger.ask(requests[1])
    with pytest.raises(BudgetSpent, match=r"of 90 tokens .* 80 spent, 91 expected"):
        Ledger(path, Scripted(), Budget(max_tokens=90)).ask(requests[2])
    ledger.ask(requests[2])
    with pytest.raises(BudgetSpent, match=r"of 100 tokens .* 120 spent, 131 expected"):
        ledger.ask(requests[3])


@pytest.mark.parametrize(
    ("budget", "says"),
    # Recorded: 30 in, 10 out at $1 a token. Each further call is guessed at 11.
    [
        (Budget(max_tokens=61), "40 spent, 62 expected"),
        (Budget(max_usd=61.0, usd_per_mtok=(1e6, 1e6)), r"\$40.0000 spent, \$62"),
    ],
)
def test_tokens_and_money_of_calls_under_way_count(path, requests, budget, says):
    Ledger(path, Scripted()).ask(requests[0])
    inner = []

    def client(request):
        if not inner:
            inner.append(request)
            with pytest.raises(BudgetSpent, match=says):
                ledger.ask(requests[2])
        raise LLMError("not counted")

    ledger = Ledger(path, client, budget)
    with pytest.raises(LLMError, match="not counted"):
        ledger.ask(requests[1])
    assert len(inner) == 1


def test_replies_without_tokens_are_estimated_for_the_limit(path, question):
    client = Scripted(tokens=(None, None))  # each answers "g00/c00": 7 // 3 = 2 tokens
    ledger = Ledger(path, client, Budget(max_usd=2001.0, usd_per_mtok=(0.0, 1e6)))
    ledger.ask(question())
    assert ledger.usd is None
    with pytest.raises(BudgetSpent, match=r"\$2.0000 spent"):
        ledger.ask(question(label="g00/c01"))


def test_money_is_unknown_without_a_price_and_zero_for_replayed_replies(path, question):
    ledger = Ledger(path, Scripted(tokens=(0, 0)))
    ledger.ask(question())
    assert ledger.usd == 0.0
    ledger = Ledger(path, Scripted())
    ledger.ask(question(label="g00/c01"))
    assert ledger.usd is None


@pytest.mark.parametrize(
    "limits",
    [
        {"max_usd": 1.0},
        {"max_calls": -1},
        {"max_tokens": -1},
        {"max_usd": math.nan, "usd_per_mtok": (1.0, 1.0)},
        {"usd_per_mtok": (1.0, -1.0)},
    ],
)
def test_a_budget_that_can_not_be_kept_is_an_error(limits):
    with pytest.raises(ConfigError):
        Budget(**limits)
