"""The whole way: files of real trainings to what a prompt says, and what never."""

from pathlib import Path

import numpy as np
import pytest

from designer.authors.analyst import analyst_messages
from designer.authors.messages import people_variables, task_variables
from designer.feedback.review import Review, review, review_variables
from designer.rewards.bank import random_bank
from designer.votes.people import People
from envs.episodes import play, save_episodes
from envs.make import load_task, task_names
from envs.task import TASKS
from prompts import render
from sandbox import NO_WALLS

SOURCE = """
def reward(s, a, s_next):
    return {"alive": 1.0, "effort": -(a**2).sum(axis=1)}
"""


def reviewed(name: str, folder: Path, force: float) -> tuple[Review, str]:
    """Four episodes of two constant policies, and all that is said about them."""
    task = load_task(name)
    bank = random_bank(task, 0)
    paths = [folder / f"s{k}" / "episodes.npz" for k in range(2)]
    for k, path in enumerate(paths):
        path.parent.mkdir()
        act = np.full(bank.a.shape[1], force * (k + 1))
        save_episodes(path, play(task, lambda obs, a=act: a + 0 * obs[:, :1], [1, 2]))
    found = review(task, bank, SOURCE, paths, NO_WALLS)
    known = task_variables(task, bank)
    asked = analyst_messages(known, SOURCE, found, people_variables(People()))
    variables = dict(review_variables(found, "The knee folds."))
    said = render("pay", pay=variables.pop("pay")) + render("analysis", **variables)
    return found, said + asked[0].content + asked[1].content


def test_a_hopper_that_falls_is_told_so(tmp_path) -> None:
    found, said = reviewed("hopper-run", tmp_path, 0.4)
    assert "4 of 4 episodes ended by 'torso t" in found.behaviour[0]
    assert [one.training for one in found.timelines] in (["s0", "s1"], ["s1", "s0"])
    assert "| pays 'alive' | pays 'effort' |" in said
    assert "| sum |" in said


def test_no_hidden_field_and_no_line_of_the_judge_is_said(tmp_path) -> None:
    _, said = reviewed("hopper-run", tmp_path, 0.4)
    assert "x_position" not in said
    for line in (TASKS / "hopper-run" / "hidden.py").read_text().splitlines():
        if len(line.strip()) > 20:
            assert line.strip() not in said


@pytest.mark.parametrize("name", ["reacher-reach", "humanoid-run", "pusher-push"])
def test_other_robots_are_told_too(name: str, tmp_path) -> None:
    assert name in task_names()
    found, said = reviewed(name, tmp_path, 0.1)
    assert found.timelines
    assert "nan" not in said


def test_without_episodes_there_is_nothing_to_say() -> None:
    task = load_task("inverted-pendulum-balance")
    found = review(task, random_bank(task, 0), SOURCE, [], NO_WALLS)
    assert found == Review()
