"""Votes in a replayed search, by the rater who goes by fitness: see search.py."""

from designer.config import RunConfig
from designer.raters.synthetic import SYNTHETIC_RATER, simulated_vote
from designer.run.candidates import Assessed
from designer.search.snapshot import Snapshot
from designer.search.votes import asked_about
from designer.votes.ballots import Vote, pairs, write_ballot
from designer.votes.questions import Asking, next_question


def votes_after(
    snapshot: Snapshot, config: RunConfig, generation: int
) -> tuple[Vote, ...]:
    """All votes of the search, with those that are given after this generation.

    The vote on the final policies is left out, as it chooses nothing.
    """
    votes = snapshot.votes
    if config.judge == "metric" or generation == config.generations:
        return votes
    pool, questions = asked_about(snapshot, config, generation)
    asking = Asking(generation, tuple(pool), questions, config.clips, 0.0, config.seed)
    fitness = {
        candidate.name: candidate.outcome.fitness
        for candidate in snapshot.candidates_before(generation + 1)
        if isinstance(candidate.outcome, Assessed) and candidate.name in pool
    }
    while question := next_question(asking, votes):
        ballot = simulated_vote(question, fitness, config)
        number, line = len(votes), write_ballot(ballot)
        shown = question.shown
        votes += (
            Vote(number, float(number), SYNTHETIC_RATER, generation, shown, line),
        )
    return votes


def comparisons(votes: tuple[Vote, ...]) -> float:
    """What the votes are worth in comparisons of two; a ranking of m has m - 1."""
    return sum(pair.weight for vote in votes for pair in pairs(vote))
