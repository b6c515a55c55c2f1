from pathlib import Path

import pytest

import prompts
from prompts import PromptError, render

TASK = {
    "goal": "Hop.",
    "counts": "the highest hop",
    "conventions": "SI",
    "action_dim": 3,
    "seen_from": "x",
    "robot": (),
    "actions": ("0 (hip): motor, torque -1 to 1 N m",),
    "episodes": ("they start standing",),
    "unseen": ["angles"],
}
FIELDS = [
    {"name": "height", "unit": "m", "doc": "height", "width": 0, "seen": ""},
    {"name": "angles", "unit": "rad", "doc": "joints", "width": 3, "seen": "0 to 1"},
]


def test_a_missing_variable_is_an_error() -> None:
    with pytest.raises(PromptError, match=r"task.jinja needs 'fields'"):
        render("task", **TASK)


def test_an_unused_variable_is_an_error() -> None:
    with pytest.raises(PromptError, match="does not use 'extra'"):
        render("task", **TASK, fields=FIELDS, extra=1)


def test_variables_of_included_templates_count() -> None:
    with pytest.raises(PromptError, match=r"first.jinja needs .*'framing'.*'goal'"):
        render("first")


def test_a_task_is_shown_as_typed_fields_with_units() -> None:
    text = render("task", **TASK, fields=FIELDS)
    assert "    height: Array  # (n,) [m] height\n" in text
    assert "    angles: Array  # (n, 3) [rad] joints\n" in text
    assert text.count("        # not among what the policy observes\n") == 1
    assert "observes\n        # 0 to 1\n" in text
    assert "Hop.\n\nWhat counts: the highest hop\n" in text
    assert "a: Array  # (n, 3)" in text
    assert "#   0 (hip): motor, torque -1 to 1 N m\n```" in text
    assert "Episodes:\n- they start standing\n" in text


@pytest.mark.parametrize("path", sorted(Path(prompts.__file__).parent.glob("*.jinja")))
def test_every_template_parses(path: Path) -> None:
    prompts._variables(path.stem)
