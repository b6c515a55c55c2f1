"""Recorded replies as a model: no server is asked and nothing is spent."""

from dataclasses import replace
from pathlib import Path

from designer.errors import ConfigError, LLMError, StoreError
from designer.llm import recording
from designer.llm.messages import Client, Reply, Request, Say


def open_replay(path: Path, say: Say) -> Client:
    """A client that answers from a run folder, or from a file such as its llm.jsonl.

    A folder has what its author and its judge model answered. A request that was never
    recorded gets the reply of its label and attempt, with a notice. ConfigError when
    there is no readable recording.
    """
    names = (recording.RECORDING_FILE, recording.JUDGE_FILE)
    files = [path / name for name in names] if path.is_dir() else [path]
    present = [file for file in files if file.is_file()]
    if not present:
        raise ConfigError(
            f"expected recorded replies in {files[0]}, found no such file; "
            "give replay:RUN with the folder of a run that asked a model"
        )
    try:
        records = [r for file in present for r in recording.read_records(file, say)[0]]
    except StoreError as error:
        raise ConfigError(str(error)) from None
    # A failure counts only where no later answer replaced it.
    records.sort(key=lambda record: not record.failure)
    by_hash = {record.hash: record for record in records}
    by_label = {(r.request.label, r.request.attempt): r for r in records}

    def answer(request: Request) -> Reply:
        record = by_hash.get(recording.fingerprint(request))
        if record is None:
            place = f"{request.label} attempt {request.attempt}"
            record = by_label.get((request.label, request.attempt))
            if record is None:
                raise LLMError(
                    f"{present[0]} has no reply for {place}; "
                    "replay fewer candidates or generations, or ask a model"
                )
            say(f"{place}: the prompt differs from the recorded one; its reply is used")
        if record.failure and not record.reply.text:
            raise LLMError(record.failure)
        # No tokens: the run that recorded the reply has paid for them.
        return replace(record.reply, tokens_in=0, tokens_out=0, seconds=0.0)

    return answer
