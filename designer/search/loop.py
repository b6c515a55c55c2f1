"""The loop: takes work from the plan, has it done, and stores the results.

The run folder is the state: the plan lists what is not written there yet, so a run that
was stopped at any moment continues where it was. The loop itself, over one search or
many, is run_all in schedule.py.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from designer.authors.author import Unanswered
from designer.errors import LLMError, TrainingError
from designer.rewards.sources import BASELINES, Baseline, Designed, RewardSource
from designer.run.candidates import (
    ENVIRONMENT,
    Candidate,
    Failed,
    Place,
    Proposed,
    candidate_place,
    folder_name,
)
from designer.run.seeds import derive
from designer.search.bundles import bundles
from designer.search.generation import Generations, read_again
from designer.search.plan import (
    AskPeople,
    Propose,
    TrainReward,
    Work,
    next_work,
)
from designer.search.reading import read_snapshot, without_broken_stages
from designer.search.session import Run, Stage, devices_of, judge_seeds, trainer_of
from designer.search.snapshot import Snapshot, stage_of
from designer.search.stages import Stages
from designer.search.votes import gather
from designer.training.event_files import write_event_file
from designer.training.job import Job, Training
from designer.training.pool import Finished, Pool, Progress
from designer.training.results import load_result
from designer.votes.preferences import read_votes


class Search:
    """A search in progress: its snapshot, its jobs in the pool, and its author."""

    def __init__(self, run: Run) -> None:
        self.run = run
        snapshot = read_snapshot(
            run.store, run.config, run.task.train.steps, resumes=True
        )
        snapshot = read_again(run, snapshot)
        self.snapshot = without_broken_stages(run.store.path, snapshot)
        self._generations = Generations(run)
        self._baselines = tuple(n for n in BASELINES if run.hidden.baseline(n))
        self._jobs: dict[Job, tuple[TrainReward, ...]] = {}
        self._author: threading.Thread | None = None
        self._written: SimpleQueue[
            tuple[Place, Proposed | Unanswered] | AskPeople | Exception | None
        ] = SimpleQueue()
        self._error: Exception | None = None  # It ended the author's or raters' work.
        self._stages = Stages(run)
        self._planned: tuple[Snapshot, tuple[Work, ...]] | None = None
        trains = any(isinstance(task, TrainReward) for task in self._work())
        if run.store.is_finished() and not trains:
            # A finished run has asked people; they can still vote with designer ask.
            self.snapshot = self.snapshot.with_votes(
                run.config.generations, self.snapshot.votes
            )
        self._finished = {c.name: c.outcome for c in self.snapshot.candidates}
        for candidate in self.snapshot.candidates:
            self._finish(candidate)

    @property
    def is_over(self) -> bool:
        """Whether no work is left; raises the error that ended the author's work."""
        if self._jobs or self._author or self._work():
            return False
        if self._error is not None:
            raise self._error
        return True

    @property
    def is_training(self) -> bool:
        """Whether jobs of this search are in the pool."""
        return bool(self._jobs)

    def _work(self) -> tuple[Work, ...]:
        """The work in the plan; after an error of the author only its trainings."""
        # The plan is the same as long as the snapshot is.
        if self._planned is None or self._planned[0] is not self.snapshot:
            plan = next_work(self.snapshot, self.run.config, self._baselines)
            self._planned = self.snapshot, plan
        work = self._planned[1]
        if self._error is None:
            return work
        return tuple(task for task in work if isinstance(task, TrainReward))

    def begin(self, pool: Pool) -> None:
        """Begin the work that can be begun now."""
        for work in self._work():
            match work:
                case Propose(generation) if self._author is None:
                    self._stages.announce_generation(generation)
                    write = partial(self._write, generation, self.snapshot)
                    self._begin_thread(write)
                case AskPeople() if not self._jobs and self._author is None:
                    self._begin_thread(partial(self._gather, work, self.snapshot))
        begun = {work for together in self._jobs.values() for work in together}
        for together in bundles(self._work(), begun, devices_of(self.run.config)):
            if pool.free > 0:
                for work in together:
                    self._stages.announce(work)
                job = self._job(together)
                self._jobs[job] = together
                pool.submit(job)

    def owns(self, event: Progress | Finished) -> bool:
        """Whether an event is about a job of this search."""
        return event.job in self._jobs

    def take(self, event: Progress | Finished) -> None:
        """Handle an event of one of this search's jobs."""
        watcher = self.run.watcher
        if isinstance(event, Progress):
            work = self._jobs[event.job][event.k]
            watcher.progress(work.folder, event.steps, event.own_return)
            return
        together = self._jobs.pop(event.job)
        for work, folder in zip(together, event.job.folders, strict=True):
            result = load_result(folder)
            assert result is not None, f"{work.folder} ended without a result"
            kind = type(result).__name__
            self.run.store.event("trained", job=work.folder, result=kind)
            self.snapshot = self.snapshot.with_result(work.folder, result)
            write_event_file(folder)
            watcher.trained(work.folder, result)
            if isinstance(result, Failed) and result.kind == ENVIRONMENT:
                self._require_environment()
        self._finish_candidates()

    def take_proposals(self) -> None:
        """Store the proposals and votes that have come meanwhile."""
        while self._author is not None:
            try:
                message = self._written.get_nowait()
            except Empty:
                return
            if message is None:
                self._author.join()
                self._author = None
                self._require_environment()
            elif isinstance(message, Exception):
                self._error = message
            elif isinstance(message, AskPeople):
                votes = tuple(read_votes(self.run.store.path))
                self.snapshot = self.snapshot.with_votes(message.generation, votes)
            else:
                self._keep(*message)
        self._finish_candidates()

    def cancel(self, pool: Pool) -> None:
        """End the jobs of this search; their checkpoints stay."""
        for job in self._jobs:
            pool.cancel(job)
        self._jobs.clear()

    def _write(self, generation: int, snapshot: Snapshot) -> None:
        """Have a generation written; in the author's thread."""
        self._generations.write(
            snapshot, generation, lambda *pair: self._written.put(pair)
        )

    def _gather(self, work: AskPeople, snapshot: Snapshot) -> None:
        """Have people and machines vote; in the author's thread."""
        gather(self.run, snapshot, work.generation)
        self._written.put(work)

    def _begin_thread(self, work: Callable[[], None]) -> None:
        """Begin what waits for models or people, in parallel to trainings."""

        def run() -> None:
            try:
                work()
            except Exception as error:  # The outermost frame of the thread.
                self._written.put(error)
            self._written.put(None)

        # As a daemon, it does not keep Ctrl-C waiting for a slow server.
        self._author = threading.Thread(target=run, daemon=True)
        self._author.start()

    def _keep(self, place: Place, proposed: Proposed | Unanswered) -> None:
        store = self.run.store
        if isinstance(proposed, Proposed):
            store.propose(place, proposed)
            self.snapshot = self.snapshot.with_proposal(place, proposed)
            return
        name, reason = folder_name(*place), proposed.reason
        store.event("unanswered", name=name, reason=reason)
        self.run.watcher.say(f"  {name}: no answer: {reason}")
        self.snapshot = replace(
            self.snapshot, unanswered=self.snapshot.unanswered | {place}
        )
        generation = {p for p in self.snapshot.unanswered if p[0] == place[0]}
        if len(generation) == self.run.config.candidates:
            self._error = LLMError(
                f"no candidate of generation {place[0]} got an answer: {reason}; then: "
                f"designer resume {store.path}"
            )

    def _finish_candidates(self) -> None:
        """Store and report the outcomes of candidates that have just finished."""
        for candidate in self.snapshot.candidates:
            # A duel's further seeds may change an outcome.
            if self._finished.get(candidate.name) == candidate.outcome:
                continue
            self._finished[candidate.name] = candidate.outcome
            self.run.store.event(
                "candidate",
                name=candidate.name,
                outcome=type(candidate.outcome).__name__,
            )
            self._finish(candidate)

    def _finish(self, candidate: Candidate) -> None:
        self.run.store.finish(candidate, sandbox=str(self.run.walls))
        self.run.watcher.outcome(candidate)

    def _require_environment(self) -> None:
        """TrainingError where all trainings of a stage failed in the environment.

        A stage with rewards still to be written or trained is not judged yet.
        """
        open_stages = set()
        for work in self._work():
            if isinstance(work, TrainReward):
                open_stages.add(stage_of(work.folder))
            elif isinstance(work, Propose):
                open_stages.add(stage_of(folder_name(work.generation, 0)))
        stages = [stage_of(name) for name in self.snapshot.results]
        for stage in {*stages} - open_stages:
            if (failure := self.snapshot.environment_failure(stage)) is not None:
                final = stage == "final"
                title = "final comparison" if final else f"generation {int(stage[1:])}"
                raise TrainingError(
                    f"{title}: all {stages.count(stage)} trainings failed in the "
                    f"environment: {failure.reason}; put that right, then: designer "
                    f"resume {self.run.store.path}"
                )

    def _training(self, work: TrainReward) -> Training:
        kind = "final" if work.is_final else "train"
        return Training(
            (self.run.store.path / work.folder).resolve(),
            self._source(work.reward),
            derive(self.run.config.seed, kind, work.seed),
            None if work.is_final else self._start(work),
        )

    def _job(self, together: tuple[TrainReward, ...]) -> Job:
        run, config = self.run, self.run.config
        stage: Stage = "final" if together[0].is_final else "search"
        if together[0].is_confirmation:
            stage = "confirmation"
        return Job(
            tuple(map(self._training, together)),
            run.task_name,
            trainer_of(config, run.task),
            run.steps,
            together[0].until,
            judge_seeds(config, stage),
            run.walls,
            run.task.measured,
        )

    def _start(self, work: TrainReward) -> Path | None:
        """The training of a reward's parent, if its own is to begin with that."""
        if not self.run.config.warm_start:
            return None
        parent = self.snapshot.proposals[candidate_place(work.reward)].parent
        if parent is None:
            return None
        return (self.run.store.path / parent / f"s{work.seed}").resolve()

    def _source(self, reward: str) -> RewardSource:
        for name in BASELINES:
            if reward == name:
                return Baseline(name)
        place = candidate_place(reward)
        path = self.run.store.reward(place, self.snapshot.proposals[place])
        return Designed(path.resolve())
