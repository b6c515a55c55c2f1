"""Clips of candidates, each made in a process of its own.

OpenGL can crash or hang a process, and must be chosen before MuJoCo is imported, hence
the processes: one that hangs is killed, one that crashes leaves its clip to a process
that draws stick figures without OpenGL. When this process dies, so do they.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal

from designer.errors import ConfigError, DesignerError
from designer.training.parent import die_with_parent

PainterName = Literal["gl", "stick figure"]
TRAININGS = 2  # of a candidate that its clip shows
EXIT_UNFILMABLE = 3
TRY = "try"  # the request to find out whether OpenGL works
BALL = "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>"


@dataclass(frozen=True)
class Shoot:
    """What to film.

    folder: a candidate's, with s0/policy.npz and so on. task: name or folder.
    seeds: all held-out starts of the judge; the first is filmed.
    """

    folder: Path
    task: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class _Filming:
    shoot: Shoot
    painter: PainterName
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    deadline: float


def film(
    shoots: Sequence[Shoot],
    workers: int,
    limit_s: float,
    painter: PainterName | None = None,
) -> dict[Path, str]:
    """Make clip.mp4, clip.jpg and strip.png in every folder that has no clip.mp4 yet.

    limit_s: wall time of one clip. painter: None for the better one that works here.
    Gives why there is no clip, for each folder without one; ConfigError without PyAV.
    """
    waiting = [shoot for shoot in shoots if not (shoot.folder / "clip.mp4").exists()]
    if not waiting:
        return {}
    require_pyav()
    chosen = painter or painter_here()
    todo = [(shoot, chosen) for shoot in reversed(waiting)]
    running: list[_Filming] = []
    reasons: dict[Path, str] = {}
    try:
        while todo or running:
            while todo and len(running) < workers:
                running.append(_start(*todo.pop(), limit_s))
            time.sleep(0.02)
            for entry in [entry for entry in running if _is_over(entry)]:
                running.remove(entry)
                reason, again = _collect(entry, limit_s)
                if again:
                    todo.append((entry.shoot, "stick figure"))
                elif reason:
                    reasons[entry.shoot.folder] = reason
    finally:
        for entry in running:
            _stop(entry)
    return reasons


@lru_cache
def painter_here(limit_s: float = 20.0) -> PainterName:
    """Which painter works here; OpenGL is tried once, in a process of its own."""
    with tempfile.TemporaryFile() as log:
        process = _launch(TRY, "gl", log)
        try:
            works = process.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            works = False
        finally:
            process.kill()
            process.wait()
    return "gl" if works else "stick figure"


def require_pyav() -> None:
    """ConfigError unless clips can be written here."""
    from designer.clips import encode

    try:
        encode.require_pyav()
    except encode.NoEncoder as error:
        raise ConfigError(str(error)) from None


def _start(shoot: Shoot, painter: PainterName, limit_s: float) -> _Filming:
    folder = str(shoot.folder.resolve())
    request = {"folder": folder, "task": shoot.task, "seeds": shoot.seeds}
    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in _stop)
    process = _launch(json.dumps({**request, "painter": painter}), painter, log)
    return _Filming(shoot, painter, process, log, time.monotonic() + limit_s)


def _launch(
    request: str, painter: PainterName, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "designer.clips.workers", request],
        env=_environment(os.environ, painter),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # the parent decides what Ctrl-C does
    )


def _environment(ours: Mapping[str, str], painter: PainterName) -> dict[str, str]:
    # A policy must act as it did before the judge, who has one thread for its sums.
    theirs = {**ours, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    theirs["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    if painter == "stick figure":
        theirs["MUJOCO_GL"] = "disable"
    elif sys.platform == "linux":
        theirs.setdefault("MUJOCO_GL", "egl")  # needs no display
    return theirs


def _is_over(entry: _Filming) -> bool:
    return entry.process.poll() is not None or time.monotonic() > entry.deadline


def _collect(entry: _Filming, limit_s: float) -> tuple[str, bool]:
    """Why there is no clip, '' if there is one; whether stick figures may do better."""
    code = entry.process.poll()
    said = _stop(entry)
    if (entry.shoot.folder / "clip.mp4").exists():
        return "", False
    if code is None:
        return f"rendering took longer than {limit_s:g} s", False
    if code == EXIT_UNFILMABLE:
        return said, False
    if code < 0:
        said = signal.Signals(-code).name
    return f"rendering failed: {said or f'exit code {code}'}", entry.painter == "gl"


def _stop(entry: _Filming) -> str:
    """End it if it has not ended; gives the last line that it said."""
    entry.process.kill()
    entry.process.wait()
    with entry.log as log:
        log.seek(0)
        lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _main(request: str) -> None:
    """A rendering process."""
    die_with_parent()
    if request == TRY:
        _try_gl()
    else:
        _make_clip(**json.loads(request))


def _try_gl() -> None:
    """Fails if no ball is seen: a broken driver may paint nothing and say nothing."""
    import mujoco
    import numpy as np

    from designer.clips.camera import aim
    from designer.clips.framing import camera_for
    from designer.clips.gl import gl

    model = mujoco.MjModel.from_xml_string(BALL)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with gl(model) as paint:
        picture = np.asarray(paint(aim(camera_for(model, data), data), data))
    assert np.ptp(picture, axis=(0, 1)).max() > 20, "OpenGL painted nothing"


def _make_clip(
    folder: str, task: str, seeds: Sequence[int], painter: PainterName
) -> None:
    from designer.clips.clip import write_clip
    from designer.clips.film import Unfilmable, record
    from designer.training.policy import Policy
    from envs.make import load_task
    from envs.yamlfile import TaskError

    try:
        loaded = load_task(task)
        paths = _policies(Path(folder))
        os.chdir(folder)  # MuJoCo writes its own log where it stands
        films = [film for p in paths for film in record(loaded, Policy.load(p), seeds)]
        write_clip(Path(folder), films, painter)
    except (Unfilmable, TaskError, DesignerError, FileNotFoundError) as error:
        sys.stderr.write(" ".join(str(error).split()))
        sys.exit(EXIT_UNFILMABLE)


def _policies(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("s[0-9]*/policy.npz"), key=_number)[:TRAININGS]
    if not paths:
        raise FileNotFoundError(f"no trained policy in {folder}")
    return paths


def _number(path: Path) -> int:
    return int(path.parent.name[1:])


if __name__ == "__main__":
    _main(sys.argv[1])
