"""A program as a model: small scripts that answer, hang, flood, fail and need a tty."""

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from designer.errors import ClosedError, ConfigError, LLMError
from designer.llm import Client, Ledger, Message, Picture, Request, open_client
from designer.llm.command import open_command, prompt_text
from designer.llm.messages import MAX_REPLY_CHARACTERS
from designer.run.settings import dangers

ASK = Request("g00/c00", 0, (Message("system", "Be brief."), Message("user", "Hi?")))
SHORT_S = 0.5


def program(folder: Path, code: str, limit_s: float = 20.0) -> Client:
    """A client of a Python script."""
    script = folder / "model.py"
    script.write_text(f"import os, sys, time\n{code}\n")
    return open_command(shlex.join([sys.executable, str(script)]), limit_s)


def error_of(client: Client) -> str:
    with pytest.raises(LLMError) as caught:
        client(ASK)
    line = str(caught.value)
    assert "\n" not in line
    return line


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def test_the_prompt_comes_on_stdin_and_the_reply_from_stdout(tmp_path) -> None:
    client = program(tmp_path, "print('got', repr(sys.stdin.read()))")
    reply = client(ASK)
    assert reply.text.strip() == r"got 'Be brief.\n\nHi?\n'"
    assert reply.model.startswith("cmd:python")
    assert (reply.tokens_in, reply.tokens_out, reply.cut_off) == (None, None, False)


def test_earlier_replies_are_said_to_be_the_models_own() -> None:
    turns = (*ASK.messages, Message("assistant", "Ho."), Message("user", "Why?"))
    text = prompt_text(Request("g00/c00", 1, turns))
    assert text == "Be brief.\n\nHi?\n\nYou replied:\n\nHo.\n\nWhy?\n"


def test_a_program_sees_the_environment_as_it_is(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MODEL_OF_MINE", "small")
    client = program(tmp_path, "print(os.environ['MODEL_OF_MINE'], os.getcwd())")
    assert client(ASK).text.split() == ["small", str(Path.cwd())]


def test_a_program_that_reads_nothing_may_answer(tmp_path) -> None:
    large = Request("g00/c00", 0, (Message("user", "x" * 1_000_000),))
    assert program(tmp_path, "print('yes')")(large).text.strip() == "yes"


def test_words_on_stderr_are_no_part_of_the_reply(tmp_path) -> None:
    code = "sys.stderr.write('thinking\\n' * 100_000); print('yes')"
    assert program(tmp_path, code)(ASK).text.strip() == "yes"


def test_colours_are_left_out(tmp_path) -> None:
    client = program(tmp_path, r"print('\x1b[1;32myes\x1b[0m')")
    assert client(ASK).text.strip() == "yes"


def test_a_program_that_hangs_is_ended(tmp_path) -> None:
    client = program(tmp_path, "time.sleep(60)", SHORT_S)
    assert "gave no reply within 0.5 s" in error_of(client)


def test_its_children_are_ended_with_it(tmp_path) -> None:
    code = """
import subprocess
child = subprocess.Popen(['sleep', '60'])
open('{}', 'w').write(str(child.pid))
time.sleep(60)""".format(tmp_path / "pid")
    error_of(program(tmp_path, code, 2.0))
    pid, deadline = int((tmp_path / "pid").read_text()), time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_a_child_that_holds_stdout_does_not_hold_the_reply(tmp_path) -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '60']); print('yes')"
    assert program(tmp_path, code, 20.0)(ASK).text.strip() == "yes"


def test_a_flood_is_stopped(tmp_path) -> None:
    client = program(tmp_path, "while True: sys.stdout.write('x' * 65536)")
    assert f"more than {MAX_REPLY_CHARACTERS:,} characters" in error_of(client)


def test_a_program_that_fails_is_quoted(tmp_path) -> None:
    code = "sys.stderr.write('first\\nnot logged in\\n'); sys.exit(3)"
    line = error_of(program(tmp_path, code))
    assert line.endswith("ended with code 3: not logged in")


def test_a_key_in_its_words_is_not_shown(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    code = "sys.exit('bad key ' + os.environ['OPENAI_API_KEY'])"
    assert error_of(program(tmp_path, code)).endswith("bad key [key]")


def test_a_program_without_a_reply_is_an_error(tmp_path) -> None:
    assert "printed no reply" in error_of(program(tmp_path, "pass"))


def test_a_program_that_is_killed_is_an_error(tmp_path) -> None:
    line = error_of(program(tmp_path, "os.kill(os.getpid(), 9)"))
    assert "ended with SIGKILL" in line


def test_a_program_that_needs_a_terminal_finds_none(tmp_path) -> None:
    line = error_of(program(tmp_path, "open('/dev/tty')"))
    assert "ended with code 1" in line
    assert "/dev/tty" in line


def test_a_program_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="no program 'no-such-program'"):
        open_command("no-such-program -p")
    with pytest.raises(ConfigError, match="expected a program"):
        open_command("  ")
    with pytest.raises(ConfigError, match="No closing quotation"):
        open_command("llm -m 'x")


def test_a_shell_that_finds_no_program_is_asked_no_more(tmp_path) -> None:
    client = open_command("sh -c 'exec no-such-program'")
    with pytest.raises(ClosedError, match="code 127"):
        client(ASK)


def test_pictures_are_not_left_out_silently(tmp_path) -> None:
    shown = Request("judge", 0, (Message("user", "Which?", (Picture("A", b"png"),)),))
    with pytest.raises(LLMError, match="takes text alone"):
        program(tmp_path, "print('A')")(shown)


def test_it_is_recorded_like_any_other_model(tmp_path) -> None:
    (tmp_path / "model.py").write_text("import sys; print(len(sys.stdin.read()))")
    spec = f"cmd:{shlex.quote(sys.executable)} {tmp_path / 'model.py'}"
    ledger = Ledger(tmp_path / "llm.jsonl", open_client(spec, tmp_path, print))
    first = ledger.ask(ASK)
    replay = open_client(f"replay:{tmp_path / 'llm.jsonl'}", tmp_path, print)
    assert replay(ASK).text == first.text == "15\n"


def test_a_recipe_cannot_start_a_program() -> None:
    assert dangers({"model": "cmd:rm -r x"}) == {"model": "start the program 'rm -r x'"}
