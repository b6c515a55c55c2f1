"""What a model is told, and what it must never be told."""

from designer.feedback.reflection import Trace
from designer.propose.messages import Brief, messages_for, repair
from designer.records import Assessed, Candidate, Failed, Rejected, SeedResult
from designer.search.bank import random_bank
from designer.training.judge import Judgement
from envs.task import TASKS, load_task

TASK = load_task("hopper-run")
BANK = random_bank(TASK, 0)
SOURCE = (
    'def reward(s, a, s_next):\n    """{}"""\n    return {{"x": s_next.x_velocity}}\n'
)


def candidate(generation, index, outcome, thought="Hop.", parent=None) -> Candidate:
    source = "" if isinstance(outcome, Rejected) else SOURCE.format(thought)
    return Candidate(generation, index, "explore", parent, "reply", source, outcome)


def assessed(*scores: float) -> Assessed:
    return Assessed(
        tuple(
            SeedResult(k, Judgement(x, 0.1, 0.25, 400, {"torso too low": 16}), 9, 1.0)
            for k, x in enumerate(scores)
        )
    )


def trace(name: str, share: float | None) -> Trace:
    return Trace(name, (1.0, 2.0), 1.5, 1.0, 2.0, share, 0.5)


PARENT = candidate(0, 1, assessed(3.0, 5.0), "Lean forward.")
SUMMARY = [trace("term/x", 1.0), *(trace(n, None) for n in ("return", "fitness"))]


def brief(history=(), parent=None, framing="explore") -> Brief:
    summary = SUMMARY if parent else ()
    return Brief(TASK, BANK, 300_000, history, parent, summary, framing, 0)


def text(made: Brief) -> str:
    return "\n".join(message.content for message in messages_for(made))


def test_the_first_prompt_shows_task_contract_and_fields() -> None:
    said = text(brief())
    assert TASK.goal in said
    assert "def reward(s, a, s_next):" in said
    assert "joint_angles: Array  # (n, 3) [rad]" in said
    assert "last_action: Array  # (n, 3)" in said


def test_hidden_fields_and_hidden_code_are_in_no_prompt() -> None:
    history = (PARENT, candidate(0, 0, assessed(1.0, 1.0)))
    for made in (brief(), brief(history, PARENT), brief(history, PARENT, "combine")):
        said = text(made)
        assert "x_position" not in said
        hidden = (TASKS / "hopper-run" / "hidden.py").read_text()
        for line in hidden.splitlines():
            if len(line.strip()) > 20:
                assert line.strip() not in said


def test_the_parent_is_shown_with_scores_endings_and_terms() -> None:
    said = text(brief((PARENT,), PARENT))
    assert "mean 4; by seed 3, 5" in said
    assert "success rate: 25%" in said
    assert "torso too low (32)" in said
    assert "| term x | 1 2 | 1.5 | 1 | 2 | 100% | +0.50 |" in said


def test_four_turns_of_history_are_told_and_no_more() -> None:
    history = [candidate(g, 0, assessed(g, g), f"Idea {g}.") for g in range(6)]
    said = text(brief(history, history[-1]))
    assert "Idea 1." not in said
    for generation in range(2, 6):
        assert f"g0{generation}/c00: Idea {generation}. -> fitness" in said


def test_failures_of_the_last_generation_are_told_with_their_reason() -> None:
    history = [
        PARENT,
        candidate(1, 0, Failed("finite", "term 'x' is NaN in line 3")),
        candidate(1, 1, Rejected(("line 2: no field 'vx'",))),
    ]
    said = text(brief(history, PARENT))
    assert "finite: term 'x' is NaN in line 3" in said
    assert "line 2: no field 'vx'" in said
    assert "g01/c01: no usable reward" in said


def test_combining_shows_the_second_best_reward() -> None:
    mate = candidate(0, 2, assessed(2.0, 2.0), "Bounce.")
    said = text(brief((PARENT, mate), PARENT, "combine"))
    assert "Bounce." in said.split("combine the best")[1]


def test_combining_without_another_reward_restructures() -> None:
    said = text(brief((PARENT,), PARENT, "combine"))
    assert "combine the best" not in said
    assert "change its structure" in said


def test_a_repair_carries_the_reply_and_every_problem() -> None:
    first = messages_for(brief())
    again = repair(first, "my reply", ("line 2: wrong", "line 3: worse"))
    assert again[:2] == first
    assert [message.role for message in again[2:]] == ["assistant", "user"]
    assert again[2].content == "my reply"
    assert "- line 2: wrong\n- line 3: worse" in again[3].content
