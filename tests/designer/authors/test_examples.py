"""The few-shot library: every example keeps the contract and gives nothing away."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import prompts
from designer.authors import examples
from designer.authors.examples import Example, library, nearest_examples
from envs.make import load_task, make_env, task_names
from envs.task import TASKS
from prompts import render
from sandbox import check_source
from sandbox.contract import collect, load, view

FOLDER = Path(examples.__file__).with_name("examples")
HEADER = re.compile(
    r'"""[A-Z][^\n]+\.\n\nfields of: (\S+)\n(?:stands for: \S.*\n)?"""\n\n$'
)
ROWS, SAME_LINES = 16, 5
each_example = pytest.mark.parametrize("example", library(), ids=lambda e: e.name)


@cache
def layout(task: str) -> tuple[Mapping[str, int], int]:
    """Widths of the fields that a reward of this task may read; width of its action."""
    env = make_env(load_task(task), 1)
    return env.public_widths, env.action_dim


def robot(example: Example) -> str:
    """The task whose fields an example reads."""
    header = (FOLDER / f"{example.name}.py").read_text().partition("import numpy")[0]
    found = HEADER.fullmatch(header)
    assert found, f"{example.name}: the header must look like {HEADER.pattern}"
    return found[1]


def code_lines(text: str) -> list[str]:
    """Lines of code without docstrings, comments, and what every reward has."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.Module) and ast.get_docstring(node):
            first = node.body[0]
            lines[first.lineno - 1 : first.end_lineno] = [""] * (
                (first.end_lineno or 0) - first.lineno + 1
            )
    trivial = {"", "return {", "}", "import numpy as np", "def reward(s, a, s_next):"}
    return [line for line in lines if line not in trivial]


def test_there_are_enough_of_them_and_each_goal_is_another() -> None:
    assert len(library()) >= 16
    assert len({example.goal for example in library()}) == len(library())


@each_example
def test_an_example_passes_the_static_check(example: Example) -> None:
    widths, _ = layout(robot(example))
    assert check_source(example.source, widths) == ()
    assert example.fields <= set(widths)


@each_example
def test_an_example_gives_finite_named_terms(example: Example) -> None:
    widths, action_dim = layout(robot(example))
    normal = np.random.default_rng(0).normal
    s, s_next = normal(size=(2, ROWS, sum(k or 1 for k in widths.values())))
    given = view(s, widths), normal(size=(ROWS, action_dim)), view(s_next, widths)
    terms, values = collect(load(example.source)(*given), ROWS)
    assert 2 <= len(terms) <= 5
    assert np.isfinite(values).all()


@each_example
def test_an_example_is_short_and_says_its_thought(example: Example) -> None:
    body = ast.parse(example.source).body
    (function,) = (n for n in body if getattr(n, "name", "") == "reward")
    assert isinstance(function, ast.FunctionDef)
    thought = ast.get_docstring(function)
    assert thought
    assert "\n" not in thought
    assert 8 <= len(example.source.splitlines()) <= 25


@each_example
def test_an_example_stands_for_tasks_that_exist(example: Example) -> None:
    assert example.stands_for <= set(task_names())
    assert robot(example) in task_names()


@pytest.mark.parametrize("name", task_names())
def test_no_task_gets_its_own_example(name: str) -> None:
    everything = nearest_examples(load_task(name), 99)
    assert all(name not in example.stands_for for example in everything)
    own = sum(name in example.stands_for for example in library())
    assert len(everything) == len(library()) - own


@pytest.mark.parametrize(
    ("task", "first"),
    [
        ("walker-run", "ant_run"),
        ("hopper-back-flip", "halfcheetah_flip"),
        ("halfcheetah-backward", "walker_backward"),
        ("halfcheetah-target-speed", "ant_target_speed"),
        ("humanoid-stand-up", "walker_get_up"),
        ("ant-lie-down", "humanoid_lie_down"),
        ("inverted-pendulum-balance", "pole_swing_up"),
    ],
)
def test_the_nearest_example_is_of_the_same_kind(task: str, first: str) -> None:
    assert nearest_examples(load_task(task), 1)[0].name == first


def test_the_order_is_the_same_every_time() -> None:
    task = load_task("walker-run")
    before = nearest_examples(task, 99)
    library.cache_clear()
    assert nearest_examples(task, 99) == before
    assert nearest_examples(task, 2) == before[:2]
    assert nearest_examples(task, 0) == ()


def test_a_task_of_ones_own_may_get_any_example(tmp_path: Path) -> None:
    text = (TASKS / "walker-run" / "task.yaml").read_text()
    (tmp_path / "task.yaml").write_text(text.replace("walker-run", "my-walker"))
    (tmp_path / "hidden.py").write_text((TASKS / "walker-run/hidden.py").read_text())
    everything = nearest_examples(load_task(str(tmp_path)), 99)
    assert everything[0].name == "walker_run"
    assert len(everything) == len(library())


@pytest.mark.parametrize("name", task_names())
def test_no_example_copies_hidden_code(name: str) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        lines = code_lines(text)
        return set(zip(*(lines[k:] for k in range(SAME_LINES)), strict=False))

    secret = runs((TASKS / name / "hidden.py").read_text())
    for example in library():
        assert not secret & runs(example.source)


def test_the_prompt_shows_goals_and_code() -> None:
    text = render("examples", examples=library()[:2])
    for example in library()[:2]:
        source = example.source.replace("\n\n\n", "\n\n")  # as in every prompt
        assert f"{example.goal}\n\n```python\n{source}\n```\n" in text


def test_no_examples_are_no_text() -> None:
    template = prompts._JINJA.from_string('a{% include "examples.jinja" %}b')
    assert template.render(examples=()) == "ab"
