"""What runs in the reward process: arrays come in, the reward is called, terms go out.

Started by file path as ``python -I -B child.py REQUESTS REPLIES INPUTS OUTPUTS`` (four
inherited descriptors) with the specification as JSON on stdin. Imports only numpy and
the standard library. Trusted code may import the pure functions and the protocol.

The restricted builtins and the import hook give authors quick and equal errors. They
are no boundary, for there are ways around them: the process is the boundary.
"""

from __future__ import annotations
import __future__

import ctypes
import json
import math
import mmap
import os
import resource
import select
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

REQUEST = struct.Struct("<qq")  # sequence, n
REPLY = struct.Struct("<qqqqqd")  # sequence, status, n, terms, bytes of text, gap
STATUSES = ("ok", "error", "shape", "memory")
HELLO, LOADED = 0, 1  # the sequence numbers before the first call's
MAX_TERMS = 32
MAX_NAME = 64
MAX_TEXT = 2000
TEXT_BYTES = 4 * MAX_TERMS * (MAX_NAME + 1)  # UTF-8 takes up to four bytes a character

MODULES = ("numpy", "math", "typing", "__future__")
_BUILTINS = """
    abs all any bool dict divmod enumerate filter float int isinstance len list map max
    min pow range reversed round set slice sorted str sum tuple zip
    """
BUILTINS = tuple(_BUILTINS.split())
_FILE = "<reward>"
_PR_SET_PDEATHSIG = 1


class ContractError(Exception):
    """The reward returned something else than named terms of shape (n,)."""


class Fields:
    """A batch of states: one read-only attribute per field, (n,) or (n, k)."""

    def __init__(self, values: Mapping[str, np.ndarray]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> np.ndarray:
        raise AttributeError(f"no field {name!r}; fields: {', '.join(self.__dict__)}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a reward must not change its inputs; use a local name")

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)


def view(frame: np.ndarray, widths: Mapping[str, int]) -> Fields:
    """The fields of a packed frame, in the mapping's order.

    frame: (n, W), one column per scalar field (width 0) and k per field of width k.
    Gives read-only views of the frame: (n,) for width 0, (n, k) for width k.
    """
    frame = frame.view()
    frame.flags.writeable = False
    values, column = {}, 0
    for name, width in widths.items():
        values[name] = frame[:, column : column + width] if width else frame[:, column]
        column += width or 1
    return Fields(values)


def collect(result: object, n: int) -> tuple[tuple[str, ...], np.ndarray, float]:
    """What a reward returned, as names, values (n, terms) and the total's gap.

    The gap is the largest |total - sum of terms|, 0.0 when only terms came. Single
    numbers are spread over the n rows. ContractError when it is not the contract.
    """
    total: object = None
    if isinstance(result, tuple):
        if len(result) != 2:
            raise ContractError(f"reward returned a tuple of {len(result)}, {_WANTED}")
        total, result = result
    if not isinstance(result, dict):
        raise ContractError(f"reward returned {_kind(result)}, {_WANTED}")
    if not 1 <= len(result) <= MAX_TERMS:
        raise ContractError(
            f"reward returned {len(result)} terms, expected 1 to {MAX_TERMS}"
        )
    values = np.empty((n, len(result)))
    for column, (name, value) in enumerate(result.items()):
        if type(name) is not str or not (name.isprintable() and len(name) <= MAX_NAME):
            raise ContractError(f"{_WANTED_NAME}, got {name!r:.80}")
        values[:, column] = _rows(name, value, n)
    if "" in result:
        raise ContractError(f"{_WANTED_NAME}, got ''")
    if total is None:
        return tuple(result), values, 0.0
    error = _rows(None, total, n) - values.sum(axis=1)
    return tuple(result), values, float(np.abs(error).max(initial=0.0))


_WANTED = "expected a dict {'name': array of shape (n,), ...} or (total, dict)"
_WANTED_NAME = f"a term is named by 1 to {MAX_NAME} printable characters"


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return "None" if value is None else f"a {type(value).__name__}"


def _rows(name: str | None, value: object, n: int) -> np.ndarray:
    """The value as float64, (n,) or ready to be spread over (n,)."""
    if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == (n,):
        return value
    what = "the total" if name is None else f"term {name!r}"
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        raise ContractError(f"{what} is not an array, but {_kind(value)}") from None
    if array.dtype.kind not in "fiub":
        raise ContractError(f"{what} must hold numbers, got {_kind(value)}")
    if array.shape not in ((n,), (), (1,)):
        hint = ": one number per row of the batch is needed"
        if array.shape == (n, 1):
            hint = ": drop the last axis with [:, 0]"
        elif array.ndim == 2 and array.shape[0] == n:
            hint = ": reduce the last axis, for example with .sum(axis=1)"
        expected = f"expected (n,) = ({n},)"
        raise ContractError(f"{what} has shape {array.shape}, {expected}{hint}")
    return array.astype(np.float64, copy=False)


def explain(error: BaseException, source: str) -> str:
    """The error after the reward's own lines, innermost last, in 2,000 characters."""
    lines = source.split("\n")
    places = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            places.append((trace.tb_lineno, trace.tb_frame.f_code.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        places.append((error.lineno or 1, "<module>"))
    text = ""
    for number, name in places[-5:]:  # a runaway recursion has a thousand
        line = "".join(lines[number - 1 : number]).strip()
        text += f"line {number}, in {name}: {line:.200}\n"
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, ValueError) and "read-only" in told:
        told += " (a reward must not change its inputs; work on x.copy())"
    return clean(f"{text[:1400]}{type(error).__name__}: {told}")


def clean(text: str) -> str:
    """The text without control characters, cut to 2,000 characters."""
    kept = (c for c in text[: 2 * MAX_TEXT] if c.isprintable() or c in "\n\t")
    return "".join(kept)[:MAX_TEXT]


def _import(name: str, *arguments: Any, **keywords: Any) -> Any:
    # numpy's compiled code imports its own parts late, in the name of its caller.
    if name.partition(".")[0] not in MODULES:
        raise ImportError(f"a reward can import only numpy and math, not {name}")
    return __import__(name, *arguments, **keywords)


def load(source: str) -> Callable[..., object]:
    """Runs the source and gives its function ``reward``; whatever the source raises."""
    real = vars(sys.modules["builtins"])
    builtins = {name: real[name] for name in (*BUILTINS, "print")}
    names: dict[str, Any] = {
        "__name__": "reward",
        "__builtins__": {**builtins, "__import__": _import},
        "np": np,
        "math": math,
    }
    # Annotations are never evaluated, so a reward may write any that it likes.
    flags = __future__.annotations.compiler_flag
    exec(compile(source, _FILE, "exec", flags=flags, dont_inherit=True), names)
    function: Callable[..., object] | None = names.get("reward")
    if not callable(function):
        raise NameError("no function reward(s, a, s_next) at the top level")
    return function


def _confine(spec: Mapping[str, Any]) -> None:
    """Dies with the host, and sets the limits of this process."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it otherwise
    # SIGXCPU names the reason, so SIGKILL follows it only for those who ignore it.
    limits = {
        resource.RLIMIT_CPU: (spec["cpu_s"], spec["cpu_s"] + 1),
        resource.RLIMIT_AS: (spec["memory_mb"] << 20,) * 2,
        resource.RLIMIT_FSIZE: (spec["output_bytes"],) * 2,
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (32, 32),
    }
    for limit, wanted in limits.items():
        hard = resource.getrlimit(limit)[1]
        if hard != resource.RLIM_INFINITY:
            wanted = (min(wanted[0], hard), min(wanted[1], hard))
        resource.setrlimit(limit, wanted)


def _floats(descriptor: int, count: int, protection: int) -> np.ndarray:
    shared = mmap.mmap(descriptor, 8 * count, mmap.MAP_SHARED, protection)
    os.close(descriptor)
    return np.frombuffer(shared, np.float64)


def _reply(descriptor: int, sequence: int, status: str = "ok", text: str = "") -> None:
    content = text.encode(errors="replace")[:TEXT_BYTES]
    number = STATUSES.index(status)
    header = REPLY.pack(sequence, number, 0, 0, len(content), 0.0)
    os.write(descriptor, header + content)


class _Server:
    """Answers the host's calls with one reward function."""

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
        both = mmap.PROT_READ | mmap.PROT_WRITE
        self.output = _floats(outputs, rows * MAX_TERMS, both)

    def arguments(self, n: int) -> tuple[Fields, np.ndarray, Fields]:
        s, s_next = (view(frame[:n], self.widths) for frame in self.frames)
        return s, self.action[:n], s_next

    def serve(self) -> None:
        """Loads the reward and answers until the host hangs up or a call fails."""
        sequence = LOADED
        try:
            reward = load(self.source)
            _reply(self.replies, sequence)
            known: tuple[str, ...] = ()
            # Views of shared memory stay valid, so they are made once per batch size.
            batches: dict[int, tuple[Fields, np.ndarray, Fields]] = {}
            while request := os.read(self.requests, REQUEST.size):
                sequence, n = REQUEST.unpack(request)
                if n not in batches:
                    batches[n] = self.arguments(n)
                names, values, gap = collect(reward(*batches[n]), n)
                self.output[: values.size] = values.ravel()
                new = b"" if names == known else "\n".join(names).encode()
                known = names
                header = REPLY.pack(sequence, 0, n, len(names), len(new), gap)
                os.write(self.replies, header + new)
        except Exception as error:  # whatever LLM-written code may raise
            status, text = "error", explain(error, self.source)
            if isinstance(error, ContractError):
                status, text = "shape", clean(str(error))
            elif isinstance(error, MemoryError):
                status = "memory"
            _reply(self.replies, sequence, status, text)


def main() -> None:
    """Takes the specification from stdin and serves; leaves when the host is gone."""
    descriptors = [int(argument) for argument in sys.argv[1:]]
    spec = json.loads(sys.stdin.buffer.read())
    server = _Server(spec, descriptors)
    _confine(spec)
    hung_up = select.poll()
    hung_up.register(server.requests, 0)
    if hung_up.poll(0):  # the host died before prctl could tie us to it
        return
    _reply(server.replies, HELLO)
    warnings.simplefilter("ignore")
    with np.errstate(all="ignore"):
        server.serve()


if __name__ == "__main__":
    main()
