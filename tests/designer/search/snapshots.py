"""Snapshots written by hand: of two rewards a generation, each with two seeds."""

from designer.config import RunConfig
from designer.run.candidates import Judgement, Place, Proposed, SeedResult
from designer.search.plan import TrainReward
from designer.search.snapshot import Snapshot

STEPS = 2048
CONFIG = RunConfig(candidates=2, generations=2, seeds=2, final_seeds=1, steps=STEPS)
BOTH = ("human", "sparse")


def proposed(shape: str) -> Proposed:
    return Proposed("explore", None, "", f"# {shape}", (), shape=shape)


REFUSED = Proposed("explore", None, "", "", ("no code",))


def result(fitness: float, steps: int = STEPS, seed: int = 0) -> SeedResult:
    return SeedResult(seed, Judgement(fitness, 0.0, None, 1.0, {}), steps, 1.0)


def seen(*proposals: tuple[Place, Proposed], **results: float) -> Snapshot:
    """results: g00c00s0=1.0 for the training g00/c00/s0."""
    names = {k.replace("c", "/c").replace("s", "/s"): v for k, v in results.items()}
    trained = {
        name: result(fitness, seed=int(name[-1])) for name, fitness in names.items()
    }
    return Snapshot(STEPS, 2, dict(proposals), trained)


def train(name: str, seed: int) -> TrainReward:
    return TrainReward(f"{name}/s{seed}", name, seed, STEPS)


def final(label: str, reward: str) -> TrainReward:
    return TrainReward(f"final/{label}/s0", reward, 0, STEPS)


A, B, C, D = (proposed(letter) for letter in "abcd")
FIRST = [((0, 0), A), ((0, 1), B)]
TRAINED = {"g00c00s0": 1.0, "g00c00s1": 1.0, "g00c01s0": 2.0, "g00c01s1": 2.0}
