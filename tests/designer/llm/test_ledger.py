import json
import signal
import threading

import pytest

from designer.errors import BudgetSpent, LLMError, StoreError
from designer.llm import Budget, Ledger, Reply
from designer.llm.messages import SpentCallError
from tests.designer.llm.conftest import Scripted


def test_a_request_answered_before_is_never_asked_again(path, question):
    first, second = Scripted(), Scripted()
    reply = Ledger(path, first).ask(question())
    ledger = Ledger(path, second)
    assert ledger.ask(question()) == reply
    assert second.asked == []
    assert (ledger.calls, ledger.tokens_in, ledger.tokens_out) == (1, 30, 10)


def test_label_attempt_and_messages_make_a_request_new(path, question):
    client = Scripted()
    ledger = Ledger(path, client)
    ledger.ask(question())
    ledger.ask(question(label="g00/c01"))
    ledger.ask(question(attempt=1))
    ledger.ask(question(text="run"))
    assert len(client.asked) == 4


def test_a_line_says_everything_about_a_call(path, question):
    Ledger(path, Scripted(), Budget(usd_per_mtok=(1.0, 2.0))).ask(question())
    line = json.loads(path.read_text())
    assert len(line.pop("hash")) == 64
    assert line == {
        "label": "g00/c00",
        "attempt": 0,
        "model": "tiny",
        "messages": [{"role": "user", "content": "hop"}],
        "reply": "g00/c00",
        "tokens_in": 30,
        "tokens_out": 10,
        "seconds": 0.5,
        "usd": 50e-6,
        "cut_off": False,
    }


def test_a_torn_last_line_is_dropped_with_a_notice_and_truncated(path, question):
    Ledger(path, Scripted()).ask(question())
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    notices, client = [], Scripted()
    ledger = Ledger(path, client, say=notices.append)
    assert ["last line is torn" in notice for notice in notices] == [True]
    assert path.read_bytes() == whole + whole[:40]  # reading changes nothing
    ledger.ask(question(label="g00/c01"))
    assert path.read_bytes().startswith(whole)
    assert Ledger(path, client, say=notices.append).calls == 2
    assert len(notices) == 1


@pytest.mark.parametrize("damage", [b"garbage\n", b"{}\n", b"[]\n", b'{"hash": 1}\n'])
def test_damage_in_the_middle_is_an_error_with_the_line(path, question, damage):
    Ledger(path, Scripted()).ask(question())
    path.write_bytes(damage + path.read_bytes())
    with pytest.raises(StoreError, match=r"llm.jsonl:1: expected a recorded reply"):
        Ledger(path, Scripted())


def test_a_reply_that_can_not_be_saved_is_one_line(tmp_path, question):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be written"):
        Ledger(tmp_path / "file" / "llm.jsonl", Scripted()).ask(question())


def test_answers_come_in_the_order_of_the_requests(path, requests):
    first_may_answer = threading.Event()
    scripted = Scripted()

    def client(request):
        if request is requests[0]:
            assert first_may_answer.wait(10)
        if request is requests[-1]:
            first_may_answer.set()
        return scripted(request)

    replies = Ledger(path, client, parallel=2).ask_all(requests)
    assert [reply.text for reply in replies] == [r.label for r in requests]


def test_no_more_calls_than_parallel_are_under_way(path, requests):
    lock, flying, most = threading.Lock(), 0, 0
    both = threading.Barrier(2)
    scripted = Scripted()

    def client(request):
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        both.wait(10)  # passes only two at a time
        with lock:
            flying -= 1
        return scripted(request)

    Ledger(path, client, parallel=2).ask_all(requests)
    assert most == 2


def test_one_failure_does_not_lose_the_other_replies(path, requests):
    ledger = Ledger(path, Scripted(fail=["g00/c01"]))
    answers = ledger.ask_all(requests)
    assert [isinstance(answer, LLMError) for answer in answers].index(True) == 1
    assert ledger.calls == 5
    retry = Scripted()
    Ledger(path, retry).ask_all(requests)
    assert retry.asked == ["g00/c01"]


def test_failures_of_all_are_still_a_list(path, requests):
    ledger = Ledger(path, Scripted(fail=[r.label for r in requests]))
    answers = ledger.ask_all(requests)
    assert [type(answer) for answer in answers] == [LLMError] * 6


def test_nothing_to_ask_is_no_answers(path):
    assert Ledger(path, Scripted()).ask_all([]) == []


def test_the_same_request_twice_is_one_call(path, question):
    client = Scripted()
    assert len(Ledger(path, client).ask_all([question(), question()])) == 2
    assert len(client.asked) == 1


def test_an_empty_answer_is_charged_recorded_and_asked_again(path, question, key):
    def thinks(request):
        spent = Reply("", "tiny", 30, 10, 0.5, True, f"hm, {key}")
        raise SpentCallError(f"only thoughts of {key}", spent)

    budget = Budget(max_calls=2, usd_per_mtok=(1.0, 2.0))
    with pytest.raises(LLMError, match="only thoughts"):
        Ledger(path, thinks, budget).ask(question())
    line = json.loads(path.read_text())
    assert line["failure"] == "only thoughts of [key]"
    assert (line["reply"], line["thought"], line["usd"]) == ("", "hm, [key]", 50e-6)
    ledger = Ledger(path, Scripted(), budget)
    assert ledger.ask(question()).text == "g00/c00"
    assert (ledger.calls, ledger.tokens_in, ledger.tokens_out) == (2, 60, 20)
    with pytest.raises(BudgetSpent, match="2 answered"):
        ledger.ask(question(label="g00/c01"))


def test_a_thought_is_recorded_beside_the_reply(path, question):
    said = Reply("code", "tiny", 30, 10, 0.5, False, "hm")
    reply = Ledger(path, lambda request: said).ask(question())
    assert Ledger(path, Scripted()).ask(question()) == reply == said


def test_ctrl_c_comes_through_and_keeps_what_was_answered(path, requests):
    may_answer, scripted = threading.Event(), Scripted()

    def client(request):
        if request is requests[1]:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            may_answer.wait(10)
        return scripted(request)

    ledger = Ledger(path, client, parallel=1)
    with pytest.raises(KeyboardInterrupt):
        ledger.ask_all(requests)
    assert not may_answer.is_set()
    assert Ledger(path, scripted).calls == 1
    workers = [t for t in threading.enumerate() if "(work)" in t.name]
    may_answer.set()
    for worker in workers:
        worker.join(10)
    # The call under way is recorded too, and no further one was begun.
    assert scripted.asked == ["g00/c00", "g00/c01"]
    assert Ledger(path, scripted).calls == 2


def test_the_key_is_nowhere_in_the_file(path, question, key):
    def client(request):
        return Reply(f"your key is {key}", key, 1, 1, 0.1, False)

    reply = Ledger(path, client).ask(question(text=f"my key is {key}"))
    assert reply.text == "your key is [key]"
    assert key not in path.read_text()
    assert Ledger(path, client).ask(question(text=f"my key is {key}")) == reply
