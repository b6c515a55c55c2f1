"""Where trainings run: processes of this machine, or a Ray cluster."""

import importlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from designer.errors import ConfigError
from designer.training.pool import LocalPool, Pool

Amount = Annotated[float, Parameter(validator=Number(gte=0, lte=1000))]


@Parameter(name="*", group="Machines")
@dataclass(frozen=True, kw_only=True)
class PoolConfig:
    """Where trainings run; no figure depends on it, so no run folder records it."""

    pool: Literal["local", "ray"] = "local"
    """Where trainings run: as processes on this machine, or as tasks of a Ray cluster
    whose machines share the run folder (.[ray])."""

    ray_address: str = ""
    """Address of the Ray cluster, or auto for the one on this machine; if not given,
    RAY_ADDRESS, or else a Ray of its own on this machine's cores."""

    ray_cpus: Amount = 1.0
    """CPUs that a training reserves in Ray."""

    ray_gpus: Amount = 0.0
    """GPUs that a training reserves in Ray."""


LOCAL = PoolConfig()


def open_pool(
    config: PoolConfig,
    workers: int,
    wall_s: float,
    trainers: Sequence[str],
    folder: Path,
) -> AbstractContextManager[Pool]:
    """The pool that the user chose; ConfigError where Ray is not installed.

    workers: trainings at once, of the local pool; Ray takes as many as it has CPUs.
    folder: of the run or batch, which all machines must see.
    """
    if config.pool == "local":
        return LocalPool(workers, wall_s, trainers)
    try:
        module = importlib.import_module("designer.training.ray_pool")
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--pool ray needs {error.name}; install it with "
            "pip install -c constraints.txt -e '.[ray]'"
        ) from None
    pool: AbstractContextManager[Pool] = module.RayPool(config, wall_s, folder)
    return pool
