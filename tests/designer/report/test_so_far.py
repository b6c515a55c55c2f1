"""What is said of a run before its end."""

from dataclasses import replace

from designer.config import RunConfig
from designer.report.so_far import summary_so_far
from designer.run.candidates import Judgement, Proposed, SeedResult
from designer.search.snapshot import Snapshot

CONFIG = RunConfig(candidates=2, generations=2, seeds=1, final_seeds=1)


def result(fitness: float) -> SeedResult:
    return SeedResult(0, Judgement(fitness, 0.0, None, 1.0, {}), 2048, 1.0)


SEEN = Snapshot(
    2048,
    1,
    proposals={
        (0, 0): Proposed("explore", None, "", "# a", (), shape="a"),
        (0, 1): Proposed("explore", None, "", "", ("no code",)),
    },
    results={"g00/c00/s0": result(2.5), "final/human/s0": result(1.5)},
)


def test_what_is_done_and_who_leads_is_said_with_the_scale() -> None:
    text, facts = summary_so_far(SEEN, CONFIG, "m")
    assert text.splitlines() == [
        "Not finished: 2 of 4 rewards are done, 1 of them trained and 1 rejected.",
        "  g00/c00: 2.5 m",
        "  human reward: 1.5 m",
        "Leading so far: g00/c00.",
    ]
    assert facts["fitness"] == {"g00/c00": 2.5}
    assert facts["baselines"] == {"human": 1.5}
    assert facts["leading"] == "g00/c00"


def test_where_people_judge_no_fitness_is_shown() -> None:
    text, facts = summary_so_far(SEEN, replace(CONFIG, judge="people"), "m")
    assert "2.5" not in text
    assert (facts["fitness"], facts["baselines"]) == ({}, {})


def test_before_anything_is_trained_nothing_leads() -> None:
    text, _ = summary_so_far(Snapshot(2048, 1), CONFIG, "m")
    assert text.endswith("Nothing leads so far.")
