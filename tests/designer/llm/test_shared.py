"""Runs that share a model's client, its limits, and an account."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from designer.errors import BudgetSpent
from designer.llm import calls_at_once
from designer.llm.budget import Account, Budget, Spending
from designer.llm.ledger import Ledger
from designer.llm.shared import at_most, shared_models
from tests.designer.llm.conftest import Scripted

FREE = (0.0, 0.0)


def test_two_ledgers_keep_one_limit(tmp_path, question) -> None:
    account = Account(Budget(max_calls=2))
    author, judge = (
        Ledger(tmp_path / name, Scripted(), account=account) for name in ("a", "b")
    )
    author.ask(question())
    judge.ask(question())
    with pytest.raises(BudgetSpent, match="2 model calls is reached"):
        author.ask(question("g00/c01"))
    assert account.spent == Spending(2, 80, 0.0)
    # What was answered before costs nothing again.
    assert judge.ask(question()).text == "g00/c00"


def test_what_earlier_processes_spent_counts(tmp_path, question) -> None:
    path, price = tmp_path / "llm.jsonl", Budget(usd_per_mtok=(1e6, 1e6))
    Ledger(path, Scripted(), price).ask(question())  # 30 + 10 tokens for 40 USD
    before = Ledger(path, Scripted(), price).spent
    assert before == Spending(1, 40, 40.0)
    account = Account(Budget(max_usd=79.0, usd_per_mtok=FREE), before)
    ledger = Ledger(tmp_path / "other", Scripted(), price, account=account)
    with pytest.raises(BudgetSpent, match=r"\$40.0000 spent"):
        ledger.ask(question("g00/c01"))


def test_a_call_that_fails_is_not_counted(tmp_path, question) -> None:
    account = Account(Budget(max_calls=1))
    ledger = Ledger(tmp_path / "a", Scripted(fail=["g00/c00"]), account=account)
    with pytest.raises(Exception, match="no answer"):
        ledger.ask(question())
    assert account.spent == Spending()
    assert ledger.ask(question("g00/c01")).text == "g00/c01"


def test_no_more_threads_ask_at_a_time_than_allowed(question) -> None:
    inside, most, lock = [0], [0], threading.Lock()
    all_started = threading.Barrier(2)

    def client(request):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        all_started.wait(10)  # two are inside together, or this breaks
        with lock:
            inside[0] -= 1
        return Scripted()(request)

    limited = at_most(client, 2)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(limited, [question(f"g00/c{k:02d}") for k in range(6)]))
    assert most == [2]


def test_runs_that_name_one_model_share_its_client(tmp_path, key) -> None:
    models = shared_models(4, Account(), print)
    first, again, other = (
        models.open(f"m@http://127.0.0.1:{port}/v1", tmp_path, print, None)
        for port in (9, 9, 10)
    )
    assert first is again
    assert first is not other


@pytest.mark.parametrize(
    ("spec", "calls"),
    [
        ("ollama/qwen3", 1),
        ("litellm/ollama/qwen3", 1),
        ("m@http://0.0.0.0:8000/v1", 1),
        ("litellm/ollama/q@http://192.168.0.9:1/v1", 4),
        ("m@http://127.0.0.1:9/v1", 1),
        ("m@http://localhost:8000/v1", 1),
        ("m@https://models.example/v1", 4),
        ("gpt-5", 4),
        ("cmd:llm -m x", 4),
    ],
)
def test_a_server_on_this_machine_gets_one_call_at_a_time(
    spec: str, calls: int
) -> None:
    assert calls_at_once(spec) == calls
