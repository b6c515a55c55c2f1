"""The page as data: what it shows at one moment. Needs no web server."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from designer.votes.ballots import Vote
from designer.votes.preferences import read_votes
from designer.votes.questions import Asking, Question, answered, next_question

CLIP_FILES = {"mp4": "clip.mp4", "jpg": "clip.jpg", "png": "strip.png"}
TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Page:
    """A page for one rater of one run.

    run: folder with the clips and the votes. goal: the task in words. rater: the name
    that votes are stored under. token: whoever has it may open the page. asking: gives
    the questions that are open now, or None. finished: whether no more will come.
    """

    run: Path
    goal: str
    rater: str
    token: str
    asking: Callable[[], Asking | None]
    finished: Callable[[], bool]


@dataclass(frozen=True)
class PageState:
    """What the page shows at one moment.

    last_vote: the vote that undo would take back. answers: how many questions were
    answered. finished: no question is open, and no more will come.
    """

    asking: Asking | None
    question: Question | None
    last_vote: Vote | None
    answers: int
    finished: bool

    @property
    def name(self) -> str:
        """Another name for every other content of the page; it names no candidate."""
        if self.question:
            return question_key(self.question)
        return "finished" if self.finished else f"waiting-{self.answers}"


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(16)


def page_state(page: Page) -> PageState:
    """The page as it is now; it is finished only after all open questions."""
    asking = page.asking()
    if asking is None:
        return PageState(None, None, None, 0, page.finished())
    votes = tuple(read_votes(page.run))
    own_votes = [
        vote
        for vote in votes
        if (vote.rater, vote.generation) == (page.rater, asking.generation)
    ]
    question = _next_question(asking, votes)
    answers = min(answered(asking, votes), asking.questions)
    last_vote = own_votes[-1] if own_votes else None
    finished = question is None and page.finished()
    return PageState(asking, question, last_vote, answers, finished)


def question_key(question: Question) -> str:
    """A hash that names a question without naming its clips, whose order matters.

    It needs no secret, so that a form is still valid after a restart of the server. It
    hides names from a reader of the page, not from one who computes hashes.
    """
    text = f"{question.generation}\n{question.number}\n" + "\n".join(question.shown)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def clip_path(page: Page, question: Question, letter: str, kind: str) -> Path | None:
    """The file of the clip under a letter, or None; kind: one of CLIP_FILES."""
    if letter not in tuple(question.letters) or kind not in CLIP_FILES:
        return None
    name = question.shown[question.letters.index(letter)]
    path = (page.run / name / CLIP_FILES[kind]).resolve()
    inside = path.is_relative_to(page.run.resolve())
    return path if inside and path.is_file() else None


def clip_kinds(page: Page, question: Question) -> dict[str, list[str]]:
    """The kinds of files that exist for each letter."""
    return {
        letter: [kind for kind in CLIP_FILES if clip_path(page, question, letter, kind)]
        for letter in question.letters
    }


# The browser requests every clip in several ranges; each request needs the question.
_next_question = lru_cache(maxsize=8)(next_question)
