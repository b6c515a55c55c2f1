"""Files of a run folder: whole or not at all, strict JSON, never through a link."""

import json
import math
import os
import subprocess

import pytest

from designer.errors import StoreError
from designer.run import files
from designer.run.folder import RunStore


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    files.write_atomic(tmp_path / "a.txt", "old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomic(tmp_path / "a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_planted_temporary_file_is_not_written_through(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    run = tmp_path / "run"
    run.mkdir()
    (run / "a.txt.tmp").symlink_to(victim)
    (run / "a.txt").symlink_to(victim)
    files.write_atomic(run / "a.txt", "new")
    assert victim.read_text() == "mine"
    assert (run / "a.txt").read_text() == "new"
    assert not (run / "a.txt").is_symlink()


def test_a_folder_in_the_place_of_a_file_is_named_and_left_alone(tmp_path):
    path = tmp_path / "a.json"
    path.mkdir()
    for use in (lambda: files.write_json(path, {}), lambda: files.read_json(path)):
        with pytest.raises(StoreError, match=rf"^{path} is a folder, where a run keep"):
            use()
    assert list(tmp_path.iterdir()) == [path]


def test_json_has_null_for_what_is_no_number(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(
        path, {"a": math.nan, "b": [math.inf, 1.5], "c": {"d": (-math.inf,)}}
    )
    assert json.loads(path.read_text()) == {
        "a": None,
        "b": [None, 1.5],
        "c": {"d": [None]},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        ('{"a": 1', "delimiter"),
        ("", "Expecting value"),
        ("[" * 100_000, "too deeply nested"),
        ("[1, 2]", "expected an object, got a list"),
        ("\udcff", "decode"),
    ],
)
def test_damaged_json_is_one_line_that_says_what_to_do(tmp_path, text, words):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreError, match=r"a\.json is damaged") as caught:
        files.read_json(path)
    assert words in str(caught.value)
    assert "delete it and resume" in str(caught.value)


def plant_link(path, victim):
    path.symlink_to(victim)


def plant_hard_link(path, victim):
    path.hardlink_to(victim)


def plant_pipe(path, victim):
    os.mkfifo(path)


def plant_folder_link(path, victim):
    path.symlink_to(victim.parent, target_is_directory=True)


@pytest.mark.parametrize(
    "plant", [plant_link, plant_hard_link, plant_pipe, plant_folder_link]
)
@pytest.mark.parametrize(
    "name", ["run.lock", "events.jsonl", "g00", "g00/c00/s0/log.txt", "best/policy.npz"]
)
def test_what_is_not_a_plain_file_of_its_own_is_refused(tmp_path, plant, name):
    victim = tmp_path / "others" / "victim"
    victim.parent.mkdir()
    victim.write_text("mine")
    path = tmp_path / "run" / name
    path.parent.mkdir(parents=True)
    plant(path, victim)
    with pytest.raises(StoreError) as caught, RunStore(tmp_path / "run").locked():
        pass
    assert str(path) in str(caught.value)
    assert victim.read_text() == "mine"
    assert list(victim.parent.iterdir()) == [victim]


@pytest.mark.parametrize("plant", [plant_link, plant_hard_link, plant_pipe])
def test_a_link_that_comes_later_is_not_opened_either(tmp_path, plant):
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    store = RunStore(tmp_path / "run")
    with store.locked():
        (tmp_path / "run" / "events.jsonl").unlink()
        plant(tmp_path / "run" / "events.jsonl", victim)
        with pytest.raises((StoreError, OSError)):
            store.event("finished")
    assert victim.read_text() == "mine\n"


def test_folders_deeper_than_python_recurses_are_looked_through(tmp_path):
    where = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=where)
        inner = os.open("d", os.O_RDONLY, dir_fd=where)
        os.close(where)
        where = inner
    os.symlink("/", "link", dir_fd=where)
    os.close(where)
    try:
        with pytest.raises(StoreError, match="is a symbolic link"):
            files.require_plain(tmp_path)
    finally:  # pytest's own cleaning recurses, and would fail in some later run
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_a_run_folder_may_itself_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "disk")
    with RunStore(tmp_path / "run").locked():
        assert (tmp_path / "disk" / "run.lock").is_file()
