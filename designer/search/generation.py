"""A generation's proposals: the briefs of its authors, and the rewards they write."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from designer.authors.author import Proposal, Unanswered
from designer.authors.brief import Brief, Feedback
from designer.config import RunConfig
from designer.feedback.changes import Sheet, missing, sheet
from designer.feedback.reflection import average, seed_traces, traces
from designer.feedback.review import Review, review
from designer.rewards.accept import Accepted, Refused, accept_source
from designer.rewards.bank import Bank, with_episodes
from designer.rewards.sign import unsigned
from designer.rewards.sources import BASELINES
from designer.run.candidates import (
    Assessed,
    Candidate,
    Outcome,
    Place,
    Proposed,
)
from designer.search.plan import merit
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.selection.lineage import lineage
from designer.training.curves import Curves, load_curves
from designer.training.results import counted_folders
from designer.votes.people import summarise_people
from sandbox import Reading, read_source

INITIAL_FRAMING = "given"  # Of a reward from --init, which a person wrote.
# More policies would not change the ranges that authors see, nor the probe.
MAX_BANK_POLICIES = 32

KeepReward = Callable[[Place, Proposed | Unanswered], None]


class Generations:
    """Has the generations of a run written; caches term sheets of its candidates."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sheets: dict[str, tuple[Outcome, Sheet | None]] = {}

    def write(self, snapshot: Snapshot, generation: int, keep: KeepReward) -> None:
        """Have the missing rewards of a generation written; calls keep with each."""
        run, config = self._run, self._run.config
        if generation == 0:
            for place, proposed in _initial_rewards(run, snapshot):
                snapshot = snapshot.with_proposal(place, proposed)
                keep(place, proposed)
        missing_indices = [
            index
            for index in range(config.candidates)
            if (generation, index) not in snapshot.proposals
        ]
        briefs = self._briefs(snapshot, generation, missing_indices)

        def keep_proposal(brief: Brief, proposal: Proposal | Unanswered) -> None:
            place = generation, brief.index
            if isinstance(proposal, Unanswered):
                keep(place, proposal)
                return
            parent = brief.lineage.parent
            keep(
                place,
                Proposed(
                    framing=brief.lineage.framing,
                    parent=parent.name if parent else None,
                    **vars(proposal),
                ),
            )

        if briefs:
            run.author.write(generation, briefs, keep_proposal)

    def _briefs(
        self, snapshot: Snapshot, generation: int, indices: Sequence[int]
    ) -> list[Brief]:
        """A brief for each index: earlier generations, and feedback on its parent."""
        run, config = self._run, self._run.config
        history = snapshot.candidates_before(generation - config.ahead + 1)
        measure = merit(snapshot, config, history)
        # Whether baselines are trained before is chance in the first generations.
        knows_baselines = generation >= config.ahead
        baselines = baseline_scores(snapshot, config) if knows_baselines else {}
        bank = _bank_with_policies(run, history)
        settings = config.parents, config.islands, config.seed
        is_alone = config.candidates == 1
        lineages = [
            lineage(*settings, history, generation, index, measure, is_alone)
            for index in indices
        ]
        parents = {line.parent.name: line.parent for line in lineages if line.parent}
        feedback = {
            name: self._feedback(snapshot, bank, history, parent, generation)
            for name, parent in parents.items()
        }
        return [
            Brief(
                run.task,
                bank,
                config,
                run.steps,
                index,
                history,
                line,
                feedback[line.parent.name] if line.parent else Feedback(),
                merit=measure,
                baselines=baselines,
                unit=run.hidden.unit,
            )
            for index, line in zip(indices, lineages, strict=True)
        ]

    def _feedback(
        self,
        snapshot: Snapshot,
        bank: Bank,
        history: Sequence[Candidate],
        parent: Candidate,
        generation: int,
    ) -> Feedback:
        """The feedback on a parent, without what the author does not read."""
        run = self._run
        sheets = {
            c.name: term_sheet
            for c in history
            if (term_sheet := self._sheet(c)) is not None
        }
        own = sheets.get(parent.name)  # None if its trainings failed when they went on
        initial_sheets = [
            sheets[c.name]
            for c in history
            if c.framing == INITIAL_FRAMING and c.name in sheets
        ]
        initial_terms = (term for initial in initial_sheets for term in initial.pay)
        missing_terms = tuple(
            f"{term}, which a person's own reward had"
            for term in (missing(initial_terms, own.pay) if own else ())
        )
        terms = {name: term_sheet.pay for name, term_sheet in sheets.items()}
        terms.setdefault(parent.name, {})
        people = summarise_people(snapshot.votes, history, parent, terms)
        # The built-in author reads curves and scores, and no episodes.
        reads = run.config.model != "symbolic"
        turn = generation - parent.generation - 1
        curves = curves_of(run, parent)
        return Feedback(
            traces=(
                traces(average([*curves.values()])) + seed_traces(curves)
                if curves
                else ()
            ),
            review=judged_review(run, bank, parent, turn) if reads else Review(),
            sheets=sheets,
            people=replace(people, gone=missing_terms + people.gone),
        )

    def _sheet(self, candidate: Candidate) -> Sheet | None:
        """The sheet of a candidate, anew where further seeds changed its outcome."""
        name, outcome = candidate.name, candidate.outcome
        if name not in self._sheets or self._sheets[name][0] != outcome:
            by_seed = curves_of(self._run, candidate)
            self._sheets[name] = outcome, sheet(candidate, [*by_seed.values()])
        return self._sheets[name][1]


def judged_review(run: Run, bank: Bank, candidate: Candidate, turn: int = 0) -> Review:
    """The review of a candidate's judged episodes, as `review` in feedback/review.py.

    turn: generations in which it was reviewed before.
    """
    folders = counted_folders(run.folder(candidate), candidate.outcome)
    episodes = [f / "episodes.npz" for f in folders if (f / "episodes.npz").is_file()]
    return review(run.task, bank, candidate.source, episodes, run.walls, turn)


def curves_of(run: Run, candidate: Candidate) -> dict[str, Curves]:
    """The learning curves of a candidate's trainings, by folder, such as s0."""
    return load_curves(counted_folders(run.folder(candidate), candidate.outcome))


def baseline_scores(snapshot: Snapshot, config: RunConfig) -> dict[str, float]:
    """Mean fitness of those of the task's own rewards whose trainings are finished."""
    scores: dict[str, float] = {}
    for name in BASELINES:
        outcome = snapshot.outcome(f"final/{name}", config.final_seeds)
        if isinstance(outcome, Assessed):
            scores[name] = outcome.fitness
    return scores


def read_again(run: Run, snapshot: Snapshot) -> Snapshot:
    """Add shape and thought to proposals of an earlier version, which lack both."""
    for place, proposed in snapshot.proposals.items():
        if proposed.shape or not proposed.source:
            continue
        reading = read_source(unsigned(proposed.source), run.bank.widths, run.walls)
        if isinstance(reading, Reading):
            again = replace(proposed, shape=reading.shape, thought=reading.thought)
            run.store.propose(place, again)
            snapshot = snapshot.with_proposal(place, again)
    return snapshot


def _initial_rewards(run: Run, snapshot: Snapshot) -> list[tuple[Place, Proposed]]:
    """The rewards from --init, checked, for the first places of generation 0."""
    proposals = []
    for index, source in enumerate(run.store.initial_sources(len(run.config.init))):
        if (0, index) in snapshot.proposals:
            continue
        match accept_source(source, run.bank, run.walls):
            case Accepted(source, _, findings, shape, thought, signature):
                proposed = Proposed(
                    INITIAL_FRAMING,
                    None,
                    "",
                    source,
                    (),
                    findings,
                    shape,
                    thought,
                    signature,
                )
            case Refused(problems):
                proposed = Proposed(INITIAL_FRAMING, None, "", "", problems)
        proposals.append(((0, index), proposed))
    return proposals


def _bank_with_policies(run: Run, history: Sequence[Candidate]) -> Bank:
    """The run's bank with transitions of the latest judged policies."""
    assessed = [c for c in history if isinstance(c.outcome, Assessed)]
    stored = [
        sorted(run.folder(candidate).glob("s*/episodes.npz"))
        for candidate in assessed[-MAX_BANK_POLICIES:]
    ]  # none where the trainings failed after the search's steps
    return with_episodes(run.bank, [episodes[0] for episodes in stored if episodes])
