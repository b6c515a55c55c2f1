"""Pictures beside the text of a message, through every client and recording."""

import hashlib
import json
from base64 import b64decode

import pytest

from designer.errors import BudgetSpent, StoreError
from designer.llm import Budget, Ledger, Message, Picture, Request
from designer.llm.manual import open_manual
from designer.llm.recording import fingerprint
from designer.llm.replay import open_replay
from tests.designer.llm.conftest import Scripted

RED, BLUE = b"\x89PNG red \x00\xff", b"\x89PNG blue"


def shown(*pngs, label="judge/a-b", text="Which?"):
    pictures = tuple(
        Picture(f"Clip {letter}", png) for letter, png in zip("ABC", pngs, strict=False)
    )
    system = Message("system", "You compare.")
    return Request(label, 0, (system, Message("user", text, pictures)))


def test_a_server_gets_named_pictures_and_then_the_text(server, client):
    server.steps = [server.says("A")]
    assert client(server.url)(shown(RED, BLUE)).text == "A"
    system, user = server.bodies[0]["messages"]
    assert system == {"role": "system", "content": "You compare."}
    kinds = [part["type"] for part in user["content"]]
    assert kinds == ["text", "image_url", "text", "image_url", "text"]
    texts = [part["text"] for part in user["content"][::2]]
    assert texts == ["Clip A:", "Clip B:", "Which?"]
    head, data = user["content"][1]["image_url"]["url"].split(",")
    assert head == "data:image/png;base64"
    assert b64decode(data) == RED


def test_a_request_without_pictures_has_the_identity_that_old_recordings_have(question):
    old = {
        "label": "g00/c00",
        "attempt": 0,
        "messages": [{"role": "user", "content": "hop"}],
    }
    text = json.dumps(old, sort_keys=True)
    assert fingerprint(question()) == hashlib.sha256(text.encode()).hexdigest()


def test_other_pixels_names_or_an_other_order_are_another_request():
    requests = [shown(), shown(RED), shown(RED, BLUE), shown(BLUE, RED)]
    renamed = Message("user", "Which?", (Picture("Clip B", RED),))
    requests.append(Request("judge/a-b", 0, (shown().messages[0], renamed)))
    assert len({fingerprint(request) for request in requests}) == 5


def test_a_line_keeps_the_hash_of_a_picture_and_not_its_pixels(path):
    Ledger(path, Scripted()).ask(shown(RED * 10_000, BLUE))
    assert path.stat().st_size < 2000
    system, user = json.loads(path.read_text())["messages"]
    assert "pictures" not in system
    assert user["pictures"] == [
        {"name": "Clip A", "sha256": hashlib.sha256(RED * 10_000).hexdigest()},
        {"name": "Clip B", "sha256": hashlib.sha256(BLUE).hexdigest()},
    ]


def test_a_resumed_run_does_not_ask_again_about_the_same_pictures(path):
    first, second = Scripted(), Scripted()
    Ledger(path, first).ask(shown(RED, BLUE))
    ledger = Ledger(path, second)
    ledger.ask(shown(RED, BLUE))
    assert second.asked == []
    ledger.ask(shown(RED, RED))
    assert second.asked == ["judge/a-b"]


def test_recorded_answers_about_pictures_are_replayed(path):
    Ledger(path, Scripted()).ask(shown(RED, BLUE))
    said = []
    answer = open_replay(path, said.append)
    assert answer(shown(RED, BLUE)).text == "judge/a-b"
    assert said == []
    assert answer(shown(BLUE, BLUE)).text == "judge/a-b"
    assert "the prompt differs" in said[0]


def test_a_picture_counts_as_tokens_where_the_server_counts_none(path):
    uncounted = Scripted(tokens=(None, None))
    ledger = Ledger(path, uncounted, Budget(max_tokens=6000))
    ledger.ask(shown(RED, BLUE))
    for resumed in (ledger, Ledger(path, uncounted, Budget(max_tokens=6000))):
        with pytest.raises(BudgetSpent, match="3009 spent"):
            resumed.ask(shown(RED, BLUE, label="judge/b-a"))


@pytest.mark.parametrize("damage", [7, [7], [{}], [{"name": 7}]])
def test_damaged_pictures_are_an_error_with_the_line(path, damage):
    Ledger(path, Scripted()).ask(shown(RED))
    line = json.loads(path.read_text())
    line["messages"][1]["pictures"] = damage
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(StoreError, match=r"llm.jsonl:1: expected a recorded reply"):
        Ledger(path, Scripted())


def test_a_person_finds_the_pictures_beside_the_prompt(tmp_path):
    folder = tmp_path / "judge" / "a-b"
    said = []

    def paste(line):
        said.append(line)
        (folder / "reply.md").write_text("B")

    assert open_manual(tmp_path, paste)(shown(RED, BLUE)).text == "B"
    assert (folder / "prompt-clip-a.png").read_bytes() == RED
    assert (folder / "prompt-clip-b.png").read_bytes() == BLUE
    assert "and its pictures (prompt-clip-a.png, prompt-clip-b.png) into" in said[0]
