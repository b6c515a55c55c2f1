"""Before a generation: what its authors may know, and what they propose."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from designer.authors.author import Proposal, Unanswered
from designer.authors.brief import Brief, Feedback
from designer.config import RunConfig
from designer.feedback.reflection import average, traces
from designer.feedback.review import Review, review
from designer.feedback.term_ledger import Sheet, lines, missing, sheet
from designer.rewards.accept import Accepted, Refused, accept_source
from designer.rewards.bank import Bank, with_episodes
from designer.rewards.sign import unsigned
from designer.run.candidates import (
    Assessed,
    Candidate,
    Place,
    Proposed,
    SeedResult,
)
from designer.search.plan import merit
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.selection.lineage import lineage
from designer.training.curves import Curves
from designer.votes.told import told
from sandbox import Reading, read_source

GIVEN = "given"  # the framing of a reward that a person brought
# Their transitions are more than any author's ranges or probe can use.
BANK_POLICIES = 32

Keep = Callable[[Place, Proposed | Unanswered], None]


class Generations:
    """Has a run's generations written; figures of finished candidates are kept."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sheets: dict[str, Sheet | None] = {}

    def write(self, seen: Snapshot, generation: int, keep: Keep) -> None:
        """Have the missing rewards of a generation written; keep takes each."""
        run, config = self._run, self._run.config
        if generation == 0:
            for place, proposed in _given(run, seen):
                seen = seen.with_proposal(place, proposed)
                keep(place, proposed)
        missing_indices = [
            index
            for index in range(config.candidates)
            if (generation, index) not in seen.proposals
        ]
        briefs = self._briefs(seen, generation, missing_indices)

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
        self, seen: Snapshot, generation: int, indices: Sequence[int]
    ) -> list[Brief]:
        """What each proposal may know: earlier generations, and its own parent."""
        run, config = self._run, self._run.config
        history = seen.candidates_before(generation)
        by = merit(seen, config, history)
        bank = _bank_with_policies(run, history)
        how = (config.parents, config.islands, config.seed)
        lineages = [lineage(*how, history, generation, index, by) for index in indices]
        parents = {line.parent.name: line.parent for line in lineages if line.parent}
        feedback = {
            name: self._feedback(seen, bank, history, parent)
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
                merit=by,
                baselines=baseline_scores(seen, config),
            )
            for index, line in zip(indices, lineages, strict=True)
        ]

    def _feedback(
        self,
        seen: Snapshot,
        bank: Bank,
        history: Sequence[Candidate],
        parent: Candidate,
    ) -> Feedback:
        """All that is known about a parent, as far as anybody reads it."""
        run = self._run
        for candidate in history:
            if candidate.name not in self._sheets:
                curves = curves_of(run, candidate)
                self._sheets[candidate.name] = sheet(candidate, curves)
        sheets = {
            c.name: one for c in history if (one := self._sheets[c.name]) is not None
        }
        given = [
            sheets[c.name] for c in history if c.framing == GIVEN and c.name in sheets
        ]
        asked = (term for one in given for term in one.sizes)
        gone = missing(asked, sheets[parent.name].sizes)
        had = tuple(f"{term}, which a person's own reward had" for term in gone)
        terms = {name: one.sizes for name, one in sheets.items()}
        people = told(seen.votes, history, parent, terms)
        # The built-in author reads curves and scores, and no episodes.
        reads = run.config.model != "symbolic"
        return Feedback(
            traces=traces(average(curves_of(run, parent))),
            review=judged_review(run, bank, parent) if reads else Review(),
            terms=lines(sheets.values()),
            people=replace(people, gone=had + people.gone),
        )


def judged_review(run: Run, bank: Bank, candidate: Candidate) -> Review:
    """What the judged episodes of a candidate say."""
    episodes = sorted(run.folder(candidate).glob("s*/episodes.npz"))
    return review(run.task, bank, candidate.source, episodes, run.walls)


def curves_of(run: Run, candidate: Candidate) -> list[Curves]:
    """The curves of a candidate's trainings."""
    paths = sorted(run.folder(candidate).glob("s*/curves.csv"))
    return [Curves.load(path) for path in paths]


def baseline_scores(seen: Snapshot, config: RunConfig) -> dict[str, float]:
    """Mean fitness of the task's own rewards, as far as they are trained already."""
    scores = {}
    for name in ("human", "sparse"):
        folders = (f"final/{name}/s{k}" for k in range(config.final_seeds))
        results = [seen.results.get(folder) for folder in folders]
        fitness = [r.judgement.fitness for r in results if isinstance(r, SeedResult)]
        if len(fitness) == config.final_seeds:
            scores[name] = sum(fitness) / len(fitness)
    return scores


def read_again(run: Run, seen: Snapshot) -> Snapshot:
    """Read what an earlier version proposed, which kept no shape and no thought."""
    for place, proposed in seen.proposals.items():
        if proposed.shape or not proposed.source:
            continue
        reading = read_source(unsigned(proposed.source), run.bank.widths, run.walls)
        if isinstance(reading, Reading):
            again = replace(proposed, shape=reading.shape, thought=reading.thought)
            run.store.propose(place, again)
            seen = seen.with_proposal(place, again)
    return seen


def _given(run: Run, seen: Snapshot) -> list[tuple[Place, Proposed]]:
    """The rewards that a person starts from, for the first places of generation 0."""
    proposals = []
    for index, source in enumerate(run.store.initial_sources(len(run.config.init))):
        if (0, index) in seen.proposals:
            continue
        match accept_source(source, run.bank, run.walls):
            case Accepted(source, _, findings, shape, thought):
                proposed = Proposed(
                    GIVEN, None, "", source, (), findings, shape, thought
                )
            case Refused(problems):
                proposed = Proposed(GIVEN, None, "", "", problems)
        proposals.append(((0, index), proposed))
    return proposals


def _bank_with_policies(run: Run, history: Sequence[Candidate]) -> Bank:
    """The run's bank with what the latest judged policies did."""
    assessed = [c for c in history if isinstance(c.outcome, Assessed)]
    episodes = [
        sorted(run.folder(candidate).glob("s*/episodes.npz"))[0]
        for candidate in assessed[-BANK_POLICIES:]
    ]
    return with_episodes(run.bank, episodes)
