"""Stored results, one folder a question; what was changed since is found and not used.

    TASK/judges.json          every judge that scored rewards of this task, with the day
    TASK/KEY/question.json    all that the figures depend on
    TASK/KEY/reward.py        the reward; a baseline has none
    TASK/KEY/s3/              the training from seed number 3, as in a run folder
    TASK/KEY/s3/seal.json     signature of the question and of the training's result

The signature is made with the user's secret, as for run folders. Not covered: a program
that runs with the user's rights and takes the secret; who scores rewards of such an
author scores the chosen one again elsewhere, and compares the evidence.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from designer.errors import StoreError
from designer.llm.messages import Say
from designer.run.candidates import ENVIRONMENT, Failed, SeedResult
from designer.run.consent import signature
from designer.run.files import (
    open_plain,
    read_bytes,
    read_json,
    read_json_as,
    require_plain,
    write_atomic,
    write_json,
)
from designer.scores.question import KEY_DIGITS, Judge, RewardQuestion, digest
from designer.training.results import load_result

LOCK_POLL_S = 0.5
CLIP_NAMES = ("clip.mp4", "clip.jpg", "strip.png")
# A machine that was busy or short of memory may bring these about; they are not stored.
PASSING_FAILURES = ("wall", "cpu", "memory", "crash", ENVIRONMENT)


def results_folder() -> Path:
    """Where results are stored unless --results names another folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "reward-designer" / "scores"


@dataclass(frozen=True)
class QuestionFolder:
    """The folder of one question."""

    question: RewardQuestion
    path: Path

    def training(self, seed: int) -> Path:
        """The folder of a training, by the number of its seed."""
        return self.path / f"s{seed}"

    def prepare(self, source: str | None) -> None:
        """Write the question and the reward, whatever stands there."""
        self.path.mkdir(parents=True, exist_ok=True)
        require_plain(self.path)
        write_json(self.path / "question.json", self.question.facts)
        if source is not None:
            write_atomic(self.path / "reward.py", source)

    def load(self, seed: int) -> SeedResult | Failed | None:
        """A stored result; None where there is none, or it is not as it was stored."""
        folder = self.training(seed)
        try:
            seal = read_json(folder / "seal.json")
            if seal is None or seal.get("signature") != self._signature(seed):
                return None
            return load_result(folder)
        except (FileNotFoundError, StoreError):
            return None

    def is_altered(self, seed: int) -> bool:
        """Whether a training was stored here and is not as it was stored."""
        return (self.training(seed) / "seal.json").exists() and not self.load(seed)

    def store(self, seed: int) -> SeedResult | Failed:
        """Store the result of a training that has ended; gives it.

        One that a retry may change is left without a seal, so it is made anew.
        """
        folder = self.training(seed)
        result = load_result(folder)
        if result is None:
            return Failed("crash", "the training ended without a result")
        if not (isinstance(result, Failed) and result.kind in PASSING_FAILURES):
            write_json(folder / "seal.json", {"signature": self._signature(seed)})
        return result

    def clear(self, seed: int) -> None:
        """Remove a training, whose checkpoint may come from anywhere, and the clip."""
        folder = self.training(seed)
        if folder.exists():
            shutil.rmtree(folder)
        for name in CLIP_NAMES:
            (self.path / name).unlink(missing_ok=True)

    def files(self, seed: int) -> str:
        """Hash of the figures, the policy, the curves and the judged episodes."""
        data = read_json(self.training(seed) / "result.json") or {}
        return digest({k: v for k, v in data.items() if k != "seconds"})

    def _signature(self, seed: int) -> str:
        content = read_bytes(self.training(seed) / "result.json")
        result = hashlib.sha256(content).hexdigest()
        return signature({"question": self.question.facts, "n": seed, "of": result})


@dataclass(frozen=True)
class JudgeSince:
    """A judge, and the day on which it scored for the first time after another one."""

    since: str
    judge: Judge


@dataclass(frozen=True)
class JudgeHistory:
    """The judges of one task, in order, as judges.json holds them.

    tampered: days on which this list was not as it was stored. seal: signature of both.
    """

    judges: tuple[JudgeSince, ...] = ()
    tampered: tuple[str, ...] = ()
    seal: str = ""

    @property
    def changes(self) -> tuple[str, ...]:
        """Sentences on what changed from each judge to the next."""
        sentences = [
            f"{names} changed by {after.since}"
            for before, after in pairwise(self.judges)
            # Earlier versions listed changes of code that decides no figure.
            if (names := _changed(before.judge, after.judge))
        ]
        return (
            *sentences,
            *(f"the list of judges was changed by {day}" for day in self.tampered),
        )


class Results:
    """The stored results of one task; one process at a time adds to them."""

    def __init__(self, folder: Path, task: str) -> None:
        self.path = folder / task

    def entry(self, question: RewardQuestion) -> QuestionFolder:
        """The folder of a question."""
        return QuestionFolder(question, self.path / question.key)

    @contextmanager
    def locked(self, say: Say) -> Iterator[None]:
        """Hold the lock; waits, with a word to the user, while another has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT
        with os.fdopen(open_plain(self.path / "results.lock", flags), "rb+") as file:
            is_told = False
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not is_told:
                        say(f"waiting: another process adds to {self.path}")
                        is_told = True
                    time.sleep(LOCK_POLL_S)
            yield

    def rewards_scored(self, question: RewardQuestion, seeds: tuple[int, ...]) -> int:
        """How many different reward files were trained on any of these seeds.

        Under the same judge and settings: the best of many looks better than it is.
        """
        settings = _settings(question.facts)
        rewards = set()
        for path in self.path.glob(f"{'[0-9a-f]' * KEY_DIGITS}/question.json"):
            facts = read_json(path) or {}
            is_trained = any((path.parent / f"s{k}/seal.json").exists() for k in seeds)
            is_file = (path.parent / "reward.py").exists()
            if is_trained and is_file and _settings(facts) == settings:
                rewards.add(facts["reward"])
        return len(rewards)

    def judges(self, judge: Judge, day: str) -> JudgeHistory:
        """The judges that scored rewards of this task; this one is the last."""
        path = self.path / "judges.json"
        stored = read_json_as(JudgeHistory, path)
        history = stored or JudgeHistory()
        is_lost = stored is None and any(self.path.glob("*/question.json"))
        if is_lost or (stored is not None and stored != _sealed(stored)):
            history = replace(history, tampered=(*history.tampered, day))
        history = replace(history, judges=_with_judge(history.judges, judge, day))
        history = _sealed(history)
        if history != stored:
            write_json(path, asdict(history))
        return history


def _with_judge(
    judges: tuple[JudgeSince, ...], judge: Judge, day: str
) -> tuple[JudgeSince, ...]:
    """The judges with this one, which may be the last one again.

    Trainers share the list, and each has libraries of its own, which are no change.
    Code of ours that neither trains nor judges may change: figures hold, and versions
    have the hash of what does.
    """
    if not judges:
        return (JudgeSince(day, judge),)
    *earlier, last = judges
    libraries = last.judge.versions
    is_same = judge.files == last.judge.files and all(
        libraries.get(name, version) == version
        for name, version in judge.versions.items()
    )
    judge = replace(judge, versions={**libraries, **judge.versions})
    if is_same:
        return (*earlier, JudgeSince(last.since, judge))
    return (*judges, JudgeSince(day, judge))


def _sealed(history: JudgeHistory) -> JudgeHistory:
    return replace(history, seal=signature(asdict(replace(history, seal=""))))


def _changed(before: Judge, after: Judge) -> str:
    """Names of what differs between two judges."""
    old, new = before.hashes, after.hashes
    return ", ".join(k for k in sorted({*old, *new}) if old.get(k) != new.get(k))


def _settings(facts: dict[str, Any]) -> dict[str, Any]:
    """What rewards have in common that were scored under the same judge."""
    return {k: v for k, v in facts.items() if k not in ("reward", "first_seed")}
