"""What a run folder remembers of a candidate."""

import json
from pathlib import Path

import pytest

from designer.errors import StoreError
from designer.run.candidates import Candidate, Proposed, Rejected
from designer.run.folder import RunStore

PROPOSAL = {
    "framing": "tune",
    "parent": None,
    "reply": "r",
    "source": "",
    "problems": [],
}
REWARD = Proposed(
    "tune", "g00/c00", "r", "def reward(): ...\n", (), ("zero",), "s", "t"
)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


def propose(store: RunStore, name: str, proposal: dict[str, object]) -> None:
    path = store.path / name / "proposal.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(proposal))


@pytest.mark.parametrize(
    ("proposal", "findings"),
    [
        ({**PROPOSAL, "findings": ["term 'x' is zero"]}, ("term 'x' is zero",)),
        (PROPOSAL, ()),  # as written before there were probes
    ],
)
def test_findings_stay_with_their_candidate(
    store: RunStore, proposal: dict[str, object], findings: tuple[str, ...]
) -> None:
    propose(store, "g01/c02", proposal)
    ((place, proposed),) = store.proposals().items()
    assert place == (1, 2)
    candidate = Candidate.of(place, proposed, Rejected(("no",)))
    assert candidate.name == "g01/c02"
    assert candidate.findings == findings


def test_a_proposal_is_read_as_it_was_kept(store: RunStore) -> None:
    store.propose((1, 2), REWARD)
    assert store.proposals() == {(1, 2): REWARD}
    assert store.reward((1, 2), REWARD).read_text() == REWARD.source


def test_a_reward_that_is_not_what_was_proposed_is_not_trained(store: RunStore) -> None:
    store.propose((0, 0), REWARD)
    path = store.reward((0, 0), REWARD)
    path.write_text("def reward(): return 1\n")
    with pytest.raises(StoreError, match="not the reward in proposal"):
        store.reward((0, 0), REWARD)
    path.unlink()
    assert store.reward((0, 0), REWARD).read_text() == REWARD.source


@pytest.mark.parametrize("name", ["g0/c00", "gx/c00", "g00/c00x", "g00/cxx"])
def test_a_folder_of_another_name_holds_no_candidate(
    store: RunStore, name: str
) -> None:
    propose(store, name, PROPOSAL)
    assert store.proposals() == {}


def test_outcomes_are_written_for_people_and_never_read(store: RunStore) -> None:
    store.propose((0, 0), REWARD)
    store.finish(Candidate.of((0, 0), REWARD, Rejected(("no",))), sandbox="none")
    path = store.path / "g00" / "c00" / "outcome.json"
    kept = json.loads(path.read_text())
    assert kept == {"status": "rejected", "problems": ["no"], "sandbox": "none"}
    path.write_text("no JSON")
    assert store.proposals() == {(0, 0): REWARD}
