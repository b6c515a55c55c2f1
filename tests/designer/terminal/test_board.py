"""The live lines of a run: trainings under way, the best so far, what is left."""

import io

import pytest
from rich.console import Console

from designer.run.candidates import Failed, Judgement, Rejected, SeedResult
from designer.terminal.board import Board, RunStanding
from tests.designer.handmade import assessed, candidate


def trained(fitness: float) -> SeedResult:
    return SeedResult(0, Judgement(fitness, 0.0, None, 1.0, {}), 2048, 1.0)


def test_a_training_under_way_has_a_line_until_it_ends() -> None:
    standing = RunStanding("m")
    for steps, own_return in ((512, 1.0), (1024, 2.0), (1536, 8.0)):
        standing.progress("g00/c00/s0", steps, own_return)
    (line,) = standing.lines()
    assert line.split() == [
        "g00/c00/s0",
        "▁▂█",
        "1,536",
        "steps,",
        "own",
        "return",
        "8",
    ]
    standing.ended("g00/c00/s0", trained(3.0))
    assert standing.lines() == []


def test_the_best_so_far_stands_against_human_and_sparse() -> None:
    standing = RunStanding("m")
    for fitness in (1.0, 3.0):
        standing.ended("final/human/s0", trained(fitness))
    standing.ended("final/sparse/s0", trained(1.0))
    standing.ended("final/sparse/s1", Failed("environment", "gone"))
    for index, outcome in enumerate((assessed(4.0, 6.0), assessed(1.0), Rejected(()))):
        standing.outcome(candidate(0, index, outcome))
    assert standing.lines() == ["  best g00/c00 5 m, human 2, sparse 1"]


def test_where_no_metric_is_read_nothing_is_best() -> None:
    standing = RunStanding("")
    standing.outcome(candidate(0, 0, assessed(float("nan"))))
    assert standing.lines() == []


def test_the_time_left_is_that_of_the_steps_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standing = RunStanding("m", planned_steps=4000, began=0.0)
    monkeypatch.setattr("time.monotonic", lambda: 600.0)
    standing.progress("g00/c00/s0", 1000, 1.0)  # ten minutes for a quarter
    assert standing.lines()[-1] == "  at most 30 min left"


def test_steps_of_an_earlier_process_are_no_longer_to_do() -> None:
    standing = RunStanding("m", planned_steps=100)
    standing.outcome(candidate(0, 0, assessed(1.0, 2.0)))  # 9 steps each
    assert standing.planned_steps == 82
    standing.progress("g00/c01/s0", 9, 1.0)
    standing.outcome(candidate(0, 1, assessed(1.0)))
    assert standing.planned_steps == 82


def test_money_is_said_where_a_model_is_paid() -> None:
    standing = RunStanding("m", spending=lambda: "3 calls, 0.0100 USD spent")
    assert standing.lines() == ["  3 calls, 0.0100 USD spent"]


def test_a_candidate_is_printed_with_a_curve_of_each_seed() -> None:
    standing = RunStanding("m")
    for own_return in (1.0, 2.0):
        standing.progress("g00/c00/s0", 1, own_return)
        standing.progress("g00/c00/s1", 1, -own_return)
        standing.progress("g00/c01/s0", 1, own_return)
    assert standing.sparks("g00/c00") == "▁█ █▁"
    assert standing.sparks("g09/c00") == ""


def test_the_lines_stand_below_the_bar_and_hold_no_markup() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100, markup=False)
    standing = RunStanding("[red]m")
    standing.outcome(candidate(0, 0, assessed(4.0)))
    board = Board(console, standing)
    board.add_task("generation 0", total=10)
    console.print(board.get_renderable())
    assert output.getvalue().index("generation 0") < output.getvalue().index("[red]m")
