"""What is said where votes judge: who chose, from how many, what nobody compared."""

from designer.report.summary import NOTHING_TRAINED, Summary
from designer.report.summary_json import as_json
from designer.report.votes_verdict import (
    NO_PREFERENCE,
    NO_VOTES,
    summarise_votes,
    unchosen,
)
from designer.run.candidates import Entry, Failed
from designer.selection.incumbent import incumbent, ranked
from designer.selection.merit import BY_FITNESS, ByPeople, by_both
from designer.votes.ballots import Vote
from designer.votes.strengths import fit
from tests.designer.handmade import assessed, candidate

NAN = float("nan")
A, B, C, D = CANDIDATES = [candidate(0, k, assessed(NAN)) for k in range(4)]
FINAL = [
    Entry(label, f"final/{label}", assessed(NAN))
    for label in ("designed", "human", "sparse")
]


def votes(*lines: str, rater: str = "anna") -> list[Vote]:
    """Each line a vote on A, B, C, D of the search."""
    shown = tuple(c.name for c in CANDIDATES)
    return [Vote(k, 0.0, rater, 0, shown, line) for k, line in enumerate(lines)]


def final_votes(*lines: str) -> list[Vote]:
    """Each line a vote on A designed, B human, C sparse."""
    shown = tuple(entry.folder for entry in FINAL)
    return [Vote(90 + k, 0.0, "anna", 1, shown, line) for k, line in enumerate(lines)]


def leader(given: list[Vote]):
    names = [c.name for c in CANDIDATES]
    return incumbent(CANDIDATES, ByPeople(fit(given, names)))


def concluded(given: list[Vote], entries=FINAL) -> Summary:
    winner = leader(given)
    shown = entries if winner else entries[1:]
    return summarise_votes(shown, winner, CANDIDATES, given)


def test_nobody_voted_so_nothing_was_chosen() -> None:
    said = concluded([])
    assert said.verdict == NO_VOTES
    assert "nobody voted, so nothing was chosen" in said.verdict
    assert as_json(said)["winner"] is None
    assert as_json(said)["comparisons"] == []  # There is no fitness to compare.
    assert {row.fitness for row in said.rows} == {None}
    assert {row.interval for row in said.rows} == {None}
    assert {row.note for row in said.rows} == {"nobody compared it"}


def test_words_doubts_and_ties_choose_nothing() -> None:
    for line in ("? # all fall", "A=B=C=D", "# no", "!A"):
        assert leader(votes(line)) is None
        assert concluded(votes(line)).verdict == NO_PREFERENCE


def test_raters_who_contradict_each_other_choose_nothing() -> None:
    assert leader(votes("A>B", "B>A")) is None
    assert leader(votes("A>B", "B>C", "C>A")) is None


def test_whoever_was_not_shown_does_not_win_by_being_unknown() -> None:
    """The first of the list is not compared, and strength 0 is more than losing."""
    assert leader(votes("B>C")) is B
    assert leader(votes("C>B>D")) is C
    assert ranked(CANDIDATES, ByPeople(fit(votes("C>B"), ()))) == [C, B]


def test_a_choice_says_from_how_many() -> None:
    assert concluded(votes("B>A>C>D")).verdict.startswith("People's choice is g00/c01;")
    assert concluded(votes("B>A")).verdict.startswith(
        "People's choice is g00/c01, of 2 of the 4 trained rewards (votes compare no "
        "others with it);"
    )
    # Two pairs that nothing connects: a vote more does not make D the better one.
    assert leader(votes("B>A", "D>C")) is B
    assert concluded(votes("B>A", "D>C")).verdict.startswith(
        "People's choice is g00/c01, of 2 of the 4"
    )


def test_a_later_reward_must_be_compared_with_the_leader_to_replace_it() -> None:
    old, new = candidate(0, 0, assessed(NAN)), candidate(1, 0, assessed(NAN))
    loser, other = candidate(0, 1, assessed(NAN)), candidate(1, 1, assessed(NAN))
    four = [old, loser, new, other]
    shown = tuple(c.name for c in four)

    def led(*lines: str):
        given = [Vote(k, 0.0, "anna", 0, shown, line) for k, line in enumerate(lines)]
        return incumbent(four, ByPeople(fit(given, shown)))

    assert led("A>B", "C>D", "C>D", "C>D") is old
    assert led("A>B", "C>D", "C>A") is new


def test_machines_are_not_called_people() -> None:
    def verdict(rater: str) -> str:
        return concluded(votes("B>A>C>D", rater=rater)).verdict

    assert verdict("factors").startswith("The choice of ranked factors is g00/c01;")
    assert verdict("model:eye").startswith("The choice of a vision model is g00/c01;")
    assert verdict("synthetic").startswith("The choice of a synthetic rater is g00/c01")
    mixed = votes("B>A", rater="ben") + votes("B>C>D", rater="model:eye")
    assert concluded(mixed).verdict.startswith(
        "The choice of people and a vision model"
    )


def test_final_policies_that_nobody_compared_have_no_strength() -> None:
    said = concluded(votes("B>A>C>D"))
    assert said.verdict == (
        "People's choice is g00/c01; nobody compared the final policies."
    )
    assert [row.fitness for row in said.rows] == [None, None, None]


def test_only_what_was_compared_is_told_apart() -> None:
    said = concluded(votes("B>A>C>D") + final_votes(*["A>B"] * 9))
    assert "of the final policies, votes prefer it to the human one (" in said.verdict
    assert "and nobody compared it with the sparse one." in said.verdict
    by_label = {row.label: row for row in said.rows}
    assert by_label["designed"].fitness == -by_label["human"].fitness > 1.0
    assert by_label["designed"].interval[0] < by_label["designed"].fitness
    assert by_label["sparse"].fitness is None
    said = concluded(votes("B>A>C>D") + final_votes(*["B>A"] * 9))
    assert "votes prefer to it the human one (-" in said.verdict


def test_few_votes_on_final_policies_tell_nothing_apart() -> None:
    said = concluded(votes("B>A>C>D") + final_votes("A>B>C"))
    assert "votes can't tell it from the human one (" in said.verdict
    assert "votes can't tell it from the sparse one (" in said.verdict
    assert "prefer" not in said.verdict


def test_a_winner_that_could_not_be_retrained_is_not_judged() -> None:
    lost = [Entry("designed", "final/designed", Failed("wall", "too slow")), *FINAL[1:]]
    said = concluded(votes("B>A>C>D") + final_votes("B>C"), lost)
    assert said.verdict == (
        "People's choice is g00/c01; it could not be retrained: wall: too slow."
    )


def test_where_nothing_was_trained_votes_are_not_to_blame() -> None:
    assert unchosen([], []) == NOTHING_TRAINED


def test_without_votes_both_go_by_fitness_unless_it_weighs_nothing() -> None:
    low, high = candidate(0, 0, assessed(1.0)), candidate(0, 1, assessed(2.0))
    nobody = fit([], [low.name, high.name])
    assert incumbent([low, high], by_both(nobody, 0.5, [low, high])) is high
    assert incumbent([low, high], by_both(nobody, 1.0, [low, high])) is None


def test_a_fitness_that_is_no_number_never_leads() -> None:
    unknown, known = candidate(0, 0, assessed(NAN)), candidate(0, 1, assessed(-5.0))
    assert incumbent([unknown, known], BY_FITNESS) is known
    assert ranked([unknown, known], BY_FITNESS) == [known]
