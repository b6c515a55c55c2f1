"""TensorBoard event files of trainings, where tensorboard is installed."""

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from designer.training.curves import Curves

EVENT_FILES = "events.out.tfevents.*"
# Tags beside reward/<term>; a sum over an episode says little but how long it lasted.
PER_STEP = {"return": "reward/all terms"}
PER_EPISODE = ("fitness", "success", "length")


def has_tensorboard() -> bool:
    """Whether tensorboard is installed; loads nothing."""
    return find_spec("tensorboard") is not None


def write_event_file(folder: Path) -> None:
    """Write curves.csv of a training's folder as an event file beside it.

    Tags: reward/<term> per control step, reward/all terms, fitness, success, length,
    by environment steps. Nothing without tensorboard or without curves; an older file
    is replaced.
    """
    if not has_tensorboard() or not (folder / "curves.csv").is_file():
        return
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for path in folder.glob(EVENT_FILES):
        path.unlink()
    writer: Any = EventFileWriter(str(folder))
    rows = scalars(Curves.load(folder / "curves.csv"))
    ended = (folder / "curves.csv").stat().st_mtime
    for k, (steps, values) in enumerate(rows):
        summary = Summary(
            value=[Summary.Value(tag=t, simple_value=v) for t, v in values.items()]
        )
        # The curves keep no times; with equal ones some views would hide rows.
        time_s = ended - 0.001 * (len(rows) - k)
        writer.add_event(Event(wall_time=time_s, step=steps, summary=summary))
    writer.close()


def scalars(curves: Curves) -> list[tuple[int, dict[str, float]]]:
    """The rows of curves: environment steps, and finite values by tag."""
    columns = curves.columns
    lengths = columns["length"]
    tags = {f"term/{term}": f"reward/{term}" for term in curves.terms} | PER_STEP
    series = {tag: columns[name] / lengths for name, tag in tags.items()}
    series |= {name: columns[name] for name in PER_EPISODE}
    return [
        (
            int(steps),
            {tag: float(v[k]) for tag, v in series.items() if math.isfinite(v[k])},
        )
        for k, steps in enumerate(columns["steps"])
    ]
