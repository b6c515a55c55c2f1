"""The page over HTTP, without a browser."""

import re
from pathlib import Path

import pytest

from designer.votes.ballots import MAX_COMMENT_CHARACTERS, Ballot
from designer.votes.preferences import PREFERENCES_FILE, add_vote, read_votes
from designer.votes.questions import Asking, load_asking
from tests.designer.web.client import OWN, RANKED, alert, client_of, field, lines, post
from tests.designer.web.conftest import FOREVER, NAMES, Run


def test_a_form_becomes_a_line(run: Run) -> None:
    client = client_of(path := run())
    reply = post(client, **RANKED, comment="  A hops,\n\nD falls # really ")
    assert reply.history[0].status_code == 303
    assert lines(path) == ["B>A=C !D # A hops, D falls # really"]
    assert read_votes(path)[0].ballot.comment == "A hops, D falls # really"
    assert "B&gt;A=C !D # A hops, D falls # really" in reply.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "A, B, C and D still need an answer"),
        (RANKED | {"C": ""}, "C still needs an answer"),
        (RANKED | {"C": "5"}, "C still needs an answer"),
        (dict.fromkeys("BCD", "skip") | {"A": "1"}, "only A is judged"),
        (dict.fromkeys("BCD", "skip") | {"A": "reject"}, "only A is judged"),
        (
            RANKED | {"comment": "x" * (MAX_COMMENT_CHARACTERS + 1)},
            "at most 4000 characters",
        ),
    ],
)
def test_a_form_that_says_nothing_useful_is_kept_and_answered_with_one_sentence(
    run: Run, fields: dict[str, str], said: str
) -> None:
    client = client_of(path := run())
    reply = post(
        client, **{"comment": "D falls", **fields} if "B" not in fields else fields
    )
    assert (reply.status_code, lines(path)) == (422, [])
    assert said in alert(reply)
    for name, value in fields.items():
        if value in ("1", "2", "skip", "reject"):
            assert re.search(rf'name="{name}" value="{value}".* checked', reply.text)


def test_can_not_tell_needs_no_answers(run: Run) -> None:
    client = client_of(path := run(NAMES, at_once=2))
    post(client, action="unsure")
    post(client, action="unsure", A="1", B="2", comment="both fall")
    assert lines(path) == ["?", "# both fall"]


def test_one_clip_asks_for_words_only(run: Run) -> None:
    client = client_of(path := run(NAMES[:1], questions=1))
    assert 'type="radio"' not in client.get("/").text
    assert post(client).status_code == 422
    post(client, comment="lean less")
    assert lines(path) == ["# lean less"]
    assert "1 of 1 answered" in client.get("/").text


def test_an_answer_sent_twice_is_kept_once(run: Run) -> None:
    client = client_of(path := run())
    old = field(client, "question")
    post(client, **RANKED)
    reply = post(client, **RANKED, question=old, comment="<i>mine</i>")
    assert (reply.status_code, len(lines(path))) == (409, 1)
    assert "was not recorded" in alert(reply)
    assert "&lt;i&gt;mine&lt;/i&gt;" in reply.text  # words are given back


def test_an_answer_to_other_clips_is_not_recorded(run: Run) -> None:
    client = client_of(path := run())
    old = field(client, "question")
    Asking(1, NAMES[:4], 3, 4, FOREVER, seed=2).save(path)
    assert post(client, **RANKED, question=old).status_code == 409
    (path / "asking.json").unlink()
    assert post(client, **RANKED, question=old).status_code == 409
    assert lines(path) == []


def test_undo_takes_back_one_own_vote_of_this_generation(run: Run) -> None:
    path = run()
    add_vote(path, "bob", 0, NAMES[:2], Ballot((("A",), ("B",))))
    add_vote(path, "ada", 3, NAMES[:2], Ballot((("B",), ("A",))))
    client = client_of(path)
    assert "Undo" not in client.get("/").text
    post(client, **RANKED)
    undo = {"action": "undo", "vote": field(client, "vote")}
    again = client.post("/", data=undo, headers=OWN)
    assert again.history[0].status_code == 303
    assert " checked" in again.text  # the answers stand in the form again
    assert client.post("/", data=undo, headers=OWN).status_code == 409
    assert lines(path) == ["A>B", "B>A"]
    assert (
        len((path / PREFERENCES_FILE).read_text().splitlines()) == 4
    )  # nothing was erased


def test_clips_come_in_pieces(run: Run) -> None:
    client = client_of(path := run())
    sources = re.findall(r'<video src="(.*?)"', client.get("/").text)
    assert len(sources) == 4
    whole = client.get(sources[1])
    piece = client.get(sources[1], headers={"Range": "bytes=10-19"})
    assert whole.content in {(path / n / "clip.mp4").read_bytes() for n in NAMES[:4]}
    assert (piece.status_code, piece.content) == (206, whole.content[10:20])
    assert piece.headers["content-type"] == "video/mp4"


def test_nothing_tells_which_candidate_a_letter_is(run: Run) -> None:
    client = client_of(run())
    page = client.get("/")
    replies = [page, client.get("/state")]
    for path in re.findall(r'(?:src|poster|href)="(/?\w.*?)"', page.text):
        replies.append(client.get(path))
    assert len(replies) > 12
    for reply in replies:
        told = (
            str(reply.headers) + str(reply.url) + (reply.text if page is reply else "")
        )
        assert not re.search(r"g\d\d\b|\bc\d\d\b|clip\.mp4", told)
    clips = [reply for reply in replies if "/clip/" in str(reply.url)]
    assert len({reply.headers["last-modified"] for reply in clips}) == 1


def test_only_the_clips_of_the_question_are_there(run: Run) -> None:
    client = client_of(path := run(NAMES, at_once=2))
    source = re.findall(r'<video src="(.*?)A.mp4"', client.get("/").text)[0]
    (path / "secret.mp4").write_text("secret")
    for wrong in (
        source + "C.mp4",
        source + "A.npz",
        source + "..%2f..%2fsecret.mp4",
        source + "../../secret.mp4",
        "/clip/x/A.mp4",
        "/g00/c00/clip.mp4",
        "/static/../app.py",
        "/static/..%2fapp.py",
    ):
        assert client.get(wrong).status_code == 404, wrong
    assert client.get(source + "A.mp4").status_code == 200
    post(client, A="1", B="2")
    assert client.get(source + "A.mp4").status_code == 404  # no longer shown


def test_a_candidate_outside_the_run_shows_nothing(run: Run, clips: Path) -> None:
    path = run()
    Asking(0, (f"../../{clips}/{NAMES[0]}", NAMES[1]), 1, 2, FOREVER, seed=0).save(path)
    page = client_of(path).get("/").text
    assert "is damaged" in page
    assert "<video" not in page


def test_a_missing_clip_is_said_plainly(run: Run) -> None:
    path = run(NAMES[:2])
    (path / NAMES[0] / "clip.mp4").unlink()
    assert client_of(path).get("/").text.count("as a filmstrip") == 2
    (path / NAMES[0] / "strip.png").unlink()
    assert client_of(path).get("/").text.count("no clip") == 1


def test_the_page_waits_while_nothing_is_asked_and_then_ends(run: Run) -> None:
    client = client_of(path := run())
    states = [client.get("/state").text]
    asking = load_asking(path)
    (path / "asking.json").unlink()
    reply = client.get("/")
    assert "Nothing to judge at the moment" in reply.text
    assert 'http-equiv="refresh"' in reply.text  # without scripts too
    states.append(client.get("/state").text)
    assert asking
    asking.save(path)
    (path / "finished").touch()
    assert client.get("/state").text == states[0]  # open questions come first
    post(client, **RANKED)
    assert f"designer report {path}" in client.get("/").text
    states.append(client.get("/state").text)
    assert len(set(states)) == 3


def test_a_damaged_file_of_votes_is_said_in_one_line(run: Run) -> None:
    client = client_of(path := run())
    (path / PREFERENCES_FILE).write_text("{]\n")
    reply = client.get("/")
    assert reply.status_code == 500
    assert "is damaged" in reply.text
