"""What a run folder says about a search, also of one that was killed half-way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from designer.errors import StoreError
from designer.run.candidates import (
    Assessed,
    Failed,
    Judgement,
    Proposed,
    Rejected,
    SeedResult,
)
from designer.run.folder import RunStore
from designer.run.manifest import read_manifest
from designer.search.plan import Propose, TrainReward, leader, next_work
from designer.search.reading import read_snapshot
from designer.search.snapshot import Snapshot
from tests.designer.conftest import environment, small, wait_for

TASK = "inverted-pendulum-balance"
STEPS = 4096
LONG = 65536  # steps of a training that a test can kill
BROKEN, OWN = Failed("environment", "a leak"), Failed("finite", "term 'x' is nan")


def proposed(shape: str) -> Proposed:
    return Proposed("explore", None, "", f"# {shape}", (), shape=shape)


def result(fitness: float, steps: int = STEPS) -> SeedResult:
    return SeedResult(0, Judgement(fitness, 0.0, None, 1.0, {}), steps, 1.0)


def trained(*results: SeedResult | Failed, folder: str = "g00/c00") -> Snapshot:
    """A snapshot with these trainings of one reward."""
    names = {f"{folder}/s{k}": one for k, one in enumerate(results)}
    return Snapshot(STEPS, 2, {(0, 0): proposed("a")}, names)


def test_a_reward_is_assessed_when_all_its_trainings_are_done() -> None:
    one, two = result(1.0), result(3.0)
    assert trained(one).outcome("g00/c00", 2) is None
    assert trained(one).candidates == ()
    done = trained(one, two)
    assert done.outcome("g00/c00", 2) == Assessed((one, two))
    assert [c.name for c in done.candidates] == ["g00/c00"]
    assert done.outcome("final/human", 2) is None


def test_a_training_that_paused_at_a_rung_is_not_done() -> None:
    paused = trained(result(1.0), result(3.0, STEPS // 2))
    assert paused.outcome("g00/c00", 2) is None
    assert paused.is_trained("g00/c00/s1", STEPS // 2)
    assert not paused.is_trained("g00/c00/s1", STEPS)


def test_a_seed_whose_environment_failed_is_left_out() -> None:
    one = result(1.0)
    assert trained(BROKEN, one).outcome("g00/c00", 2) == Assessed((one,), (BROKEN,))
    assert trained(BROKEN, BROKEN).outcome("g00/c00", 2) == BROKEN


def test_a_reward_that_fails_on_one_seed_has_failed() -> None:
    assert trained(result(9.0), OWN).outcome("g00/c00", 2) == OWN
    assert trained(BROKEN, OWN).outcome("g00/c00", 2) == OWN


def test_a_stage_has_no_training_where_its_environment_failed_in_all() -> None:
    assert trained(BROKEN, BROKEN).environment_failure("g00") == BROKEN
    assert trained(BROKEN, result(1.0)).environment_failure("g00") is None
    assert trained(OWN, BROKEN).environment_failure("g00") is None
    assert trained(BROKEN).environment_failure("final") is None
    assert trained(BROKEN, folder="final/human").environment_failure("final") == BROKEN


def test_a_snapshot_with_more_leaves_the_one_before_as_it_was() -> None:
    empty = Snapshot(STEPS, 1)
    more = empty.with_proposal((0, 0), proposed("a")).with_proposal(
        (0, 1), proposed("a")
    )
    more = more.with_result("g00/c00/s0", result(1.0)).with_votes(0, ())
    outcomes = [candidate.outcome for candidate in more.candidates]
    assert outcomes == [
        Assessed((result(1.0),)),
        Rejected(("the same reward as g00/c00",)),
    ]
    assert (empty.candidates, empty.voted) == ((), frozenset())
    assert more.voted == {0}
    assert more.candidates_before(0) == ()
    assert more.candidates_before(1) == more.candidates
    assert more.missing(2, 2) == ["g01/c00", "g01/c01"]
    assert empty.missing(1, 2) == ["g00/c00", "g00/c01"]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run killed when both rewards were written and one training was done."""
    folder = tmp_path_factory.mktemp("killed")
    options = small(steps=LONG, workers=1, out="run")
    process = subprocess.Popen(
        [sys.executable, "-m", "designer", "run", TASK, *options],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for written in ("g00/c01/proposal.json", "final/human/s0/result.json"):
        wait_for(folder / "run" / written, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return folder / "run"


def test_of_a_killed_run_all_is_read_that_was_written(killed: Path) -> None:
    config, store = read_manifest(killed).config, RunStore(killed)
    seen = read_snapshot(store, config, LONG)
    assert sorted(seen.proposals) == [(0, 0), (0, 1)]
    assert seen.is_trained("final/human/s0", LONG)
    assert "final/sparse/s1" not in seen.results
    assert seen.candidates == ()
    assert seen.missing(config.generations, config.candidates) == ["g01/c00", "g01/c01"]
    assert (seen.votes, seen.voted, leader(seen, config)) == ((), frozenset(), None)


def test_a_killed_run_goes_on_with_what_is_missing_alone(killed: Path) -> None:
    config = read_manifest(killed).config
    seen = read_snapshot(RunStore(killed), config, LONG)
    work = next_work(seen, config, ("human", "sparse"))
    folders = {one.folder for one in work if isinstance(one, TrainReward)}
    assert "final/human/s0" not in folders
    assert {f"g00/c0{i}/s{k}" for i in (0, 1) for k in (0, 1)} < folders
    assert not [one for one in work if isinstance(one, Propose)]


def test_a_torn_result_is_trained_again_and_a_torn_proposal_named(
    killed: Path,
) -> None:
    config, store = read_manifest(killed).config, RunStore(killed)
    torn = killed / "final" / "human" / "s0" / "episodes.npz"
    torn.write_bytes(torn.read_bytes()[:-1])
    resumed = read_snapshot(store, config, LONG, resumes=True)
    assert "final/human/s0" not in resumed.results
    # To who only reads, a file that is written anew takes no result away.
    assert "final/human/s0" in read_snapshot(store, config, LONG).results
    path = killed / "g00" / "c01" / "proposal.json"
    path.write_text(path.read_text()[:-10])
    with pytest.raises(StoreError, match=r"g00/c01/proposal.json is damaged"):
        read_snapshot(store, config, LONG)
