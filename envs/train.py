"""How the policies of a task are trained, from its key `train`."""

from dataclasses import dataclass, fields
from typing import Any

from envs.yamlfile import Document, as_count

ALGO_NAMES = ("ppo", "sac", "td3")
ENVIRONMENTS = (16, 32, 64, 128, 256, 512, 1024, 2048)  # A rung has 2,048 steps.
MAX_UNITS = 1024  # of a hidden layer; more would be a mistake


@dataclass(frozen=True)
class TrainDefaults:
    """How a policy is trained unless the command line says otherwise.

    gamma: discount of a control step, for what takes longer to pay than a hundred.
    network: units of the two hidden layers; None for the trainer's own. environments:
    of one training; None for as many as suit the trainer.
    """

    algo: str = "ppo"
    steps: int = 300_000
    gamma: float = 0.99
    network: tuple[int, int] | None = None
    environments: int | None = None


def parse_train(document: Document, value: Any) -> TrainDefaults:
    """What the key `train` says; the defaults where it says nothing."""
    names = [field.name for field in fields(TrainDefaults)]
    entry = document.section(("train",), value, names)
    algo = entry.get("algo", TrainDefaults.algo)
    if algo not in ALGO_NAMES:
        valid = ", ".join(ALGO_NAMES)
        raise document.error(("train", "algo"), f"algo must be {valid}, got {algo!r}")
    raw = entry.get("steps", TrainDefaults.steps)
    steps = as_count(raw)
    if steps is None or steps < 1:
        message = f"steps must be a whole number > 0, got {raw!r}"
        raise document.error(("train", "steps"), message)
    gamma = entry.get("gamma", TrainDefaults.gamma)
    if type(gamma) is not float or not 0 < gamma < 1:
        message = f"gamma must be a number between 0 and 1, got {gamma!r}"
        raise document.error(("train", "gamma"), message)
    raw = entry.get("environments")
    environments = as_count(raw)
    if raw is not None and environments not in ENVIRONMENTS:
        valid = ", ".join(map(str, ENVIRONMENTS))
        message = f"environments must be one of {valid}, got {raw!r}"
        raise document.error(("train", "environments"), message)
    network = _parse_network(document, entry.get("network"))
    return TrainDefaults(algo, steps, gamma, network, environments)


def _parse_network(document: Document, value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    units = value if isinstance(value, list) else [value]
    if len(units) != 2 or not all(
        type(count) is int and 0 < count <= MAX_UNITS for count in units
    ):
        raise document.error(
            ("train", "network"),
            "network must be the units of two hidden layers, each at most "
            f"{MAX_UNITS}, as in [128, 64]; got {value!r}",
        )
    return units[0], units[1]
