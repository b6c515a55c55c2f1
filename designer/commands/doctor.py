"""designer doctor: what this machine has, and how to get what is missing."""

import os
import platform
import statistics
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from designer.clips.tools import require_pyav
from designer.clips.workers import painter_here
from designer.errors import ConfigError
from designer.llm.litellm_client import COMPROMISED
from sandbox import NAMES, RewardProcess, SandboxError, Walls, choose, fault

Row = tuple[str, str, str]  # what, state, fix; fix is '' where all is well
LIBRARIES = ("numpy", "mujoco", "gymnasium", "openai")
EXTRAS = {
    "stable-baselines3": "--trainer sb3",
    "litellm": "--model litellm/... and list prices",
    "av": "clips",
    "starlette": "the page",
}
FIXES = {
    "bubblewrap": "apt install bubblewrap, and let users make namespaces",
    "landlock": "a kernel from 5.13 on, with landlock in its list of LSMs",
}


def doctor() -> list[Row]:
    """One row per need of a run."""
    rows = [("Python", platform.python_version(), "")]
    rows += [_library(name) for name in LIBRARIES]
    rows += [_extra(name, purpose) for name, purpose in EXTRAS.items()]
    rows.append(("cores", str(len(os.sched_getaffinity(0))), ""))
    rows += _walls()
    rows.append(_clips())
    key = "set" if os.environ.get("OPENAI_API_KEY") else "not set"
    rows.append(("OPENAI_API_KEY", f"{key} (not needed for symbolic)", ""))
    return rows


def _library(name: str) -> Row:
    try:
        found = version(name)
    except PackageNotFoundError:
        return name, "missing", "make install"
    wrong = (name, found) == ("mujoco", "4.0.0")
    return name, found, "make install (4.0.0 has a wrong solver)" if wrong else ""


def _extra(name: str, purpose: str) -> Row:
    try:
        found = version(name)
    except PackageNotFoundError:
        return name, f"not installed (only for {purpose})", ""
    stolen = name == "litellm" and found in COMPROMISED
    return name, found, "remove it, change your keys: it steals them" if stolen else ""


def _clips() -> Row:
    """What paints clips here, and whether they can be written."""
    try:
        require_pyav()
    except ConfigError as error:
        return "clips", str(error), ""
    return "clips", f"drawn by {painter_here()}", ""


def _walls() -> Iterator[Row]:
    """Each wall, tried; one is enough, so a missing one is no fault by itself."""
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}", ""
    try:
        chosen = choose("auto")
    except SandboxError as error:
        chosen, why = None, str(error)
    for name in NAMES[2:-1]:  # each of the two alone
        reason = fault(name)
        state = f"no: {reason}" if reason else "works"
        fix = FIXES[name] if reason and chosen is None else ""
        yield f"sandbox: {name}", state, fix
    if chosen is None:
        yield "sandbox: auto", "refuses", why
    else:
        yield "sandbox: auto", f"{chosen}, {1000 * _start_s(chosen):.0f} ms", ""


def _start_s(walls: Walls, times: int = 3) -> float:
    """Median seconds until a reward process is ready."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        source = "def reward(s, a, s_next):\n    return {'one': 1.0}\n"
        RewardProcess(source, {"x": 0}, 1, walls=walls).close()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
