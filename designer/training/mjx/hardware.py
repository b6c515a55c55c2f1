"""Which engine and how many members: what a population finds on this machine."""

import importlib.util
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, cast

import jax

from designer.errors import ConfigError
from envs.bodies import BODIES
from envs.make import load_task
from envs.mjx import require_mjx
from envs.task import Task
from envs.yamlfile import TaskError

EngineName = Literal["jax", "warp", "c"]
# JAX sets most of a GPU's memory aside; some of that is lost between arrays.
SHARE_OF_MEMORY = 0.6
CACHE_FROM_S = 1.0  # of compiling; quicker programs are not kept on disk


def choose_engine(name: str, task: Task) -> EngineName:
    """The engine of the user's choice; ConfigError where it can't run the task here."""
    require_engine(name, task)
    if name == "auto":
        return "jax" if has_gpu() and task.env in BODIES else "c"
    return cast(EngineName, name)


def require_engine(name: str, task: Task) -> None:
    """ConfigError where an engine can't run a task, or is not here."""
    if name in ("jax", "warp") and task.env not in BODIES:
        raise ConfigError(
            f"--engine {name} runs built-in bodies and MuJoCo-v0, and the env of "
            f"{task.name} is {task.env}; take --engine c"
        )
    if name == "warp" and importlib.util.find_spec("warp") is None:
        raise ConfigError(
            "--engine warp needs warp; install it with "
            "pip install -c constraints.txt -e '.[warp]'"
        )


def engine_here(name: str, task: Task) -> EngineName:
    """The engine of trainings on this machine; ConfigError where it can't run the task.

    Unlike choose_engine it builds the task's worlds, before any model is paid.
    """
    require_engine(name, task)
    if name == "c" or task.env not in BODIES:
        return "c"
    try:
        return _tried_engine(name, task.folder, task.measured)
    except (TaskError, RuntimeError) as error:  # JAX says RuntimeError
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ConfigError(
            f"--engine {name} can't run {task.name}: {reason}; or take --engine c"
        ) from None


@cache  # for the many runs of a batch
def _tried_engine(name: str, folder: Path, measured: bool) -> EngineName:
    """As engine_here, in a process of its own: JAX keeps a GPU's memory to the end."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_try_engine, name, folder, measured).result()


def _try_engine(name: str, folder: Path, measured: bool) -> EngineName:
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # Others may train here.
    task = load_task(str(folder), measured)
    engine = choose_engine(name, task)
    if engine != "c":
        require_mjx()
        # Only here, as MJX takes a second to load and C MuJoCo needs none of it.
        from envs.mjx.world import Worlds

        Worlds(task, engine)
    return engine


def has_gpu() -> bool:
    """Whether JAX has found a GPU."""
    return str(jax.default_backend()) == "gpu"


def engines() -> list[tuple[EngineName, str]]:
    """Each engine, and in words whether and where it runs on this machine."""
    device = jax.devices()[0].device_kind if has_gpu() else ""
    slow = "runs on this machine's cores, slowly: JAX finds no GPU (extra cuda)"
    warp = importlib.util.find_spec("warp") is not None
    where = f"runs on {device}" if device else slow
    return [
        ("c", f"runs on {len(os.sched_getaffinity(0))} cores"),
        ("jax", where),
        ("warp", where if warp else "needs warp (extra warp)"),
    ]


def prepare_jax() -> None:
    """Exact products of matrices, and compiled programs kept on disk.

    A GPU's quick products of float32 (TF32) ruin PPO's updates.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    options = {
        "jax_default_matmul_precision": "highest",
        "jax_compilation_cache_dir": str(home / "designer" / "xla"),
        "jax_persistent_cache_min_compile_time_secs": CACHE_FROM_S,
    }
    for name, value in options.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]


def free_bytes() -> int:
    """Memory that a population may take on the device."""
    if has_gpu():
        limit = (jax.devices()[0].memory_stats() or {}).get("bytes_limit", 0)
        return int(SHARE_OF_MEMORY * limit)
    return int(SHARE_OF_MEMORY * _available_bytes())


def _available_bytes() -> int:
    """Memory of this machine that is free or holds only copies of files."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def capacity(member_bytes: float) -> int:
    """Members of such a size that fit at once; 0 where not even one does."""
    return int(free_bytes() // member_bytes)
