"""Draws fitness.svg: a dot for each candidate, a dashed line for each baseline."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from designer.report.summary import Summary
from designer.run.candidates import Assessed, Candidate, number
from designer.selection.incumbent import incumbents
from designer.selection.merit import ByFitness, Merit

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 64, 44
LABEL_HEIGHT = 16.0
GREY = "#94a3b8"
# From a value, or the number of a generation, to a coordinate of the picture.
Scale = Callable[[float], float]
COLOURS = {"human": "#c2410c", "sparse": "#64748b", "designed": "#0f766e"}


def fitness_picture(
    candidates: Sequence[Candidate], summary: Summary, title: str, merit: Merit
) -> str:
    """A self-contained SVG of the search; title: the task's goal.

    A candidate has a dot if it is assessed and its merit is a finite number. The leader
    after each generation is green, if there is one.
    """
    scored = [
        c
        for c in candidates
        if isinstance(c.outcome, Assessed)
        and merit.knows(c)
        and math.isfinite(merit.of(c))
    ]
    # Votes on the search and votes on the final clips give strengths on two scales.
    rows = summary.rows if isinstance(merit, ByFitness) else ()
    retrained = {
        row.label: row.fitness
        for row in rows
        if row.fitness is not None and math.isfinite(row.fitness)
    }
    values = [0.0, *map(merit.of, scored), *retrained.values()]
    low, high = min(values), max(values)
    high += 0.08 * (high - low) or 1.0
    generations = max((c.generation for c in candidates), default=0) + 1

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def x(generation: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (generation + 0.5) / generations

    legend = f"{merit.unit}; a dot is a reward, the leader green"
    if isinstance(merit, ByFitness):
        legend = f"fitness ({summary.unit}); a dot is a reward, mean of its seeds, "
        legend += "the leader green; dashed: retrained on new seeds"
    elements = [*_frame(title, legend, low, high, y)]
    for generation in range(generations):
        label = f"generation {generation}"
        elements.append(_text(x(generation), HEIGHT - 18, label, "middle"))
    elements += _retrained_lines(retrained, y)
    elements += _dots(scored, candidates, merit, x, y)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">'
        + "".join(elements)
        + "</svg>\n"
    )


def _frame(title: str, legend: str, low: float, high: float, y: Scale) -> list[str]:
    """Background, title, legend, and grid lines with their values."""
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


def _retrained_lines(fitness: Mapping[str, float], y: Scale) -> list[str]:
    """A dashed line for each retrained reward, with labels that do not overlap."""
    elements, label_y = [], -100.0
    for name in sorted(fitness, key=lambda name: -fitness[name]):
        line_y, colour = y(fitness[name]), COLOURS[name]
        elements.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{line_y:.1f}" '
            f'y2="{line_y:.1f}" stroke="{colour}" stroke-width="1.5" '
            'stroke-dasharray="6 4"/>'
        )
        label_y = max(line_y + 4, label_y + LABEL_HEIGHT)
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
    """A dot for each scored candidate, under them a line through the leaders."""
    # The candidates of a generation stand side by side, over 0.7 of its width.
    count = max((c.index for c in candidates), default=0) + 1

    def centre(c: Candidate) -> tuple[float, float]:
        offset = (c.index - (count - 1) / 2) / count * 0.7
        return x(c.generation + offset), y(merit.of(c))

    dots, points = [], []
    for generation, leader in incumbents(scored, merit):
        for candidate in scored:
            if candidate.generation == generation:
                score = number(merit.of(candidate))
                title = f"{escape(candidate.name)} {score}"
                dots.append(_dot(*centre(candidate), title, candidate is leader))
        if leader:
            leader_x, leader_y = centre(leader)
            # An older leader has its dot to the left; here the line goes on level.
            line_x = leader_x if leader.generation == generation else x(generation)
            points.append(f"{line_x:.1f},{leader_y:.1f}")
    line = (
        f'<polyline points="{" ".join(points)}" fill="none" '
        f'stroke="{COLOURS["designed"]}" stroke-width="2" opacity="0.6"/>'
    )
    return [line, *dots]


def _dot(x: float, y: float, title: str, is_leader: bool) -> str:
    """A circle; title: what it says under the mouse, escaped."""
    radius, colour = (6, COLOURS["designed"]) if is_leader else (4, GREY)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}">'
        f"<title>{title}</title></circle>"
    )


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
