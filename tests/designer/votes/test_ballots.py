import pytest

from designer.votes.ballots import (
    MAX_COMMENT_CHARACTERS,
    Ballot,
    BallotError,
    Pair,
    Vote,
    pairs,
    read_ballot,
    write_ballot,
)


def vote(line: str, *shown: str) -> Vote:
    return Vote(0, 0.0, "anna", 0, shown, line)


def test_a_line_is_read_as_places_rejections_and_a_comment():
    ballot = read_ballot("B>A=C !D # C drags its toe", "ABCD")
    assert ballot == Ballot((("B",), ("A", "C")), ("D",), "C drags its toe")


@pytest.mark.parametrize(
    ("line", "tidy"),
    [
        ("b > a=c   ! d#x", "B>A=C !D # x"),
        ("!A!b", "!A !B"),
        ("?", "?"),
        ("? # too short to say", "# too short to say"),
        ("# why # not", "# why # not"),
        ("a", "A"),
    ],
)
def test_spacing_and_small_letters_do_not_matter(line, tidy):
    assert write_ballot(read_ballot(line, "ABCD")) == tidy
    assert read_ballot(tidy, "ABCD") == read_ballot(line, "ABCD")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "nothing was said"),
        ("E>A", "'E' is none of the clips A, B, C, D"),
        ("A>A", "A occurs more than once"),
        ("A !A", "A occurs more than once"),
        ("A>>B", "'' is none"),
        ("AB", "'AB' is none"),
        ("the left one", "'THE LEFT ONE' is none"),
    ],
)
def test_what_is_no_vote_is_refused_with_what_to_write(line, said):
    with pytest.raises(BallotError, match="write places as B>A=C") as error:
        read_ballot(line, "ABCD")
    assert said in str(error.value)


def test_a_comment_is_cut_to_its_limit():
    assert len(read_ballot("A #" + "x" * 9999, "AB").comment) == MAX_COMMENT_CHARACTERS


def test_a_ranking_of_m_clips_is_worth_m_minus_1_comparisons():
    found = list(pairs(vote("B>A=C !D", "w", "x", "y", "z")))
    assert len(found) == 6
    assert sum(pair.weight for pair in found) == pytest.approx(3)
    assert Pair("w", "y", True, 0.5) in found  # A = C
    assert {(p.better, p.worse) for p in found if not p.tie} == {
        ("x", "w"),
        ("x", "y"),
        ("x", "z"),
        ("w", "z"),
        ("y", "z"),
    }


def test_rejected_clips_are_not_compared_with_each_other():
    assert list(pairs(vote("!A !B", "w", "x"))) == []


@pytest.mark.parametrize("line", ["?", "# words only", "A"])
def test_who_compares_nothing_gives_no_pair(line):
    assert list(pairs(vote(line, "w", "x"))) == []
