"""What the terminal is told of a run; here it is none, so there are plain lines."""

import pytest

from designer.report.markdown import table
from designer.report.summary import summarise
from designer.run.candidates import Failed, Judgement, Rejected, SeedResult
from designer.terminal.screen import Screen
from tests.designer.handmade import assessed, candidate
from tests.designer.report.test_verdict import entry

NAN = float("nan")


def trained(fitness: float) -> SeedResult:
    return SeedResult(0, Judgement(fitness, 0.0, None, 1.0, {}), 2048, 1.0)


class Terminal:
    """A screen, and the lines that it printed since they were last read."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.screen = Screen("m")

    @property
    def lines(self) -> list[str]:
        return self._capsys.readouterr().out.splitlines()


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def test_a_stage_says_how_many_trainings_of_how_many_steps(terminal: Terminal) -> None:
    terminal.screen.stage("generation 0", 3, 2048)
    assert terminal.lines == ["generation 0: 3 trainings of 2,048 steps"]


def test_without_a_terminal_progress_prints_nothing(terminal: Terminal) -> None:
    with terminal.screen as screen:
        screen.stage("generation 0", 2, 2048)
        for steps in (512, 1024, 2048):
            screen.progress("g00/c00/s0", steps)
    assert terminal.lines == ["generation 0: 2 trainings of 2,048 steps"]


def test_the_bar_counts_the_steps_of_all_trainings_of_all_stages(
    terminal: Terminal,
) -> None:
    first, second = "g00/c00/s0", "g00/c00/s1"
    screen = terminal.screen
    screen.stage("generation 0", 2, 2048)
    screen.progress(first, 512)
    screen.progress(first, 1024)
    screen.progress(second, 512)
    (bar,) = screen._progress.tasks
    assert (bar.completed, bar.total) == (1024 + 512, 2 * 2048)
    screen.trained(first, trained(1.0))
    assert bar.completed == 2048 + 512
    screen.stage("generation 1", 1, 2048)
    assert (bar.completed, bar.total) == (2048 + 512, 3 * 2048)


def test_a_training_that_fails_leaves_no_gap_in_the_bar(terminal: Terminal) -> None:
    screen = terminal.screen
    screen.stage("generation 0", 1, 2048)
    screen.progress("g00/c00/s0", 512)
    screen.trained("g00/c00/s0", Failed("finite", "nan"))
    (bar,) = screen._progress.tasks
    assert (bar.completed, bar.total) == (2048, 2048)


def test_an_assessed_candidate_is_told_with_mean_seeds_and_thought(
    terminal: Terminal,
) -> None:
    terminal.screen.outcome(candidate(1, 2, assessed(3.0, 5.0), "Lean forward."))
    assert terminal.lines == ["  g01/c02: 4 m (3, 5)  Lean forward."]


def test_where_no_metric_is_read_a_candidate_is_only_trained(
    terminal: Terminal,
) -> None:
    terminal.screen.outcome(candidate(1, 2, assessed(NAN, NAN), "Lean forward."))
    assert terminal.lines == ["  g01/c02: trained  Lean forward."]


def test_a_failure_is_told_with_its_kind_and_last_line(terminal: Terminal) -> None:
    reason = "Traceback\n  somewhere\nthe robot fell apart"
    terminal.screen.outcome(candidate(0, 1, Failed("environment", reason)))
    assert terminal.lines == ["  g00/c01: failed (environment): the robot fell apart"]


def test_a_rejection_is_one_line_of_bounded_length(terminal: Terminal) -> None:
    terminal.screen.outcome(candidate(0, 1, Rejected(("no dictionary", "x" * 500))))
    (line,) = terminal.lines
    assert line.startswith("  g00/c01: rejected: no dictionary; xxx")
    assert line.endswith("…")
    assert len(line) <= len("  g00/c01: rejected: ") + 160


def test_markup_is_printed_as_it_came(terminal: Terminal) -> None:
    terminal.screen.say("[bold]x[/bold] [/]")
    assert terminal.lines == ["[bold]x[/bold] [/]"]


def test_only_trainings_of_the_final_comparison_are_told_one_by_one(
    terminal: Terminal,
) -> None:
    terminal.screen.trained("g00/c00/s0", trained(3.0))
    assert terminal.lines == []
    terminal.screen.trained("final/human/s1", trained(3.0))
    assert terminal.lines == ["  human s1: 3 m"]
    terminal.screen.trained("final/g00-c01/s0", Failed("wall", "too slow"))
    assert terminal.lines == ["  g00-c01 s0: wall: too slow"]


def test_the_table_has_a_row_for_every_reward(terminal: Terminal) -> None:
    entries = [entry("designed", 2.0, 4.0), entry("human", 1.0, 1.0)]
    entries.append(entry("sparse", 1.0))
    terminal.screen.table(table(summarise(entries, None, "m")))
    header, *rows = terminal.lines
    assert header.split("  ")[0] == "reward"
    assert "fitness (m)" in header
    rest = ["25%", "2", "18", "2"]
    assert rows[0].split() == ["designed", "3", "-9.706", "to", "15.71", *rest]
    assert rows[1].split() == ["human", "1", "1", "to", "1", "25%", "2", "18", "2"]
    assert rows[2].split() == ["sparse", "1", "one", "seed", "25%", "1", "9", "1"]
