"""Every prompt of every role: whole, tidy, and without the hidden side of a task."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from designer.authors.analyst import analyst_messages
from designer.authors.brief import Brief, Feedback
from designer.authors.critic import critic_messages, with_objections
from designer.authors.messages import (
    messages_for,
    people_variables,
    repair,
    subgoal_messages,
    task_variables,
    training_variables,
)
from designer.feedback.review import review
from designer.llm import Message
from designer.rewards.bank import random_bank
from designer.run.settings import RECIPES
from designer.selection.lineage import FRAMINGS
from envs.episodes import play, save_episodes
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import TASKS, Task
from sandbox import NO_WALLS
from tests.designer.handmade import (
    PARENT,
    SAID,
    SHEETS,
    TRACES,
    WAY,
    brief,
    full,
)

WAYS = [*FRAMINGS, "improve"]


@pytest.mark.parametrize("framing", [*WAYS, "first"])
@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_recipe_has_its_prompts(path: Path, framing: str) -> None:
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    made = brief(**settings) if framing == "first" else full(framing, **settings)
    if made.config.subgoals:
        made = replace(made, subgoals=WAY)
    messages = messages_for(made, NO_WALLS)
    assert_tidy(messages)
    assert messages[1].content.count("# Now\n") == 1
    assert messages[1].content.endswith("as one Python code block.\n")


def test_every_other_role_has_its_prompts() -> None:
    made = full(form="sign")
    for messages in others(made):
        assert_tidy(messages)
    for messages in others(brief()):
        assert_tidy(messages)


def others(made: Brief) -> list[tuple[Message, ...]]:
    """What is asked of critic and analyst, for subgoals, and to mend a reply."""
    task, training = task_variables(made.task, made.bank), training_variables(made)
    found = made.feedback.review
    first = messages_for(made, NO_WALLS)
    return [
        critic_messages(task, training, PARENT.source, PARENT.findings),
        analyst_messages(task, PARENT.source, found, people_variables(SAID)),
        subgoal_messages(made),
        repair(first, "reply", ("line 2: wrong",)),
        with_objections(first, "reply", ("wrong sign",)),
    ]


def assert_tidy(messages: tuple[Message, ...]) -> None:
    """System and user speak; no blank line is doubled, no template shows through."""
    assert [m.role for m in messages[:2]] == ["system", "user"]
    for message in messages:
        said = message.content
        assert "\n\n\n" not in said
        assert not any(mark in said for mark in ("{{", "{%", "Undefined", "None"))
        assert not [x for x in said.splitlines() if x != x.rstrip()]


HIDDEN = '''"""A canary."""

UNIT = "canary"


def fitness(episode):
    """The canary's way."""
    return episode.canary_place[-1] + 31415.0


def success(episode):
    """Canary."""
    return episode.canary_place[-1] > 99.0


def human_reward(s, a, s_next):
    return {"canary": s_next.x_velocity}


sparse_reward = human_reward
'''


@pytest.fixture(scope="module")
def canary(tmp_path_factory) -> Task:
    """hopper-run, with a canary in all that nobody may be told."""
    folder = tmp_path_factory.mktemp("tasks") / "hopper-canary"
    shutil.copytree(TASKS / "hopper-run", folder)
    text = (folder / "task.yaml").read_text().replace("x_position:", "canary_place:")
    shown = text.replace("forward position of the torso", "a canary")
    (folder / "task.yaml").write_text(shown)
    (folder / "hidden.py").write_text(HIDDEN)
    return load_task(str(folder))


@pytest.fixture(scope="module")
def known(canary: Task, tmp_path_factory) -> Brief:
    """All that can be known of a reward, from real episodes of two trainings."""
    folder = tmp_path_factory.mktemp("episodes")
    bank = random_bank(canary, 0)
    paths = [folder / f"s{k}" / "episodes.npz" for k in range(2)]
    for k, path in enumerate(paths):
        path.parent.mkdir()
        act = np.full(bank.a.shape[1], 0.3 * (k + 1))
        save_episodes(path, play(canary, lambda obs, a=act: a + 0 * obs[:, :1], [1, 2]))
    found = review(canary, bank, PARENT.source, paths, NO_WALLS)
    feedback = Feedback(TRACES, found, SHEETS, "The knee folds.")
    return replace(full(), task=canary, bank=bank, feedback=feedback, subgoals=WAY)


def spoken(messages: tuple[Message, ...]) -> str:
    return "\n".join(message.content for message in messages).lower()


def test_the_hidden_side_of_a_task_is_in_no_prompt(known: Brief) -> None:
    assert known.feedback.review.timelines
    assert load_hidden(known.task).unit == "canary"
    ways = [replace(known, lineage=replace(known.lineage, framing=w)) for w in WAYS]
    nobody = replace(known.lineage, parent=None, mate=None)
    ways.append(replace(known, lineage=nobody))
    said = [spoken(messages_for(way, NO_WALLS)) for way in ways]
    said += [spoken(messages) for messages in others(known)]
    for text in said:
        assert "canary" not in text
        assert "31415" not in text
        assert "x_position" not in text


@pytest.mark.parametrize("name", ["hopper-run", "pusher-push", "walker-run"])
def test_no_line_of_hidden_code_and_no_hidden_field_is_in_a_prompt(name: str) -> None:
    task = load_task(name)
    made = replace(full(), task=task, bank=random_bank(task, 0))
    first = replace(brief(), task=task, bank=made.bank)
    said = spoken(messages_for(made)) + spoken(messages_for(first))
    said += "".join(spoken(messages) for messages in others(made))
    for field in task.fields:
        assert (f" {field.name.lower()}: array" in said) != field.hidden
        assert not field.hidden or field.name.lower() not in said
    for line in (TASKS / name / "hidden.py").read_text().lower().splitlines():
        if len(line.strip()) > 20 and "def human_reward" not in line:
            assert line.strip() not in said
