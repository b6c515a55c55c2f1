"""Kills processes of a batch at random moments, and looks at what is left."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from tests.designer.conftest import environment
from tests.designer.llm.conftest import Server, Step

TASK = "inverted-pendulum-balance"
CALLS_AT_ONCE = 2
FILE = f"""\
tasks: [{TASK}]
recipes: [default, best-of-n]
models: ["tiny@URL"]
candidates: 2
generations: 2
trainings_per_reward: 1
final_seeds: 1
steps: 4096
episodes: 2
"""
LONGEST_LIFE_S = 4.0  # of a process that is going to be killed
END_S = 30.0  # within which the processes of a killed one must have ended too


class Author(Server):
    """A model whose reward depends on its prompt alone; counts answers by prompt."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: Counter[str] = Counter()

    def next_step(self, body: dict[str, Any]) -> Step:
        prompt = prompt_of(body["messages"])
        self.answers[prompt] += 1
        scale = 1 + sum(prompt.encode()) % 97
        code = f"return {{'up': {scale}.0 * np.cos(s_next.pole_angle)}}"
        source = f'def reward(s, a, s_next):\n    """Stay up."""\n    {code}\n'
        return self.says(f"```python\n{source}```\n")


def prompt_of(messages: list[dict[str, Any]]) -> str:
    return "\n".join(str(message["content"]) for message in messages)


@dataclass
class Victims:
    """A batch in a folder, whose processes are killed; trainings: already hurt once.

    A training that is killed again and again fails, as it may be its own fault, and so
    would any whose reward process is.
    """

    folder: Path
    url: str
    options: tuple[str, ...] = ()
    hurt: set[str] = field(default_factory=set)
    main_kills: int = 0

    @property
    def command(self) -> list[str]:
        server = f"tiny@{self.url}"
        at_once = f"--calls-at-once={CALLS_AT_ONCE}"
        command = [sys.executable, "-m", "designer", "batch", "small.yaml", at_once]
        return [*command, "--out=out", f"--model={server}", *self.options]

    def start(self) -> subprocess.Popen[str]:
        (self.folder / "small.yaml").write_text(FILE.replace("URL", self.url))
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=environment() | {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONWARNINGS": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> dict[str, Any]:
        """Let the batch come to its end; gives the figures of its runs."""
        process = self.start()
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        return results(self.folder / "out")

    def live_and_kill(self, rng: random.Random, kind: str) -> None:
        """Start, let it live a random time, kill one process, then all of it."""
        process = self.start()
        moment = time.monotonic() + rng.uniform(0.2, LONGEST_LIFE_S)
        while process.poll() is None and time.monotonic() < moment:
            time.sleep(0.01)
        if kind != "main" and process.poll() is None:
            kill = {"training": self.kill_training, "reward": self.kill_reward}[kind]
            kill(rng)
            time.sleep(rng.uniform(0.0, 1.0))
        process.kill()
        process.communicate()
        self.main_kills += 1
        wait_for_no_orphans(self.folder)

    def kill_training(self, rng: random.Random) -> None:
        if jobs := self._unhurt():
            pid, folder = rng.choice(jobs)
            self.hurt.add(folder)
            hit(pid)

    def kill_reward(self, rng: random.Random) -> None:
        """Kill the last process of a training's line: the one the reward runs in."""
        if jobs := self._unhurt():
            pid, folder = rng.choice(jobs)
            line = list(descendants(pid))
            if line:
                self.hurt.add(folder)
                hit(line[-1])

    def _unhurt(self) -> list[tuple[int, str]]:
        """Process and folder of each training that runs and was not hurt yet."""
        jobs = []
        for pid in processes():
            log = link(pid, "fd/1")
            if log.startswith(str(self.folder)) and log.endswith("/log.txt"):
                jobs.append((pid, log))
        # A job's children write to the same log: the job is the oldest.
        oldest = {log: pid for pid, log in sorted(jobs, reverse=True)}
        return [(pid, log) for log, pid in oldest.items() if log not in self.hurt]


def hit(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def processes() -> list[int]:
    return sorted(int(p.name) for p in Path("/proc").glob("[0-9]*"))


def link(pid: int, name: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except OSError:
        return ""


def parents() -> dict[int, int]:
    """The parent of every process."""
    pairs = {}
    for pid in processes():
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        pairs[pid] = int(text.rpartition(")")[2].split()[1])
    return pairs


def descendants(pid: int) -> Iterator[int]:
    children = parents()
    level = {pid}
    while level := {child for child, parent in children.items() if parent in level}:
        yield from sorted(level)


def orphans(folder: Path) -> list[int]:
    """Processes that work in the folder or write there."""
    return [
        pid
        for pid in processes()
        if any(link(pid, name).startswith(str(folder)) for name in ("cwd", "fd/1"))
    ]


def wait_for_no_orphans(folder: Path) -> None:
    """Fails if processes are left in the folder some seconds later."""
    deadline = time.monotonic() + END_S
    while orphans(folder):
        assert time.monotonic() < deadline, orphans(folder)
        time.sleep(0.05)


def results(out: Path) -> dict[str, Any]:
    """What the runs of a batch came to, without wall times."""
    figures = {}
    for path in sorted(out.glob("*/result.json")):
        result = json.loads(path.read_text())
        for row in result["table"]:
            del row["seconds"]
        figures[path.parent.name] = result
    return figures


def finished_trainings(out: Path) -> dict[str, int]:
    """When the policy of each finished training was written."""
    return {
        str(path): path.with_name("policy.npz").stat().st_mtime_ns
        for path in out.glob("*/*/*/s*/result.json")
        if '"trained"' in path.read_text()
    }


def recorded(out: Path) -> Counter[str]:
    """Recorded answers by prompt."""
    answers: Counter[str] = Counter()
    for path in out.glob("*/llm.jsonl"):
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last is torn
        answers.update(prompt_of(json.loads(line)["messages"]) for line in lines)
    return answers


def torn(out: Path) -> list[str]:
    """Files that can't be read as what their names say, and those left half written."""
    bad = []
    for path in out.rglob("*"):
        try:
            if path.suffix == ".json":
                json.loads(path.read_text())
            elif path.suffix == ".jsonl":
                for line in path.read_text().splitlines():
                    json.loads(line)
            elif path.suffix == ".npz":
                assert is_zipfile(path)
                assert ZipFile(path).testzip() is None
            elif re.fullmatch(r"\..*\.tmp", path.name):
                bad.append(str(path))
        except (ValueError, AssertionError):
            bad.append(str(path))
    return bad
