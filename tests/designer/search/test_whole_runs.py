"""Whole runs with the settings that change the order of work."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from designer.run.files import read_json
from tests.designer.conftest import Designer, slow_but, small

TASK = "inverted-pendulum-balance"
SETTINGS = {
    "generations ahead": {"ahead": 2, "seeds": 1, "generations": 3},
    "duels": {"most_seeds": 2, "seeds": 1},
    "a race and a confirmation": {
        "race": "halving",
        "confirm": 1,
        "seeds": 1,
        "candidates": 4,
        "generations": 1,
        "steps": 32_768,  # half of it is more than a quarter of the task's own
    },
    "populations": {"trainer": "mjx", "engine": "c", "envs": 64, "seeds": 1},
}
FAST = ("generations ahead", "a race and a confirmation")


@pytest.mark.parametrize("name", slow_but(FAST, SETTINGS))
def test_a_run_comes_to_its_end_and_has_nothing_left_to_do(
    designer: Designer, tmp_path: Path, name: str
) -> None:
    if name == "populations" and find_spec("jax") is None:
        pytest.skip("populations need jax (extra mjx)")
    options = small(**{"final_seeds": 1, "out": "run", **SETTINGS[name]})
    done = designer("run", TASK, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    paths = [*(tmp_path / "run").glob("**/s*/result.json")]
    results = {path: path.stat().st_mtime_ns for path in paths}
    assert {str((read_json(path) or {})["status"]) for path in paths} == {"trained"}
    outcomes = [
        read_json(p) or {} for p in (tmp_path / "run").glob("g*/*/outcome.json")
    ]
    is_race = "race" in SETTINGS[name]
    assert ("dropped" in {outcome["status"] for outcome in outcomes}) is is_race
    again = designer("resume", "run")
    assert again.returncode == 0, again.stdout + again.stderr
    for path, changed_ns in results.items():
        assert path.stat().st_mtime_ns == changed_ns
