"""fitness.svg: every candidate as a dot, by generation, against the baselines."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

from designer.records import Assessed, Candidate, number
from designer.report.summary import Summary
from designer.search.merit import BY_FITNESS, Merit
from designer.search.selection import incumbent

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 64, 44
Scale = Callable[[float], float]
COLOURS = {"human": "#c2410c", "sparse": "#64748b", "designed": "#0f766e"}


def fitness_picture(
    candidates: Sequence[Candidate],
    summary: Summary,
    title: str,
    merit: Merit = BY_FITNESS,
) -> str:
    """An SVG of the search, self-contained."""
    scored = [c for c in candidates if isinstance(c.outcome, Assessed)]
    values = [merit.of(candidate) for candidate in scored]
    # Strengths of the search and of the final clips are not on one scale.
    lines = summary if merit is BY_FITNESS else replace(summary, rows=())
    values += [row.fitness for row in lines.rows if row.fitness is not None]
    low, high = min([0.0, *values]), max([1e-9, *values]) * 1.08
    generations = max((c.generation for c in candidates), default=0) + 1

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def x(generation: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (generation + 0.5) / generations

    unit = f"fitness ({summary.unit})" if merit is BY_FITNESS else merit.unit
    parts = [*_frame(title, unit, low, high, y)]
    for generation in range(generations):
        label = f"generation {generation}"
        parts.append(_text(x(generation), HEIGHT - 18, label, "middle", "#475569"))
    parts += _baselines(lines, y)
    parts += _dots(scored, candidates, merit, x, y)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">'
        + "".join(parts)
        + "</svg>\n"
    )


def _frame(title: str, unit: str, low: float, high: float, y: Scale) -> list[str]:
    legend = f"{unit}; a dot is a reward, mean of its seeds, the leader green"
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, title, size=15, colour="#0f172a"),
        _text(LEFT, 44, f"{legend}; dashed: retrained on new seeds"),
    ]
    for value in _ticks(low, high):
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}" stroke="#e2e8f0"/>'
        )
        parts.append(_text(LEFT - 8, y(value) + 4, f"{value:.3g}", "end", "#64748b"))
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """About five round values inside the range."""
    rough = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= rough)
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def _baselines(summary: Summary, y: Scale) -> list[str]:
    """Retrained rewards as lines; labels pushed apart where they would overlap."""
    parts, taken = [], -100.0
    rows = [row for row in summary.rows if row.fitness is not None]
    for row in sorted(rows, key=lambda row: -(row.fitness or 0.0)):
        at, colour = y(row.fitness or 0.0), COLOURS[row.label]
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" '
            f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="6 4"/>'
        )
        taken = max(at + 4, taken + 16)
        text = f"{row.label} {number(row.fitness)}"
        parts.append(_text(WIDTH - RIGHT + 8, taken, text, colour=colour))
    return parts


def _dots(
    scored: Sequence[Candidate],
    candidates: Sequence[Candidate],
    merit: Merit,
    x: Scale,
    y: Scale,
) -> list[str]:
    parts, path = [], []
    count = max((c.index for c in candidates), default=0) + 1
    leader = None
    for generation in sorted({c.generation for c in scored}):
        known = [c for c in scored if c.generation <= generation]
        leader = incumbent(known, merit)
        for candidate in scored:
            if candidate.generation != generation:
                continue
            at = x(generation + (candidate.index - (count - 1) / 2) / count * 0.7)
            height = y(merit.of(candidate))
            best = candidate is leader
            fill = COLOURS["designed"] if best else "#94a3b8"
            parts.append(
                f'<circle cx="{at:.1f}" cy="{height:.1f}" r="{6 if best else 4}" '
                f'fill="{fill}"><title>{escape(candidate.name)} '
                f"{number(merit.of(candidate))}</title></circle>"
            )
        if leader:
            new = leader.generation == generation
            offset = (leader.index - (count - 1) / 2) / count * 0.7 if new else 0.0
            at = x(generation + offset)
            path.append(f"{at:.1f},{y(merit.of(leader)):.1f}")
    line = (
        f'<polyline points="{" ".join(path)}" fill="none" '
        f'stroke="{COLOURS["designed"]}" stroke-width="2" opacity="0.6"/>'
    )
    return [line, *parts]


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
