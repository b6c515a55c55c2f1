"""The sign form: only the signs of two terms count, and the model's text stays."""

import numpy as np
import pytest

from designer.authors.author import proposal
from designer.authors.brief import Brief
from designer.config import RunConfig
from designer.rewards.accept import Accepted, Refused, accept_source
from designer.rewards.bank import random_bank
from designer.rewards.sign import signed, unsigned
from designer.selection.merit import BY_FITNESS
from envs.make import load_task
from sandbox import NO_WALLS
from sandbox.contract import collect, load, view

TASK = load_task("inverted-pendulum-balance")
BANK = random_bank(TASK, 0)
SIGNED = Brief(TASK, BANK, RunConfig(form="sign"), 1, merit=BY_FITNESS)
NAMES = ("sparse", "dense")
PLAIN = '''def reward(s, a, s_next):
    """Up, and nearer to it."""
    return {"sparse": s_next.x, "dense": s_next.y}
'''
HELPED = '''LIMIT = 0.0

def situation(x):
    """Helps
def reward(s, a, s_next):
    which follows.
    """
    return x - LIMIT

def reward(s, a, s_next):
    """Is like
def reward(s): but better."""
    return {"sparse": situation(s_next.x), "dense": situation(s_next.y)}  # def reward(
'''
UNLIKE = [
    'return {"sparse": s_next.x > 0, "dense": 1 * (s_next.y > 0) - (s_next.y < 0)}',
    'return s_next.x + s_next.y, {"dense": s_next.y, "sparse": s_next.x > 0}',
    'd = {"sparse": s_next.x > 0}\n    d["dense"] = s_next.y\n    return d',
]


def put_round(source: str) -> str:
    found = signed(Accepted(source, NAMES))
    assert isinstance(found, Accepted)
    return found.source


def paid(source: str, x, y) -> dict[str, list[float]]:
    """The terms of rows with these fields, and their sum."""
    frame = np.column_stack([x, y]).astype(float)
    states = view(frame, {"x": 0, "y": 0})
    names, values = collect(load(source)(states, frame[:, :1], states), len(frame))
    columns = dict(zip(names, values.T.tolist(), strict=True))
    return {**columns, "sum": values.sum(axis=1).tolist()}


@pytest.mark.parametrize("source", [PLAIN, HELPED])
def test_the_reward_is_one_sign_and_a_tenth_of_the_other(source: str) -> None:
    x = [-5, -5, -5, 0, 0, 0, 0.01, 7, 7]
    y = [-3, 0, 0.2, -3, 0, 8, -3, 0, 9]
    found = paid(put_round(source), x, y)
    assert found["sparse"] == [-1, -1, -1, 0, 0, 0, 1, 1, 1]
    assert found["dense"] == [-0.1, 0, 0.1, -0.1, 0, 0.1, -0.1, 0, 0.1]
    assert found["sum"] == pytest.approx(
        [-1.1, -1.0, -0.9, -0.1, 0.0, 0.1, 0.9, 1.0, 1.1]
    )


@pytest.mark.parametrize("body", UNLIKE)
def test_predicates_totals_and_other_orders_have_signs_too(body: str) -> None:
    source = f"def reward(s, a, s_next):\n    {body}\n"
    found = paid(put_round(source), [-5, 2, 2], [-3, 0, 4])
    assert found["sparse"] == [0, 1, 1]
    assert found["dense"] == [-0.1, 0, 0.1]


def test_single_numbers_have_signs_too() -> None:
    source = 'def reward(s, a, s_next):\n    return {"sparse": -3, "dense": True}\n'
    found = paid(put_round(source), [0, 0], [0, 0])
    assert found["sum"] == pytest.approx([-0.9, -0.9])


@pytest.mark.parametrize("terms", [("up",), ("sparse",), (*NAMES, "effort")])
def test_other_terms_are_refused_by_name(terms: tuple[str, ...]) -> None:
    found = signed(Accepted(PLAIN, terms))
    assert isinstance(found, Refused)
    assert "'sparse' and 'dense'" in found.problems[0]
    assert found.problems[0].endswith(f"got {', '.join(terms)}")


@pytest.mark.parametrize("source", [PLAIN, HELPED, PLAIN.rstrip(), PLAIN + "\n\n"])
def test_the_model_is_shown_its_own_text_again(source: str) -> None:
    assert unsigned(put_round(source)).rstrip() == source.rstrip()


def test_a_reward_without_signs_is_left_alone() -> None:
    assert unsigned(PLAIN) == PLAIN
    assert unsigned(HELPED) == HELPED


def test_what_the_probe_found_is_kept() -> None:
    found = signed(Accepted(PLAIN, NAMES, ("term 'dense' is always 1",)))
    assert isinstance(found, Accepted)
    assert found.findings == ("term 'dense' is always 1",)


@pytest.mark.parametrize(
    "sparse", ["s_next.pole_angle > 0.1", "-np.abs(s_next.pole_angle)", "1.0"]
)
def test_a_proposal_with_signs_round_it_passes_every_check_again(sparse: str) -> None:
    body = f'return {{"sparse": {sparse}, "dense": s_next.cart_velocity}}'
    reply = f"```python\ndef reward(s, a, s_next):\n    {body}\n```"
    made = proposal(reply, SIGNED, NO_WALLS)
    assert "np.sign" in made.source
    again = accept_source(made.source, BANK, NO_WALLS)
    assert isinstance(again, Accepted)
    assert again.terms == NAMES


def test_a_proposal_without_the_two_terms_goes_back_to_its_author() -> None:
    reply = '```python\ndef reward(s, a, s_next):\n    return {"up": s_next.time}\n```'
    made = proposal(reply, SIGNED, NO_WALLS)
    assert made.source == ""
    assert made.problems == ("expected the terms 'sparse' and 'dense', got up",)
