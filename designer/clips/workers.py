"""Makes clips of candidates, each in a rendering process of its own.

OpenGL can crash or hang a process, and it must be chosen before MuJoCo is imported. A
process that hangs is killed; one that crashes leaves its clip to another one, which
draws stick figures without OpenGL. When this process dies, the rendering ones die too.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from designer.clips.rendering import EXIT_NO_CLIP, TRY_OPENGL
from designer.clips.tools import PainterName, require_pyav

RENDERING_POLL_S = 0.02


@dataclass(frozen=True)
class ClipRequest:
    """A clip to make.

    folder: a candidate's, with s0/policy.npz and so on. task: name or folder.
    seeds: all held-out starts of the judge; the first is shown.
    """

    folder: Path
    task: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class _Rendering:
    """A rendering process that runs. deadline: by time.monotonic()."""

    request: ClipRequest
    painter: PainterName
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    deadline: float


@dataclass(frozen=True)
class _NoClip:
    """Why a rendering made no clip; crashed: another painter may make one."""

    reason: str
    crashed: bool = False


def make_clips(
    requests: Sequence[ClipRequest],
    workers: int,
    limit_s: float,
    painter: PainterName | None = None,
) -> dict[Path, str]:
    """Make clip.mp4, clip.jpg and strip.png in every folder that has no clip.mp4 yet.

    workers: processes at a time. limit_s: wall time of one clip. painter: None for the
    better one of those that work here. Gives the folders that still have no clip, with
    the reason; ConfigError without PyAV.
    """
    missing = [r for r in requests if not (r.folder / "clip.mp4").exists()]
    if not missing:
        return {}
    require_pyav()
    painter = painter or painter_here()
    queue = [(request, painter) for request in reversed(missing)]
    running: list[_Rendering] = []
    reasons: dict[Path, str] = {}
    try:
        while queue or running:
            while queue and len(running) < workers:
                running.append(_start(*queue.pop(), limit_s))
            time.sleep(RENDERING_POLL_S)
            for rendering in tuple(running):
                is_late = time.monotonic() > rendering.deadline
                if rendering.process.poll() is None and not is_late:
                    continue
                running.remove(rendering)
                match _end(rendering, limit_s):
                    case _NoClip(crashed=True) if rendering.painter == "gl":
                        queue.append((rendering.request, "stick figure"))
                    case _NoClip(reason):
                        reasons[rendering.request.folder] = reason
    finally:
        for rendering in running:
            _stop(rendering)
    return reasons


@lru_cache
def painter_here(limit_s: float = 20.0) -> PainterName:
    """The better painter that works here; OpenGL is tried in a process of its own."""
    with tempfile.TemporaryFile() as log:
        process = _launch(TRY_OPENGL, "gl", log)
        try:
            works = process.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            works = False
        finally:
            process.kill()
            process.wait()
    return "gl" if works else "stick figure"


def _start(request: ClipRequest, painter: PainterName, limit_s: float) -> _Rendering:
    arguments = {
        "folder": str(request.folder.resolve()),
        "task": request.task,
        "seeds": request.seeds,
        "painter": painter,
    }
    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in _stop)
    process = _launch(json.dumps(arguments), painter, log)
    return _Rendering(request, painter, process, log, time.monotonic() + limit_s)


def _launch(
    argument: str, painter: PainterName, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a rendering process whose environment chooses the painter's OpenGL."""
    environment = {
        **os.environ,
        # A policy must act as it did before the judge: with one thread for its sums.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    if painter == "stick figure":
        environment["MUJOCO_GL"] = "disable"
    elif sys.platform == "linux":
        environment.setdefault("MUJOCO_GL", "egl")  # needs no display
    return subprocess.Popen(
        [sys.executable, "-m", "designer.clips.rendering", argument],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # the parent decides what Ctrl-C does
    )


def _end(rendering: _Rendering, limit_s: float) -> _NoClip | None:
    """Stop a rendering that has ended or is late; None where it made its clip."""
    code = rendering.process.poll()
    last_line = _stop(rendering)
    if (rendering.request.folder / "clip.mp4").exists():
        return None
    if code is None:
        return _NoClip(f"rendering took longer than {limit_s:g} s")
    if code == EXIT_NO_CLIP:
        return _NoClip(last_line)
    if code < 0:
        last_line = signal.Signals(-code).name
    reason = f"rendering failed: {last_line or f'exit code {code}'}"
    return _NoClip(reason, crashed=True)


def _stop(rendering: _Rendering) -> str:
    """Make sure that a process is gone; gives the last line of its output."""
    rendering.process.kill()
    rendering.process.wait()
    with rendering.log as log:
        log.seek(0)
        lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
