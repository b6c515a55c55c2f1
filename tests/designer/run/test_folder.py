"""What a run folder remembers of a candidate."""

from pathlib import Path

import pytest

from designer.run.candidates import Rejected
from designer.run.folder import RunStore

PROPOSAL = {
    "framing": "tune",
    "parent": None,
    "reply": "r",
    "source": "",
    "problems": [],
}


@pytest.mark.parametrize(
    ("proposal", "findings"),
    [
        ({**PROPOSAL, "findings": ["term 'x' is zero"]}, ("term 'x' is zero",)),
        (PROPOSAL, ()),  # as written before there were probes
    ],
)
def test_findings_stay_with_their_candidate(
    tmp_path: Path, proposal: dict[str, object], findings: tuple[str, ...]
) -> None:
    store = RunStore(tmp_path)
    store.propose(1, 2, proposal)
    store.finish(1, 2, Rejected(("no",)), sandbox="none")
    candidate = store.candidate(1, 2)
    assert candidate is not None
    assert candidate.findings == findings


def test_each_winner_is_retrained_in_a_folder_of_its_own(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    first = store.final_folder("one")
    assert (first.name, (first / "reward.py").read_text()) == ("designed", "one")
    second = store.final_folder("two")
    assert (second.name, (second / "reward.py").read_text()) == ("designed-2", "two")
    assert store.final_folder("one") == first


def test_results_without_their_reward_are_nobody_s(tmp_path: Path) -> None:
    (tmp_path / "final" / "designed" / "s0").mkdir(parents=True)
    assert RunStore(tmp_path).final_folder("one").name == "designed-2"
