import json
import multiprocessing

import pytest

from designer.errors import StoreError
from designer.votes.ballots import Ballot
from designer.votes.preferences import FILE, add_vote, read_votes, undo

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
    with pytest.raises(StoreError, match=r"preferences\.jsonl:1 is damaged"):
        read_votes(tmp_path)


def voted(folder, *ballots, rater="anna"):
    """Votes on one machine, whose numbers begin with 0; gives the file's text."""
    folder.mkdir()
    for ballot in ballots:
        add_vote(folder, rater, 0, ["g00/c00", "g00/c01"], ballot)
    return (folder / FILE).read_text()


def joined(folder, *texts):
    (folder / FILE).write_text("".join(texts))
    return [(vote.rater, vote.line) for vote in read_votes(folder)]


def test_votes_of_two_machines_can_be_put_together(tmp_path):
    anna = voted(tmp_path / "a", FIRST, SECOND)
    ben = voted(tmp_path / "b", SECOND, FIRST, rater="ben")
    both = [("anna", "A>B"), ("anna", "B>A # faster")]
    both += [("ben", "B>A # faster"), ("ben", "A>B")]
    assert joined(tmp_path, anna, ben) == both
    assert joined(tmp_path, ben, anna) == both
    assert joined(tmp_path, anna, ben, anna) == both


def test_votes_of_one_rater_on_two_machines_all_count(tmp_path):
    here = voted(tmp_path / "a", FIRST, FIRST)
    there = voted(tmp_path / "b", SECOND)
    assert len(joined(tmp_path, here, there)) == 3


def test_undoing_a_vote_touches_no_vote_of_the_other_machine(tmp_path):
    here = voted(tmp_path / "a", FIRST)
    voted(tmp_path / "b", SECOND)
    undo(tmp_path / "b", "anna", 0)
    there = (tmp_path / "b" / FILE).read_text()
    assert joined(tmp_path, here, there) == [("anna", "A>B")]
    assert joined(tmp_path, there, here) == [("anna", "A>B")]


def test_an_undone_vote_does_not_come_back_with_a_second_copy_of_its_line(tmp_path):
    before = voted(tmp_path / "a", FIRST, SECOND)
    undo(tmp_path / "a", "anna", 0)
    after = (tmp_path / "a" / FILE).read_text()
    assert joined(tmp_path, after, before) == [("anna", "A>B")]


def test_an_undo_without_a_time_means_the_vote_before_it(tmp_path):
    text = voted(tmp_path / "a", FIRST, SECOND)
    line = json.dumps({"undo": 0, "time": 5.0, "rater": "anna"}) + "\n"
    assert joined(tmp_path, text, line) == [("anna", "B>A # faster")]


def test_two_votes_of_one_rater_at_one_time_are_refused(tmp_path):
    text = voted(tmp_path / "a", FIRST)
    with pytest.raises(StoreError, match=r"jsonl:2: anna gave another vote"):
        joined(tmp_path, text, text.replace("A>B", "B>A"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"time": ', '"time": "x'),
        ('"vote": 0', '"vote": NaN'),
        ('"generation": 0', '"generation": [0]'),
        ('"g00/c00"', '"../../victim"'),
        ('"A>B"', '"A>Z"'),
        ('"A>B"', "null"),
        ("}", ""),
    ],
)
def test_a_vote_of_another_form_is_refused_with_its_line(tmp_path, old, new):
    text = voted(tmp_path / "a", FIRST)
    with pytest.raises(StoreError, match=r"jsonl:2 is damaged"):
        joined(tmp_path, text, text.replace(old, new))


@pytest.mark.parametrize("name", ["g00/c00", "final/human", "final/g01-c02"])
def test_policies_of_search_and_final_comparison_are_voted_on(tmp_path, name):
    add_vote(tmp_path, "anna", 0, [name, "final/sparse"], FIRST)
    (vote,) = read_votes(tmp_path)
    assert vote.shown == (name, "final/sparse")


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
