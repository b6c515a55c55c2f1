import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from designer.authors.brief import Brief
from designer.authors.symbolic import genome, probabilities, symbolic_reply
from designer.authors.terms import (
    Shape,
    instantiate,
    serves_goal,
    shapes,
    to_source,
)
from designer.config import RunConfig
from designer.rewards.accept import Accepted, accept
from designer.rewards.bank import random_bank
from designer.run.candidates import Assessed, Candidate, Judgement, SeedResult
from designer.selection.lineage import FRAMINGS, Lineage
from designer.selection.merit import BY_FITNESS
from envs.make import load_task
from tests.designer.conftest import every_task

TASK = load_task("hopper-run")
BANK = random_bank(TASK, 0)


def brief(history=(), parent=None, framing="explore") -> Brief:
    chosen = Lineage(parent, None, framing)
    how = (TASK, BANK, RunConfig(), 1, 0)
    return Brief(*how, history, chosen, merit=BY_FITNESS)


def scored(index: int, reply: str, fitness: float) -> Candidate:
    judgement = Judgement(fitness, 0.0, None, 1.0, {})
    outcome = Assessed((SeedResult(0, judgement, 1, 1.0),))
    return Candidate(0, index, "explore", None, reply, "", outcome)


@pytest.mark.parametrize("name", every_task())
def test_whatever_it_composes_passes_every_check(name: str) -> None:
    task = load_task(name)
    bank = random_bank(task, 0)
    rng = np.random.default_rng(0)
    made = Brief(task, bank, RunConfig(), 1, merit=BY_FITNESS)
    for _ in range(4):
        assert isinstance(accept(symbolic_reply(made, rng), bank), Accepted)


@pytest.mark.parametrize("framing", [*FRAMINGS, "improve"])
def test_every_way_of_changing_a_parent_gives_a_usable_reward(framing: str) -> None:
    rng = np.random.default_rng(1)
    replies = [symbolic_reply(brief(), rng) for _ in range(3)]
    history = [scored(k, reply, k) for k, reply in enumerate(replies)]
    for _ in range(5):
        reply = symbolic_reply(brief(history, history[-1], framing), rng)
        assert isinstance(accept(reply, BANK), Accepted)
        assert genome(reply)


def test_terms_have_the_size_that_their_importance_says() -> None:
    reply = symbolic_reply(brief(), np.random.default_rng(2))
    namespace: dict = {"np": np}
    exec(reply.split("```python\n")[1].split("```")[0], namespace)
    from sandbox.contract import view

    states = view(BANK.s, BANK.widths), BANK.a, view(BANK.s_next, BANK.widths)
    values = namespace["reward"](*states)
    for term, value in zip(genome(reply), values.values(), strict=True):
        size = np.sqrt(np.mean(value**2))
        assert size == pytest.approx(term.importance, rel=0.02)


def test_shapes_that_earned_fitness_become_likelier() -> None:
    known = shapes(TASK, BANK)
    rng = np.random.default_rng(3)
    replies = [symbolic_reply(brief(), rng) for _ in range(6)]
    # All of them begin with the same term, so it says nothing.
    good = genome(replies[0])[1].shape
    history = [
        scored(k, reply, float(good in {t.shape for t in genome(reply)}))
        for k, reply in enumerate(replies)
    ]
    before = probabilities(brief(), known)
    after = probabilities(brief(history), known)
    assert after[known.index(good)] > before[known.index(good)]
    assert after.sum() == pytest.approx(1.0)


def test_one_score_alone_changes_nothing() -> None:
    known = shapes(TASK, BANK)
    reply = symbolic_reply(brief(), np.random.default_rng(4))
    history = [scored(0, reply, 9.0)]
    assert np.array_equal(
        probabilities(brief(history), known), probabilities(brief(), known)
    )


@pytest.mark.parametrize("value", [1e200, -1e308])
def test_huge_numbers_give_terms_that_python_can_read(value: float) -> None:
    bank = replace(BANK, s_next=BANK.s_next * 0.0 + value, start=BANK.start + value)
    for shape in shapes(TASK, bank):
        source = to_source([instantiate(shape, 1.0, bank)], bank)
        assert not re.search(r"\b(nan|inf)\b", source)


def test_hidden_fields_are_not_among_the_shapes() -> None:
    assert "x_position" not in {shape.field for shape in shapes(TASK, BANK)}


def test_fields_that_share_words_with_the_goal_are_likelier() -> None:
    known = shapes(TASK, BANK)
    chances = dict(zip(known, probabilities(brief(), known), strict=True))
    forward = next(s for s in known if s.field == "x_velocity" and s.kind == "progress")
    upward = next(s for s in known if s.field == "z_velocity" and s.kind == "progress")
    assert isinstance(forward, Shape)
    assert chances[forward] > chances[upward]


@pytest.mark.parametrize(
    ("name", "field", "sign"),
    [
        ("hopper-run", "x_velocity", 1),
        ("halfcheetah-backward", "x_velocity", -1),
        ("ant-run", "torso_velocity", 1),
    ],
)
def test_a_reward_leads_along_the_axis_that_the_goal_names(
    name: str, field: str, sign: int
) -> None:
    task = load_task(name)
    made = Brief(task, random_bank(task, 0), RunConfig(), 1, merit=BY_FITNESS)
    first, *_ = genome(symbolic_reply(made, np.random.default_rng(5)))
    assert first.importance == 1.0
    leads = first.shape.kind, first.shape.field, first.shape.sign
    assert leads == ("progress", field, sign)


def test_what_never_changes_is_only_the_other_end_of_a_distance() -> None:
    task = load_task("reacher-reach")
    fields = {shape.field for shape in shapes(task, random_bank(task, 0))}
    assert "fingertip_position" in fields
    assert "target_position" not in fields


def test_the_distance_of_two_positions_is_paid_for() -> None:
    task = load_task("reacher-reach")
    bank = random_bank(task, 0)
    between = {s.kind: s for s in shapes(task, bank) if s.other == "target_position"}
    assert between.keys() == {"near", "distance"}
    source = to_source([instantiate(between["distance"], 1.0, bank)], bank)
    namespace: dict = {"np": np}
    exec(source, namespace)
    arm, target = np.array([[0.3, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.4], [0.0, 0.0]])
    s_next = SimpleNamespace(fingertip_position=arm, target_position=target)
    (term,) = namespace["reward"](None, None, s_next).values()
    weight = instantiate(between["distance"], 1.0, bank).weight
    assert term == pytest.approx([-0.5 * weight, 0.0])


def test_a_hyphen_names_no_axis() -> None:
    task = replace(TASK, goal="Zig-zag like a y-shaped x-ray.")
    assert not any(
        serves_goal(task, BANK, shape) and shape.kind == "progress"
        for shape in shapes(task, BANK)
    )
