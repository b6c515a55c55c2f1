"""Subgoals: what is read from a reply, and how often each was reached."""

import numpy as np
import pytest

from designer.authors.subgoals import MAX_SUBGOALS, Subgoals, reached, read_subgoals
from designer.rewards.accept import Refused
from sandbox import NO_WALLS
from tests.designer.feedback.conftest import bank

# Heights 0, 1, 2, 3; speeds 0, 0, 0, 5.
BANK = bank(4, height=[0, 1, 2, 3], speed=[0, 0, 0, 5])
UP, HIGH = "s_next.height > 0.5", "s_next.height >= 2"
FAST = "np.where(s_next.speed > 1, 1.0, 0.0)"


def reply(**subgoals: str) -> str:
    terms = ", ".join(f'"{name}": {text}' for name, text in subgoals.items())
    code = f'def reward(s, a, s_next):\n    """Up, then on."""\n    return {{{terms}}}'
    return f"I think of a ladder.\n\n```python\n{code}\n```\n"


def refused(text: str) -> str:
    found = read_subgoals(text, BANK, NO_WALLS)
    assert isinstance(found, Refused)
    return found.problems[0]


def test_good_subgoals_are_kept_in_their_order() -> None:
    found = read_subgoals(reply(up=UP, high=HIGH, fast=FAST), BANK, NO_WALLS)
    assert isinstance(found, Subgoals)
    assert found.names == ("up", "high", "fast")
    assert found.source.startswith("def reward(s, a, s_next):")


def test_each_subgoal_holds_in_a_share_of_the_transitions() -> None:
    found = read_subgoals(reply(up=UP, high=HIGH, fast=FAST), BANK, NO_WALLS)
    assert isinstance(found, Subgoals)
    assert reached(found, BANK, NO_WALLS) == (3 / 4, 2 / 4, 1 / 4)
    lower = bank(2, height=[0, 1])
    assert reached(found, lower, NO_WALLS) == (1 / 2, 0, 0)


def test_two_to_eight_are_wanted() -> None:
    many = {f"above_{k}": f"s_next.height > {k}" for k in range(MAX_SUBGOALS + 1)}
    assert refused(reply(up=UP)) == "expected 2 to 8 subgoals, got 1"
    assert refused(reply(**many)) == "expected 2 to 8 subgoals, got 9"
    del many["above_8"]
    assert isinstance(read_subgoals(reply(**many), BANK, NO_WALLS), Subgoals)


@pytest.mark.parametrize("wrong", ["s_next.height", "-1.0 * (s_next.height > 1)", "2"])
def test_a_subgoal_that_is_no_predicate_is_named(wrong: str) -> None:
    said = refused(reply(up=UP, tall=wrong, high=HIGH))
    assert said.startswith("subgoal 'tall' must be a predicate")


def test_a_reply_that_is_no_reward_is_refused_as_one() -> None:
    assert "vertical" in refused(reply(up=UP, on="s_next.vertical > 0"))
    assert "reward(s, a, s_next)" in refused("First it stands, then it walks.")


def test_what_fails_only_after_the_probe_is_refused_too() -> None:
    # The probe takes about 1000 rows of these 2000.
    late = "np.where(len(a) > 1500, np.nan, s_next.height > 1)"
    rows = bank(2000, height=np.linspace(0, 3, 2000))
    found = read_subgoals(reply(up=UP, late=late), rows, NO_WALLS)
    assert isinstance(found, Refused)
    assert "late" in found.problems[0]


def test_subgoals_that_fail_later_have_no_shares() -> None:
    source = (
        'def reward(s, a, s_next):\n    return {"up": s_next.height / 0, "on": 1}\n'
    )
    assert reached(Subgoals(source, ("up", "on")), BANK, NO_WALLS) == ()
