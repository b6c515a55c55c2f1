"""fitness.svg, read back as XML: what stands where, for searches known by hand."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from designer.report.picture import (
    BOTTOM,
    COLOURS,
    GREY,
    HEIGHT,
    LABEL_HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    fitness_picture,
)
from designer.report.summary import Summary, summarise
from designer.run.candidates import Candidate, Entry, Rejected
from designer.selection.merit import BY_FITNESS, ByPeople, Merit, merit_of
from designer.votes.ballots import Vote
from designer.votes.strengths import fit
from tests.designer.handmade import assessed, candidate

SVG = "{http://www.w3.org/2000/svg}"
ROOM = HEIGHT - TOP - BOTTOM
NONE = summarise([], None, "m")


def summary(**fitness: float) -> Summary:
    """Retrained rewards with these means."""
    return summarise(
        [Entry(k, f"final/{k}", assessed(score)) for k, score in fitness.items()],
        None,
        "m",
    )


def drawn(
    candidates: Sequence[Candidate],
    said: Summary = NONE,
    merit: Merit | None = None,
) -> ET.Element:
    merit = merit or merit_of("metric", 0.5, (), candidates)
    picture = ET.fromstring(fitness_picture(candidates, said, "Hop & <run>.", merit))
    for element in picture.iter():
        for name, value in element.attrib.items():
            assert "nan" not in value, (element.tag, name)
            assert "inf" not in value, (element.tag, name)
    return picture


def dots(picture: ET.Element) -> dict[str, tuple[float, float, str]]:
    """Title of every dot to its place and colour."""
    return {
        circle[0].text or "": (
            float(circle.attrib["cx"]),
            float(circle.attrib["cy"]),
            circle.attrib["fill"],
        )
        for circle in picture.iter(f"{SVG}circle")
    }


def dashed(picture: ET.Element) -> dict[str, float]:
    """Colour of every dashed line to its height."""
    return {
        line.attrib["stroke"]: float(line.attrib["y1"])
        for line in picture.iter(f"{SVG}line")
        if "stroke-dasharray" in line.attrib
    }


def texts(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def test_every_trained_candidate_is_a_dot_at_the_height_of_its_mean() -> None:
    """The scale goes from 0 to 10 + 8 %."""
    found = [
        candidate(0, 0, assessed(4.0, 6.0)),
        candidate(0, 1, Rejected(("no",))),
        candidate(1, 0, assessed(10.0, 10.0)),
        candidate(1, 1, assessed(0.0, 0.0)),
    ]
    got = dots(drawn(found))
    assert list(got) == ["g00/c00 5", "g01/c00 10", "g01/c01 0"]
    heights = [cy for _, cy, _ in got.values()]
    expected = [TOP + ROOM * (10.8 - value) / 10.8 for value in (5.0, 10.0, 0.0)]
    assert heights == pytest.approx(expected, abs=0.06)


def test_generations_stand_from_left_to_right_and_candidates_side_by_side() -> None:
    """Two generations in columns of half the width; two candidates, 0.35 apart."""
    found = [candidate(g, k, assessed(1.0)) for g in range(2) for k in range(2)]
    across = [cx for cx, _, _ in dots(drawn(found)).values()]
    column = (WIDTH - LEFT - RIGHT) / 2
    centres = [LEFT + column / 2, LEFT + 3 * column / 2]
    offset = 0.25 * 0.7 * column
    assert across == pytest.approx(
        [centre + side for centre in centres for side in (-offset, offset)], abs=0.06
    )


def test_the_leader_of_each_generation_is_green_and_joined_by_a_line() -> None:
    """The second generation's best is worse and does not take the lead."""
    found = [
        candidate(0, 0, assessed(1.0, 1.0)),
        candidate(0, 1, assessed(2.0, 2.0)),
        candidate(1, 0, assessed(2.5, 1.0)),
        candidate(2, 1, assessed(5.0, 5.0)),
    ]
    picture = drawn(found)
    green = COLOURS["designed"]
    colours = {title.split()[0]: fill for title, (_, _, fill) in dots(picture).items()}
    assert colours == {
        "g00/c00": GREY,
        "g00/c01": green,
        "g01/c00": GREY,
        "g02/c01": green,
    }
    (line,) = picture.iter(f"{SVG}polyline")
    path = [
        tuple(map(float, point.split(","))) for point in line.attrib["points"].split()
    ]
    by_name = {title.split()[0]: at for title, at in dots(picture).items()}
    assert path[0] == by_name["g00/c01"][:2]
    assert path[1][1] == by_name["g00/c01"][1]
    assert path[2] == by_name["g02/c01"][:2]


def test_retrained_rewards_are_dashed_lines_in_their_colours() -> None:
    """From 0 to 8.64: 8 is the highest value of all."""
    said = summary(designed=8.0, human=4.0, sparse=0.0)
    picture = drawn([candidate(0, 0, assessed(2.0))], said)
    heights = dashed(picture)
    for name, value in {"designed": 8.0, "human": 4.0, "sparse": 0.0}.items():
        expected = TOP + ROOM * (8.64 - value) / 8.64
        assert heights[COLOURS[name]] == pytest.approx(expected, abs=0.06)
        assert f"{name} {value:g}" in texts(picture)


def test_labels_of_equal_lines_do_not_overlap() -> None:
    picture = drawn([], summary(designed=3.0, human=3.0, sparse=3.0))
    heights = sorted(
        float(text.attrib["y"])
        for text in picture.iter(f"{SVG}text")
        if (text.text or "").endswith(" 3")
    )
    assert len(heights) == 3
    assert all(b - a >= LABEL_HEIGHT for a, b in pairwise(heights))


def test_negative_values_stand_below_the_zero_line() -> None:
    """From -4 to 0 + 8 % of 4."""
    picture = drawn([candidate(0, 0, assessed(-4.0))], summary(human=-1.0))
    assert dots(picture)["g00/c00 -4"][1] == pytest.approx(HEIGHT - BOTTOM, abs=0.06)
    assert TOP < dashed(picture)[COLOURS["human"]] < HEIGHT - BOTTOM


@pytest.mark.parametrize("value", [1e-7, 0.3, 7.0, 1000.0, 1e12, 1e200, -1e200])
def test_every_size_fits_and_has_round_ticks(value: float) -> None:
    picture = drawn([candidate(0, 0, assessed(value))])
    ((_, height, _),) = dots(picture).values()
    assert TOP <= height <= HEIGHT - BOTTOM + 0.06
    ticks = [t for t in picture.iter(f"{SVG}text") if t.attrib["text-anchor"] == "end"]
    assert 3 <= len(ticks) <= 7
    steps = [float(tick.text or "") for tick in ticks]
    assert len(set(steps)) == len(steps)
    for one, other in pairwise(ticks):
        assert float(one.attrib["y"]) > float(other.attrib["y"])


def test_all_at_zero_stand_on_the_ground() -> None:
    ((_, height, _),) = dots(drawn([candidate(0, 0, assessed(0.0))])).values()
    assert height == pytest.approx(HEIGHT - BOTTOM)


def test_a_search_without_a_trained_reward_is_an_empty_frame() -> None:
    for candidates in ([], [candidate(0, 0, Rejected(("no",)))]):
        picture = drawn(candidates)
        assert dots(picture) == {}
        assert "generation 0" in texts(picture)
        assert "Hop & <run>." in texts(picture)


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_drawn(odd: float) -> None:
    found = [candidate(0, 0, assessed(odd)), candidate(0, 1, assessed(2.0))]
    picture = drawn(found, summary(designed=3.0, human=odd))
    assert list(dots(picture)) == ["g00/c01 2"]
    assert dashed(picture).keys() == {COLOURS["designed"]}


def test_by_votes_only_the_compared_are_drawn_and_no_line_of_fitness() -> None:
    found = [candidate(0, k, assessed(5.0)) for k in range(3)]
    shown = tuple(c.name for c in found)
    merit = ByPeople(fit([Vote(0, 0.0, "anna", 0, shown, "C>A")], shown))
    picture = drawn(found, summary(designed=3.0), merit)
    (low, high) = sorted(dots(picture).items(), key=lambda item: -item[1][1])
    assert low[0].startswith("g00/c00 -")
    assert (high[0].split()[0], high[1][2]) == ("g00/c02", COLOURS["designed"])
    assert dashed(picture) == {}
    assert any(text.startswith("strength by votes;") for text in texts(picture))


def test_without_votes_nothing_is_drawn_as_the_leader() -> None:
    found = [candidate(0, k, assessed(5.0)) for k in range(3)]
    picture = drawn(found, NONE, ByPeople(fit([], [c.name for c in found])))
    assert dots(picture) == {}
    (line,) = picture.iter(f"{SVG}polyline")
    assert line.attrib["points"] == ""


def test_words_of_others_are_text_and_no_markup() -> None:
    picture = ET.fromstring(
        fitness_picture(
            [], replace(NONE, unit="<m>&"), "<script>x</script>", BY_FITNESS
        )
    )
    assert "<script>x</script>" in texts(picture)
    assert not list(picture.iter(f"{SVG}script"))
