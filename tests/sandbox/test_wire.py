"""What the host makes of any bytes that come out of a reward process."""

import os
import random
import subprocess
import time

import numpy as np
import pytest

import sandbox.process
from sandbox import NO_WALLS, Limits, RewardFault, RewardProcess
from sandbox.child import HELLO, LOADED, REPLY
from sandbox.contract import MAX_TERM_NAME_CHARACTERS, MAX_TERMS, MAX_TEXT_CHARACTERS
from sandbox.launch import Child

N, WIDTH, ACTION = 3, 2, 1
QUICK = Limits(call_s=0.01)
EDGES = (0, 1, 2, 3, -1, 31, 32, 33, 8320, 8321, 2**31, -(2**63), 2**63 - 1)


@pytest.fixture
def answering(monkeypatch):
    """Opens a reward process whose other side has written these bytes already."""
    sleeper = subprocess.Popen(["sleep", "600"])

    def start(data, output):
        def fake(stack, spec, limits, walls):
            ends = [*os.pipe(), *os.pipe()]
            for end in ends:
                stack.callback(os.close, end)
            log = os.open(os.devnull, os.O_RDONLY)
            stack.callback(os.close, log)
            os.set_blocking(ends[3], False)
            os.write(ends[3], data)
            frame, action = np.zeros((N, WIDTH)), np.zeros((N, ACTION))
            arrays = frame, action, frame.copy(), output
            return Child(sleeper, ends[1], ends[2], log, *arrays)

        monkeypatch.setattr(sandbox.process, "start_reward", fake)
        widths = {"x": WIDTH}
        return RewardProcess("", widths, ACTION, N, limits=QUICK, walls=NO_WALLS)

    yield start
    sleeper.kill()
    sleeper.wait()


def reply(sequence, status=0, n=0, terms=0, text=b"", length=None):
    size = len(text) if length is None else length
    return REPLY.pack(sequence, status, n, terms, size) + text


OPENING = reply(HELLO) + reply(LOADED)
GOOD = reply(2, 0, N, 2, b"a\nb")


def mutated(draw):
    """A good answer with some header fields or bytes changed."""
    match draw.randrange(4):
        case 0:
            numbers = [2, 0, N, 2, 3]
            numbers[draw.randrange(5)] = draw.choice(EDGES)
            return REPLY.pack(*numbers) + b"a\nb"
        case 1:
            data = bytearray(GOOD)
            for _ in range(draw.randrange(1, 8)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            return bytes(data)
        case 2:
            return draw.randbytes(draw.randrange(200))
        case _:
            text = draw.randbytes(draw.randrange(1, 300))
            return reply(2, draw.randrange(6), N, draw.randrange(4), text)


def outcome(process):
    frame, action = np.zeros((N, WIDTH)), np.zeros((N, ACTION))
    try:
        return process(frame, action, frame)
    except RewardFault as fault:
        return fault


def test_the_good_answer_is_taken(answering):
    with answering(OPENING + GOOD, np.arange(96.0)) as process:
        assert np.array_equal(outcome(process), [[0, 1], [2, 3], [4, 5]])
        assert process.terms == ("a", "b")


@pytest.mark.parametrize("seed", range(400))
def test_no_bytes_crash_hang_or_mislead_the_host(seed, answering):
    draw = random.Random(seed)
    special = draw.choice((0.5, float("nan"), float("inf"), 1e308))
    with answering(OPENING + mutated(draw), np.full(96, special)) as process:
        began = time.monotonic()
        found = outcome(process)
        assert time.monotonic() - began < 5.0
        if isinstance(found, RewardFault):
            assert len(found.message) < MAX_TEXT_CHARACTERS + 200
            assert all(c.isprintable() or c in "\n\t" for c in found.message)
        else:
            assert found.shape == (N, len(process.terms))
            assert np.isfinite(found).all()
            assert len({*process.terms}) == len(process.terms) <= MAX_TERMS
            assert all(
                t.isprintable() and len(t) <= MAX_TERM_NAME_CHARACTERS
                for t in process.terms
            )


@pytest.mark.parametrize("seed", range(40))
def test_no_greeting_is_taken_for_another(seed, answering):
    data = random.Random(seed).randbytes(120)
    with pytest.raises(Exception, match=r"did not start|protocol|took more|:") as found:
        answering(data, np.zeros(96)).close()
    assert type(found.value).__name__ in ("SandboxError", "RewardFault")
