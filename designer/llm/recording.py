"""llm.jsonl: every request of a run with its reply, one JSON object a line."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from designer.errors import StoreError
from designer.llm.keys import scrub, scrubbed_line
from designer.llm.messages import Message, Picture, Reply, Request, Say

JUDGE_FILE = "judge.jsonl"  # of a judge model
RECORDING_FILE = "llm.jsonl"
ROLES = get_args(get_type_hints(Message)["role"])


@dataclass(frozen=True)
class Record:
    """One answered request; usd is None where price or tokens are unknown.

    failure: why the answer is of no use, '' for one that is.
    """

    hash: str
    request: Request
    reply: Reply
    usd: float | None
    failure: str = ""


def fingerprint(request: Request) -> str:
    """The identity of a request: label, attempt, messages and hashes of pictures."""
    # The label belongs to it: two candidates with one prompt are two samples.
    data = asdict(request)
    for message in data["messages"]:
        if not message["pictures"]:  # requests were recorded before there were any
            del message["pictures"]
    identity = json.dumps(data, sort_keys=True, default=_digest)
    return hashlib.sha256(identity.encode()).hexdigest()


def read_records(path: Path, say: Say) -> tuple[list[Record], int]:
    """The records of a file and how many of its bytes are complete lines.

    A torn last line is left out with a notice; StoreError for any other damage.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: can't be read: {error.strerror}") from None
    complete_bytes = content.rfind(b"\n") + 1
    if complete_bytes < len(content):
        say(f"{path}: the last line is torn (a crash while writing); it is dropped")
    lines = content[:complete_bytes].split(b"\n")
    records = [
        _decode(line, f"{path}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    return records, complete_bytes


def append_record(path: Path, record: Record) -> None:
    """Add a line that survives a crash of the machine; StoreError when it can't."""
    try:
        with path.open("ab") as file:
            file.write(_encode(record))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(
            f"{path}: a reply can't be saved: {error.strerror}; make room or fix "
            "the permissions, then resume the run"
        ) from None


def _encode(record: Record) -> bytes:
    line: dict[str, Any] = {
        "hash": record.hash,
        "label": record.request.label,
        "attempt": record.request.attempt,
        "model": record.reply.model,
        "messages": [_plain(message) for message in record.request.messages],
        "reply": record.reply.text,
        "tokens_in": record.reply.tokens_in,
        "tokens_out": record.reply.tokens_out,
        "seconds": round(record.reply.seconds, 3),
        "usd": record.usd,
        "cut_off": record.reply.cut_off,
    }
    # Left out where empty: most models show no thoughts, most calls have no failure.
    optional = {"thought": record.reply.thought, "failure": record.failure}
    line |= {name: text for name, text in optional.items() if text}
    return json.dumps(line).encode() + b"\n"


def _plain(message: Message) -> dict[str, Any]:
    """A message as it is recorded: a picture by its hash, for its pixels are large."""
    data: dict[str, Any] = {"role": message.role, "content": scrub(message.content)}
    if message.pictures:
        data["pictures"] = [
            {"name": picture.name, "sha256": _digest(picture.png)}
            for picture in message.pictures
        ]
    return data


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _decode(line: bytes, location: str) -> Record:
    try:
        data = json.loads(line)
        messages = tuple(_message(m) for m in _field(data, "messages", list))
        request = Request(_field(data, "label", str), _field(data, "attempt"), messages)
        reply = Reply(
            text=_field(data, "reply", str),
            model=_field(data, "model", str),
            tokens_in=_field(data, "tokens_in", int, None),
            tokens_out=_field(data, "tokens_out", int, None),
            seconds=_field(data, "seconds", float, int),
            cut_off=_field(data, "cut_off", bool),
            thought=_field({"thought": "", **data}, "thought", str),
        )
        usd = _field(data, "usd", float, int, None)
        failure = _field({"failure": "", **data}, "failure", str)
        return Record(_field(data, "hash", str), request, reply, usd, failure)
    except (ValueError, RecursionError) as error:
        raise StoreError(
            f"{location}: expected a recorded reply, got a damaged line "
            f"({scrubbed_line(str(error))}); delete that line"
        ) from None


def _message(data: Any) -> Message:
    role = _field(data, "role", str)
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}")
    entries = _field({"pictures": [], **data}, "pictures", list)
    pictures = tuple(Picture(_field(entry, "name", str), b"") for entry in entries)
    return Message(role, _field(data, "content", str), pictures)


def _field(data: Any, name: str, *kinds: type | None) -> Any:
    """The named value; ValueError unless its type is one of the kinds (default int)."""
    if not isinstance(data, dict) or name not in data:
        raise ValueError(f"no '{name}'")
    value = data[name]
    kind = None if value is None else type(value)
    if kind not in (kinds or (int,)):
        raise ValueError(f"'{name}' is {scrubbed_line(repr(value))}")
    return value
