"""Votes by machines: ranked factors, and a vision model."""

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

NamePair = tuple[str, str]


def ask_machines(run: Run, asking: Asking) -> Asking:
    """Add the votes of the machines; gives the questions that are left for people.

    With a vision model these are the pairs it could not decide, else all questions.
    """
    config = run.config
    paths = {name: run.store.path / name for name in asking.pool}
    # Machines that stand in for people never see the metric.
    task = replace(run.task, measured=False)
    episodes = {
        name: load_judged(task, sorted(path.glob("s*/episodes.npz")))
        for name, path in paths.items()
        if config.factors or run.judge_model
    }
    if config.factors:
        ranked = factors.read_factors(run.factors, task)
        ballots = factors.votes(ranked, episodes, pairs_to_compare(asking.pool))
        _keep(run, asking, factors.FACTORS_RATER, ballots)
    if run.judge_model is None:
        return asking
    world = ranges_of(task, random_bank(task, config.seed))
    exhibits = {
        name: vision.exhibit(path / "strip.png", episodes[name], world)
        for name, path in paths.items()
    }
    verdicts = vision.compare_pairs(
        run.judge_model, task, exhibits, pairs_to_compare(asking.pool)
    )
    run.watcher.say(f"  {config.judge_model}: {vision.summary(verdicts)}")
    _keep(run, asking, f"model:{config.judge_model}", verdicts.votes)
    open_pairs = tuple(undecided.pair for undecided in verdicts.undecided)
    questions = min(asking.questions, len(open_pairs))
    return replace(asking, pairs=open_pairs, questions=questions)


def pairs_to_compare(pool: Sequence[str]) -> list[NamePair]:
    """The first candidate with every rival, and neighbours in a ring of the rivals."""
    first, *rivals = pool
    ring = list(zip(rivals, [*rivals[1:], *rivals[:1]], strict=True))
    return [(first, rival) for rival in rivals] + (
        ring if len(rivals) > 2 else ring[: len(rivals) - 1]
    )


def _keep(
    run: Run, asking: Asking, rater: str, ballots: Iterable[tuple[NamePair, Ballot]]
) -> None:
    """Add the ballots that are not among the run's votes yet."""
    path, generation = run.store.path, asking.generation
    voted_pairs = {
        vote.shown
        for vote in read_votes(path)
        if (vote.rater, vote.generation) == (rater, generation)
    }
    for pair, ballot in ballots:
        if pair not in voted_pairs:
            add_vote(path, rater, generation, pair, ballot)
