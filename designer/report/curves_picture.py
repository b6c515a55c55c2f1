"""Draws the curves of methods over steps, as a self-contained SVG."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 220, 24, 40
LABEL_STEP = 16
METHOD_COLOURS = (
    "#0f766e",
    "#c2410c",
    "#4338ca",
    "#a16207",
    "#be185d",
    "#15803d",
    "#64748b",
)


def curves_picture(
    curves: Mapping[str, Sequence[tuple[int, float]]], title: str
) -> str:
    """One step line for each method: its leader holds until another one leads.

    curves: steps and fitness, at least one point for each method.
    """
    points = [point for curve in curves.values() for point in curve]
    last = max(steps for steps, _ in points)
    low = min(0.0, *(fitness for _, fitness in points))
    high = max(0.0, *(fitness for _, fitness in points))
    span = high - low or 1.0

    def x(steps: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * steps / (last or 1)

    def y(fitness: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - fitness) / span

    elements = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for value in (low, (low + high) / 2, high):
        elements.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}" stroke="#e2e8f0"/>'
            f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end" '
            f'fill="#64748b">{value:.3g}</text>'
        )
    elements.append(
        f'<text x="{LEFT}" y="{HEIGHT - 12}" fill="#475569">environment steps, to '
        f"{last:,}</text>"
    )
    for k, (method, curve) in enumerate(curves.items()):
        colour = METHOD_COLOURS[k % len(METHOD_COLOURS)]
        corners, level = [], None
        for steps, fitness in curve:
            if level is not None:
                corners.append(f"{x(steps):.1f},{level:.1f}")
            level = y(fitness)
            corners.append(f"{x(steps):.1f},{level:.1f}")
        elements.append(
            f'<polyline points="{" ".join(corners)}" fill="none" stroke="{colour}" '
            'stroke-width="2"/>'
            f'<text x="{WIDTH - RIGHT + 10}" y="{TOP + LABEL_STEP * (k + 1)}" '
            f'fill="{colour}">{escape(method)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img" '
        f'aria-label="{escape(title)}">' + "".join(elements) + "</svg>\n"
    )
