"""The critic: what it is asked, and that nothing it says can block."""

import random
import time

import pytest

from designer.authors.analyst import read_analysis
from designer.authors.critic import critic_messages, read_critique, with_objections
from designer.llm import Message
from tests.designer.authors.test_analyst import TASK

TRAINING = {"algo": "PPO", "steps": 300_000, "envs": 16, "gamma": 0.99, "horizon": 100}
TRAINING |= {"dt": 0.008, "max_steps": 1000, "unit": "m", "judge": "metric"}
FAR = {"gamma": 0.9999, "horizon": 10_000}
WRONG = "forward has the wrong sign"


def test_a_horizon_beyond_the_time_limit_is_the_whole_episode() -> None:
    near = critic_messages(TASK, TRAINING, "def reward(): ...", ())[1].content
    far = critic_messages(TASK, TRAINING | FAR, "def reward(): ...", ())[1].content
    assert "(a horizon of\nabout 100 steps, 0.8 s). Rewards" in near
    assert "discount 0.9999 per step (so\nthe horizon is the whole episode). R" in far


def test_the_critic_sees_task_training_source_and_findings() -> None:
    said = critic_messages(TASK, TRAINING, "def reward(): ...", ("'x' is always 1",))
    user = said[1].content
    assert "Hop." in user
    assert "300,000 control steps" in user
    assert "```python\ndef reward(): ...\n```" in user
    assert "- 'x' is always 1\n" in user
    bare = critic_messages(TASK, TRAINING, "def reward(): ...", ())[1].content
    assert "test run" not in bare


@pytest.mark.parametrize(
    "reply",
    [
        f"OBJECT\n- {WRONG}",
        f"**OBJECT**\n\n* {WRONG}\n",
        f"Verdict: OBJECT.\n1. {WRONG}",
        "<think>APPROVE?</think>\nobject\n- forward has the\n  wrong sign",
        f"I read it with care.\nOBJECT\n- {WRONG}\n- none",
        f"OBJECT: {WRONG}",
        f"## Objections\n• {WRONG}\n• {WRONG}",
        f"OBJECT\n```\n- fixed = code here too\n```\n- {WRONG}",
    ],
)
def test_objections_are_read_in_many_forms(reply: str) -> None:
    assert read_critique(reply) == (WRONG,)


@pytest.mark.parametrize(
    "reply",
    [
        "APPROVE",
        "APPROVED.",
        f"**APPROVE**\n- {WRONG}, but that is small",
        "",
        "The reward is wrong in every way.",
        f"- {WRONG}",
        "OBJECT",
        "OBJECT\nno list follows",
        "OBJECT\n- none",
        "Approve or object?",
        "Objects fall down here.",
        "<think>OBJECT\n- " + WRONG,
        "<html><body>502 Bad Gateway</body></html>",
        '{"verdict": "OBJECT"}',
    ],
)
def test_all_else_approves(reply: str) -> None:
    assert read_critique(reply) == ()


def test_at_most_five_objections_of_300_characters_are_kept() -> None:
    entries = "".join(f"- term {k} is {'far ' * 200}off\n" for k in range(9))
    said = read_critique(f"OBJECT\n{entries}")
    assert len(said) == 5
    assert all(len(objection) <= 300 for objection in said)
    assert said[4].startswith("term 4")


def test_no_reply_breaks_the_reading() -> None:
    rng = random.Random(0)
    parts = [
        "OBJECT",
        "APPROVE",
        "\n",
        "- ",
        "```",
        "<think>",
        "</think>",
        "x y z",
        ":",
    ]
    parts += ["\x00", "**", "1. ", "é", "# ", "> ", " " * 50, "Verdict"]
    for _ in range(500):
        reply = "".join(rng.choices(parts, k=rng.randrange(30)))
        assert len(read_critique(reply)) <= 5


@pytest.mark.parametrize(
    "part", ["\n", " ", ".", "`", "> ", "<think>", "```\n", "OBJECT:", "- a b c\n"]
)
def test_a_reply_of_one_thing_repeated_is_read_at_once(part: str) -> None:
    began = time.process_time()
    for start in ("", "OBJECT", "```"):
        read_critique(start + part * (200_000 // len(part)))
        read_analysis(start + part * (200_000 // len(part)))
    assert time.process_time() - began < 5.0


def test_objections_go_back_to_the_author_with_the_choice_to_disagree() -> None:
    first = (Message("system", "a"), Message("user", "b"))
    again = with_objections(first, "my reply", (WRONG, "too large by far"))
    assert again[:2] == first
    assert (again[2].role, again[2].content) == ("assistant", "my reply")
    assert f"- {WRONG}\n- too large by far\n" in again[3].content
    assert "where it is wrong, leave it" in again[3].content
