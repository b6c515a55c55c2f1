from designer.run.candidates import Candidate
from designer.votes.ballots import Vote
from designer.votes.people import MAX_COMMENTS, summarise_people
from tests.designer.handmade import assessed


def candidate(generation: int, index: int, parent: str | None = None) -> Candidate:
    return Candidate(generation, index, "tune", parent, "", "", assessed(1.0))


ELDER, OTHER = candidate(0, 0), candidate(0, 1)
CHILD = candidate(1, 0, "g00/c00")
GRANDCHILD = candidate(2, 0, "g01/c00")
HISTORY = [ELDER, OTHER, CHILD, GRANDCHILD]
SHOWN = ("g00/c01", "g00/c00")
COMMENT = Vote(0, 0.0, "anna", 0, SHOWN, "B>A # A drags its toe")
TERMS = {
    "g00/c00": ["forward"],
    "g00/c01": ["upright"],
    "g01/c00": ["forward", "toe_drag"],
    "g02/c00": ["forward", "speed"],
}


def test_nothing_is_told_where_nobody_said_anything():
    assert summarise_people([], HISTORY, ELDER, TERMS) == summarise_people(
        [], [], ELDER, {}
    )
    assert not any(vars(summarise_people([], HISTORY, ELDER, TERMS)).values())


def test_letters_become_names_and_words_stay_as_they_are():
    people = summarise_people([COMMENT], HISTORY, ELDER, TERMS)
    assert people.votes == ("g00/c00 (the reward above) > g00/c01",)
    (comment,) = people.comments
    assert comment.about == "A is g00/c01, B is g00/c00 (the reward above)"
    assert comment.text == "A drags its toe"


def test_the_latest_votes_are_so_by_time_also_after_a_pause() -> None:
    """Votes given while the run paused have a number after all generations."""
    shown = ("final/human", "final/g00-c01")
    paused = Vote(1, 1.0, "anna", 11, shown, "A>B")
    later = Vote(2, 2.0, "anna", 1, SHOWN, "A>B")
    people = summarise_people([COMMENT, paused], HISTORY, OTHER, TERMS)
    assert people.votes == ("the human reward > g00/c01 (trained anew)",)
    people = summarise_people([COMMENT, paused, later], HISTORY, OTHER, TERMS)
    assert people.votes == ("g00/c01 (the reward above) > g00/c00",)


def test_the_ranking_is_best_first_with_intervals():
    first, second = summarise_people([COMMENT], HISTORY, OTHER, TERMS).ranking
    assert first.startswith("g00/c00: +")
    assert second.startswith("g00/c01 (the reward above): -")
    assert " to " in first


def test_what_no_vote_connects_with_the_best_is_told_as_such():
    apart = Vote(1, 1.0, "anna", 1, ("g01/c00", "g02/c00"), "A>B")
    ranking = summarise_people([COMMENT, apart], HISTORY, OTHER, TERMS).ranking
    assert len(ranking) == 4
    assert ["no vote connects it" in line for line in ranking] == [False] * 2 + [
        True
    ] * 2


def test_who_said_it_is_not_told():
    people = summarise_people([COMMENT], HISTORY, ELDER, TERMS)
    assert "anna" not in repr(people)


def test_words_of_machines_are_not_told_as_a_persons():
    machine = Vote(0, 0.0, "factors", 0, SHOWN, "B>A # fell: 0 % against 40 %")
    assert summarise_people([machine], HISTORY, ELDER, TERMS).comments == ()


def test_a_term_that_answered_a_comment_and_vanished_is_missed():
    assert summarise_people([COMMENT], HISTORY, CHILD, TERMS).gone == ()
    (gone,) = summarise_people([COMMENT], HISTORY, GRANDCHILD, TERMS).gone
    assert gone == (
        "toe_drag, which came in g01/c00 when a person said: A drags its toe"
    )


def test_a_term_that_came_without_a_comment_may_go():
    assert summarise_people([], HISTORY, GRANDCHILD, TERMS).gone == ()


def test_who_was_shown_and_not_compared_has_no_rank():
    shown = (*SHOWN, "g01/c00")
    vote = Vote(0, 0.0, "anna", 0, shown, "B>A")
    ranking = summarise_people([vote], HISTORY, ELDER, TERMS).ranking
    assert [line.split(" ")[0].rstrip(":") for line in ranking] == [
        "g00/c00",
        "g00/c01",
    ]


def test_of_many_comments_the_latest_are_told():
    many = [
        Vote(k, 0.0, "anna", 0, SHOWN, f"B>A # number {k}")
        for k in range(MAX_COMMENTS + 3)
    ]
    texts = [one.text for one in summarise_people(many, HISTORY, ELDER, TERMS).comments]
    assert texts == [f"number {k}" for k in range(3, MAX_COMMENTS + 3)]
