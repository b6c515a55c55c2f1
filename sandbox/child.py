"""The program of the reward process: receives arrays, calls the reward, sends terms.

Asked to, it sends the reward as a graph.

Started by launch.BOOT with four inherited descriptors (requests, replies, inputs,
outputs) and the specification as JSON on stdin. Imports only numpy and the standard
library. Trusted code may import the protocol.
"""

import importlib
import json
import mmap
import os
import select
import struct
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from sandbox import confine
from sandbox.contract import (
    MAX_TERM_NAME_CHARACTERS,
    MAX_TERMS,
    MAX_TEXT_CHARACTERS,
    ContractError,
    Fields,
    collect,
    explain_error,
    load,
    run_module,
    view,
)
from sandbox.memory import Memory
from sandbox.text import clean
from sandbox.tracing import trace

REQUEST = struct.Struct("<qq")  # sequence, n; TRACE for n asks for the graph
TRACE = -1
REPLY = struct.Struct("<qqqqq")  # sequence, status, n, terms, bytes of text
STATUSES = ("ok", "error", "contract", "memory", "threads", "untraceable")
HELLO, LOADED = 0, 1  # sequence numbers; the first call's is the next one
CHANGED = (
    "the reward changes {!r}, which stands outside of it: a reward keeps nothing "
    "between calls, so make a new value in the call"
)
TEXT_BYTES = (
    4 * MAX_TERMS * (MAX_TERM_NAME_CHARACTERS + 1)
)  # UTF-8 takes up to four bytes a character

# Imported before the walls are built, for no file can be opened after: what an allowed
# function of numpy imports only when it is called, and what the compiler needs for θ.
_PRELOADED_MODULES = ("numpy.ma", "unicodedata")


def _floats(descriptor: int, count: int, protection: int) -> np.ndarray:
    shared = mmap.mmap(descriptor, 8 * count, mmap.MAP_SHARED, protection)
    os.close(descriptor)
    return np.frombuffer(shared, np.float64)


def _reply(descriptor: int, sequence: int, status: str = "ok", text: str = "") -> None:
    content = text.encode(errors="replace")[:TEXT_BYTES]
    number = STATUSES.index(status)
    header = REPLY.pack(sequence, number, 0, 0, len(content))
    os.write(descriptor, header + content)


class _Server:
    """Serves the host's requests with one reward function."""

    def __init__(self, spec: Mapping[str, Any], descriptors: list[int]) -> None:
        self.requests, self.replies, inputs, outputs = descriptors
        self.widths: dict[str, int] = spec["widths"]
        self.source: str = spec["source"]
        rows, action_dim = spec["rows"], spec["action_dim"]
        width = sum(k or 1 for k in self.widths.values())
        ends = np.cumsum((rows * width, rows * action_dim, rows * width))
        flat = _floats(inputs, int(ends[-1]), mmap.PROT_READ)
        s, a, s_next = np.split(flat, ends[:-1])
        self.frames = s.reshape(rows, width), s_next.reshape(rows, width)
        self.action = a.reshape(rows, action_dim)
        self.reserve: bytes = bytes(1 << 20)
        read_write = mmap.PROT_READ | mmap.PROT_WRITE
        self.output = _floats(outputs, rows * MAX_TERMS, read_write)

    def arguments(self, n: int) -> tuple[Fields, np.ndarray, Fields]:
        s, s_next = (view(frame[:n], self.widths) for frame in self.frames)
        return s, self.action[:n], s_next

    def serve(self) -> None:
        """Loads the reward and serves calls until the host hangs up or a call fails."""
        sequence, n = LOADED, 0
        try:
            module = run_module(self.source)
            reward, memory = module["reward"], Memory(module)
            _reply(self.replies, sequence)
            last_names: tuple[str, ...] = ()
            # Views of shared memory stay valid, so they are made once per batch size.
            batches: dict[int, tuple[Fields, np.ndarray, Fields]] = {}
            while request := os.read(self.requests, REQUEST.size):
                sequence, n = REQUEST.unpack(request)
                if n == TRACE:
                    self.send_graph(sequence)
                    continue
                if n not in batches:
                    batches[n] = self.arguments(n)
                result = reward(*batches[n])
                if name := memory.changed():
                    raise ContractError(CHANGED.format(name))
                names, values = collect(result, n)
                self.output[: values.size] = values.ravel()
                new = b"" if names == last_names else "\n".join(names).encode()
                last_names = names
                header = REPLY.pack(sequence, 0, n, len(names), len(new))
                os.write(self.replies, header + new)
        except BaseException as error:  # LLM-written code may raise anything
            self.reserve = b""  # frees memory for the message when it ran out
            status, text = "error", explain_error(error, self.source)
            if isinstance(error, ContractError):
                status, text = "contract", clean(str(error), MAX_TEXT_CHARACTERS)
            elif isinstance(error, MemoryError):
                status = "memory"
            elif n == TRACE:  # the same reward runs with arrays of numpy's own
                status = "untraceable"
            elif "can't start new thread" in text:
                status = "threads"
            _reply(self.replies, sequence, status, text)

    def send_graph(self, sequence: int) -> None:
        """Traces the reward, in a module of its own, and sends its graph."""
        frames = self.frames[0], self.action, self.frames[1]
        text = trace(lambda numpy: load(self.source, numpy), frames, self.widths)
        content = text.encode()
        header = REPLY.pack(sequence, 0, 0, 0, len(content))
        left = memoryview(header + content)
        while left:  # a pipe takes less at once
            left = left[os.write(self.replies, left) :]


def main() -> None:
    """Reads the specification from stdin, confines the process and serves calls."""
    descriptors = [int(argument) for argument in sys.argv[-4:]]
    spec = json.loads(sys.stdin.buffer.read())
    server = _Server(spec, descriptors)
    confine.limit(spec)
    hung_up = select.poll()
    hung_up.register(server.requests, 0)
    if hung_up.poll(0):  # the host died before prctl could tie us to it
        return
    for name in _PRELOADED_MODULES:
        importlib.import_module(name)
    confine.build(spec)
    # Memory that was never written holds what an earlier call left there.
    vars(np).update(empty=np.zeros, empty_like=np.zeros_like)
    _reply(server.replies, HELLO)
    warnings.simplefilter("ignore")
    with np.errstate(all="ignore"):
        server.serve()
