"""Before a generation: what is known, what a person says, and what is proposed."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import product

from designer.authors.brief import Brief, Feedback
from designer.authors.proposers import Proposal, Unanswered
from designer.errors import LLMError
from designer.feedback.reflection import average, traces
from designer.feedback.review import Review, review
from designer.feedback.term_ledger import lines, missing, sheet
from designer.rewards.accept import Accepted, Refused, accept_source
from designer.rewards.bank import Bank
from designer.rewards.sign import unsigned
from designer.run.candidates import Candidate, folder_name
from designer.search.session import Run
from designer.search.votes import merit_of
from designer.selection.lineage import Lineage, lineage
from designer.selection.merit import Merit
from designer.training.curves import Curves
from designer.votes.preferences import read_votes
from designer.votes.told import told
from sandbox import Reading, read_source

GIVEN = "given"  # the framing of a reward that a person brought


def propose_generation(
    run: Run, generation: int, history: Sequence[Candidate], bank: Bank
) -> None:
    """Have written and kept what is not proposed yet of a generation.

    Candidates without an answer stay open; LLMError if the generation has no others.
    """
    wanted = [
        index
        for index in range(run.config.candidates)
        if run.store.proposal(generation, index) is None
    ]
    merit = merit_of(run, history)
    lineages = {
        index: _lineage(run, history, generation, index, merit) for index in wanted
    }
    parents = {
        found.parent.name: found.parent for found in lineages.values() if found.parent
    }
    known = {
        name: _feedback(run, bank, history, parent) for name, parent in parents.items()
    }
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
            merit=merit,
        )
        for index, found in lineages.items()
    ]
    proposals = run.propose(generation, briefs) if briefs else []
    reasons = []
    for brief, proposal in zip(briefs, proposals, strict=True):
        if isinstance(proposal, Unanswered):
            name = folder_name(generation, brief.index)
            run.store.event("unanswered", name=name, reason=proposal.reason)
            run.watcher.say(f"  {name}: no answer: {proposal.reason}")
            reasons.append(proposal.reason)
        else:
            _keep(run, generation, brief.index, brief.lineage, proposal)
    if len(reasons) == run.config.candidates:
        raise LLMError(
            f"no candidate of generation {generation} got an answer: {reasons[0]}; "
            f"then: designer resume {run.store.path}"
        )


def _lineage(
    run: Run,
    history: Sequence[Candidate],
    generation: int,
    index: int,
    merit: Merit,
) -> Lineage:
    config = run.config
    how = (config.parents, config.islands, config.seed)
    return lineage(*how, history, generation, index, merit)


def _feedback(
    run: Run, bank: Bank, history: Sequence[Candidate], parent: Candidate
) -> Feedback:
    """All that is known about a parent."""
    found = [sheet(candidate, _curves(run, candidate)) for candidate in history]
    sheets = {one.name: one for one in found if one}
    given = [sheets[c.name] for c in history if c.framing == GIVEN and c.name in sheets]
    asked = (term for sheet in given for term in sheet.sizes)
    gone = missing(asked, sheets[parent.name].sizes)
    had = tuple(f"{term}, which a person's own reward had" for term in gone)
    terms = {name: one.sizes for name, one in sheets.items()}
    people = told(read_votes(run.store.path), history, parent, terms)
    return Feedback(
        traces=traces(average(_curves(run, parent))),
        review=judged_review(run, bank, parent),
        terms=lines(sheets.values()),
        people=replace(people, gone=had + people.gone),
    )


def judged_review(run: Run, bank: Bank, candidate: Candidate) -> Review:
    """What the judged episodes of a candidate say."""
    episodes = sorted(run.folder(candidate).glob("s*/episodes.npz"))
    return review(run.task, bank, candidate.source, episodes, run.walls)


def propose_given(run: Run, bank: Bank) -> None:
    """The rewards that a person starts from take the first places of generation 0."""
    for index, source in enumerate(run.store.given(len(run.config.init))):
        if run.store.proposal(0, index) is not None:
            continue
        match accept_source(source, bank, run.walls):
            case Accepted(source, _, findings, shape, thought):
                proposal = Proposal("", source, (), findings, shape, thought)
            case Refused(problems):
                proposal = Proposal("", "", problems)
        _keep(run, 0, index, Lineage(framing=GIVEN), proposal)


def read_again(run: Run, bank: Bank) -> None:
    """Read what an earlier version proposed, which kept no shape and no thought."""
    for generation, index in product(
        range(run.config.generations), range(run.config.candidates)
    ):
        proposal = run.store.proposal(generation, index)
        if proposal is None or proposal["shape"] or not proposal["source"]:
            continue
        kept = {"shape": "", "thought": ""}
        if source := unsigned(proposal["source"]):
            reading = read_source(source, bank.widths, run.walls)
            if isinstance(reading, Reading):
                kept = {"shape": reading.shape, "thought": reading.thought}
        run.store.propose(generation, index, {**proposal, **kept})


def _keep(
    run: Run, generation: int, index: int, found: Lineage, proposal: Proposal
) -> None:
    parent = found.parent.name if found.parent else None
    what = {"framing": found.framing, "parent": parent, **asdict(proposal)}
    run.store.propose(generation, index, what)


def _curves(run: Run, candidate: Candidate) -> list[Curves]:
    paths = sorted(run.folder(candidate).glob("s*/curves.csv"))
    return [Curves.load(path) for path in paths]
