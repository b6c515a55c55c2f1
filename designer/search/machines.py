"""Votes by machines that stand in for people: ranked factors, and a vision model."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from designer.feedback.judged import load_judged
from designer.feedback.quantities import ranges_of
from designer.raters import factors, vision
from designer.rewards.bank import random_bank
from designer.search.session import Run
from designer.votes.ballots import Ballot
from designer.votes.preferences import add_vote, read_votes
from designer.votes.questions import Asking

Pair = tuple[str, str]


def ask_machines(run: Run, asking: Asking) -> Asking:
    """Have them vote; gives what is left for people.

    With a vision model that is what it could not decide, else everything.
    """
    config = run.config
    paths = {name: run.store.path / name for name in asking.pool}
    # Read without the metric, whatever else the run does with it.
    task = replace(run.task, measured=False)
    episodes = {
        name: load_judged(task, sorted(path.glob("s*/episodes.npz")))
        for name, path in paths.items()
        if config.factors or run.judge_model
    }
    if config.factors:
        ranked = factors.read_factors(run.factors, task)
        ballots = factors.votes(ranked, episodes, _round(asking.pool))
        _keep(run, asking, factors.RATER, ballots)
    if run.judge_model is None:
        return asking
    world = ranges_of(task, random_bank(task, config.seed))
    exhibits = {
        name: vision.exhibit(path / "strip.png", episodes[name], world)
        for name, path in paths.items()
    }
    found = vision.judge(run.judge_model, task, exhibits, _round(asking.pool))
    run.watcher.say(f"  {config.judge_model}: {vision.summary(found)}")
    _keep(run, asking, f"model:{config.judge_model}", found.votes)
    open_pairs = tuple(one.pair for one in found.undecided)
    questions = min(asking.questions, len(open_pairs))
    return replace(asking, pairs=open_pairs, questions=questions)


def _round(pool: Sequence[str]) -> list[Pair]:
    """The first with every other, and all others in a ring."""
    first, *others = pool
    ring = list(zip(others, [*others[1:], *others[:1]], strict=True))
    return [(first, other) for other in others] + (
        ring if len(others) > 2 else ring[: len(others) - 1]
    )


def _keep(
    run: Run, asking: Asking, rater: str, ballots: Iterable[tuple[Pair, Ballot]]
) -> None:
    """Add the votes that a stopped run has not added already."""
    path, generation = run.store.path, asking.generation
    there = {
        vote.shown
        for vote in read_votes(path)
        if (vote.rater, vote.generation) == (rater, generation)
    }
    for pair, ballot in ballots:
        if pair not in there:
            add_vote(path, rater, generation, pair, ballot)
