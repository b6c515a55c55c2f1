"""TensorBoard event files of trainings."""

import math
from pathlib import Path

import numpy as np
import pytest

from designer.training.curves import Curves
from designer.training.event_files import EVENT_FILES, scalars, write_event_file

CURVES = Curves(
    {
        "steps": np.array([100.0, 200.0]),
        "return": np.array([50.0, math.nan]),
        "length": np.array([10.0, math.nan]),
        "fitness": np.array([3.0, math.nan]),
        "success": np.array([math.nan, math.nan]),
        "term/run": np.array([20.0, math.nan]),
        "term/stay": np.array([30.0, math.nan]),
    }
)


def test_terms_are_per_step_and_what_is_no_number_is_left_out() -> None:
    assert scalars(CURVES) == [
        (
            100,
            {
                "reward/run": 2.0,
                "reward/stay": 3.0,
                "reward/all terms": 5.0,
                "fitness": 3.0,
                "length": 10.0,
            },
        ),
        (200, {}),
    ]


def test_tensorboard_reads_the_file_and_an_older_one_is_replaced(
    tmp_path: Path,
) -> None:
    pytest.importorskip("tensorboard", reason="event files need tensorboard (extra tb)")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    CURVES.save(tmp_path / "curves.csv")
    write_event_file(tmp_path)
    write_event_file(tmp_path)
    (file,) = tmp_path.glob(EVENT_FILES)
    events = list(EventFileLoader(str(file)).Load())
    tags = {value.tag for event in events for value in event.summary.value}
    assert tags == {
        "reward/run",
        "reward/stay",
        "reward/all terms",
        "fitness",
        "length",
    }
    assert {event.step for event in events if event.summary.value} == {100}


def test_a_training_without_curves_has_no_event_file(tmp_path: Path) -> None:
    write_event_file(tmp_path)
    assert list(tmp_path.iterdir()) == []
