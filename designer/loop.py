"""The search: propose, check, train, judge, reflect, select, and again.

The run folder is the state. Every step asks what is not written yet, so a run that was
stopped at any moment goes on where it was.
"""

import ast
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from designer.config import RunConfig
from designer.executors.local import run_jobs
from designer.feedback.reflection import average, traces
from designer.feedback.review import Review, review
from designer.feedback.term_ledger import lines, missing, sheet
from designer.propose.accept import Refused, accept_source
from designer.propose.brief import Brief, Feedback
from designer.propose.proposers import Proposal, Proposer
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
from designer.search.bank import Bank, random_bank, with_episodes
from designer.search.lineage import Lineage, lineage
from designer.search.selection import incumbent
from designer.store import RunStore
from designer.training.curves import Curves
from designer.training.job import BASELINES, Job
from envs.task import Task
from sandbox import Walls

GIVEN = "given"  # the framing of a reward that a person brought


class Watcher(Protocol):
    """Who is told how a run goes on; the screen, or nobody."""

    def stage(self, title: str, jobs: Sequence[Job]) -> None:
        """These trainings come next."""

    def progress(self, job: Job, steps: int, own_return: float) -> None:
        """A training got this far."""

    def trained(self, job: Job, result: SeedResult | Failed) -> None:
        """A training ended."""

    def outcome(self, candidate: Candidate) -> None:
        """A candidate is done."""


@dataclass(frozen=True)
class Run:
    """One search: its settings, task, folder, and who proposes and watches."""

    config: RunConfig
    task: Task
    store: RunStore
    propose: Proposer
    watcher: Watcher
    walls: Walls

    @property
    def steps(self) -> int:
        """Environment steps of one training."""
        return self.config.steps or self.task.train.steps


@dataclass(frozen=True)
class Entry:
    """One row of the final comparison: a reward retrained on unseen seeds."""

    label: str
    outcome: Outcome


def search(run: Run) -> Candidate | None:
    """All generations; gives the reward that leads at the end."""
    bank = random_bank(run.task, run.config.seed)
    _propose_given(run, bank)
    for generation in range(run.config.generations):
        history = run.store.candidates_before(generation)
        _propose_generation(run, generation, history, _seen_so_far(run, bank, history))
        _train_generation(run, generation)
    return incumbent(run.store.candidates())


def compare(run: Run, winner: Candidate | None) -> list[Entry]:
    """Winner and baselines, trained from scratch on seeds new to the search."""
    seeds = [derive(run.config.seed, "final", k) for k in range(run.config.final_seeds)]
    rewards = {"designed": str(_folder(run, winner) / "reward.py")} if winner else {}
    rewards |= {name: name for name in BASELINES}
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
    return [
        Entry(label, _outcome([results[job.folder] for job in group]))
        for label, group in jobs.items()
    ]


def _propose_generation(
    run: Run, generation: int, history: Sequence[Candidate], bank: Bank
) -> None:
    missing = [
        index
        for index in range(run.config.candidates)
        if run.store.proposal(generation, index) is None
    ]
    lineages = {index: _lineage(run, history, generation, index) for index in missing}
    parents = {
        found.parent.name: found.parent for found in lineages.values() if found.parent
    }
    known = {name: _feedback(run, bank, history, parents[name]) for name in parents}
    briefs = [
        Brief(
            run.task,
            bank,
            run.config,
            run.steps,
            index,
            history,
            found,
            known[found.parent.name] if found.parent else Feedback(),
        )
        for index, found in lineages.items()
    ]
    proposals = run.propose(generation, briefs) if briefs else []
    for brief, proposal in zip(briefs, proposals, strict=True):
        _keep(run, generation, brief.index, brief.lineage, proposal)


def _lineage(
    run: Run, history: Sequence[Candidate], generation: int, index: int
) -> Lineage:
    config = run.config
    how = (config.parents, config.islands, config.seed)
    return lineage(*how, history, generation, index)


def _feedback(
    run: Run, bank: Bank, history: Sequence[Candidate], parent: Candidate
) -> Feedback:
    """All that arithmetic can say about a parent."""
    found = [sheet(candidate, _curves(run, candidate)) for candidate in history]
    sheets = {one.name: one for one in found if one}
    given = [sheets[c.name] for c in history if c.framing == GIVEN and c.name in sheets]
    asked = (term for sheet in given for term in sheet.sizes)
    gone = missing(asked, sheets[parent.name].sizes)
    warning = (f"gone, though a person's own reward had it: {', '.join(gone)}",)
    return Feedback(
        traces=traces(average(_curves(run, parent))),
        review=judged_review(run, bank, parent),
        terms=(warning if gone else ()) + lines(sheets.values()),
    )


def judged_review(run: Run, bank: Bank, candidate: Candidate) -> Review:
    """What the judged episodes of a candidate say."""
    episodes = sorted(_folder(run, candidate).glob("s*/episodes.npz"))
    return review(run.task, bank, candidate.source, episodes, run.walls)


def _propose_given(run: Run, bank: Bank) -> None:
    """The rewards that a person starts from take the first places of generation 0."""
    for index, source in enumerate(run.store.given()):
        if run.store.proposal(0, index) is not None:
            continue
        found = accept_source(source, bank, run.walls)
        problems = found.problems if isinstance(found, Refused) else ()
        source = "" if isinstance(found, Refused) else found.source
        noted = () if isinstance(found, Refused) else found.findings
        proposal = Proposal("", source, problems, noted)
        _keep(run, 0, index, Lineage(framing=GIVEN), proposal)


def _keep(
    run: Run, generation: int, index: int, found: Lineage, proposal: Proposal
) -> None:
    parent = found.parent.name if found.parent else None
    what = {"framing": found.framing, "parent": parent, **asdict(proposal)}
    run.store.propose(generation, index, what)


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
                str(folder / "reward.py"),
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
    if run.store.candidate(generation, index) is None:
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
    judge_seeds = tuple(
        derive(run.config.seed, "judge", k) for k in range(run.config.episodes)
    )
    task = str(run.task.folder)
    how = (run.config.trainer, run.config.algo or run.task.train.algo)
    return Job(folder, task, *how, reward, seed, run.steps, judge_seeds, run.walls)


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
        _folder(run, candidate) / "s0" / "episodes.npz"
        for candidate in history
        if isinstance(candidate.outcome, Assessed)
    ]
    return with_episodes(bank, paths)


def _curves(run: Run, candidate: Candidate) -> list[Curves]:
    paths = sorted(_folder(run, candidate).glob("s*/curves.csv"))
    return [Curves.load(path) for path in paths]


def _folder(run: Run, candidate: Candidate) -> Path:
    return run.store.folder(candidate.generation, candidate.index).resolve()


def _shape(source: str) -> str:
    """What a reward is, apart from comments and spacing."""
    return ast.dump(ast.parse(source))
