"""What a training leaves in its folder when it is done."""

from pathlib import Path

from designer.run.candidates import (
    ENVIRONMENT,
    Assessed,
    Failed,
    Judgement,
    SeedResult,
)
from designer.training.results import (
    RESULT_FILES,
    counted_folders,
    forget_result,
    load_result,
    save_result,
)


def leave(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(name)


def test_a_failed_training_leaves_its_reason_and_no_figures(tmp_path: Path) -> None:
    """Curves that broke off have fewer rows than those of the other seeds."""
    leave(tmp_path, *RESULT_FILES, "log.txt")
    failed = Failed("finite", "term 'x' is nan")
    save_result(tmp_path, failed)
    assert load_result(tmp_path) == failed
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "log.txt",
        "result.json",
    ]


def test_a_failure_keeps_the_rungs_before_it(tmp_path: Path) -> None:
    leave(tmp_path, *RESULT_FILES)
    judged = SeedResult(3, Judgement(1.0, 0.5, None, 9.0, {"fell": 2}), 2048, 1.5)
    save_result(tmp_path, judged)
    for reason in ("first", "second"):
        save_result(tmp_path, Failed("crash", reason))
    assert load_result(tmp_path) == Failed("crash", "second", judged.rungs, judged.seed)


def test_a_judged_training_is_read_as_long_as_its_files_are_whole(
    tmp_path: Path,
) -> None:
    leave(tmp_path, *RESULT_FILES)
    judged = SeedResult(3, Judgement(1.0, 0.5, None, 9.0, {"fell": 2}), 2048, 1.5)
    save_result(tmp_path, judged)
    assert load_result(tmp_path) == judged
    forget_result(tmp_path)
    assert load_result(tmp_path) is None
    save_result(tmp_path, judged)
    (tmp_path / RESULT_FILES[0]).write_text("torn")
    assert load_result(tmp_path) is None


def test_an_outcome_counts_its_own_trainings_and_no_later_ones(tmp_path: Path) -> None:
    judged = [
        SeedResult(k, Judgement(1.0, 0.5, None, 9.0, {}), 2048, 1.5) for k in (7, 8)
    ]
    for k in range(12):
        (tmp_path / f"s{k}").mkdir()
    broken = Failed(ENVIRONMENT, "no ground")
    outcome = Assessed(tuple(judged), (broken,))
    names = [folder.name for folder in counted_folders(tmp_path, outcome)]
    assert names == ["s0", "s1", "s2"]
    assert [f.name for f in counted_folders(tmp_path, broken)][-2:] == ["s10", "s11"]
