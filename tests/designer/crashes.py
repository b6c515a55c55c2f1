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

from designer.run.candidates import SeedResult
from designer.training.checkpoint import load_checkpoint
from designer.training.pool import MAX_KILLS
from designer.training.results import load_result
from tests.designer.conftest import environment
from tests.designer.lives import LOG, Life, Nursery
from tests.designer.llm.conftest import Server, Step

TASK = "inverted-pendulum-balance"
CALLS_AT_ONCE = 2
STEPS = 4096
FILE = f"""\
tasks: [{TASK}]
recipes: [default, best-of-n]
models: ["tiny@URL"]
candidates: 2
generations: 2
trainings_per_reward: 1
final_seeds: 1
steps: {STEPS}
episodes: 2
film: false
"""
CHILDREN_KILLED = (0, 1, 2, 4, 8)  # in a life of the batch, one of these
LONGEST_LIFE_S = 3.0  # where none is
LONGEST_PAUSE_S = 0.15  # between two kills of its children
# So often a training may be killed in one life of the batch, and a reward process of
# one process: what is killed again and again fails, as it may be its own fault.
MOST_KILLS = {"training": MAX_KILLS, "reward": 1}
VARIABLES = {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONWARNINGS": ""}
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
    """A batch in a folder, whose processes are killed; kills: how many, by kind."""

    folder: Path
    url: str
    nursery: Nursery
    options: tuple[str, ...] = ()
    kills: Counter[str] = field(default_factory=Counter)
    is_finished: bool = False

    @property
    def arguments(self) -> list[str]:
        (self.folder / "small.yaml").write_text(FILE.replace("URL", self.url))
        at_once = f"--calls-at-once={CALLS_AT_ONCE}"
        command = ["batch", "small.yaml", at_once, "--out=out"]
        return [*command, f"--model=tiny@{self.url}", *self.options]

    def start(self) -> subprocess.Popen[str]:
        """The batch as a user starts it."""
        return subprocess.Popen(
            [sys.executable, "-m", "designer", *self.arguments],
            cwd=self.folder,
            env=environment() | VARIABLES,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> dict[str, Any]:
        """Let the batch come to its end; gives the figures of its runs."""
        self._end_well(self.nursery.start(self.arguments, self.folder))
        return results(self.folder / "out")

    def live(self, rng: random.Random, most_kills: int) -> None:
        """Kill some of its children at random moments, and then all of it."""
        life = self.nursery.start(self.arguments, self.folder)
        children = min(rng.choice(CHILDREN_KILLED), most_kills - 1)
        longest_s = LONGEST_PAUSE_S if children else LONGEST_LIFE_S
        hurt = Counter[tuple[str, str]]()
        while not life.is_over(rng.uniform(0.0, longest_s)):
            if hurt.total() == children:
                life.kill()
                self.kills["main"] += 1
                wait_for_no_orphans(self.folder)
                return
            self._kill_child(life.pid, rng, hurt)
        self._end_well(life)
        self.is_finished = True

    def _end_well(self, life: Life) -> None:
        assert life.is_over(600.0)
        assert life.exit_code() == 0, (self.folder / LOG).read_text()

    def _kill_child(
        self, main: int, rng: random.Random, hurt: Counter[tuple[str, str]]
    ) -> None:
        """Kill a training or a reward process, if one runs; hurt: how often which was.

        Reward processes are those of trainings, and those that check what is proposed.
        """
        kind = rng.choice(sorted(MOST_KILLS))
        running = self._jobs() if kind == "training" else self._rewards(main)
        able = [(p, o) for p, o in running if hurt[kind, o] < MOST_KILLS[kind]]
        if not able:
            return
        pid, owner = rng.choice(able)
        if hit(pid):
            hurt[kind, owner] += 1
            self.kills[kind] += 1

    def _rewards(self, main: int) -> list[tuple[int, str]]:
        """Each confined process, and the number of the process that has it."""
        confined = [pid for pid in descendants(main) if is_confined(pid)]
        # Seen later, so that all of their forebears that live are in it.
        family, owners = parents(), {main, *dict(self._jobs())}
        rewards = []
        for pid in confined:
            owner = pid
            while owner in family and owner not in owners:
                owner = family[owner]
            if owner in owners:
                rewards.append((pid, str(owner)))
        return rewards

    def _jobs(self) -> list[tuple[int, str]]:
        """Process and log of each training that runs."""
        jobs = []
        for pid in processes():
            log = link(pid, "fd/1")
            if log.startswith(str(self.folder)) and log.endswith("/log.txt"):
                jobs.append((pid, log))
        # A job's children write to the same log: the job is the oldest.
        oldest = {log: pid for pid, log in sorted(jobs, reverse=True)}
        return [(pid, log) for log, pid in oldest.items()]


def hit(pid: int) -> bool:
    """Kill a process; False where it has ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def processes() -> list[int]:
    return sorted(int(p.name) for p in Path("/proc").glob("[0-9]*"))


def is_confined(pid: int) -> bool:
    """Whether it is the innermost process in which a reward runs, or a reply is read.

    Python runs there with code in its command line; bubblewrap stands before it.
    """
    try:
        program, *rest = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"python" in program and any(b"sandbox.__path__" in word for word in rest)


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


def wait_for_no_orphans(folder: Path, seconds: float = END_S) -> None:
    """Fails if processes are left in the folder some seconds later."""
    deadline = time.monotonic() + seconds
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
    """When the policy of each training that came to its last rung was written."""
    return {
        str(path): path.with_name("policy.npz").stat().st_mtime_ns
        for path in out.glob("*/*/*/s*/result.json")
        if isinstance(result := load_result(path.parent), SeedResult)
        and result.steps == STEPS
    }


def trained_steps(out: Path) -> dict[Path, int]:
    """Environment steps in the checkpoint of each training."""
    return {
        path: int(checkpoint["log/steps"])
        for path in out.glob("*/*/*/s*")
        if (checkpoint := load_checkpoint(path)) is not None
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
