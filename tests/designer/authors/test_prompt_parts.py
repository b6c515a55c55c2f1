"""Parts of a prompt that settings add: examples, the sign form, subgoals."""

from dataclasses import replace

import pytest

from designer.authors.examples import library, nearest_examples
from designer.authors.messages import subgoal_messages
from designer.config import RunConfig
from designer.rewards.bank import random_bank
from designer.rewards.sign import Accepted, signed
from envs.make import load_task
from tests.designer.handmade import PARENT, TASK, WAY, brief, full, text

EXAMPLES_HEADING = "# Rewards written for other goals"


@pytest.mark.parametrize("name", ["walker-run", "pusher-push", "reacher-reach"])
def test_examples_are_shown_only_when_asked_for_and_never_the_task_s_own(name) -> None:
    task = load_task(name)
    made = replace(brief(), task=task, bank=random_bank(task, 0))
    unasked = text(made)
    assert EXAMPLES_HEADING not in unasked
    assert not any(e.goal in unasked or e.source in unasked for e in library())
    said = text(replace(made, config=RunConfig(examples=len(library()))))
    shown = [example for example in library() if f"\n{example.goal}\n" in said]
    assert shown == [example for example in library() if name not in example.stands_for]
    assert len(shown) < len(library())


def test_the_nearest_examples_are_shown_and_never_with_a_parent() -> None:
    (one,) = nearest_examples(TASK, 1)
    said = text(brief(examples=1))
    assert [x for x in library() if f"\n{x.goal}\n" in said] == [one]
    assert one.source in said
    assert EXAMPLES_HEADING in said
    assert EXAMPLES_HEADING not in text(full("improve", examples=1))


def test_the_sign_form_is_told_as_its_contract() -> None:
    said = text(brief(form="sign"))
    assert 'return {"sparse": ..., "dense": ...}' in said
    assert "sgn(sparse) + 0.1 sgn(dense)" in said
    for words in ("first_term", "Their sum is the reward", "drowns", "so large that d"):
        assert words not in said
        assert words in text(brief())


def test_the_author_in_sign_form_sees_its_own_text() -> None:
    own = 'def reward(s, a, s_next):\n    """Hop."""\n    return {"sparse": 1.0}\n'
    found = signed(Accepted(own, ("sparse", "dense")))
    assert isinstance(found, Accepted)
    parent = replace(PARENT, source=found.source)
    said = text(full(parent=parent, form="sign"))
    assert own in said
    assert "np.sign" not in said


def test_subgoals_stand_in_every_prompt_with_how_often_they_held() -> None:
    for made in (brief(), full()):
        assert "Subgoals" not in text(made)
        said = text(replace(made, subgoals=WAY))
        assert WAY.source in said
        assert "transitions recorded: up: 100.0%, on: 0.0%.\n" in said


def test_subgoals_that_fail_have_no_shares_told() -> None:
    broken = replace(WAY, source=WAY.source.replace("99.0", "np.nan / 0"))
    said = text(replace(brief(), subgoals=broken))
    assert "np.nan / 0" in said
    assert "Held so far" not in said


def test_subgoals_are_asked_for_in_the_form_of_a_reward() -> None:
    system, user = subgoal_messages(brief(form="sign"))
    assert "sgn" not in system.content
    assert "list the subgoals on the way" in user.content
