"""The terms of a reward as the report shows them: remarks and charts for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from designer.feedback.dependence import Dependence
from designer.feedback.explanation import EpisodePay, Explanation, TermExplanation
from designer.feedback.reflection import Trace
from designer.feedback.saturation import SATURATED_SHARE
from designer.report.charts import (
    Chart,
    Polyline,
    blank_chart,
    curve_chart,
    polyline,
    scales,
)
from designer.run.candidates import number
from designer.training.curves import Curves

STYLES = {"good": "designed", "bad": "human"}
MIN_END_SHARE = 0.3  # of steps at an end of a term's range; fewer are not mentioned


@dataclass(frozen=True)
class TermView:
    """A term with sentences about it and its charts."""

    name: str
    remarks: tuple[str, ...]
    charts: tuple[Chart, ...]


def term_views(
    explanation: Explanation | None,
    traces: Sequence[Trace] = (),
    mean: Curves | None = None,
    seeds: Sequence[Curves] = (),
) -> list[TermView]:
    """A view of each term.

    explanation: of the reward, where there is one. traces, mean, seeds: of its
    training, where there is any.
    """
    explained = (
        {t.name: (k, t) for k, t in enumerate(explanation.terms)} if explanation else {}
    )
    trained = {
        trace.name.removeprefix("term/"): trace
        for trace in traces
        if trace.share is not None and trace.points
    }
    views = []
    for name in dict.fromkeys((*trained, *explained)):
        remarks: list[str] = []
        charts: list[Chart] = []
        if name in trained and mean is not None:
            trace = trained[name]
            remarks.append(_share_in_training(trace))
            charts.append(per_step(trace.name, "over the training", mean, seeds))
        if name in explained and explanation is not None:
            k, term = explained[name]
            remarks += ends(term)
            charts += [dependence_chart(name, curve) for curve in term.dependences]
            if explanation.good_and_bad:
                remarks.append(paid_in_all(explanation.good_and_bad, k))
                charts.append(along_chart(name, explanation.good_and_bad, k))
        views.append(TermView(name, tuple(remarks), tuple(charts)))
    return views


def per_step(
    name: str, title: str, mean: Curves, seeds: Sequence[Curves], meaning: str = ""
) -> Chart:
    """A sum over episodes as a mean per control step, over a training."""
    chart = curve_chart(
        meaning or f"{name.removeprefix('term/')} per step",
        mean.columns["steps"],
        [seed.columns[name] / seed.columns["length"] for seed in seeds],
        mean.columns[name] / mean.columns["length"],
    )
    return replace(chart, title=title)


def dependence_chart(term: str, curve: Dependence) -> Chart:
    """A term over one column: its mean, and the band of 80 % of transitions."""
    unit = "" if curve.unit == "1" else f", {curve.unit}"
    title = f"over {curve.column}{unit}"
    meaning = (
        f"{term} over {curve.column} {curve.moment}: {number(curve.y[0])} at "
        f"{number(curve.x[0])}, {number(curve.y[-1])} at {number(curve.x[-1])}"
    )
    everything = (*curve.low, *curve.high, *curve.y)
    chart = blank_chart(meaning, curve.x, everything)
    x, y = scales(chart, curve.x, everything)
    upper = polyline(curve.x, curve.high, x, y)
    lower = polyline(curve.x[::-1], curve.low[::-1], x, y)
    return replace(
        chart,
        title=title,
        remark=curve.moment,
        bands=(Polyline(f"{upper} {lower}", "designed"),),
        lines=(Polyline(polyline(curve.x, curve.y, x, y), "thick designed"),),
    )


def along_chart(term: str, episodes: Sequence[EpisodePay], k: int) -> Chart:
    """What a term paid along the good and the bad episode."""
    times = np.concatenate([e.seconds for e in episodes])
    pay = np.concatenate([e.pay[k] for e in episodes])
    chart = blank_chart(f"{term} along a good and a bad episode", (0.0, *times), pay)
    x, y = scales(chart, (0.0, *times), pay)
    return replace(
        chart,
        title="along an episode, s",
        remark="good: solid, bad: dashed",
        lines=tuple(
            Polyline(
                polyline(e.seconds, e.pay[k], x, y), f"{e.label} {STYLES[e.label]}"
            )
            for e in episodes
        ),
    )


def ends(term: TermExplanation) -> list[str]:
    """Sentences on a term's range and on where it saturates."""
    sentences = [f"{number(term.low)} to {number(term.high)} per step"]
    for share, end, hint in (
        (term.at_low, "minimum", "it shows no way up"),
        (term.at_high, "maximum", "nothing more to gain"),
    ):
        if share >= MIN_END_SHARE and term.high > term.low:
            words = f"at its {end} in {share:.0%} of steps"
            sentences.append(f"{words}: {hint}" if share > SATURATED_SHARE else words)
    if term.low == term.high:
        sentences.append("it is constant")
    elif not term.dependences:
        sentences.append("what it reads could not be drawn")
    return sentences


def paid_in_all(episodes: Sequence[EpisodePay], k: int) -> str:
    """What a term paid in the good and in the bad episode."""
    sums = " and ".join(f"{number(e.sums[k])} in the {e.label} one" for e in episodes)
    return f"paid {sums}"


def _share_in_training(trace: Trace) -> str:
    words = f"{100 * (trace.share or 0):.0f} % of the reward while it was trained"
    if trace.correlation is not None:
        words += f", correlation with fitness {trace.correlation:+.2f}"
    return words
