"""The settings of a run; their docstrings are the help of the command line."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from designer.errors import ConfigError
from designer.typed import Mismatch, read_as

# Upper ends are far above any real run: they catch slips before these fill memory.
Count = Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))]
Natural = Annotated[int, Parameter(validator=Number(gte=0, lte=2**62))]
Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=10**12))]
Share = Annotated[float, Parameter(validator=Number(gte=0, lte=1))]
Seconds = Annotated[float, Parameter(validator=Number(gt=0, lte=1e9))]
Dollars = Annotated[float, Parameter(validator=Number(gt=0))]
_Rate = Annotated[float, Parameter(validator=Number(gte=0))]
Price = tuple[_Rate, _Rate]
"""US dollars per million tokens (in, out)."""
Sandboxed = Literal["auto", "bubblewrap+landlock", "bubblewrap", "landlock", "none"]
METHOD = Parameter(group="Method")
PEOPLE = Parameter(group="People")
Human = Literal["none", "terminal", "page", "synthetic"]
Parents = Literal["incumbent", "latest", "islands", "none"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Settings of a search. The recipe replaces defaults, and flags replace both."""

    model: str = "symbolic"
    """Who writes rewards: symbolic (built in, no key), name@http://host:port/v1, an
    OpenAI model name, ollama/NAME, litellm/PROVIDER/NAME, "cmd:PROGRAM ARGS" (prompt on
    stdin, reply on stdout), manual, or replay:RUN."""

    recipe: str = "default"
    """Named settings, or the path of a YAML file with settings from this list. They
    replace the defaults below, so a run without flags races and confirms; the command
    recipes shows what each one sets."""

    candidates: Count = 8
    """Rewards per generation."""

    generations: Count = 5
    """Rounds of propose, train, judge."""

    ahead: Count = 1
    """Generations at work at once. With 1 each waits for the one before it; with N it
    knows all but the last N - 1, and no core waits for the slowest training."""

    steps: Limit | None = None
    """Environment steps of one training; the task's own number if not given."""

    seeds: Count = 2
    """Trainings per reward; the same seeds for every reward of a run."""

    most_seeds: Count = 1
    """Trainings that the leading reward and its closest challenger may get, on further
    seeds, while it is open which is better; no more than --seeds means no such duels.
    Only with --judge metric."""

    race: Literal["none", "halving"] = "none"
    """Whether all rewards of a generation are trained to the end, or (halving) at a
    quarter of the steps only a third goes on (at least three, one of them the most
    novel) and at half of them the better half of these; with fewer --steps than the
    task's own, not before a quarter of the latter. Only with --judge metric, and not
    with sac or td3."""

    final_seeds: Count = 5
    """Unseen seeds on which the winner and both baselines are trained in the end."""

    confirm: Natural = 0
    """Further unseen seeds, on which the two leading rewards are trained before one of
    them is called the winner. Only with --judge metric."""

    warm_start: Annotated[bool, Parameter(negative="--no-warm-start")] = False
    """Whether a reward's trainings begin with its parent's policies, and so with the
    steps that these have had: scores of different generations then say less. The
    confirmation and the final comparison are always trained from scratch."""

    extend: Annotated[int, Parameter(validator=Number(gte=0, lte=10))] = 0
    """How often the steps may be doubled for the winner as long as it still improves;
    the final comparison is then of that many steps for all."""

    episodes: Count = 16
    """Held-out episodes per judged policy."""

    repairs: Natural = 2
    """How often a faulty reply is returned to the model with the exact problem."""

    init: tuple[Path, ...] = ()
    """Reward files to start from; they take the first places of generation 0."""

    parents: Annotated[Parents, METHOD] = "incumbent"
    """What new rewards build on: the incumbent (never beaten so far), the best of the
    latest generation, members of islands, or none (best of n)."""

    islands: Annotated[Count, METHOD] = 1
    """Populations that evolve side by side, with --parents islands."""

    feedback: Annotated[Literal["summary", "curves", "none"], METHOD] = "summary"
    """Feedback about the parent: everything that was measured, its training curves
    only, or only its code."""

    history: Annotated[Natural, METHOD] = 4
    """Past generations whose rewards and outcomes are listed in the prompt."""

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
    """Trainings at once, one process and one thread each; not with --trainer mjx."""

    trainer: Literal["ppo", "sb3", "mjx"] = "ppo"
    """The trainer: ppo (built in, quick), sb3 (stable-baselines3's PPO, the reference)
    or mjx (all rewards of a generation at once, on a GPU)."""

    engine: Literal["auto", "jax", "warp", "c"] = "auto"
    """Physics of --trainer mjx: jax and warp run on a GPU, c on this machine's cores;
    auto takes jax where a GPU is and c elsewhere."""

    envs: Literal[16, 32, 64, 128, 256, 512, 1024, 2048] | None = None
    """Environments of each training with --trainer mjx, if not the engine's own."""

    devices: Count = 1
    """GPUs that --trainer mjx divides each generation among."""

    algo: Literal["ppo", "sac", "td3"] | None = None
    """Learning algorithm; the task's own if not given. sac and td3 need --trainer
    sb3."""

    sandbox: Sandboxed = "auto"
    """Walls around LLM-written code: auto takes the strongest that work here and stops
    if there are none; none leaves them out (see designer doctor)."""

    human: Annotated[Human, PEOPLE] = "none"
    """Who is asked after every generation: nobody, a person on the terminal or on a
    local page, or a synthetic one who goes by fitness (for tests and studies)."""

    judge: Annotated[Literal["metric", "people", "both"], PEOPLE] = "metric"
    """What rewards are selected by: the hidden metric (people are asked for words
    only), people's votes (the metric is never read), or both."""

    people_weight: Annotated[Share, PEOPLE] = 0.5
    """With --judge both: the weight of votes; the rest is fitness, scaled by its
    spread."""

    questions: Annotated[Count, PEOPLE] = 3
    """Votes asked for after a generation."""

    clips: Annotated[int, Parameter(validator=Number(gte=2, lte=6)), PEOPLE] = 4
    """Largest number of clips to compare in one question."""

    deadline_s: Annotated[Seconds, PEOPLE] = 3600.0
    """Seconds that a run waits for votes before it goes on without them."""

    rater: Annotated[str, PEOPLE] = ""
    """Name under which votes are stored; the login name if not given."""

    mistakes: Annotated[Share, PEOPLE] = 0.1
    """With --human synthetic: share of neighbours in a ranking that are swapped."""

    factors: Annotated[str, PEOPLE] = ""
    """Votes by ranked factors of episodes, most important first, as in "fell,
    x_velocity.mean:0.2, energy" (HERON); the task's own with "task"."""

    judge_model: Annotated[str, PEOPLE] = ""
    """A vision model that compares clips first, named as for --model; people are asked
    only what it leaves undecided. The limits of calls, tokens and money hold for each
    of the two models."""

    judge_price: Annotated[Price | None, PEOPLE] = None
    """The judge model's price, as --price; if not given, that of --price where the two
    models are the same."""

    film: Annotated[bool, Parameter(negative="--no-film")] = True
    """Whether the final policies are filmed, where clips can be made."""

    wall_s: Seconds = 3600.0
    """Wall seconds after which a training is stopped and counts as failed; a job of
    many trainings (--trainer mjx) has as many times that."""

    reply_tokens: Count | None = None
    """Limit of tokens of one reply; if not given, the server's own limit, raised once
    if it cuts a reply off."""

    max_calls: Limit | None = None
    """Stop before the model is called more often than this."""

    max_tokens: Limit | None = None
    """Stop before more tokens than this are used, in and out together."""

    max_usd: Dollars | None = None
    """Stop before spending more than this; needs a known price."""

    price: Price | None = None
    """USD per million tokens, in and out, for example --price 2.5 10; if not given, the
    list price where litellm is installed and knows it."""

    def to_json(self) -> dict[str, Any]:
        """As stored in config.yaml."""
        return {key: yaml_value(value) for key, value in vars(self).items()}


def checked_config(config: RunConfig) -> RunConfig:
    """The settings with what they imply; ConfigError if they contradict each other."""
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
    if config.warm_start and config.most_seeds > config.seeds:
        raise ConfigError(
            "--warm-start needs parents with as many seeds as their children, which "
            "--most-seeds does not give"
        )
    if config.warm_start and config.trainer == "sb3":
        raise ConfigError("--warm-start needs --trainer ppo or mjx")
    mjx = config.engine != "auto" or config.envs or config.devices > 1
    if mjx and config.trainer != "mjx":
        raise ConfigError("--engine, --envs and --devices need --trainer mjx")
    if config.ahead > 1 and (config.human != "none" or machine):
        raise ConfigError(
            "people vote on a generation before the next one begins; with "
            "--ahead greater than 1 nobody can be asked"
        )
    if config.extend and config.judge == "people":
        raise ConfigError(
            "--extend goes by the metric, which is not read with --judge people"
        )
    if config.extend and config.algo in ("sac", "td3"):
        raise ConfigError(f"--extend pauses trainings, which {config.algo} can't")
    if config.judge != "metric" and config.human == "none" and not machine:
        raise ConfigError(
            f"--judge {config.judge} needs somebody who votes: --human page, terminal "
            "or synthetic, --factors, or --judge-model"
        )
    if config.judge != "metric":
        config = replace(config, race="none", confirm=0)
    return replace(config, scores=config.scores and config.judge != "people")


def yaml_value(value: Any) -> Any:
    """A setting as YAML holds it."""
    if isinstance(value, tuple):
        return [yaml_value(item) for item in value]
    return str(value) if isinstance(value, Path) else value
