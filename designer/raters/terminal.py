"""Votes typed on the terminal, one line each."""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from designer.votes.ballots import Ballot, BallotError, read_ballot, require_comparison
from designer.votes.preferences import add_vote, read_votes
from designer.votes.questions import Asking, Question, next_question

# Takes a question, seconds, and a test whether it is closed; gives the line or None.
AskLine = Callable[[str, float, Callable[[], bool]], str | None]


def type_votes(run: Path, rater: str, asking: Asking, ask: AskLine) -> bool:
    """Ask all questions one after the other; False if a line did not come in time.

    Votes that come in from elsewhere, as from the web page, count too.
    """
    note = ""
    while question := next_question(asking, read_votes(run)):
        closed = partial(_is_closed, run, asking, question)
        left = asking.until - time.time()
        line = ask(note + question_text(run, question), left, closed)
        if line is None and not closed():
            return False
        if line is None:
            continue
        try:
            ballot, note = ballot_from(question, line), ""
        except BallotError as error:
            note = f"{error}\n"
            continue
        add_vote(run, rater, question.generation, question.shown, ballot)
    return True


def _is_closed(run: Path, asking: Asking, question: Question) -> bool:
    return next_question(asking, read_votes(run)) != question


def question_text(run: Path, question: Question) -> str:
    """A question as the terminal prints it; its clips are in RUN/shown, by letter."""
    if len(question.shown) == 1:
        (name,) = question.shown
        head = f"what should the policy of {name} do otherwise? (empty: nothing)"
        clip = run / name / "clip.mp4"
        return f"{head}\n  {clip}" if clip.exists() else head
    rows = [
        f"  {letter}  " + ("  ".join(map(str, _blind(run, letter, name))) or "no clip")
        for letter, name in zip(question.letters, question.shown, strict=True)
    ]
    head = f"question {question.number} of at most {question.of}: {question.reason}"
    help_line = "  a line like B>A=C !D # C drags its toe   (! rejects, ? can't tell)"
    return "\n".join([head, *rows, help_line])


def _blind(run: Path, letter: str, name: str) -> list[Path]:
    """Copies of a clip and its strip, named by letter to hide whose they are."""
    (run / "shown").mkdir(exist_ok=True)
    copies = []
    for kind in ("clip.mp4", "strip.png"):
        source, blind = run / name / kind, run / "shown" / f"{letter}{kind[-4:]}"
        blind.unlink(missing_ok=True)
        if source.exists():
            copies.append(Path(shutil.copyfile(source, blind)))
    return copies


def ballot_from(question: Question, line: str) -> Ballot:
    """The ballot in a line; if there is one clip, the whole line is a comment."""
    if len(question.shown) == 1:
        return Ballot(comment=" ".join(line.split()))
    return require_comparison(read_ballot(line, question.letters))
