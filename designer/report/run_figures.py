"""What a comparison reads of a run."""

from dataclasses import dataclass, field

from designer.config import RunConfig


@dataclass(frozen=True)
class RunFigures:
    """What a comparison reads of a run.

    scores, seeds: fitness by final seed, and the numbers of these seeds, by reward:
    designed, human, sparse; results of older versions name no seeds. curve: steps
    trained so far and fitness of the leader in the search, after each generation.
    tokens, usd: spent on models; usd is None where it is unknown. steps, final_steps:
    environment steps of a training in the search and in the final comparison, None
    where unknown. metric: SHA-256 of the task's hidden.py, '' for an older run.
    versions: of what decides figures, by name. changes: what was changed during the
    run, as sentences.
    """

    name: str
    task: str
    config: RunConfig
    is_finished: bool
    scores: dict[str, tuple[float, ...]]
    curve: tuple[tuple[int, float], ...]
    unit: str = ""
    calls: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    steps: int | None = None
    final_steps: int | None = None
    seeds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    metric: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
