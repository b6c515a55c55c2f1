"""The search: propose, check, train, judge, reflect, select, and again.

The run folder is the state. Every step asks what is not written yet, so a run that was
stopped at any moment goes on where it was.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.executors.local import run_jobs
from designer.people.gather import ask, gather, merit_of
from designer.proposing import propose_generation, propose_given
from designer.records import (
    Assessed,
    Candidate,
    Failed,
    Outcome,
    Rejected,
    SeedResult,
    derive,
    folder_name,
)
from designer.run import Run, judge_seeds
from designer.search.bank import Bank, random_bank, with_episodes
from designer.search.selection import incumbent
from designer.training.job import BASELINES, Job


@dataclass(frozen=True)
class Entry:
    """One row of the final comparison: a reward retrained on unseen seeds."""

    label: str
    outcome: Outcome


def search(run: Run) -> Candidate | None:
    """All generations; gives the reward that leads at the end."""
    bank = random_bank(run.task, run.config.seed)
    propose_given(run, bank)
    for generation in range(run.config.generations):
        history = run.store.candidates_before(generation)
        propose_generation(run, generation, history, _seen_so_far(run, bank, history))
        _train_generation(run, generation)
        gather(run, generation)
    candidates = run.store.candidates()
    return incumbent(candidates, merit_of(run, candidates))


def compare(run: Run, winner: Candidate | None) -> list[Entry]:
    """Winner and baselines, trained from scratch on seeds new to the search.

    Where people judge, they are shown the clips of these once more.
    """
    seeds = [derive(run.config.seed, "final", k) for k in range(run.config.final_seeds)]
    rewards = {"designed": str(run.folder(winner) / "reward.py")} if winner else {}
    hidden = run.task.hidden
    rewards |= {name: name for name in BASELINES if getattr(hidden, f"{name}_reward")}
    final = run.store.path.resolve() / "final"
    jobs = {
        label: [
            _job(run, final / label / f"s{k}", reward, seed)
            for k, seed in enumerate(seeds)
        ]
        for label, reward in rewards.items()
    }
    every = [job for group in jobs.values() for job in group]
    results = _run_jobs(run, "final comparison", every)
    entries = [
        Entry(label, _outcome([results[job.folder] for job in group]))
        for label, group in jobs.items()
    ]
    pool = [f"final/{e.label}" for e in entries if isinstance(e.outcome, Assessed)]
    if run.config.judge == "people" and len(pool) > 1:
        ask(run, run.config.generations, pool, 1)
    return entries


def _train_generation(run: Run, generation: int) -> None:
    """Train and judge what is proposed; candidates without a reward end here."""
    jobs: dict[int, list[Job]] = {}
    known = {_shape(c.source): c.name for c in run.store.candidates_before(generation)}
    for index in range(run.config.candidates):
        proposal = run.store.proposal(generation, index)
        assert proposal is not None
        source, problems = proposal["source"], tuple(proposal["problems"])
        shape = _shape(source)
        if source and shape in known:
            problems = (f"the same reward as {known[shape]}",)
        if problems:
            _finish(run, generation, index, Rejected(problems))
            continue
        known[shape] = folder_name(generation, index)
        folder = run.store.folder(generation, index).resolve()
        jobs[index] = [
            _job(
                run,
                folder / f"s{k}",
                str(run.store.reward(generation, index).resolve()),
                derive(run.config.seed, "train", k),
            )
            for k in range(run.config.seeds)
        ]
    every = [job for group in jobs.values() for job in group]
    results = _run_jobs(run, f"generation {generation}", every)
    for index, group in jobs.items():
        outcome = _outcome([results[job.folder] for job in group])
        _finish(run, generation, index, outcome)


def _finish(run: Run, generation: int, index: int, outcome: Outcome) -> None:
    kept = run.store.candidate(generation, index)
    # What follows from the trainings counts, whatever was written by somebody else.
    if kept is None or kept.outcome != outcome:
        run.store.finish(generation, index, outcome, sandbox=str(run.walls))
        run.store.event(
            "candidate",
            name=folder_name(generation, index),
            outcome=type(outcome).__name__,
        )
    candidate = run.store.candidate(generation, index)
    assert candidate is not None
    run.watcher.outcome(candidate)


def _job(run: Run, folder: Path, reward: str, seed: int) -> Job:
    task = str(run.task.folder)
    how = (run.config.trainer, run.config.algo or run.task.train.algo)
    return Job(
        folder,
        task,
        *how,
        reward,
        seed,
        run.steps,
        judge_seeds(run.config),
        run.walls,
        run.task.measured,
    )


def _run_jobs(
    run: Run, title: str, jobs: Sequence[Job]
) -> dict[Path, SeedResult | Failed]:
    def finished(job: Job, result: SeedResult | Failed) -> None:
        where = str(job.folder.relative_to(run.store.path.resolve()))
        run.store.event("trained", job=where, result=type(result).__name__)
        run.watcher.trained(job, result)

    run.watcher.stage(title, jobs)
    config, watcher = run.config, run.watcher
    results = run_jobs(jobs, config.workers, config.wall_s, watcher.progress, finished)
    return {job.folder: result for job, result in zip(jobs, results, strict=True)}


def _outcome(results: Sequence[SeedResult | Failed]) -> Outcome:
    """Assessed if every seed was trained, else the first failure."""
    trained = tuple(result for result in results if isinstance(result, SeedResult))
    failed = [result for result in results if isinstance(result, Failed)]
    return failed[0] if failed else Assessed(trained)


def _seen_so_far(run: Run, bank: Bank, history: Sequence[Candidate]) -> Bank:
    """The bank with what the judged policies of earlier generations did."""
    paths = [
        run.folder(candidate) / "s0" / "episodes.npz"
        for candidate in history
        if isinstance(candidate.outcome, Assessed)
    ]
    return with_episodes(bank, paths)


def _shape(source: str) -> str:
    """What a reward is, apart from comments and spacing."""
    return ast.dump(ast.parse(source))
