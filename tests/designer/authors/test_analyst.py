"""What the analyst is asked, and what of its answer is kept."""

import pytest

from designer.authors.analyst import (
    MAX_ANALYSIS_CHARACTERS,
    analyst_messages,
    read_analysis,
)
from designer.authors.messages import people_variables
from designer.feedback.pay import NO_PAY
from designer.feedback.review import Review, review_variables
from designer.feedback.timeline import timeline
from designer.votes.people import Comment, People
from prompts import render
from tests.designer.feedback.conftest import KNOWN, episode

TASK = {
    "goal": "Hop.",
    "counts": "",
    "conventions": "SI",
    "action_dim": 1,
    "seen_from": "x",
}
TASK |= {"unseen": [], "robot": (), "actions": (), "episodes": ()}
TASK |= {
    "fields": [{"name": "height", "unit": "m", "doc": "up", "width": 0, "seen": ""}]
}


COMMENTS = (Comment("about g00/c00", "It limps."),)


def asked(*, behaviour: tuple[str, ...] = ("all fall",)) -> str:
    failed = episode(2, falls="too low", height=[1, 0.5, 0.25], success=False)
    tell = [timeline(failed, KNOWN, {})]
    found = Review(NO_PAY, behaviour, tuple(tell))
    people = people_variables(People(comments=COMMENTS))
    said = analyst_messages(TASK, "def reward(): ...\n", found, people)
    assert [message.role for message in said] == ["system", "user"]
    return said[1].content


def test_the_analyst_sees_task_source_findings_and_the_episode() -> None:
    said = asked()
    assert "Hop." in said
    assert "height: Array  # (n,) [m] up" in said
    assert "```python\ndef reward(): ...\n```" in said
    assert "- all fall\n" in said
    assert "(about g00/c00)\n> It limps." in said
    assert "## Failed episode 1 (training s0): ended by 'too low' after 0.2 s" in said
    assert "| time (s) | height (m) |\n|---|---|\n| 0.000 | 1.00 |\n" in said
    assert "Constant: speed = 0 m/s, angles[0] = 0 rad" in said
    assert "At most five sentences" in said


def test_what_was_not_found_leaves_no_empty_heading() -> None:
    assert "In all judged episodes" not in asked(behaviour=())
    assert "What each term paid" not in asked()


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("The knee folds at 0.3 s.", "The knee folds at 0.3 s."),
        (
            "<think>hm, 'upright'</think>\n\nIt  falls.\nRaise it.",
            "It falls. Raise it.",
        ),
        ("no opening</think>It falls.", "It falls."),
        ("<think>for ever", ""),
        ("## Cause\nIt falls.\n> Quote.", "Cause It falls. Quote."),
        (
            "It falls.\n```python\ndef reward(s): ...\n```\nMend it.",
            "It falls. Mend it.",
        ),
        ("It falls.\n~~~\ncode without an end", "It falls."),
        ("It falls. ```x = 1```", "It falls. x = 1"),
        ("It \x1b[31mfalls\u202e.\x00", "It falls."),
        ("", ""),
        ("```\nonly code\n```", ""),
    ],
)
def test_an_answer_is_kept_as_plain_text(reply: str, kept: str) -> None:
    assert read_analysis(reply) == kept


def test_a_long_answer_ends_with_a_whole_sentence() -> None:
    said = read_analysis("It falls because of the knee. " * 100)
    assert 0.9 * MAX_ANALYSIS_CHARACTERS < len(said) <= MAX_ANALYSIS_CHARACTERS
    assert said.endswith("knee.")
    assert len(read_analysis("word " * 1000)) <= MAX_ANALYSIS_CHARACTERS
    assert len(read_analysis("x" * 5000)) <= MAX_ANALYSIS_CHARACTERS


def test_findings_are_told_without_an_analyst_and_nothing_without_either() -> None:
    def text(found: Review, analysis: str = "") -> str:
        variables = dict(review_variables(found, analysis))
        del variables["pay"]
        return render("analysis", **variables)

    arithmetic = text(Review(behaviour=("all fall",)))
    assert "- all fall\n" in arithmetic
    assert "analyst" not in arithmetic
    both = text(Review(behaviour=("all fall",)), "The knee folds.")
    assert "opinion" in both
    assert "The knee folds." in both
    assert text(Review()).strip() == ""
