"""A question to the judge: all that the figures of one reward depend on, as data."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from designer.run.provenance import (
    DECISIVE_FOR,
    ROOT,
    TRAINS,
    library_versions,
    task_files,
)
from designer.run.seeds import derive
from designer.scores.settings import ScoreConfig
from envs.task import Task

CODE_FOLDERS = ("designer", "envs", "sandbox")
KEY_DIGITS = 16  # of a hash, in the name of a folder


@dataclass(frozen=True)
class Judge:
    """What judges: the task's files, our code and the libraries, each by its hash.

    files: SHA-256 of task.yaml, hidden.py (with the metric and the baselines) and the
    robot's XML, by name. versions: of the libraries. code: hash of all code of ours.
    Not covered: what hidden.py reads by itself, and the libraries' own files.
    """

    task: str
    files: dict[str, str]
    versions: dict[str, str]
    code: str

    @property
    def hashes(self) -> dict[str, str]:
        """Every hash and version that decides figures, by its name."""
        return {**self.files, **self.versions}

    @property
    def sha256(self) -> str:
        """One hash of all that decides figures."""
        return digest({"task": self.task, **self.hashes})


@dataclass(frozen=True)
class RewardQuestion:
    """A reward with the settings under which it is trained and judged.

    reward: SHA-256 of its source, or the name of a baseline. first_seed: number of the
    first training seed, which the held-out starts go with. walled: whether a file's
    reward runs behind walls.
    """

    reward: str
    judge: Judge
    trainer: str
    algo: str
    steps: int
    episodes: int
    first_seed: int
    walled: bool

    @property
    def facts(self) -> dict[str, Any]:
        """All that its figures depend on; of our code only what trains and judges."""
        return {
            **vars(self),
            "judge": {
                "task": self.judge.task,
                "files": self.judge.files,
                "versions": self.judge.versions,
            },
        }

    @property
    def key(self) -> str:
        """The name of its folder: the same question has the same one."""
        return digest(self.facts)[:KEY_DIGITS]


def judge_of(task: Task, trainer: str) -> Judge:
    """What judges rewards of this task here and now."""
    files = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in task_files(task).items()
    }
    others = {
        library
        for name, libraries in DECISIVE_FOR.items()
        if name != trainer
        for library in libraries
    }
    # A search's own choices decide no score.
    own = (*TRAINS, "designer/scores/question.py")
    versions = {k: v for k, v in library_versions(own).items() if k not in others}
    return Judge(task.name, files, versions, _own_code())


def question_of(
    reward: str, judge: Judge, task: Task, config: ScoreConfig, walled: bool
) -> RewardQuestion:
    """The question about a reward; reward, walled: as in RewardQuestion."""
    return RewardQuestion(
        reward=reward,
        judge=judge,
        trainer=config.trainer,
        algo=config.algo or task.train.algo,
        steps=config.steps or task.train.steps,
        episodes=config.episodes,
        first_seed=config.first_seed,
        walled=walled,
    )


def training_seed(number: int) -> int:
    """The seed of a training by its number, the same for every reward."""
    return derive(0, "score", number)


def held_out_seeds(first_seed: int, episodes: int) -> tuple[int, ...]:
    """Seeds of the held-out episodes, the same for every policy on these seeds.

    A reward that was chosen on some seeds was chosen on their starts, too; so other
    seeds have other starts.
    """
    return tuple(derive(0, "score", "judge", first_seed, k) for k in range(episodes))


def digest(data: Any) -> str:
    """SHA-256 of JSON data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _own_code() -> str:
    """Hash of all our code; each hidden.py belongs to its task."""
    code = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name != "hidden.py":
                code.update(path.read_bytes())
    return code.hexdigest()
