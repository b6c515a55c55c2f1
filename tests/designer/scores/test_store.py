"""The list of judges says what changed, and that it was changed."""

import json
from dataclasses import replace
from pathlib import Path

from designer.scores.question import Judge
from designer.scores.store import Results

FIRST = Judge("t", {"hidden.py": "aa"}, {"mujoco": "3.17.0"}, "code")
OTHER_METRIC = Judge("t", {"hidden.py": "bb"}, {"mujoco": "3.17.0"}, "code")
OTHER_PHYSICS = Judge("t", {"hidden.py": "aa"}, {"mujoco": "3.18.0"}, "code")


def test_one_judge_has_changed_nothing(tmp_path: Path) -> None:
    results = Results(tmp_path, "t")
    results.judges(FIRST, "2026-01-01")
    history = results.judges(FIRST, "2026-01-02")
    assert [entry.since for entry in history.judges] == ["2026-01-01"]
    assert history.changes == ()


def test_what_changed_is_named_and_stays_named(tmp_path: Path) -> None:
    results = Results(tmp_path, "t")
    for day, judge in enumerate((FIRST, OTHER_METRIC, FIRST, OTHER_PHYSICS), 1):
        history = results.judges(judge, f"2026-01-0{day}")
    assert history.changes == (
        "hidden.py changed by 2026-01-02",
        "hidden.py changed by 2026-01-03",
        "mujoco changed by 2026-01-04",
    )


def test_the_libraries_of_another_trainer_and_our_pages_change_no_judge(
    tmp_path: Path,
) -> None:
    results = Results(tmp_path, "t")
    torch = replace(FIRST, versions={**FIRST.versions, "torch": "2.13"}, code="pages")
    results.judges(FIRST, "2026-01-01")
    results.judges(torch, "2026-01-02")
    again = results.judges(FIRST, "2026-01-03")
    assert again.changes == ()
    assert [entry.since for entry in again.judges] == ["2026-01-01"]
    newer = replace(torch, versions={**torch.versions, "torch": "2.14"})
    assert results.judges(newer, "2026-01-04").changes == (
        "torch changed by 2026-01-04",
    )


def test_a_list_that_was_edited_says_so_for_ever(tmp_path: Path) -> None:
    results = Results(tmp_path, "t")
    results.judges(FIRST, "2026-01-01")
    results.judges(OTHER_METRIC, "2026-01-02")
    path = tmp_path / "t" / "judges.json"
    data = json.loads(path.read_text())
    del data["judges"][0]
    path.write_text(json.dumps(data))
    for day in ("2026-01-03", "2026-01-04"):
        history = results.judges(OTHER_METRIC, day)
        assert history.changes == ("the list of judges was changed by 2026-01-03",)


def test_a_list_that_was_removed_is_missed(tmp_path: Path) -> None:
    results = Results(tmp_path, "t")
    results.judges(FIRST, "2026-01-01")
    (tmp_path / "t" / "abc").mkdir()
    (tmp_path / "t" / "abc" / "question.json").write_text("{}")
    (tmp_path / "t" / "judges.json").unlink()
    history = results.judges(FIRST, "2026-01-02")
    assert history.changes == ("the list of judges was changed by 2026-01-02",)
