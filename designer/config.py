"""The settings of a run; the command line's help is made of these docstrings."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

Count = Annotated[int, Parameter(validator=Number(gte=1))]
Natural = Annotated[int, Parameter(validator=Number(gte=0))]
Sandboxed = Literal["auto", "bubblewrap+landlock", "bubblewrap", "landlock", "none"]
METHOD = Parameter(group="Method")
Parents = Literal["incumbent", "latest", "islands", "none"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """How a search is made. Defaults come from the recipe, flags win."""

    model: str = "symbolic"
    """Who writes rewards: symbolic (built in, no key), name@http://host:port/v1, an
    OpenAI model name, ollama/NAME, litellm/PROVIDER/NAME, manual, or replay:RUN."""

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

    repairs: Natural = 2
    """How often a faulty reply goes back to the model with the exact problem."""

    init: tuple[Path, ...] = ()
    """Reward files to start from; they take the first places of generation 0."""

    parents: Annotated[Parents, METHOD] = "incumbent"
    """What new rewards build on: the incumbent (never beaten so far), the best of the
    latest generation, members of islands, or none (best of n)."""

    islands: Annotated[Count, METHOD] = 1
    """Populations that evolve side by side, with --parents islands."""

    feedback: Annotated[Literal["summary", "curves", "none"], METHOD] = "summary"
    """What is said about the parent: all that was worked out, its training curves
    only, or nothing but its code."""

    history: Annotated[Natural, METHOD] = 4
    """Generations whose rewards are listed with what became of them."""

    scores: Annotated[bool, Parameter(negative="--no-scores", group="Method")] = True
    """Whether the model is told the fitness."""

    contrast: Annotated[bool, Parameter(negative="--no-contrast", group="Method")] = (
        False
    )
    """Whether the worst reward of the latest generation is shown beside the best."""

    examples: Annotated[Natural, METHOD] = 0
    """Expert rewards of similar tasks shown to the model."""

    critic: Annotated[Natural, METHOD] = 0
    """Rounds in which a second call objects to a reward before it is trained."""

    analyst: Annotated[bool, Parameter(negative="--no-analyst", group="Method")] = False
    """Whether a second call reads failed episodes and says what went wrong."""

    form: Annotated[Literal["sum", "sign"], METHOD] = "sum"
    """The contract: a sum of terms, or sgn(sparse) + 0.1 sgn(dense)."""

    subgoals: Annotated[bool, Parameter(negative="--no-subgoals", group="Method")] = (
        False
    )
    """Whether the model first lists subgoals, which rewards then lead along."""

    seed: Natural = 0
    """The run's seed; everything random derives from it."""

    workers: Count = 2
    """Trainings at once, one process and one thread each."""

    trainer: Literal["ppo", "sb3"] = "ppo"
    """Who trains: ppo (built in, quick) or sb3 (stable-baselines3's PPO, the
    reference)."""

    algo: Literal["ppo", "sac", "td3"] | None = None
    """Learning algorithm; the task's own if not given. sac and td3 need --trainer
    sb3."""

    sandbox: Sandboxed = "auto"
    """Walls round LLM-written code; auto takes the strongest that work here and refuses
    if there are none; none leaves them out (see designer doctor)."""

    human: Literal["none", "terminal"] = "none"
    """Whether a person is asked, before each further generation, what is wrong with the
    policies so far: none, or terminal."""

    wall_s: Annotated[float, Parameter(validator=Number(gt=0))] = 3600.0
    """Wall seconds after which one training is stopped and failed."""

    max_calls: Count | None = None
    """Stop before more than this many model calls."""

    max_tokens: Count | None = None
    """Stop before more than this many tokens, in and out together."""

    max_usd: Annotated[float, Parameter(validator=Number(gt=0))] | None = None
    """Stop before spending more than this; needs a known price."""

    price: tuple[float, float] | None = None
    """USD per million tokens, in and out, for example --price 2.5 10; if not given, the
    list price where litellm is installed and knows it."""

    def to_json(self) -> dict[str, Any]:
        """As stored in config.yaml."""
        return {**asdict(self), "init": [str(path) for path in self.init]}


RECIPES = Path(__file__).parent / "recipes"


def recipe_path(name: str) -> Path:
    """File of a recipe by name or path; it may not exist."""
    inside = RECIPES / f"{name}.yaml"
    return inside if inside.is_file() else Path(name)
