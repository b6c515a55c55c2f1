"""The final comparison for --json and result.json."""

from collections.abc import Iterator

from designer.report.summary import Gap, ResultRow, Summary, gap, shrinkage

VERDICTS = {
    "better": "better",
    "worse": "worse",
    "open": "undecided",
    "few seeds": "undecided",
}


def as_json(summary: Summary) -> dict[str, object]:
    """The summary for --json and result.json."""
    return {
        "winner": summary.winner,
        "unit": summary.unit,
        "verdict": summary.verdict,
        "judged_by": summary.by,
        "changes": summary.changes,
        "search_minus_retrain": shrinkage(summary),
        "table": [_row(row) for row in summary.rows],
        "comparisons": [
            {
                "first": "designed",
                "second": baseline.label,
                "paired": True,
                "n": difference.seeds,
                "mean": difference.mean,
                "interval": (difference.low, difference.high)
                if difference.seeds > 1
                else None,
                "verdict": VERDICTS[difference.standing],
            }
            for baseline, difference in _gaps(summary)
        ],
    }


def _row(row: ResultRow) -> dict[str, object]:
    results = row.outcome.results if row.outcome else ()
    return {
        "reward": row.label,
        "fitness": row.fitness,
        "interval": row.interval,
        "by_seed": row.scores,
        "seeds": [result.seed for result in results],
        "success": row.success,
        "training_steps": results[0].steps if results else None,
        "steps": row.steps,
        "seconds": round(row.seconds, 1),
        "note": row.note,
    }


def _gaps(summary: Summary) -> Iterator[tuple[ResultRow, Gap]]:
    """Every baseline, with the designed reward's difference to it.

    None where people judged: then the verdict goes by votes.
    """
    if summary.by == "people":
        return
    rows = {row.label: row for row in summary.rows}
    designed = rows.pop("designed", None)
    for baseline in rows.values():
        if designed and (difference := gap(designed, baseline)) is not None:
            yield baseline, difference
