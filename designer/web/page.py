"""What the page shows just now, as data; needs no web server."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from designer.votes.ballots import Vote
from designer.votes.preferences import read_votes
from designer.votes.questions import Asking, Question, answered, next_question

FILES = {"mp4": "clip.mp4", "jpg": "clip.jpg", "png": "strip.png"}
TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Page:
    """What a page asks whom.

    run: folder with the clips and the votes. goal: the task in words. rater: the name
    that votes are kept under. token: who knows it may open the page. asking: what is
    asked just now, None for nothing. finished: nothing more will ever be asked.
    """

    run: Path
    goal: str
    rater: str
    token: str
    asking: Callable[[], Asking | None]
    finished: Callable[[], bool]


@dataclass(frozen=True)
class Now:
    """What is asked at one moment.

    last: the vote that undo would take back. done: questions answered.
    """

    asking: Asking | None
    question: Question | None
    last: Vote | None
    done: int
    finished: bool

    @property
    def state(self) -> str:
        """Changes when the page should; names no candidate."""
        if self.question:
            return key(self.question)
        return "finished" if self.finished else f"waiting-{self.done}"


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(16)


def look(page: Page) -> Now:
    """What is asked just now; open questions come before the end."""
    asking = page.asking()
    if asking is None:
        return Now(None, None, None, 0, page.finished())
    votes = tuple(read_votes(page.run))
    mine = [
        vote
        for vote in votes
        if (vote.rater, vote.generation) == (page.rater, asking.generation)
    ]
    question = _next_question(asking, votes)
    done = min(answered(asking, votes), asking.questions)
    last = mine[-1] if mine else None
    return Now(asking, question, last, done, question is None and page.finished())


def key(question: Question) -> str:
    """Names a question without naming its clips; another order is another key.

    It needs no secret, so that a form outlives a restart of the server: it hides names
    from eyes, not from those who would compute them.
    """
    said = f"{question.generation}\n{question.number}\n" + "\n".join(question.shown)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def clip(page: Page, question: Question, letter: str, kind: str) -> Path | None:
    """The file behind a letter, None if there is none; kind: one of FILES."""
    if letter not in tuple(question.letters) or kind not in FILES:
        return None
    name = question.shown[question.letters.index(letter)]
    path = (page.run / name / FILES[kind]).resolve()
    inside = path.is_relative_to(page.run.resolve())
    return path if inside and path.is_file() else None


def kinds(page: Page, question: Question) -> dict[str, list[str]]:
    """Which files there are for each letter."""
    return {
        letter: [kind for kind in FILES if clip(page, question, letter, kind)]
        for letter in question.letters
    }


# The browser asks for several pieces of every clip, and each asks what is shown.
_next_question = lru_cache(maxsize=8)(next_question)
