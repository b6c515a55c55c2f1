"""Where trainings run: processes of this machine, or a Ray cluster."""

import importlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from designer.errors import ConfigError
from designer.options import PoolConfig
from designer.training.pool import LocalPool, Pool


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
