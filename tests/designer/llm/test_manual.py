import threading

import pytest

from designer.errors import LLMError
from designer.llm.manual import open_manual


class Person(threading.Event):
    """A stop event that does one thing, instead of waiting, between two looks."""

    def __init__(self, *actions):
        super().__init__()
        self.actions = list(actions)

    def wait(self, timeout=None):
        if self.actions:
            self.actions.pop(0)()
            return self.is_set()
        return super().wait(min(timeout, 0.01))


def writes(path, text):
    def write():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def test_a_reply_that_appears_later_is_taken(tmp_path, question):
    reply = tmp_path / "g00" / "c00" / "reply.md"
    person = Person(lambda: None, writes(reply, "höher 🦘"))
    answer = open_manual(tmp_path, [].append, person)(question())
    assert (answer.text, answer.model, answer.cut_off) == ("höher 🦘", "manual", False)
    assert (answer.tokens_in, answer.tokens_out) == (None, None)


def test_a_half_written_reply_is_not_taken(tmp_path, question):
    reply = tmp_path / "g00" / "c00" / "reply.md"
    person = Person(
        writes(reply, "  \n"),
        lambda: None,
        writes(reply, "def"),
        writes(reply, "def f"),
    )
    assert open_manual(tmp_path, [].append, person)(question()).text == "def f"


def test_a_repair_has_files_of_its_own(tmp_path, question):
    folder = tmp_path / "g00" / "c00"
    writes(folder / "reply.md", "first")()
    writes(folder / "reply-2.md", "repaired")()
    answer = open_manual(tmp_path, [].append, Person())(question(attempt=2))
    assert answer.text == "repaired"
    assert (folder / "prompt-2.md").read_text() == "hop\n"


def test_the_files_are_said_once_and_a_written_prompt_is_left_alone(tmp_path, question):
    folder = tmp_path / "g00" / "c00"
    writes(folder / "prompt.md", "written by the run")()
    said, idle = [], lambda: None
    person = Person(idle, idle, idle, writes(folder / "reply.md", "ok"))
    open_manual(tmp_path, said.append, person)(question())
    assert len(said) == 1
    assert str(folder / "prompt.md") in said[0]
    assert str(folder / "reply.md") in said[0]
    assert (folder / "prompt.md").read_text() == "written by the run"


def test_nobody_is_asked_for_a_reply_that_is_there(tmp_path, question):
    said = []
    writes(tmp_path / "g00" / "c00" / "reply.md", "ok")()
    assert open_manual(tmp_path, said.append, Person())(question()).text == "ok"
    assert not said


def test_stopping_ends_the_wait(tmp_path, question):
    person = Person()
    person.actions = [person.set]
    with pytest.raises(LLMError, match="stopped while waiting for"):
        open_manual(tmp_path, [].append, person)(question())


def test_a_reply_that_is_a_folder_is_one_line(tmp_path, question):
    (tmp_path / "g00" / "c00" / "reply.md").mkdir(parents=True)
    with pytest.raises(LLMError, match=r"reply.md: can't be used .*directory"):
        open_manual(tmp_path, [].append, Person())(question())
