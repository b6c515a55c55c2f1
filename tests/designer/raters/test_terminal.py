from pathlib import Path

from designer.raters.terminal import type_votes
from designer.votes.ballots import Ballot
from designer.votes.preferences import add_vote, read_votes
from designer.votes.questions import Asking

ASKING = Asking(0, ("g00/c00", "g00/c01"), 1, 2, 9e9, 7)


class Typist:
    """Types these lines; a callable instead of one does what it does, and no line."""

    def __init__(self, *lines) -> None:
        self.lines, self.asked = list(lines), []

    def __call__(self, question, seconds, is_over):
        self.asked.append(question)
        if not self.lines:
            return None
        line = self.lines.pop(0)
        return line if isinstance(line, str) else line()


def test_a_wrong_line_is_explained_and_asked_again(tmp_path: Path) -> None:
    typist = Typist("left", "!a", "A>B")
    assert type_votes(tmp_path, "anna", ASKING, typist)
    assert "'LEFT' is none of the clips A, B" in typist.asked[1]
    assert "only A is judged, which compares it with nothing" in typist.asked[2]
    assert [vote.line for vote in read_votes(tmp_path)] == ["A>B"]


def test_without_a_line_nothing_is_voted(tmp_path: Path) -> None:
    assert not type_votes(tmp_path, "anna", ASKING, Typist())
    assert read_votes(tmp_path) == []


def test_a_vote_from_elsewhere_answers_the_question(tmp_path: Path) -> None:
    def elsewhere() -> None:
        add_vote(tmp_path, "ben", 0, ASKING.pool, Ballot((("A",), ("B",))))

    assert type_votes(tmp_path, "anna", ASKING, Typist(elsewhere))
    assert [vote.rater for vote in read_votes(tmp_path)] == ["ben"]


def test_clips_are_shown_by_letter_alone(tmp_path: Path) -> None:
    for name in ASKING.pool:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "strip.png").write_text(name)
    typist = Typist()
    type_votes(tmp_path, "anna", ASKING, typist)
    (said,) = typist.asked
    assert "c00" not in said
    shown = {(tmp_path / "shown" / f"{k}.png").read_text() for k in "AB"}
    assert shown == set(ASKING.pool)
