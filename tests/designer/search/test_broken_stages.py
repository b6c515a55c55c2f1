"""A stage whose environment fails in all trainings ends the run, and is tried anew."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from designer.authors.author import KeepProposal, Proposal, Unanswered
from designer.authors.brief import Brief
from designer.config import RunConfig
from designer.errors import TrainingError
from designer.rewards.bank import random_bank
from designer.run.candidates import Failed, Judgement, Proposed, SeedResult
from designer.run.folder import RunStore
from designer.search.loop import Search
from designer.search.schedule import run_all
from designer.search.session import Run
from designer.terminal.screen import Screen
from designer.training.job import Job
from designer.training.pool import Finished
from designer.training.results import RESULT_FILES, save_result
from envs.hidden import load_hidden
from envs.make import load_task
from sandbox import NO_WALLS

TASK = load_task("inverted-pendulum-balance")
REWARD = Proposed("explore", None, "", "def reward(): ...\n", (), shape="x")
BROKEN = Failed("environment", "a leak")
JUDGED = SeedResult(7, Judgement(1.0, 0.0, None, 1.0, {}), 2048, 1.0)


class Written:
    """An author whose rewards are there already; the second one takes its time."""

    def __init__(self, *proposals: Proposal | Unanswered) -> None:
        self.proposals, self.may_go_on = proposals, threading.Event()

    def write(
        self, generation: int, briefs: Sequence[Brief], keep: KeepProposal
    ) -> None:
        for brief in briefs:
            if brief.index:
                assert self.may_go_on.wait(10)
            keep(brief, self.proposals[brief.index])


class Results:
    """A pool that trains nothing and writes down results by training, or BROKEN.

    ended: called with the name of each training that has ended.
    """

    def __init__(self, run: Run, results: Mapping[str, SeedResult]) -> None:
        self.run, self.results = run, results
        self.jobs: list[Job] = []
        self.free = 9
        self.ended: list[str] = []

    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def cancel(self, job: Job) -> None:
        self.jobs.remove(job)

    def wait(self, seconds: float) -> list[Finished]:
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            name = str(job.folders[0].relative_to(self.run.store.path))
            leave(job.folders[0], self.results.get(name, BROKEN))
            self.ended.append(name)
        return [Finished(job) for job in jobs]


def leave(folder: Path, result: SeedResult | Failed) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in RESULT_FILES:
        (folder / name).write_text("")
    save_result(folder, result)
    return folder / "result.json"


def search_of(folder: Path, author: Written, candidates: int, seeds: int) -> Run:
    config = RunConfig(
        candidates=candidates, generations=1, seeds=seeds, final_seeds=1, steps=2048
    )
    store, bank = RunStore(folder.resolve()), random_bank(TASK, 0)
    hidden, screen = load_hidden(TASK), Screen("s")
    return Run(config, TASK, hidden, store, bank, author, screen, NO_WALLS)


def reward(letter: str) -> Proposal:
    return Proposal("", f"# {letter}\n", (), shape=letter)


FINALS = {f"final/{name}/s0": JUDGED for name in ("human", "sparse", "g00-c01")}


class Patient(Results):
    """Lets the author go on once the first reward was trained."""

    def wait(self, seconds: float) -> list[Finished]:
        events = super().wait(seconds)
        if "g00/c00/s0" in self.ended:
            author = self.run.author
            assert isinstance(author, Written)
            author.may_go_on.set()
        return events


def test_one_broken_training_ends_no_run_while_others_are_still_written(
    tmp_path: Path,
) -> None:
    run = search_of(tmp_path, Written(reward("a"), reward("b")), 2, 1)
    search = Search(run)
    run_all([search], Patient(run, {**FINALS, "g00/c01/s0": JUDGED}))
    outcomes = [
        type(candidate.outcome).__name__ for candidate in search.snapshot.candidates
    ]
    assert outcomes == ["Failed", "Assessed"]


@pytest.mark.parametrize("second", [reward("b"), Proposal("", "", ("no code",))])
def test_a_stage_whose_trainings_all_broke_ends_the_run_in_a_line(
    tmp_path: Path, second: Proposal
) -> None:
    run = search_of(tmp_path, Written(reward("a"), second), 2, 1)
    count = 2 if second.source else 1
    words = (
        f"generation 0: all {count} trainings failed in the environment: a leak; put"
    )
    with pytest.raises(TrainingError, match=words):
        run_all([Search(run)], Patient(run, FINALS))


def test_baselines_that_all_broke_end_the_run_too(tmp_path: Path) -> None:
    run = search_of(tmp_path, Written(reward("a")), 1, 1)
    with pytest.raises(TrainingError, match="final comparison: all 2 trainings failed"):
        run_all([Search(run)], Results(run, {"g00/c00/s0": JUDGED}))


def test_a_stage_that_broke_in_all_trainings_is_tried_anew(tmp_path: Path) -> None:
    """One result came in after the run had ended with the error."""
    run = search_of(tmp_path, Written(), 1, 2)
    run.store.propose((0, 0), REWARD)
    results = [leave(tmp_path / "g00" / "c00" / f"s{k}", BROKEN) for k in range(2)]
    search = Search(run)
    assert search.snapshot.results == {}
    assert search.snapshot.candidates == ()
    assert not any(path.exists() for path in results)


def test_a_stage_that_broke_in_some_trainings_stays_as_it_is(tmp_path: Path) -> None:
    run = search_of(tmp_path, Written(), 1, 2)
    run.store.propose((0, 0), REWARD)
    judged = replace(JUDGED, seed=8)
    results = [
        leave(tmp_path / "g00" / "c00" / f"s{k}", result)
        for k, result in enumerate((BROKEN, judged))
    ]
    (candidate,) = Search(run).snapshot.candidates
    assert candidate.outcome.results == (judged,)
    assert candidate.outcome.failures == (BROKEN,)
    assert all(path.exists() for path in results)
