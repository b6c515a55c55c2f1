import json
import multiprocessing

import pytest

from designer.errors import StoreError
from designer.people.ballots import Ballot
from designer.people.preferences import FILE, add_vote, read_votes, undo

FIRST, SECOND = Ballot((("A",), ("B",))), Ballot((("B",), ("A",)), (), "faster")


def test_votes_are_read_as_they_were_given(tmp_path):
    kept = [
        add_vote(tmp_path, "anna", 0, ["g00/c00", "g00/c01"], FIRST),
        add_vote(tmp_path, "ben", 1, ["g00/c00", "g01/c01"], SECOND),
    ]
    assert read_votes(tmp_path) == kept
    assert [vote.line for vote in kept] == ["A>B", "B>A # faster"]
    assert kept[1].ballot == SECOND


def test_undo_takes_the_last_vote_of_that_rater_back_and_deletes_nothing(tmp_path):
    first = add_vote(tmp_path, "anna", 0, ["a", "b"], FIRST)
    second = add_vote(tmp_path, "anna", 0, ["b", "c"], FIRST)
    other = add_vote(tmp_path, "ben", 0, ["a", "b"], SECOND)
    assert undo(tmp_path, "anna", 0) == second
    assert read_votes(tmp_path) == [first, other]
    assert len((tmp_path / FILE).read_text().splitlines()) == 4
    assert undo(tmp_path, "anna", 1) is None


def test_numbers_are_never_used_twice(tmp_path):
    add_vote(tmp_path, "anna", 0, ["a", "b"], FIRST)
    undo(tmp_path, "anna", 0)
    assert add_vote(tmp_path, "anna", 0, ["a", "b"], FIRST).vote == 1


def test_a_torn_last_line_is_left_out_and_overwritten(tmp_path):
    first = add_vote(tmp_path, "anna", 0, ["a", "b"], FIRST)
    with (tmp_path / FILE).open("a") as file:
        file.write('{"vote": 1, "time": 2.0, "ra')
    assert read_votes(tmp_path) == [first]
    second = add_vote(tmp_path, "anna", 0, ["a", "b"], SECOND)
    assert read_votes(tmp_path) == [first, second]


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / FILE).write_text("rubbish\n")
    with pytest.raises(StoreError, match=r"preferences\.jsonl is damaged"):
        read_votes(tmp_path)


def test_two_writers_at_once_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(tmp_path, k)) for k in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = (tmp_path / FILE).read_text().splitlines()
    assert sorted(json.loads(line)["vote"] for line in lines) == list(range(40))


def write(path, rater):
    for _ in range(20):
        add_vote(path, rater, 0, ["a", "b"], FIRST)
