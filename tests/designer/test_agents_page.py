"""The page for coding agents: short, the same in the skill folder, and true."""

import re
from pathlib import Path

import pytest

from designer.__main__ import run
from designer.rewards.accept import Accepted, accept_source
from designer.rewards.bank import random_bank
from envs.make import load_task
from tests.designer.conftest import ROOT

PAGE = (ROOT / "docs" / "agents.md").read_text()
SKILL = ROOT / "docs" / "skill" / "reward-designer"


def test_the_page_is_short() -> None:
    assert len(PAGE.splitlines()) <= 60


def test_the_skill_folder_holds_the_same_page_and_what_it_refers_to() -> None:
    head, body = (SKILL / "SKILL.md").read_text().split("\n---\n\n", 1)
    assert body == PAGE
    assert head.startswith("---\nname: reward-designer\ndescription: ")
    assert (SKILL / "json.md").read_text() == (ROOT / "docs" / "json.md").read_text()


def test_the_example_is_a_reward_that_is_accepted() -> None:
    block = PAGE.split("```python\n")[1].split("```")[0]
    source = re.sub(r"^ {3}", "", block, flags=re.MULTILINE)
    answer = accept_source(source, random_bank(load_task("hopper-run"), 0))
    assert isinstance(answer, Accepted), answer.problems


@pytest.mark.parametrize("command", ["tasks", "check", "score"])
def test_every_option_on_the_page_exists(command: str, capsys) -> None:
    lines = re.findall(rf"designer {command}\b[^`\n]*", PAGE)
    assert lines
    run([command, "--help"])
    help_text = capsys.readouterr().out
    for option in {word for line in lines for word in re.findall(r"--[\w-]+", line)}:
        assert option in help_text, option


def test_every_key_on_the_page_is_documented() -> None:
    documented = (ROOT / "docs" / "json.md").read_text()
    keys = "status problems comparisons verdict alarms behaviour by_seed clip warnings"
    for key in keys.split():
        assert f"`{key}`" in PAGE
        assert f"`{key}`" in documented


def test_the_folder_holds_nothing_else() -> None:
    assert {path.name for path in Path(SKILL).iterdir()} == {"SKILL.md", "json.md"}
