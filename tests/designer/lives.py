"""Processes of the command line that start in milliseconds, so that many can be killed.

A process that has imported everything is forked for each of them.
"""

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.designer.conftest import ROOT, environment

LOG = "life.txt"  # what a life prints, in its folder
WARM = (
    "designer.cli",
    "designer.commands.batch",
    "designer.commands.resume",
    "designer.training.ppo",
    "openai",
)


class Life:
    """A process of the command line; exit_codes: of the process that forked it."""

    def __init__(self, pid: int, exit_codes: int) -> None:
        self.pid, self._exit_codes = pid, exit_codes

    def is_over(self, within_s: float = 0.0) -> bool:
        """Whether it has ended, or ends in this time."""
        return bool(select.select([self._exit_codes], [], [], within_s)[0])

    def exit_code(self) -> int:
        """The exit code, negative for a signal; waits for the end. Only once."""
        return _number(self._exit_codes)

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        with suppress(ProcessLookupError):  # It has just ended.
            os.kill(self.pid, signal.SIGKILL)
        self.exit_code()


class Nursery:
    """Starts lives, one at a time."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.designer.lives"],
            cwd=ROOT,
            env=environment() | {"OPENBLAS_NUM_THREADS": "1"} | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._numbers = self._process.stdin, self._process.stdout

    def start(self, arguments: Sequence[str], folder: Path) -> Life:
        """Start `designer ARGUMENTS` in a folder."""
        self._orders.write(json.dumps([list(arguments), str(folder)]).encode() + b"\n")
        return Life(_number(self._numbers.fileno()), self._numbers.fileno())

    def close(self) -> None:
        self._orders.close()
        self._process.wait(30)
        self._numbers.close()


def _number(descriptor: int) -> int:
    """The number in the next line; nothing after it is read."""
    line = b""
    while not line.endswith(b"\n"):
        letter = os.read(descriptor, 1)
        assert letter, "the nursery has ended"
        line += letter
    return int(line)


def main() -> None:
    """The nursery: forks a life for each line; prints its number and its exit code."""
    for module in WARM:
        importlib.import_module(module)
    for line in sys.stdin:
        arguments, folder = json.loads(line)
        pid = os.fork()
        if not pid:
            _live(arguments, folder)
        os.write(1, f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(1, f"{code}\n".encode())


def _live(arguments: list[str], folder: str) -> None:
    """The life: as `designer` does, with its output in a file."""
    from designer.__main__ import run

    os.chdir(folder)
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, copy in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, copy)
    sys.argv = ["designer", *arguments]
    code = 70
    try:
        code = run(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
