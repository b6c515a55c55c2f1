"""Run folders of real records that take no training."""

import json
from pathlib import Path

import numpy as np

from designer.run.candidates import Judgement, Place, Proposed, SeedResult, folder_name
from designer.run.folder import RunStore
from designer.training.curves import Curves
from designer.training.job import save_result
from tests.designer.started import started

STEPS = 2048
SOURCE = (
    'def reward(s, a, s_next):\n    """{thought}"""\n'
    "    upright = 1.0 - s_next.pole_angle**2\n"
    '    return {{"upright": upright, "still": {weight} * a[:, 0]}}\n'
)


def run_folder(folder: Path, **settings: object) -> Path:
    """A run of the pendulum before anything was proposed."""
    usual = {"candidates": 2, "generations": 1, "seeds": 2, "final_seeds": 3}
    return started(folder, **{"steps": STEPS, **usual, **settings})


def propose(
    run: Path,
    place: Place = (0, 0),
    thought: str = "Balance.",
    parent: str | None = None,
    problems: tuple[str, ...] = (),
    padding: str = "",
) -> None:
    """Store a proposal; with problems it has no source."""
    text = SOURCE.format(thought=thought, weight=0.1 + place[0] + place[1]) + padding
    proposed = Proposed(
        "tune" if parent else "explore",
        parent,
        "",
        "" if problems else text,
        problems,
        shape="" if problems else str(place),
        thought=thought,
    )
    RunStore(run).propose(place, proposed)


def train(run: Path, folder: str, *scores: float, curve: str = "rises") -> None:
    """Store a training for each score; curve: whether the fitness rises or falls."""
    for seed, score in enumerate(scores):
        path = run / folder / f"s{seed}"
        path.mkdir(parents=True)
        rows = np.linspace(1.0, 8.0, 8)
        fitness = rows if curve == "rises" else rows[::-1]
        columns = {
            "steps": 256 * rows,
            "return": 10 * rows,
            "length": np.full(8, 100.0),
        }
        columns |= {"fitness": fitness, "success": np.zeros(8)}
        columns |= {"term/upright": 9 * rows, "term/still": rows}
        Curves(columns).save(path / "curves.csv")
        judgement = Judgement(score, 0.1, 0.5, 100.0, {"time limit": 16})
        save_result(path, SeedResult(seed, judgement, STEPS, 1.5))


def finished(
    folder: Path, designed: tuple[float, ...], human: tuple[float, ...]
) -> Path:
    """A finished run of one trained and one rejected reward."""
    run = run_folder(folder)
    propose(run)
    propose(run, (0, 1), problems=("got a float <b>instead</b> of a dict",))
    train(run, folder_name(0, 0), 5.0, 6.0)
    train(run, "final/human", *human)
    train(run, "final/sparse", *human)
    train(run, "final/g00-c00", *designed)
    (run / "result.json").write_text(json.dumps({"winner": "g00/c00", "sandbox": "x"}))
    return run
