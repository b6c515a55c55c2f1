"""Summary of a run that still goes on, or that was stopped before its end."""

from typing import Any

from designer.config import RunConfig
from designer.report.summary import final_entries, row_of
from designer.run.candidates import Assessed, Rejected, number
from designer.search.plan import leader
from designer.search.snapshot import Snapshot


def summary_so_far(
    snapshot: Snapshot, config: RunConfig, unit: str
) -> tuple[str, dict[str, Any]]:
    """The summary as text and as data for --json; unit: of the fitness.

    There is no verdict, which needs the final comparison, and no fitness where people
    judge, as fitness is never read then.
    """
    leading = leader(snapshot, config)
    planned = config.candidates * config.generations
    fitness: dict[str, float] = {}
    baselines: dict[str, float] = {}
    if config.judge != "people":
        for candidate in snapshot.candidates:
            if isinstance(candidate.outcome, Assessed):
                fitness[candidate.name] = candidate.outcome.fitness
        for row in map(row_of, final_entries(snapshot, config, None)):
            if row.fitness is not None:
                baselines[row.label] = row.fitness
    outcomes = [candidate.outcome for candidate in snapshot.candidates]
    trained = sum(isinstance(outcome, Assessed) for outcome in outcomes)
    rejected = sum(isinstance(outcome, Rejected) for outcome in outcomes)
    lines = [
        f"Not finished: {len(outcomes)} of {planned} rewards are done, {trained} of "
        f"them trained and {rejected} rejected.",
        *(
            f"  {name}: {number(f)} {unit}"
            for name, f in {
                **fitness,
                **{f"{label} reward": f for label, f in baselines.items()},
            }.items()
        ),
        f"Leading so far: {leading.name}." if leading else "Nothing leads so far.",
    ]
    facts = {
        "finished": False,
        "done": len(outcomes),
        "planned": planned,
        "leading": leading.name if leading else None,
        "fitness": fitness,
        "baselines": baselines,
    }
    return "\n".join(lines), facts
