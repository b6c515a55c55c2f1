"""Reads the form of a question as a ballot, and fills the form from a ballot."""

from collections.abc import Mapping

from designer.votes.ballots import (
    MAX_COMMENT_CHARACTERS,
    Ballot,
    BallotError,
    require_comparison,
)

REJECT, SKIP = "reject", "skip"  # values of a clip's field, beside places
CANT_TELL, UNDO = "unsure", "undo"  # values of the button that was pressed


def read_ballot_form(fields: Mapping[str, str], letters: str) -> Ballot:
    """The ballot of a form; BallotError, a sentence for the rater, if it is none."""
    comment = " ".join(fields.get("comment", "").split())
    if len(comment) > MAX_COMMENT_CHARACTERS:
        raise BallotError(
            f"A comment has at most {MAX_COMMENT_CHARACTERS} characters and this one "
            f"{len(comment)}; please shorten it."
        )
    if fields.get("action") == CANT_TELL:
        return Ballot(comment=comment)
    if len(letters) == 1:
        if not comment:
            raise BallotError(
                "Nothing is written yet; write what should be different, or press "
                "“Nothing to say”."
            )
        return Ballot(comment=comment)
    return _ranking(fields, letters, comment)


def _ranking(fields: Mapping[str, str], letters: str, comment: str) -> Ballot:
    numbers = [str(k + 1) for k in range(len(letters))]
    answers = {*numbers, REJECT, SKIP}
    open_letters = [letter for letter in letters if fields.get(letter) not in answers]
    if open_letters:
        *first, last = open_letters
        names = (
            f"{', '.join(first)} and {last} still need"
            if first
            else f"{last} still needs"
        )
        raise BallotError(f"{names} an answer: a place, “reject” or “skip”.")
    places = tuple(
        place
        for number in numbers
        if (place := tuple(a for a in letters if fields[a] == number))
    )
    rejected = tuple(letter for letter in letters if fields[letter] == REJECT)
    return require_comparison(Ballot(places, rejected, comment))


def fill(ballot: Ballot, letters: str) -> dict[str, str]:
    """The fields of a form that read_ballot_form reads as this ballot."""
    fields = dict.fromkeys(letters, SKIP)
    for number, place in enumerate(ballot.places, 1):
        fields |= dict.fromkeys(place, str(number))
    return fields | dict.fromkeys(ballot.rejected, REJECT) | {"comment": ballot.comment}
