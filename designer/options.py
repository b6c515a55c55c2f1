"""Options of commands that no figure depends on, so that no run folder records them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from designer.config import Count, Dollars, Limit, Price, Sandboxed

MACHINES = Parameter(group="Machines")
Amount = Annotated[float, Parameter(validator=Number(gte=0, lte=1000))]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PoolConfig:
    """Where trainings run."""

    pool: Annotated[Literal["local", "ray"], MACHINES] = "local"
    """Where trainings run: as processes of this machine, or as tasks of a Ray cluster
    whose machines share the run folder."""

    ray_address: Annotated[str, MACHINES] = ""
    """Address of the Ray cluster, or auto for the one that this machine belongs to; if
    not given, RAY_ADDRESS, or else a Ray of its own on this machine's cores."""

    ray_cpus: Annotated[Amount, MACHINES] = 1.0
    """CPUs that a training reserves in Ray."""

    ray_gpus: Annotated[Amount, MACHINES] = 0.0
    """GPUs that a training reserves in Ray."""


LOCAL = PoolConfig()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class NewLimits:
    """Limits of a resumed run that replace those it was started with."""

    max_calls: Limit | None = None
    """A new limit of model calls."""

    max_usd: Dollars | None = None
    """A new limit of spending in USD."""

    max_tokens: Limit | None = None
    """A new limit of tokens, in and out."""

    reply_tokens: Count | None = None
    """A new limit of one reply's tokens."""

    price: Price | None = None
    """The model's price in USD per million tokens, in and out."""

    judge_price: Price | None = None
    """The judge model's price, as --price."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Consent:
    """The user's consent to a run folder, given on the command line."""

    task: str = ""
    """Where the task's folder is now, if it was moved. For a run folder that was
    started elsewhere it also confirms that the task's code is to be run."""

    model: str = ""
    """Confirms the model of a run folder that was started elsewhere."""

    judge_model: str = ""
    """Confirms the judge model of a run folder that was started elsewhere."""

    sandbox: Sandboxed | None = None
    """Walls from now on; none also confirms a run without walls."""

    accept_changes: bool = False
    """Go on although the task or a version differs from when the run began; the report
    says so."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How a batch is done; the file says what it is."""

    workers: Count | None = None
    """Trainings at once, over all runs; the file's own number or 2 if not given."""

    calls_at_once: Count | None = None
    """Calls that one model's server gets at a time, over all runs; if not given 4, or 1
    where it is on this machine."""

    max_calls: Limit | None = None
    """Stop before models are called more often than this, over all runs."""

    max_tokens: Limit | None = None
    """Stop before more tokens than this are used, over all runs and both models."""

    max_usd: Dollars | None = None
    """Stop before spending more than this, over all runs and both models; needs known
    prices (see prices in the batch file)."""

    model: tuple[str, ...] = ()
    """Confirms a model's server that the file names, to which prompts and a key go."""

    judge_model: tuple[str, ...] = ()
    """Confirms a judge model's server that the file names."""

    sandbox: Sandboxed | None = None
    """Confirms with none that the file takes the walls away."""

    accept_changes: bool = False
    """Go on although the task or a version differs from when a run began; its report
    says so."""


NO_OPTIONS = BatchOptions()
