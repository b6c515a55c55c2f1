"""What a run folder remembers of a candidate."""

from pathlib import Path

import pytest

from designer.records import Rejected
from designer.store import RunStore

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
