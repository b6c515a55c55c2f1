"""fitness.svg: every candidate as a dot, by generation, against the baselines."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from designer.report.summary import Summary
from designer.run.candidates import Assessed, Candidate, number
from designer.selection.incumbent import incumbent
from designer.selection.merit import BY_FITNESS, Merit

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 64, 44
LABEL_HEIGHT = 16.0
GREY = "#94a3b8"
Scale = Callable[[float], float]
COLOURS = {"human": "#c2410c", "sparse": "#64748b", "designed": "#0f766e"}


def fitness_picture(
    candidates: Sequence[Candidate], summary: Summary, title: str, merit: Merit
) -> str:
    """An SVG of the search, self-contained.

    A dot is an assessed candidate of which the merit knows a finite number; the leader
    after each generation is green, where there is one.
    """
    scored = [
        c
        for c in candidates
        if isinstance(c.outcome, Assessed)
        and merit.knows(c)
        and math.isfinite(merit.of(c))
    ]
    # Strengths of the search and of the final clips are not on one scale.
    rows = summary.rows if merit is BY_FITNESS else ()
    lines = {
        row.label: row.fitness
        for row in rows
        if row.fitness is not None and math.isfinite(row.fitness)
    }
    values = [0.0, *map(merit.of, scored), *lines.values()]
    low, high = min(values), max(values)
    high += 0.08 * (high - low) or 1.0
    generations = max((c.generation for c in candidates), default=0) + 1

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def x(generation: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (generation + 0.5) / generations

    legend = f"{merit.unit}; a dot is a reward, the leader green"
    if merit is BY_FITNESS:
        legend = f"fitness ({summary.unit}); a dot is a reward, mean of its seeds, "
        legend += "the leader green; dashed: retrained on new seeds"
    elements = [*_frame(title, legend, low, high, y)]
    for generation in range(generations):
        label = f"generation {generation}"
        elements.append(_text(x(generation), HEIGHT - 18, label, "middle"))
    elements += _baselines(lines, y)
    elements += _dots(scored, candidates, merit, x, y)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">'
        + "".join(elements)
        + "</svg>\n"
    )


def _frame(title: str, legend: str, low: float, high: float, y: Scale) -> list[str]:
    elements = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, title, size=15, colour="#0f172a"),
        _text(LEFT, 44, legend),
    ]
    for value in _ticks(low, high):
        elements.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}" stroke="#e2e8f0"/>'
        )
        elements.append(_text(LEFT - 8, y(value) + 4, f"{value:.3g}", "end", "#64748b"))
    return elements


def _ticks(low: float, high: float) -> list[float]:
    """About five round values inside the range."""
    rough = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((unit * k for k in (1, 2, 5) if unit * k >= rough), unit * 10)
    first = math.ceil(low / step - 1e-9)  # a tick on the edge is not lost to rounding
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def _baselines(fitness: Mapping[str, float], y: Scale) -> list[str]:
    """Retrained rewards as lines; labels pushed apart where they would overlap."""
    elements, label_y = [], -100.0
    for name in sorted(fitness, key=lambda name: -fitness[name]):
        at, colour = y(fitness[name]), COLOURS[name]
        elements.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" '
            f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="6 4"/>'
        )
        label_y = max(at + 4, label_y + LABEL_HEIGHT)
        text = f"{name} {number(fitness[name])}"
        elements.append(_text(WIDTH - RIGHT + 8, label_y, text, colour=colour))
    return elements


def _dots(
    scored: Sequence[Candidate],
    candidates: Sequence[Candidate],
    merit: Merit,
    x: Scale,
    y: Scale,
) -> list[str]:
    """A dot for each scored candidate, and a line through the leaders."""
    elements, path = [], []
    count = max((c.index for c in candidates), default=0) + 1

    def place(c: Candidate) -> tuple[float, float]:
        """Candidates of a generation stand side by side."""
        return x(c.generation + (c.index - (count - 1) / 2) / count * 0.7), y(
            merit.of(c)
        )

    for generation in sorted({c.generation for c in scored}):
        leader = incumbent((c for c in scored if c.generation <= generation), merit)
        for candidate in scored:
            if candidate.generation != generation:
                continue
            (at, height), leads = place(candidate), candidate is leader
            elements.append(
                f'<circle cx="{at:.1f}" cy="{height:.1f}" r="{6 if leads else 4}" '
                f'fill="{COLOURS["designed"] if leads else GREY}">'
                f"<title>{escape(candidate.name)} "
                f"{number(merit.of(candidate))}</title></circle>"
            )
        if leader:
            at, height = place(leader)
            is_new = leader.generation == generation
            path.append(f"{at if is_new else x(generation):.1f},{height:.1f}")
    line = (
        f'<polyline points="{" ".join(path)}" fill="none" '
        f'stroke="{COLOURS["designed"]}" stroke-width="2" opacity="0.6"/>'
    )
    return [line, *elements]


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    colour: str = "#475569",
    size: int = 12,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}">{escape(text)}</text>'
    )
