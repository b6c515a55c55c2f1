"""The settings of a run; the command line's help is made of these docstrings."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

Count = Annotated[int, Parameter(validator=Number(gte=1))]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """How a search is made. Defaults come from the recipe, flags win."""

    model: str = "symbolic"
    """Who writes rewards: symbolic (built in, no key), name@http://host:port/v1, an
    OpenAI model name, ollama/NAME, manual, or replay:RUN."""

    recipe: str = "default"
    """Named settings, or the path of a YAML file with settings from this list."""

    candidates: Count = 8
    """Rewards per generation."""

    generations: Count = 5
    """Rounds of propose, train, judge."""

    steps: Count | None = None
    """Environment steps of one training; the task's own number if not given."""

    seeds: Count = 2
    """Trainings per reward; the same seeds for every reward of a run."""

    final_seeds: Count = 5
    """Unseen seeds on which the winner and both baselines are trained at the end."""

    episodes: Count = 16
    """Held-out episodes per judged policy."""

    repairs: Annotated[int, Parameter(validator=Number(gte=0))] = 2
    """How often a faulty reply goes back to the model with the exact problem."""

    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """The run's seed; everything random derives from it."""

    workers: Count = 2
    """Trainings at once, one process and one thread each."""

    trainer: Literal["ppo", "sb3"] = "ppo"
    """Who trains: ppo (built in, quick) or sb3 (stable-baselines3's PPO, the
    reference)."""

    algo: Literal["ppo", "sac", "td3"] | None = None
    """Learning algorithm; the task's own if not given. sac and td3 need --trainer
    sb3."""

    sandbox: Literal["auto"] = "auto"
    """How a reward is confined: auto, which today is a process of its own with limits
    and an empty environment; files and network are not kept from it yet."""

    human: Literal["none"] = "none"
    """Who judges beside the metric: none."""

    wall_s: Annotated[float, Parameter(validator=Number(gt=0))] = 3600.0
    """Wall seconds after which one training is stopped and failed."""

    max_calls: Count | None = None
    """Stop before more than this many model calls."""

    max_usd: Annotated[float, Parameter(validator=Number(gt=0))] | None = None
    """Stop before spending more than this; needs --price."""

    price: tuple[float, float] | None = None
    """USD per million tokens, in and out, for example --price 2.5 10."""

    def to_json(self) -> dict[str, Any]:
        """As stored in config.yaml."""
        return asdict(self)


RECIPES = Path(__file__).parent / "recipes"


def recipe_path(name: str) -> Path:
    """File of a recipe by name or path; it may not exist."""
    inside = RECIPES / f"{name}.yaml"
    return inside if inside.is_file() else Path(name)
