"""The search: propose, check, train, judge, reflect, select, and again.

The run folder is the state. Every step asks what is not written yet, so a run that was
stopped at any moment goes on where it was.
"""

from collections.abc import Sequence
from pathlib import Path

from designer.errors import TrainingError
from designer.rewards.bank import Bank, random_bank, with_episodes
from designer.run.candidates import (
    ENVIRONMENT,
    Assessed,
    Candidate,
    Entry,
    Failed,
    Outcome,
    Rejected,
    SeedResult,
    folder_name,
)
from designer.run.seeds import derive
from designer.search.generation import propose_generation, propose_given, read_again
from designer.search.session import Run, judge_seeds
from designer.search.votes import ask, gather, merit_of
from designer.selection.incumbent import incumbent
from designer.training.job import BASELINES, Job, forget_result
from designer.training.pool import run_jobs


def search(run: Run) -> Candidate | None:
    """All generations; gives the reward that leads at the end."""
    bank = random_bank(run.task, run.config.seed)
    read_again(run, bank)
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
    hidden = run.task.hidden
    rewards = {name: name for name in BASELINES if getattr(hidden, f"{name}_reward")}
    path = run.store.path.resolve()
    folders = {name: path / "final" / name for name in rewards}
    if winner:
        folder = run.store.final_folder(winner.source).resolve()
        rewards = {"designed": str(folder / "reward.py"), **rewards}
        folders["designed"] = folder
    first = (folder / "s0" / "result.json" for folder in folders.values())
    is_new = not all(result.exists() for result in first)
    jobs = {
        label: [
            _job(run, folders[label] / f"s{k}", reward, seed)
            for k, seed in enumerate(seeds)
        ]
        for label, reward in rewards.items()
    }
    every = [job for group in jobs.values() for job in group]
    results = _run_jobs(run, "final comparison", every)
    entries = [
        Entry(
            label,
            str(folders[label].relative_to(path)),
            _outcome([results[job.folder] for job in group]),
        )
        for label, group in jobs.items()
    ]
    pool = [e.folder for e in entries if isinstance(e.outcome, Assessed)]
    is_designed = winner is not None and entries[0].folder in pool
    asks = run.config.judge == "people" and (is_new or not run.store.is_finished())
    if asks and is_designed and len(pool) > 1:
        # One question for each winner there was, if a late answer changed the leader.
        winners = len(list((path / "final").glob("designed*")))
        ask(run, run.config.generations, pool, winners)
    return entries


def _train_generation(run: Run, generation: int) -> None:
    """Train and judge what is proposed; candidates without a reward end here."""
    jobs: dict[int, list[Job]] = {}
    earlier = run.store.candidates_before(generation)
    known = {c.shape: c.name for c in earlier if c.shape}
    for index in range(run.config.candidates):
        proposal = run.store.proposal(generation, index)
        if proposal is None:  # it got no answer
            continue
        problems, shape = tuple(proposal["problems"]), proposal["shape"]
        if shape in known:
            problems = (f"the same reward as {known[shape]}",)
        if problems:
            _finish(run, generation, index, Rejected(problems))
            continue
        if shape:
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
    failures = [r for r in results if isinstance(r, Failed) and r.kind == ENVIRONMENT]
    if jobs and len(failures) == len(jobs):
        for job in jobs:  # so that they are tried anew when the run is resumed
            forget_result(job.folder)
        raise TrainingError(
            f"all {len(jobs)} trainings of {title} failed in the environment: "
            f"{failures[0].reason}; put that right, then: designer resume "
            f"{run.store.path}"
        )
    return {job.folder: result for job, result in zip(jobs, results, strict=True)}


def _outcome(results: Sequence[SeedResult | Failed]) -> Outcome:
    """Assessed unless the reward failed on a seed, or the environment on all."""
    trained = tuple(result for result in results if isinstance(result, SeedResult))
    failures = [result for result in results if isinstance(result, Failed)]
    own = [failure for failure in failures if failure.kind != ENVIRONMENT]
    if own or not trained:
        return (own or failures)[0]
    return Assessed(trained, tuple(failures))


def _seen_so_far(run: Run, bank: Bank, history: Sequence[Candidate]) -> Bank:
    """The bank with what the judged policies of earlier generations did."""
    paths = [
        sorted(run.folder(candidate).glob("s*/episodes.npz"))[0]
        for candidate in history
        if isinstance(candidate.outcome, Assessed)
    ]
    return with_episodes(bank, paths)
