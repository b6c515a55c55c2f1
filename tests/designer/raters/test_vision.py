"""A vision model as judge, asked through the project's own loopback server."""

from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from designer.errors import BudgetSpent
from designer.llm import Budget, Ledger, Reply
from designer.llm.openai_client import open_openai
from designer.raters.vision import (
    Exhibit,
    compare_pairs,
    exhibit,
    read_verdict,
    summary,
)
from designer.votes.ballots import Ballot
from designer.votes.preferences import add_vote, read_votes
from envs.make import load_task
from tests.designer.feedback.conftest import KNOWN, episode
from tests.designer.llm.conftest import Server, Step, settings

TASK = load_task("hopper-run")
GOOD, POOR, BAD = "g00/c00", "g00/c01", "g01/c07"
GREEN = {GOOD: 250, POOR: 120, BAD: 10}
PAIRS = [(GOOD, BAD), (BAD, GOOD), (POOR, GOOD)]
Answer = Callable[[dict[str, int]], str | None]


class Judging(Server):
    """Answers by how green the picture of each letter is; no answer is a refusal."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__()

    def next_step(self, body: dict[str, Any]) -> Step:
        said = self.answer(seen(body))
        if said is None:
            return self.sends({"error": {"message": "no pictures here"}}, 400)
        return self.says(said)


def seen(body: dict[str, Any]) -> dict[str, int]:
    """Greenness by letter, read from the pixels that were sent."""
    content = body["messages"][1]["content"]
    found, name = {}, ""
    for part in content[:-1]:
        if part["type"] == "text":
            name = part["text"].removeprefix("Clip ").removesuffix(":")
        else:
            data = b64decode(part["image_url"]["url"].partition("base64,")[2])
            found[name] = Image.open(BytesIO(data)).getpixel((0, 0))[1]
    return found


@pytest.fixture
def ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Ledger]]:
    """A ledger whose model answers so, and the server as its attribute `server`."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    servers = []

    def make(answer: Answer, **limits: int) -> Ledger:
        servers.append(Judging(answer))
        client = open_openai("tiny", servers[-1].url, settings())
        ledger = Ledger(tmp_path / "judge.jsonl", client, Budget(**limits))
        ledger.server = servers[-1]  # type: ignore[attr-defined]
        return ledger

    yield make
    for server in servers:
        server.close()


def sheet(path: Path, value: int) -> Path:
    Image.new("RGB", (8, 4), (0, value, 0)).save(path, "PNG")
    return path


@pytest.fixture
def exhibits(tmp_path: Path) -> dict[str, Exhibit]:
    found = {}
    for name, value in GREEN.items():
        strip = sheet(tmp_path / f"{value}.png", value)
        seen = episode(4, falls="too low", fitness=98765.4, height=[1, 1, 1, 0.5, 0])
        found[name] = exhibit(strip, [seen], KNOWN)
    return found


def looks(greens: dict[str, int]) -> str:
    """An honest judge."""
    return f"A is {greens['A']} green.\n\n{max(greens, key=lambda k: greens[k])}"


def test_a_judge_that_looks_decides_whatever_the_order(ask, exhibits) -> None:
    found = compare_pairs(ask(looks), TASK, exhibits, PAIRS)
    assert found.undecided == ()
    assert [pair for pair, _ in found.votes] == PAIRS
    places = [ballot.places for _, ballot in found.votes]
    assert places == [(("A",), ("B",)), (("B",), ("A",)), (("B",), ("A",))]
    assert found.votes[0][1].comment == "A is 250 green."
    assert summary(found) == "3 of 3 pairs decided, 0 of them ties"


@pytest.mark.parametrize("letter", ["A", "B"])
def test_a_judge_that_always_says_the_same_letter_decides_nothing(
    ask, exhibits, letter: str
) -> None:
    found = compare_pairs(
        ask(lambda _: f"It is better.\n{letter}"), TASK, exhibits, PAIRS
    )
    assert found.votes == ()
    assert [one.pair for one in found.undecided] == PAIRS
    why = "answered differently when the order was swapped"
    assert summary(found) == f"0 of 3 pairs decided, 0 of them ties; 3 {why}"


def test_a_tie_in_both_orders_is_a_vote(ask, exhibits) -> None:
    found = compare_pairs(
        ask(lambda _: "Both lie there.\nTIE"), TASK, exhibits, [(GOOD, BAD)]
    )
    tie = Ballot((("A", "B"),), (), "Both lie there.")
    assert found.votes == (((GOOD, BAD), tie),)


def test_a_tie_in_one_order_alone_is_undecided(ask, exhibits) -> None:
    def sways(greens: dict[str, int]) -> str:
        return "A" if greens["A"] > greens["B"] else "TIE"

    found = compare_pairs(ask(sways), TASK, exhibits, [(GOOD, BAD)])
    assert (len(found.votes), len(found.undecided)) == (0, 1)


def test_an_answer_without_a_verdict_leaves_the_pair_to_people(ask, exhibits) -> None:
    found = compare_pairs(ask(lambda _: "Hard to say."), TASK, exhibits, [(GOOD, BAD)])
    assert "last line is not A, B or TIE" in found.undecided[0].reason


def test_a_call_that_fails_leaves_only_its_pair_to_people(ask, exhibits) -> None:
    def refuses(greens: dict[str, int]) -> str | None:
        return None if GREEN[POOR] in greens.values() else looks(greens)

    found = compare_pairs(ask(refuses), TASK, exhibits, PAIRS)
    assert [pair for pair, _ in found.votes] == PAIRS[:2]
    (left,) = found.undecided
    assert left.pair == (POOR, GOOD)
    assert "HTTP 400: no pictures here" in left.reason


def test_a_spent_budget_ends_it_and_what_was_answered_is_not_paid_again(
    ask, exhibits
) -> None:
    ledger = ask(looks, max_calls=1)
    with pytest.raises(BudgetSpent, match="limit of 1 model calls"):
        compare_pairs(ledger, TASK, exhibits, [(GOOD, BAD)])
    assert ledger.calls == 1
    more = ask(looks, max_calls=2)
    assert len(compare_pairs(more, TASK, exhibits, [(GOOD, BAD)]).votes) == 1
    assert len(more.server.bodies) == 1


def test_a_pair_is_two_calls_and_a_swapped_pair_is_none(ask, exhibits) -> None:
    ledger = ask(looks)
    compare_pairs(ledger, TASK, exhibits, [(GOOD, BAD), (GOOD, BAD), (BAD, GOOD)])
    assert ledger.calls == 2


def test_the_judge_sees_both_sheets_under_their_letters_and_no_name(
    ask, exhibits
) -> None:
    ledger = ask(looks)
    compare_pairs(ledger, TASK, exhibits, [(GOOD, BAD)])
    bodies = ledger.server.bodies
    assert sorted(seen(body)["A"] for body in bodies) == [10, 250]
    assert all(seen(body).keys() == {"A", "B"} for body in bodies)
    text = bodies[0]["messages"][1]["content"][-1]["text"]
    for name in (GOOD, BAD, "c00", "c07", "g00", "training s0"):
        assert name not in text


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        ("A", "A"),
        ("`B`", "B"),
        ("**TIE**", "TIE"),
        ("tie.", "TIE"),
        ("Answer: B", "B"),
        ("**Verdict:** Clip A", "A"),
        ("The winner is B.", "B"),
        ("\\boxed{A}", None),
        ("A\n```", "A"),
        ("A or B", None),
        ("A is better", None),
        ("a tie", None),
        ("", None),
        ("AB", None),
    ],
)
def test_the_last_line_is_the_verdict(last: str, verdict: str | None) -> None:
    said = Reply(f"B falls.\n{last}", "tiny", 1, 1, 0.0, cut_off=False)
    assert read_verdict(said) == verdict
    assert read_verdict(replace(said, cut_off=True)) is None


def test_a_vote_is_kept_as_it_was_given(ask, exhibits, tmp_path) -> None:
    def talks(greens: dict[str, int]) -> str:
        return f"# Reasons\n\nA > B?  {'So it is. ' * 200}\n\n{looks(greens)[-1]}"

    ((pair, ballot),) = compare_pairs(ask(talks), TASK, exhibits, [(BAD, GOOD)]).votes
    assert ballot.comment.startswith("Reasons A > B? So it is.")
    assert len(ballot.comment) <= 600
    add_vote(tmp_path, "model:tiny", 0, pair, ballot)
    (kept,) = read_votes(tmp_path)
    assert kept.ballot == ballot
    assert kept.legend == {"A": BAD, "B": GOOD}


def test_how_far_a_velocity_went_is_its_integral_over_an_episode(tmp_path) -> None:
    """Ten steps of 0.1 s at 2 m/s, and five at 4 m/s: 2 m each."""
    runs = [episode(10, speed=2.0), episode(5, speed=4.0)]
    made = exhibit(tmp_path / "missing.png", runs, KNOWN)
    figures = {row[0]: row[1:] for row in made.figures}
    assert figures["length of an episode (s)"] == ("0.75", "0.5 to 1", "-")
    # Of eleven rows at 2 and six at 4.
    assert figures["speed (m/s)"] == ("2.71", "2 to 4", "2 m")
    assert figures["height (m)"] == ("0", "0 to 0", "-")
    assert (made.count, made.sheet) == (2, b"")
