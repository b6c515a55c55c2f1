"""Arrays in a run folder: written whole, and refused where they are not as written."""

import io
import zipfile

import numpy as np
import pytest

from designer.errors import StoreError
from designer.run.arrays import read_arrays, read_episodes, write_arrays
from designer.training.curves import Curves
from designer.training.policy import Policy

KINDS = {"a": ("f", 2), "n": ("iu", 1)}
GOOD = {"a": np.eye(2), "n": np.arange(3)}
EPISODES = {
    "lengths": [2, 1],
    "frames": np.zeros((5, 4)),
    "actions": np.zeros((3, 1)),
    "terminated": [True, False],
    "reasons": ["fell", "time limit"],
}
POLICY = Policy(
    *(np.zeros(3), np.ones(3), np.array(10.0)),
    *(np.zeros((3, 8)), np.zeros(8), np.zeros((8, 8)), np.zeros(8)),
    *(np.zeros((8, 2)), np.zeros(2), -np.ones(2), np.ones(2)),
)


def test_arrays_are_read_as_they_were_written(tmp_path):
    write_arrays(tmp_path / "a.npz", GOOD)
    arrays = read_arrays(tmp_path / "a.npz", KINDS)
    assert {name: array.tolist() for name, array in arrays.items()} == {
        "a": [[1.0, 0.0], [0.0, 1.0]],
        "n": [0, 1, 2],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"a": np.zeros(2)},
        {"a": np.eye(2, dtype=int)},
        {"a": np.full((2, 2), np.nan)},
        {"n": np.array([{}], dtype=object)},
        {"n": np.array(["x"])},
    ],
)
def test_other_arrays_are_refused(tmp_path, change):
    np.savez(tmp_path / "a.npz", **GOOD | change)
    with pytest.raises(StoreError, match=r"a\.npz is damaged"):
        read_arrays(tmp_path / "a.npz", KINDS)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_torn_file_is_refused(tmp_path, share):
    write_arrays(tmp_path / "a.npz", GOOD)
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(content[: int(share * len(content))])
    with pytest.raises(StoreError, match=r"a\.npz is damaged"):
        read_arrays(tmp_path / "a.npz", KINDS)


def test_an_array_too_large_for_memory_is_refused_unread(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**7, 10**7)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("a.npy", header.getvalue())
        file.writestr("n.npy", header.getvalue())
    with pytest.raises(StoreError, match=r"a\.npz is damaged"):
        read_arrays(tmp_path / "a.npz", KINDS)


@pytest.mark.parametrize(
    "change",
    [
        {"lengths": [2, 2]},
        {"lengths": [3, 0]},
        {"lengths": [4, -1]},
        {"frames": np.zeros((4, 4))},
        {"reasons": ["fell"]},
    ],
)
def test_episodes_must_fit_together(tmp_path, change):
    np.savez(tmp_path / "e.npz", **EPISODES)
    assert read_episodes(tmp_path / "e.npz")["lengths"].tolist() == [2, 1]
    np.savez(tmp_path / "e.npz", **EPISODES | change)
    with pytest.raises(StoreError, match="don't fit together"):
        read_episodes(tmp_path / "e.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"w1": np.zeros((4, 8))},
        {"b2": np.zeros(7)},
        {"low": -np.ones(1), "high": np.ones(3)},
        {"scale": np.zeros((3, 3, 3))},
    ],
)
def test_a_policy_must_fit_together(tmp_path, change):
    POLICY.save(tmp_path / "p.npz")
    assert Policy.load(tmp_path / "p.npz")(np.ones((1, 3))).tolist() == [[0.0, 0.0]]
    np.savez(tmp_path / "p.npz", **vars(POLICY) | change)
    with pytest.raises(StoreError, match=r"p\.npz is damaged"):
        Policy.load(tmp_path / "p.npz")


@pytest.mark.parametrize(
    "text",
    ["", "steps,return\n1,2\n", "steps,return,length,fitness,success\n1,2,x,4,5\n"],
)
def test_other_curves_are_refused(tmp_path, text):
    (tmp_path / "curves.csv").write_text(text)
    with pytest.raises(StoreError, match=r"curves\.csv is damaged"):
        Curves.load(tmp_path / "curves.csv")
