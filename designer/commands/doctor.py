"""designer doctor: what this machine has, and how to get what is missing."""

import importlib
import os
import platform
import statistics
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from designer.clips.tools import require_pyav
from designer.clips.workers import painter_here
from designer.errors import ConfigError
from designer.llm.litellm_client import COMPROMISED_VERSIONS
from sandbox import NAMES, RewardProcess, SandboxError, Walls, choose, fault

Need = tuple[str, str, str]  # its name, its state, and a fix, '' where all is well
CORE_LIBRARIES = ("numpy", "mujoco", "gymnasium", "openai")
EXTRAS = {
    "stable-baselines3": "--trainer sb3",
    "mujoco-mjx": "--trainer mjx",
    "litellm": "--model litellm/... and list prices",
    "av": "clips",
    "starlette": "the page",
}
FIXES = {
    "bubblewrap": "apt install bubblewrap, and let users make namespaces",
    "landlock": "a kernel from 5.13 on, with landlock in its list of LSMs",
}


def examine_machine() -> list[Need]:
    """All needs of a run, with their state on this machine."""
    rows = [("Python", platform.python_version(), "")]
    rows += [_library(name) for name in CORE_LIBRARIES]
    rows += [_extra(name, purpose) for name, purpose in EXTRAS.items()]
    rows.append(("cores", str(len(os.sched_getaffinity(0))), ""))
    rows += _engines()
    rows += _walls()
    rows.append(_clips())
    key = "set" if os.environ.get("OPENAI_API_KEY") else "not set"
    rows.append(("OPENAI_API_KEY", f"{key} (not needed for symbolic)", ""))
    return rows


def _library(name: str) -> Need:
    try:
        installed = version(name)
    except PackageNotFoundError:
        return name, "missing", "make install"
    is_wrong = (name, installed) == ("mujoco", "4.0.0")
    return (
        name,
        installed,
        "make install (4.0.0 has a wrong solver)" if is_wrong else "",
    )


def _extra(name: str, purpose: str) -> Need:
    try:
        installed = version(name)
    except PackageNotFoundError:
        return name, f"not installed (only for {purpose})", ""
    steals_keys = name == "litellm" and installed in COMPROMISED_VERSIONS
    fix = "remove it, change your keys: it steals them" if steals_keys else ""
    return name, installed, fix


def _engines() -> Iterator[Need]:
    """The engines of --trainer mjx."""
    try:
        hardware = importlib.import_module("designer.training.mjx.hardware")
    except ModuleNotFoundError as error:
        yield "jax", f"no {error.name} (only for --trainer mjx)", ""
        return
    for name, state in hardware.engines():
        yield f"--engine {name}", state, ""


def _clips() -> Need:
    """How clips are drawn here, or why they can't be written."""
    try:
        require_pyav()
    except ConfigError as error:
        return "clips", str(error), ""
    return "clips", f"drawn by {painter_here()}", ""


def _walls() -> Iterator[Need]:
    """Tries each wall; one is enough, so a missing one is no fault by itself."""
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}", ""
    try:
        chosen = choose("auto")
    except SandboxError as error:
        chosen, problem = None, str(error)
    for name in NAMES[2:-1]:  # each of the two alone
        reason = fault(name)
        state = f"no: {reason}" if reason else "works"
        fix = FIXES[name] if reason and chosen is None else ""
        yield f"sandbox: {name}", state, fix
    if chosen is None:
        yield "sandbox: auto", "refuses", problem
    else:
        yield "sandbox: auto", f"{chosen}, {1000 * _start_s(chosen):.0f} ms", ""


def _start_s(walls: Walls, times: int = 3) -> float:
    """Median seconds until a reward process is ready."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        source = "def reward(s, a, s_next):\n    return {'one': 1.0}\n"
        RewardProcess(source, {"x": 0}, 1, walls=walls).close()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)
