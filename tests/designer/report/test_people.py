from designer.report.people import people_section, ranking
from designer.votes.ballots import Ballot
from designer.votes.preferences import add_vote
from tests.designer.votes.test_people import ELDER, OTHER

FOR, AGAINST = Ballot((("A",), ("B",)), (), "A goes on"), Ballot((("B",), ("A",)))
NAMES = (ELDER.name, OTHER.name)


def test_without_votes_there_is_nothing_to_report(tmp_path):
    assert people_section(tmp_path, [ELDER, OTHER])["votes"] == 0
    assert ranking(tmp_path, [ELDER, OTHER]) == []


def test_strengths_stand_best_first_with_the_comparisons_they_rest_on(tmp_path):
    for _ in range(3):
        add_vote(tmp_path, "anna", 0, NAMES, FOR)
    found = people_section(tmp_path, [OTHER, ELDER])
    assert [row[0] for row in found["rows"]] == [ELDER.name, OTHER.name]
    assert (found["votes"], found["queries"]) == (3, "3")
    assert found["comments"][0] == f"anna: A>B # A goes on (A {NAMES[0]}, B {NAMES[1]})"


def test_of_several_raters_each_has_a_column_and_disagreements_are_told(tmp_path):
    for _ in range(6):
        add_vote(tmp_path, "anna", 0, NAMES, FOR)
        add_vote(tmp_path, "ben", 0, NAMES, AGAINST)
    found = people_section(tmp_path, [ELDER, OTHER])
    assert found["header"][3:] == ["anna", "ben"]
    assert [row[1] for row in found["rows"]] == ["+0.00", "+0.00"]
    (line,) = found["disagreements"]
    assert line == (
        f"anna prefers {ELDER.name} to {OTHER.name}, "
        f"ben prefers {OTHER.name} to {ELDER.name}"
    )
