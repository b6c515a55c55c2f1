"""A model behind a program: prompt on stdin, reply on stdout, as `cmd:PROGRAM ARGS`.

Command-line models and coding agents are asked this way, with whatever keys they have:
`cmd:claude -p`, `cmd:codex exec -`, `cmd:llm -m x`, `cmd:ollama run x`. The program
gets this process's environment and folder, a session and process group of its own (so
no terminal), and a limited time; with its end, or this process's, all of its group is
killed.

Not covered: a process that leaves the group, and what a program with tools of its own
does with the user's rights.
"""

import atexit
import os
import re
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from designer.errors import ClosedError, ConfigError, LLMError
from designer.llm.keys import scrubbed_line
from designer.llm.messages import Client, Reply, Request, cut_reply
from sandbox.text import MAX_REPLY_CHARACTERS

TIME_LIMIT_S = 600.0  # A coding agent thinks for minutes.
OUTPUT_POLL_S = 0.2
MAX_REPLY_BYTES = 4 * MAX_REPLY_CHARACTERS  # UTF-8 at most
MAX_ERROR_BYTES = 1 << 16  # of stderr, whose last line is quoted
CHUNK_BYTES = 1 << 16
# A program's end closes its pipes; a child that it left behind may hold them.
LEFT_PIPES_S = 1.0
NOT_RUNNABLE_CODES = (126, 127)  # of a shell or env that can't start a program
COLOUR_CODES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass
class _Output:
    """What a program has written so far; the end of what is too long is dropped."""

    reply: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)

    def add(self, name: str, data: bytes) -> None:
        if name == "reply":
            self.reply += data[: MAX_REPLY_BYTES + 1 - len(self.reply)]
        else:
            self.errors = (self.errors + data)[-MAX_ERROR_BYTES:]

    @property
    def is_flood(self) -> bool:
        return len(self.reply) > MAX_REPLY_BYTES


def open_command(line: str, time_limit_s: float = TIME_LIMIT_S) -> Client:
    """A client that starts the program for every request.

    ConfigError where the line can't be read or there is no such program.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"--model cmd: {error} in {scrubbed_line(line)!r}") from None
    if not words:
        raise ConfigError("--model cmd: expected a program, as in cmd:llm -m NAME")
    if shutil.which(words[0]) is None:
        raise ConfigError(
            f"--model cmd: there is no program {scrubbed_line(words[0])!r}; install "
            "it, or give its path"
        )
    groups: set[int] = set()
    atexit.register(_kill_all, groups)
    title = f"cmd:{Path(words[0]).name}"

    def answer(request: Request) -> Reply:
        start = time.perf_counter()
        if any(message.pictures for message in request.messages):
            raise LLMError(f"{title} takes text alone, and this prompt has pictures")
        try:
            # With a session of its own it has no terminal to ask the user on.
            process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ClosedError(f"{title} can't be started: {error.strerror}") from None
        groups.add(process.pid)
        try:
            prompt = prompt_text(request).encode("utf-8", "replace")
            output = _converse(process, prompt, title, time_limit_s)
        finally:
            _kill(process.pid)
            process.wait()
            groups.discard(process.pid)
            for pipe in (process.stdin, process.stdout, process.stderr):
                assert pipe is not None
                pipe.close()
        text, cut_off = cut_reply(_text(output.reply))
        seconds = time.perf_counter() - start
        return Reply(text, title, None, None, seconds, cut_off)

    return answer


def prompt_text(request: Request) -> str:
    """The conversation as one text; earlier replies are said to be the reader's."""
    turns = [
        f"You replied:\n\n{message.content}"
        if message.role == "assistant"
        else message.content
        for message in request.messages
    ]
    return "\n\n".join(turns) + "\n"


def _converse(
    process: "subprocess.Popen[bytes]", prompt: bytes, title: str, limit_s: float
) -> _Output:
    """Send the prompt and read to the end; LLMError where no reply comes."""
    output = _Output()
    deadline = time.monotonic() + limit_s
    ended = None
    with selectors.DefaultSelector() as selector:
        _register(selector, process)
        left = memoryview(prompt)
        while selector.get_map():
            now = time.monotonic()
            if now > deadline:
                raise LLMError(f"{title} gave no reply within {limit_s:g} s")
            if process.poll() is not None:
                ended = ended or now
                if now > ended + LEFT_PIPES_S:
                    break
            for key, _ in selector.select(OUTPUT_POLL_S):
                if key.data == "prompt":
                    left = _send(key.fd, left)
                    if not left:
                        selector.unregister(key.fileobj)
                        assert process.stdin is not None
                        process.stdin.close()
                    continue
                data = os.read(key.fd, CHUNK_BYTES)
                output.add(key.data, data)
                if not data:
                    selector.unregister(key.fileobj)
            if output.is_flood:
                raise LLMError(
                    f"{title} wrote more than {MAX_REPLY_CHARACTERS:,} characters; "
                    "have it print the reply alone"
                )
    return _checked(process, output, title, deadline)


def _register(
    selector: selectors.BaseSelector, process: "subprocess.Popen[bytes]"
) -> None:
    pipes = {"prompt": process.stdin, "reply": process.stdout, "error": process.stderr}
    for name, pipe in pipes.items():
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
        event = selectors.EVENT_WRITE if name == "prompt" else selectors.EVENT_READ
        selector.register(pipe, event, name)


def _send(descriptor: int, left: memoryview) -> memoryview:
    """What is left of the prompt after one write; nothing where nobody reads it."""
    try:
        return left[os.write(descriptor, left[:CHUNK_BYTES]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:  # The program needs no prompt, or has ended.
        return left[:0]


def _checked(
    process: "subprocess.Popen[bytes]", output: _Output, title: str, deadline: float
) -> _Output:
    """The output of a program that has closed its pipes; LLMError if it failed."""
    try:
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise LLMError(f"{title} closed its output and did not end") from None
    lines = _text(output.errors).strip().splitlines()
    last = f": {scrubbed_line(lines[-1])}" if lines else ""
    if code in NOT_RUNNABLE_CODES:
        raise ClosedError(f"{title} ended with code {code}{last}")
    if code:
        cause = signal.Signals(-code).name if code < 0 else f"code {code}"
        raise LLMError(f"{title} ended with {cause}{last}")
    if not output.reply.strip():
        raise LLMError(f"{title} printed no reply{last}")
    return output


def _kill(group: int) -> None:
    """End all processes of a group, if there are any."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _kill_all(groups: set[int]) -> None:
    """End the programs under way, where this process ends first, as after Ctrl-C."""
    for group in tuple(groups):
        _kill(group)


def _text(data: bytes | bytearray) -> str:
    """Output as text, without the colours of a terminal."""
    return COLOUR_CODES.sub(b"", bytes(data)).decode("utf-8-sig", "replace")
