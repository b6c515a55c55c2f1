"""What a reward may try once it has found a way around the restricted builtins."""

import gc
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import NAMES, NO_WALLS, Limits, RewardFault, RewardProcess
from sandbox import fault as fault_of
from sandbox.child import REPLY

CORPUS = runpy.run_path(str(Path(__file__).with_name("corpus.py")))
WIDTHS = CORPUS["WIDTHS"]
OS = (
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close']"
)
OS = f"os = {OS}[0].__init__.__globals__"


@pytest.mark.parametrize("line", ["os['_exit'](0)", "os['abort']()"])
def test_leaving_the_process_ends_as_crash(line, fault):
    assert fault(OS, line).kind == "crash"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("os['sys'].exit(3)", "line 5, in reward: os['sys'].exit(3)\nSystemExit: 3"),
        (
            "raise ().__class__.__class__('E', (os['error'],), {'__str__': None})()",
            "E: (it can't be",
        ),
    ],
)
def test_every_exception_is_told_with_its_line(line, words, fault):
    found = fault(OS, line)
    assert (found.kind, words in found.message) == ("error", True), found.message


def test_only_the_output_can_be_mapped_for_writing(source, batch):
    lines = (
        "def writable(d):",
        "    try: return bool(os['sys'].modules['mmap'].mmap(int(d), 8))",
        "    except: return False",
        "ds = [d for d in os['listdir']('/proc/self/fd') if int(d) > 2]",
        "return {'x': sum(map(writable, ds))}",
    )
    with RewardProcess(source(OS, *lines), WIDTHS, 3, walls=NO_WALLS) as process:
        assert process(*batch(1))[0, 0] == 1


def test_the_environment_is_empty(monkeypatch, source, batch):
    monkeypatch.setenv("SOME_API_KEY", "secret")
    lines = "e = os['environ']", "return {'k': sum('KEY' in k for k in e), 'n': len(e)}"
    with RewardProcess(source(OS, *lines), WIDTHS, 3) as process:
        keys, count = process(*batch(1))[0]
    assert keys == 0
    assert count <= 6


def test_no_descriptor_of_the_host_is_inherited(tmp_path, source, batch):
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        line = "return {'x': len(os['listdir']('/proc/self/fd'))}"
        with RewardProcess(source(OS, line), WIDTHS, 3, walls=NO_WALLS) as process:
            # stdin, stdout, stderr, two pipes, two memories and the listing itself
            assert process(*batch(1))[0, 0] == 8


FORGERIES = {
    "noise": bytes(range(256)) * 4,
    "too short": b"abc",
    "long text": REPLY.pack(2, 0, 16, 1, 2**62),
    "text that never comes": REPLY.pack(2, 0, 16, 1, 8000),
    "negative text": REPLY.pack(2, 0, 16, 1, -1),
    "unknown status": REPLY.pack(2, 99, 16, 1, 0),
    "other sequence": REPLY.pack(7, 0, 16, 1, 0),
    "many terms": REPLY.pack(2, 0, 16, 2**60, 1) + b"x",
    "many rows": REPLY.pack(2, 0, 2**60, 1, 1) + b"x",
    "no name": REPLY.pack(2, 0, 16, 1, 0),
    "name that is no text": REPLY.pack(2, 0, 16, 1, 1) + b"\x00",
    "same name twice": REPLY.pack(2, 0, 16, 2, 3) + b"x\nx",
    "fault without text": REPLY.pack(2, 1, 0, 0, 0),
    "good and one too many": (REPLY.pack(2, 0, 16, 1, 1) + b"x") * 2,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_reply_is_a_fault_and_never_hangs_the_host(name, fault):
    forge = f"os['write'](int(os['sys'].argv[-3]), {FORGERIES[name]!r})"
    found = fault(OS, forge, "return {'x': 1}", limits=Limits(call_s=0.3), calls=3)
    assert found.kind in ("crash", "wall", "finite", "error")


@pytest.mark.parametrize("which", [-4, -3])
def test_a_closed_pipe_is_a_fault(which, fault):
    close = f"os['close'](int(os['sys'].argv[{which}]))"
    # The first process answers once, and so does the one that replaces it.
    assert fault(OS, close, "return {'x': 1}", calls=3).kind in ("crash", "error")


def test_a_pipe_that_is_closed_by_a_living_process_is_a_crash(fault):
    close = "os['close'](int(os['sys'].argv[-3]))"
    found = fault(OS, close, "while 1: pass")
    assert (found.kind, "closed its connection" in found.message) == ("crash", True)


def test_replies_sent_ahead_do_not_block_the_host(fault):
    lines = (
        "R, n = os['sys'].modules['sandbox.child'].REPLY, range(2, 10**5)",
        "while 1: os['write'](int(os['sys'].argv[-3]), b''.join(",
        "    R.pack(i, 0, 16, 1, i == 2) + b'x' * (i == 2) for i in n))",
    )
    found = fault(OS, *lines, calls=20_000)
    assert "does not read its requests" in found.message


@pytest.mark.parametrize("name", ["none", *NAMES[1:-1]])
def test_the_process_dies_with_its_host(name):
    if why := fault_of(name):
        pytest.skip(why)
    host = (
        "import numpy as np; from sandbox import RewardProcess, choose\n"
        f"walls, source = choose({name!r}), 'def reward(s, a, t):\\n  while 1: pass'\n"
        "p = RewardProcess(source, {'x': 0}, 1, walls=walls)\n"
        "print(p.pid, flush=True)\n"
        "p(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)))\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", host], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        outer = int(process.stdout.readline())
        time.sleep(0.1)
        pids = [outer, *children(outer)]  # bubblewrap has the reward as its child
        assert len(pids) == 1 + ("bubblewrap" in name)
        assert all(map(is_alive, pids))
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def is_alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_nothing_is_left_of_twenty_processes(source, batch):
    def left():
        gc.collect()
        maps = Path("/proc/self/maps").read_text()
        return len(list(Path("/proc/self/fd").iterdir())), maps.count("memfd")

    before = left()
    for i in range(20):
        process = RewardProcess(
            source("return {'x': 1 / (len(np.calls) - 1)}"), WIDTHS, 3
        )
        if i % 3 == 0:
            process.close()
        elif i % 3 == 1:
            with pytest.raises(RewardFault):
                process(*batch(1))
        pid = process.pid
        del process  # a forgotten one ends too
        gc.collect()
        assert not Path(f"/proc/{pid}").exists()
    assert left() == before
