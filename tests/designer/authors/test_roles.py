"""Analyst and subgoals, played by a plain function: who is asked, and who hears it."""

from dataclasses import replace

import pytest

from designer.authors.brief import Feedback
from designer.authors.messages import messages_for
from designer.errors import LLMError
from designer.feedback.review import Review
from designer.llm import Request
from designer.rewards.bank import random_bank
from tests.designer.handmade import REVIEW, TRACES
from tests.designer.scripted import (
    FIRST,
    TASK,
    WAY,
    WRONG,
    Answer,
    Model,
    brief,
    by_role,
    in_turn,
    parent,
)

# The analyst.

FAMILY = [brief(k, parent(k % 2), analyst=True) for k in range(3)]


def test_the_analyst_is_asked_once_per_parent_and_heard_by_its_children(
    tmp_path,
) -> None:
    def analyst(request: Request) -> str:
        return f"The pole of {request.label.removeprefix('g02/analyst-')} falls."

    played = Model(tmp_path, by_role(FIRST, analyst=analyst))
    played.propose(FAMILY, generation=2)
    labels = [label for label, _ in played.asked]
    assert labels == [
        "g02/analyst-g00-c00",
        "g02/analyst-g00-c01",
        *(f"g02/c0{k}" for k in range(3)),
    ]
    for index in range(3):
        said = played.said_to(f"g02/c0{index}")
        for other in range(2):
            words = f"The pole of g00-c0{other} falls."
            assert (words in said) == (index % 2 == other)


@pytest.mark.parametrize("answer", [LLMError("down"), "", "<think>for ever"])
def test_an_analyst_that_fails_changes_nothing(tmp_path, answer: Answer) -> None:
    played = Model(tmp_path, by_role(FIRST, analyst=answer))
    made = played.propose(FAMILY, generation=2)
    assert [one.reply for one in made] == [FIRST] * 3
    down = [f"g02/analyst-g00-c0{k}: no answer, going on without: down" for k in (0, 1)]
    assert played.told == (down if isinstance(answer, LLMError) else [])
    for request, one in zip(played.requests[2:], FAMILY, strict=True):
        assert request.messages == messages_for(one)


def test_without_failed_episodes_or_parents_no_analyst_is_asked(tmp_path) -> None:
    known = Feedback(TRACES, Review(REVIEW.pay, REVIEW.behaviour, ()))
    briefs = [replace(FAMILY[0], feedback=known), brief(1, analyst=True)]
    played = Model(tmp_path, in_turn(FIRST))
    played.propose(briefs, generation=2)
    assert played.asked == [("g02/c00", 0), ("g02/c01", 0)]


def test_the_analyst_is_told_what_was_paid_only_where_scores_are_told(tmp_path) -> None:
    for scores in (True, False):
        one = brief(0, parent(0), analyst=True, scores=scores)
        played = Model(tmp_path, by_role(FIRST, analyst="It falls."))
        played.propose([one], generation=2)
        said = played.said_to("g02/analyst-g00-c00")
        assert ("777.1" in said) == ("Kendall" in said) == scores
        assert "16 of 16 episodes fall" in said


# Subgoals.


def test_subgoals_are_asked_for_once_and_kept_in_the_run(tmp_path) -> None:
    played = Model(tmp_path, by_role(FIRST, subgoals=WAY))
    one, two = brief(0, subgoals=True), brief(1, subgoals=True)
    played.propose([one, two])
    kept = played.run / "subgoals.py"
    text = kept.read_text()
    assert text in WAY
    later = random_bank(TASK, 1)  # other ranges, so that it would be another prompt
    played.propose([replace(x, bank=later) for x in (one, two)], generation=1)
    labels = [label for label, _ in played.asked]
    children = [f"g0{g}/c0{k}" for g in (0, 1) for k in (0, 1)]
    assert labels == ["subgoals", *children]
    for label in children:
        assert text in played.said_to(label)
        assert "stands: " in played.said_to(label)
    assert kept.read_text() == text


def test_faulty_subgoals_go_back_with_the_problem(tmp_path) -> None:
    played = Model(tmp_path, by_role(FIRST, subgoals=in_turn(FIRST, WAY)))
    played.propose([brief(subgoals=True)])
    assert played.asked == [("subgoals", 0), ("subgoals", 1), ("g00/c00", 0)]
    assert "expected 2 to 8 subgoals, got 1" in played.said_to("subgoals", 1)
    assert "Stand." in played.said_to("g00/c00")


def test_without_usable_subgoals_rewards_are_written_all_the_same(tmp_path) -> None:
    played = Model(tmp_path, by_role(FIRST, subgoals=WRONG))
    (made,) = played.propose([brief(subgoals=True, repairs=1)])
    assert played.asked == [("subgoals", 0), ("subgoals", 1), ("g00/c00", 0)]
    assert made.reply == FIRST
    (told,) = played.told
    assert told.startswith("subgoals.py: going on without subgoals: ")
    played.propose([brief(subgoals=True, repairs=1)], generation=1)
    assert played.asked[3:] == [("g01/c00", 0)]  # They are asked for once a run.


def test_subgoals_that_later_policies_refute_end_no_run(tmp_path) -> None:
    """At no time of random play is it 1; at all others it is, which decides nothing."""
    played = Model(tmp_path, by_role(FIRST, subgoals=WAY))
    (played.run / "subgoals.py").write_text(
        "def reward(s, a, s_next):\n"
        "    high = np.clip(s_next.torso_height, 0, 0.5)\n"
        "    return {'up': s_next.torso_height > 0.0, 'high': high}\n"
    )
    (made,) = played.propose([brief(subgoals=True)])
    assert made.reply == FIRST
    assert "going on without subgoals" in played.told[0]


def test_without_an_answer_about_subgoals_rewards_are_written_too(tmp_path) -> None:
    played = Model(tmp_path, by_role(FIRST, subgoals=LLMError("down")))
    (made,) = played.propose([brief(subgoals=True)])
    assert made.reply == FIRST
    assert played.told == ["subgoals: no answer, going on without: down"]
    assert played.asked == [("subgoals", 0), ("g00/c00", 0)]
