"""What a vision model is shown of two candidates, and what it is never told."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from designer.feedback.judged import load_judged
from designer.feedback.quantities import ranges_of
from designer.raters.vision import TABLE_ROWS, Exhibit, exhibit, question
from designer.rewards.bank import random_bank
from envs.episodes import play, save_episodes
from envs.make import load_task
from tests.designer.feedback.conftest import KNOWN, episode

TASK = load_task("hopper-run")
GOOD, BAD = "g00/c00", "g01/c07"


@pytest.fixture
def exhibits(tmp_path: Path) -> dict[str, Exhibit]:
    seen = episode(4, falls="too low", height=[1, 1, 1, 0.5, 0])
    return {
        name: exhibit(sheet(tmp_path / f"{k}.png", k), [seen], KNOWN)
        for k, name in enumerate((GOOD, BAD))
    }


def sheet(path: Path, k: int) -> Path:
    path.write_bytes(b"\x89PNG %d" % k)
    return path


def test_neither_fitness_nor_success_nor_a_hidden_field_is_told(tmp_path) -> None:
    failed = episode(4, fitness=98765.4, success=False, height=[1, 1, 1, 0.5, 0])
    one = exhibit(tmp_path / "no.png", [failed], KNOWN)
    said = " ".join(m.content for m in question(TASK, {"x": one}, ("x", "x")).messages)
    assert "98765" not in said
    assert "9.877e" not in said
    assert "fitness" not in said
    assert "not reached" not in said
    assert "x_position" not in said
    passed = replace(failed, fitness=1.0, success=True)
    assert exhibit(tmp_path / "no.png", [passed], KNOWN) == one


@pytest.mark.parametrize("missing", [(GOOD,), (GOOD, BAD)])
def test_without_both_sheets_only_numbers_are_shown(
    exhibits, missing: tuple[str, ...]
) -> None:
    for name in missing:
        exhibits[name] = replace(exhibits[name], sheet=b"")
    system, user = question(TASK, exhibits, (GOOD, BAD)).messages
    assert user.pictures == ()
    assert "icture" not in system.content + user.content
    assert "# An episode of B: ended by" in user.content


def test_averages_over_all_episodes_stand_side_by_side(tmp_path) -> None:
    none = tmp_path / "no.png"
    slow = [episode(2, speed=[0, 1, 2]), episode(4, speed=[1, 1, 1, 1, 1])]
    fast = [episode(1, speed=[10, 20])]
    seen = {"x": exhibit(none, slow, KNOWN), "y": exhibit(none, fast, KNOWN)}
    text = question(TASK, seen, ("x", "y")).messages[1].content
    # DT is 0.1 s: the integrals are 0.2 m and 0.4 m, and 1.5 m.
    row = "| speed (m/s) | 1 | 0 to 2 | 0.3 m | 15 | 10 to 20 | 1.5 m |"
    assert row in text
    assert "| length of an episode (s) | 0.3 | 0.2 to 0.4 | - | 0.1 |" in text
    assert "last_action" not in text


def test_of_each_training_the_first_episode_is_told(tmp_path) -> None:
    every = [
        episode(steps, training=training)
        for steps, training in [(3, "s0"), (4, "s0"), (5, "s1"), (6, "s2"), (7, "s3")]
    ]
    tables = exhibit(tmp_path / "no.png", every, KNOWN).tables
    assert [(t.training, t.rows[-1][0]) for t in tables] == [
        ("s0", "0.300"),
        ("s1", "0.500"),
        ("s2", "0.600"),
    ]


def test_only_the_letters_differ_between_the_two_orders(exhibits) -> None:
    one, other = (
        question(TASK, exhibits, order).messages[1]
        for order in ((GOOD, BAD), (BAD, GOOD))
    )
    assert one.content == other.content  # here the tables are the same
    assert [p.png for p in one.pictures] == [p.png for p in other.pictures][::-1]


def pushing(action: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda obs: np.full((len(obs), 3), action)


def test_real_episodes_make_a_tidy_question(tmp_path) -> None:
    world = ranges_of(TASK, random_bank(TASK, 0))
    exhibits = {}
    for name, push in ((GOOD, 0.0), (BAD, 1.0)):
        folder = tmp_path / name
        for training in ("s0", "s1"):
            path = folder / training / "episodes.npz"
            path.parent.mkdir(parents=True)
            save_episodes(path, play(TASK, pushing(push), [1, 2]))
        strip = sheet(folder / "strip.png", 100)
        judged = load_judged(TASK, sorted(folder.glob("s*/episodes.npz")))
        exhibits[name] = exhibit(strip, judged, world)
    system, user = question(TASK, exhibits, (GOOD, BAD)).messages
    for text in (system.content, user.content):
        assert "\n\n\n" not in text
        assert not re.search(r"[ \t]\n", text)
    assert "# An episode of B (training 2): ended by" in user.content
    assert "(4 of A, 4 of B)" in user.content
    assert "\n\nOf B:\n- 4 of 4 episodes ended by" in user.content
    rows = re.findall(r"^\| .* \|$", user.content, re.MULTILINE)
    assert len(rows) <= 4 * (1 + TABLE_ROWS) + 1 + 24
    averages = rows[0].count("|"), rows[-1].count("|")
    assert averages == (8, 1 + 16)
    assert user.content.rstrip().endswith("of the task.")
