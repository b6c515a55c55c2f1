"""A scoreboard as a table, as sentences, and as JSON."""

from collections.abc import Iterator
from typing import Any, assert_never

from designer.report.summary import FEWEST_SEEDS
from designer.run.candidates import Assessed, Failed, Rejected, number
from designer.run.provenance import HASH_DIGITS
from designer.scores.question import training_seed
from designer.scores.scoreboard import PairedDifference, Score, Scoreboard
from designer.selection.statistics import interval
from sandbox import one_line

SENTENCE_CHARACTERS = 300
# From so many rewards on, the best of them owes something to luck.
MANY_REWARDS = 5


def score_table(board: Scoreboard) -> list[list[str]]:
    """Header and one row per reward."""
    header = ["reward", f"fitness ({board.unit})", "95 % interval", "by seed"]
    return [[*header, "success"], *map(_row, board.scores)]


def _row(score: Score) -> list[str]:
    match score.outcome:
        case Assessed() as assessed:
            between = interval(assessed.scores)
            success = assessed.success
            return [
                score.name,
                number(assessed.fitness),
                " to ".join(map(number, between)) if between else "one seed",
                ", ".join(map(number, assessed.scores)),
                "-" if success is None else f"{success:.0%}",
            ]
        case Failed(kind, _):
            return [score.name, f"failed ({kind})", "-", "-", "-"]
        case Rejected():
            return [score.name, "rejected", "-", "-", "-"]
        case _:
            assert_never(score.outcome)


def sentences(board: Scoreboard) -> Iterator[str]:
    """What a scoreboard says beside its table, one line each."""
    for score in board.scores:
        yield from (_short(f"{score.name}: {text}") for text in _problems(score))
        yield from (_short(f"{score.name}: note: {note}") for note in score.notes)
        yield from (_short(f"{score.name}: alarm: {alarm}") for alarm in score.alarms)
        yield from (_short(f"{score.name}: {line}") for line in score.behaviour)
        if score.clip is not None:
            yield f"{score.name}: clip: {score.clip}"
    yield from (describe(comparison, board.unit) for comparison in board.comparisons)
    yield from cautions(board)
    for change in board.changes:
        yield f"judge: {change}: scores from before and after can't be compared"
    yield (
        f"judge {board.judge[:HASH_DIGITS]} (since {board.since}), evidence "
        f"{board.evidence[:HASH_DIGITS]}, walls: {board.walls}"
    )


def describe(comparison: PairedDifference, unit: str) -> str:
    """A comparison as a sentence; it says better only where the interval does."""
    first, second, n = comparison.first, comparison.second, len(comparison.differences)
    figures = f"{number(comparison.mean)} {unit}"
    if comparison.interval is not None:
        ends = " to ".join(map(number, comparison.interval))
        figures += f", 95 % interval {ends}"
    figures += f", n = {n} seed{'s' if n > 1 else ''}"
    match comparison.verdict:
        case "better" | "worse" as verdict:
            return f"{first} is {verdict} than {second}: {figures}"
        case "undecided":
            fewer = (
                f"; fewer than {FEWEST_SEEDS} say nothing" if n < FEWEST_SEEDS else ""
            )
            return f"{first} can't be told from {second}: {figures}{fewer}"


def cautions(board: Scoreboard) -> Iterator[str]:
    """What keeps these figures from being taken for more than they are."""
    if board.compared >= MANY_REWARDS:
        fresh = max(board.seeds) + 1
        yield (
            f"{board.compared} rewards were scored on these seeds: the best of them "
            "looks better than it is; confirm your choice on seeds that chose nothing: "
            f"--first-seed {fresh}"
        )
    if len(board.comparisons) > 2:
        yield (
            f"{len(board.comparisons)} comparisons: each 95 % interval alone misses "
            "the truth 1 time in 20"
        )


def scoreboard_json(board: Scoreboard) -> dict[str, Any]:
    """A scoreboard for --json, as docs/json.md describes it."""
    return {
        "task": board.task,
        "unit": board.unit,
        "trainer": board.trainer,
        "algo": board.algo,
        "steps": board.steps,
        "episodes": board.episodes,
        "seeds": board.seeds,
        "walls": board.walls,
        "rewards": [_score_json(score, board.seeds) for score in board.scores],
        "comparisons": [
            {
                "first": pair.first,
                "second": pair.second,
                "paired": True,
                "n": len(pair.differences),
                "mean": pair.mean,
                "interval": pair.interval,
                "verdict": pair.verdict,
            }
            for pair in board.comparisons
        ],
        "judge": {
            "sha256": board.judge,
            "since": board.since,
            "changes": board.changes,
        },
        "evidence": board.evidence,
        "rewards_on_these_seeds": board.compared,
        "warnings": (*board.warnings, *cautions(board)),
    }


def _score_json(score: Score, seeds: tuple[int, ...]) -> dict[str, Any]:
    outcome = score.outcome
    assessed = outcome if isinstance(outcome, Assessed) else None
    results = assessed.results if assessed else ()
    by_seed = {result.seed: result.judgement.fitness for result in results}
    return {
        "reward": score.name,
        "sha256": score.sha256 or None,
        "status": type(outcome).__name__.lower(),
        "problems": list(_problems(score)),
        "notes": score.notes,
        "fitness": assessed.fitness if assessed else None,
        "interval": interval(list(by_seed.values())),
        "by_seed": [by_seed.get(training_seed(k)) for k in seeds],
        "success": assessed.success if assessed else None,
        "alarms": score.alarms,
        "behaviour": score.behaviour,
        "stored": score.stored,
        "folder": str(score.folder) if score.folder else None,
        "clip": str(score.clip) if score.clip else None,
    }


def _problems(score: Score) -> tuple[str, ...]:
    """Why a reward has no score, or a score on fewer seeds."""
    match score.outcome:
        case Rejected(problems):
            return problems
        case Failed(kind, reason):
            return (f"{kind}: {reason}",)
        case Assessed(_, failures):
            return tuple(f"{failure.kind}: {failure.reason}" for failure in failures)
        case _:
            assert_never(score.outcome)


def _short(text: str) -> str:
    return one_line(text, SENTENCE_CHARACTERS)
