import pytest

from designer.errors import ConfigError, LLMError
from designer.llm import Ledger, Reply
from designer.llm.messages import SpentCallError
from designer.llm.replay import open_replay


@pytest.fixture
def recorded(tmp_path, question):
    """A run folder in which two requests are answered."""

    def client(request):
        return Reply(f"for {request.label}", "tiny", 3, 4, 5.0, True)

    ledger = Ledger(tmp_path / "llm.jsonl", client)
    ledger.ask_all([question(), question(label="g00/c01")])
    return tmp_path


def test_a_recorded_request_gets_its_reply_for_nothing(recorded, question):
    said = []
    for path in (recorded, recorded / "llm.jsonl"):
        reply = open_replay(path, said.append)(question(label="g00/c01"))
        assert reply == Reply("for g00/c01", "tiny", 0, 0, 0.0, True)
    assert said == []


def test_another_prompt_gets_the_reply_of_its_place_with_a_notice(recorded, question):
    said = []
    reply = open_replay(recorded, said.append)(question(text="new words"))
    assert reply.text == "for g00/c00"
    assert len(said) == 1
    assert "g00/c00 attempt 0: the prompt differs" in said[0]


def test_a_run_answers_as_its_judge_model_did_too(tmp_path, recorded, question):
    (recorded / "llm.jsonl").rename(tmp_path / "judge.jsonl")
    reply = open_replay(recorded, [].append)(question(label="g00/c01"))
    assert reply.text == "for g00/c01"


def test_a_missing_reply_is_named(recorded, question):
    with pytest.raises(LLMError, match="no reply for g00/c00 attempt 1"):
        open_replay(recorded, [].append)(question(attempt=1))


def test_a_missing_recording_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"llm.jsonl, found no such file"):
        open_replay(tmp_path, [].append)


def test_a_damaged_recording_is_an_error(tmp_path):
    (tmp_path / "llm.jsonl").write_text("damaged\n")
    with pytest.raises(ConfigError, match=r"llm.jsonl:1: expected a recorded"):
        open_replay(tmp_path, [].append)


def test_a_torn_last_line_is_left_out_with_a_notice(recorded, question):
    with (recorded / "llm.jsonl").open("ab") as file:
        file.write(b'{"hash"')
    said = []
    assert open_replay(recorded, said.append)(question()).text == "for g00/c00"
    assert len(said) == 1


def test_a_recorded_failure_fails_again_unless_it_was_answered_later(
    tmp_path, question
):
    answers = iter(["", "", "ok"])

    def client(request):
        text = next(answers)
        reply = Reply(text, "tiny", 3, 4, 5.0, False)
        if not text:
            raise SpentCallError(f"nothing for {request.label}", reply)
        return reply

    ledger = Ledger(tmp_path / "llm.jsonl", client, parallel=1)
    ledger.ask_all([question(), question(label="g00/c01")])
    ledger.ask(question())
    replay = open_replay(tmp_path, [].append)
    assert replay(question()).text == "ok"
    with pytest.raises(LLMError, match="nothing for g00/c01"):
        replay(question(label="g00/c01"))
