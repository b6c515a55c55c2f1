"""The settings of a run; the command line's help is made of these docstrings."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from designer.errors import ConfigError
from designer.typed import Mismatch, read_as

# Upper ends are far above what anybody runs: they catch slips before they fill memory.
Count = Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))]
Natural = Annotated[int, Parameter(validator=Number(gte=0, lte=2**62))]
Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=10**12))]
Seconds = Annotated[float, Parameter(validator=Number(gt=0, lte=1e9))]
Dollars = Annotated[float, Parameter(validator=Number(gt=0))]
Price = Annotated[float, Parameter(validator=Number(gte=0))]
Sandboxed = Literal["auto", "bubblewrap+landlock", "bubblewrap", "landlock", "none"]
METHOD = Parameter(group="Method")
PEOPLE = Parameter(group="People")
Human = Literal["none", "terminal", "page", "synthetic"]
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

    steps: Limit | None = None
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

    human: Annotated[Human, PEOPLE] = "none"
    """Who is asked after every generation: nobody, a person on the terminal or on a
    local page, or a synthetic one who goes by fitness (for tests and studies)."""

    judge: Annotated[Literal["metric", "people", "both"], PEOPLE] = "metric"
    """What rewards are selected by: the hidden metric (people are asked for words
    only), people's votes (the metric is never read), or both."""

    people_weight: Annotated[
        float, Parameter(validator=Number(gte=0, lte=1)), PEOPLE
    ] = 0.5
    """With --judge both: the weight of votes; the rest is fitness, scaled by its
    spread."""

    questions: Annotated[Count, PEOPLE] = 3
    """Votes asked for after a generation."""

    clips: Annotated[int, Parameter(validator=Number(gte=2, lte=6)), PEOPLE] = 4
    """Most clips to compare in one question."""

    deadline_s: Annotated[Seconds, PEOPLE] = 3600.0
    """Seconds after which a run goes on without the votes that it waits for."""

    rater: Annotated[str, PEOPLE] = ""
    """Under which name votes are kept; the login name if not given."""

    mistakes: Annotated[float, Parameter(validator=Number(gte=0, lte=1)), PEOPLE] = 0.1
    """With --human synthetic: share of neighbours in a ranking that are swapped."""

    factors: Annotated[str, PEOPLE] = ""
    """Votes by ranked factors of episodes, most important first, as in "fell,
    x_velocity.mean:0.2, energy" (HERON); the task's own with "task"."""

    judge_model: Annotated[str, PEOPLE] = ""
    """A vision model that compares clips first, named as for --model; people are asked
    what it leaves undecided. Limits of calls, tokens and money hold for each model by
    itself."""

    wall_s: Seconds = 3600.0
    """Wall seconds after which one training is stopped and failed."""

    reply_tokens: Count | None = None
    """Most tokens of one reply; if not given, the server's own limit, raised once where
    it cuts a reply off."""

    max_calls: Limit | None = None
    """Stop before more than this many model calls."""

    max_tokens: Limit | None = None
    """Stop before more than this many tokens, in and out together."""

    max_usd: Dollars | None = None
    """Stop before spending more than this; needs a known price."""

    price: tuple[Price, Price] | None = None
    """USD per million tokens, in and out, for example --price 2.5 10; if not given, the
    list price where litellm is installed and knows it."""

    def to_json(self) -> dict[str, Any]:
        """As stored in config.yaml."""
        return {key: yaml_value(value) for key, value in vars(self).items()}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class NewLimits:
    """Limits of a resumed run, in place of those that it was started with."""

    max_calls: Limit | None = None
    """A new limit of model calls."""

    max_usd: Dollars | None = None
    """A new limit of spending in USD."""

    max_tokens: Limit | None = None
    """A new limit of tokens, in and out."""

    reply_tokens: Count | None = None
    """A new limit of one reply's tokens."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Consent:
    """What the command line says of a run folder."""

    task: str = ""
    """Where the task's folder lies now, if it was moved; also confirms that its code is
    to be run, for a run folder that was started elsewhere."""

    model: str = ""
    """Confirms the model of a run folder that was started elsewhere."""

    judge_model: str = ""
    """Confirms the judge model of a run folder that was started elsewhere."""

    sandbox: Sandboxed | None = None
    """Walls from now on; none also confirms that there are to be none."""

    accept_changes: bool = False
    """Go on although the task or a version differs from when the run began; the report
    says so."""


def checked_config(config: RunConfig) -> RunConfig:
    """The settings with what they imply; ConfigError for those that can't be."""
    try:
        config = read_as(RunConfig, vars(config))
    except Mismatch as error:
        raise ConfigError(str(error)) from None
    machine = config.human == "synthetic" or config.factors or config.judge_model
    if config.judge == "metric" and machine:
        raise ConfigError(
            "--human synthetic, --factors and --judge-model give votes, which nobody "
            "counts with --judge metric; add --judge people or --judge both"
        )
    if config.judge != "metric" and config.human == "none" and not machine:
        raise ConfigError(
            f"--judge {config.judge} needs somebody who votes: --human page, terminal "
            "or synthetic, --factors, or --judge-model"
        )
    return replace(config, scores=config.scores and config.judge != "people")


def yaml_value(value: Any) -> Any:
    """A setting as YAML holds it."""
    if isinstance(value, tuple):
        return [yaml_value(item) for item in value]
    return str(value) if isinstance(value, Path) else value
