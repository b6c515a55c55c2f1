"""The built-in author: composes rewards of typed terms, without a model or a network.

It sees what a model would see: the task's public fields, the transition bank, and the
scores and term statistics of earlier rewards. The probabilities of terms are learnt
with REINFORCE (Williams 1992; training a generator of rewards is an idea of DERL, arXiv
2512.13399, section 3): the logits of the shapes in a reward move by its standardised
fitness.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from designer.authors.author import KeepProposal, proposal
from designer.authors.brief import Brief
from designer.authors.terms import (
    Shape,
    Term,
    instantiate,
    name,
    prior,
    reweigh,
    serves_goal,
    shapes,
    to_source,
)
from designer.feedback.reflection import Trace
from designer.run.seeds import derive
from designer.selection.incumbent import ranked
from envs.bodies import Array
from sandbox import Walls

LEARNING_RATE = 0.5
MAX_COMPOSED_TERMS = 5


@dataclass(frozen=True)
class SymbolicAuthor:
    """An author that draws rewards at random from a learnt distribution."""

    seed: int
    walls: Walls

    def write(
        self, generation: int, briefs: Sequence[Brief], keep: KeepProposal
    ) -> None:
        """Write one reward after the other."""
        for brief in briefs:
            seed = derive(self.seed, "symbolic", generation, brief.index)
            reply = symbolic_reply(brief, np.random.default_rng(seed))
            keep(brief, proposal(reply, brief, self.walls))


def symbolic_reply(brief: Brief, rng: np.random.Generator) -> str:
    """A reply in the form of a model's: the terms as JSON, then the code.

    The framing of the lineage chooses the way: explore composes anew; tune reweighs one
    of the parent's terms; restructure adds, drops or swaps one; improve does one of
    these two by chance; combine crosses the parent with another good reward.
    """
    vocabulary = shapes(brief.task, brief.bank)
    chances = probabilities(brief, vocabulary)
    lineage = brief.lineage
    parent = genome(lineage.parent.reply) if lineage.parent else ()
    framing = lineage.framing
    if framing == "improve":
        framing = str(rng.choice(["tune", "restructure"]))
    if not parent or framing == "explore":
        terms = compose(vocabulary, chances, brief, rng)
    elif framing in ("tune", "robust"):
        terms = tune(parent, brief, rng)
    elif framing == "restructure":
        terms = restructure(parent, brief, vocabulary, chances, rng)
    else:
        terms = combine(parent, brief, rng)
        if set(terms) == set(parent):  # The crossing drew the parent again.
            terms = tune(parent, brief, rng)
    notes = json.dumps([asdict(term) for term in terms])
    return f"```json\n{notes}\n```\n\n```python\n{to_source(terms, brief.bank)}```\n"


def genome(reply: str) -> tuple[Term, ...]:
    """The terms of an earlier symbolic reply; () for any other reply."""
    if not reply.startswith("```json\n["):
        return ()
    entries = json.loads(reply.split("```json\n", 1)[1].split("\n```", 1)[0])
    return tuple(
        Term(**{**entry, "shape": Shape(**entry["shape"])}) for entry in entries
    )


def probabilities(brief: Brief, vocabulary: Sequence[Shape]) -> Array:
    """Probability of every shape: prior logits, moved by the merit of earlier rewards.

    vocabulary: (n,) shapes. Gives (n,).
    """
    logits = np.array([prior(brief.task, brief.bank, shape) for shape in vocabulary])
    place = {shape: k for k, shape in enumerate(vocabulary)}
    by_score = ranked(brief.history, brief.merit)
    if len(by_score) > 1:
        scores = np.array([brief.merit.of(candidate) for candidate in by_score])
        advantages = (scores - scores.mean()) / (scores.std() or 1.0)
        gradient = np.zeros_like(logits)
        for candidate, advantage in zip(by_score, advantages, strict=True):
            chosen = [
                place[t.shape] for t in genome(candidate.reply) if t.shape in place
            ]
            expected = _softmax(logits) * len(chosen)
            gradient -= advantage * expected
            gradient[chosen] += advantage
        logits = logits + LEARNING_RATE * gradient
    return _softmax(logits)


def compose(
    vocabulary: Sequence[Shape], chances: Array, brief: Brief, rng: np.random.Generator
) -> tuple[Term, ...]:
    """Two to four fresh terms, no two alike; the first weighs most and serves the goal.

    Where the goal's words fit no shape, the first one is any.
    """
    serving = np.array(
        [serves_goal(brief.task, brief.bank, shape) for shape in vocabulary]
    )
    first = chances * serving if serving.any() else chances
    terms: list[Term] = []
    for k in range(int(rng.integers(2, 5))):
        importance = 1.0 if k == 0 else 10 ** rng.uniform(-1.5, 0.0)
        shape = _draw(vocabulary, first if k == 0 else chances, terms, rng)
        if shape is None:
            break
        terms.append(instantiate(shape, float(f"{importance:.2g}"), brief.bank))
    return tuple(terms)


def _draw(
    vocabulary: Sequence[Shape],
    chances: Array,
    present: Sequence[Term],
    rng: np.random.Generator,
) -> Shape | None:
    """A shape whose kind and column are not among the present terms; None without."""
    present_columns = {(term.shape.kind, term.shape.column) for term in present}
    free = np.array(
        [(shape.kind, shape.column) not in present_columns for shape in vocabulary]
    )
    if not free.any():
        return None
    return vocabulary[
        int(rng.choice(len(vocabulary), p=chances * free / (chances * free).sum()))
    ]


def tune(
    parent: Sequence[Term], brief: Brief, rng: np.random.Generator
) -> tuple[Term, ...]:
    """One term reweighed: likely up if it correlates with fitness, else likely down."""
    k = int(rng.integers(len(parent)))
    trace = _trace_of(parent[k], brief)
    correlation = trace.correlation if trace and trace.correlation is not None else 0.0
    up = rng.random() < 0.5 + 0.4 * correlation
    factor = float(rng.uniform(1.5, 4.0)) ** (1 if up else -1)
    terms = list(parent)
    old = parent[k]
    terms[k] = reweigh(old, old.weight * factor, old.importance * factor)
    return tuple(terms)


def restructure(
    parent: Sequence[Term],
    brief: Brief,
    vocabulary: Sequence[Shape],
    chances: Array,
    rng: np.random.Generator,
) -> tuple[Term, ...]:
    """One term added, or the weakest one dropped or replaced.

    A task with few fields may leave nothing to add: then the weakest one is dropped, or
    the only one reweighed.
    """
    shape = _draw(vocabulary, chances, parent, rng)
    if shape is None and len(parent) == 1:
        return tune(parent, brief, rng)
    weakest = min(range(len(parent)), key=lambda k: _share(parent[k], brief))
    remaining = tuple(term for k, term in enumerate(parent) if k != weakest)
    if shape is None:
        return remaining
    fresh = instantiate(shape, float(f"{10 ** rng.uniform(-1.0, 0.0):.2g}"), brief.bank)
    choice = rng.random()
    if len(parent) == 1 or (choice < 0.5 and len(parent) < MAX_COMPOSED_TERMS):
        return (*parent, fresh)
    return remaining if choice > 0.8 else (*remaining, fresh)


def combine(
    parent: Sequence[Term], brief: Brief, rng: np.random.Generator
) -> tuple[Term, ...]:
    """Terms of the parent and of another of the four best; each stays with 60 %."""
    mates = [
        c for c in ranked(brief.history, brief.merit)[:4] if c != brief.lineage.parent
    ]
    mate = genome(mates[int(rng.integers(len(mates)))].reply) if mates else ()
    pool = {(t.shape.kind, t.shape.column): t for t in (*mate, *parent)}
    drawn_terms = [term for term in pool.values() if rng.random() < 0.6]
    return tuple(drawn_terms[:MAX_COMPOSED_TERMS]) or tuple(parent)


def _trace_of(term: Term, brief: Brief) -> Trace | None:
    key = f"term/{name(term.shape, brief.bank)}"
    return next((trace for trace in brief.feedback.traces if trace.name == key), None)


def _share(term: Term, brief: Brief) -> float:
    trace = _trace_of(term, brief)
    return trace.share if trace and trace.share is not None else term.importance


def _softmax(logits: Array) -> Array:
    exp = np.exp(logits - logits.max())
    return np.asarray(exp / exp.sum())
