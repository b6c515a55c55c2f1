"""Gathers votes after a generation, from people and machines, until the deadline.

Every vote is stored at once, so a run that was stopped here asks only for missing ones.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from designer.config import RunConfig
from designer.feedback.judged import load_judged
from designer.raters.synthetic import SYNTHETIC_RATER, simulated_vote
from designer.raters.terminal import type_votes
from designer.rewards.sources import BASELINES
from designer.run.candidates import Assessed
from designer.search.confirmation import final_label
from designer.search.films import film_all, needs_clips
from designer.search.machines import ask_machines
from designer.search.plan import leader, merit
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.selection.incumbent import incumbent
from designer.selection.lineage import lineage
from designer.training.parent import die_with_parent
from designer.votes.preferences import add_vote, read_votes
from designer.votes.questions import ASKING_FILE, Asking, answered, next_question

PAGE_PAUSE_S = 0.5  # Between two looks for votes from the page.
UNDO_S = 5.0  # The last vote can be undone for so long.
NO_CLIPS = "nobody is asked: there are not enough clips to compare"


def gather(run: Run, snapshot: Snapshot, generation: int) -> None:
    """Gather votes after a generation, or a comment on the reward that leads.

    After the last generation the vote is on the final policies: one question for each
    winner so far, of which late votes may have made more than one.
    """
    pool, questions = asked_about(snapshot, run.config, generation)
    if pool:
        ask_raters(run, generation, pool, questions)


def asked_about(
    snapshot: Snapshot, config: RunConfig, generation: int
) -> tuple[list[str], int]:
    """Names of the candidates to ask about after a generation; the most questions."""
    if generation == config.generations:
        pool = _final_pool(snapshot, config)
        designed = {
            training.split("/")[1]
            for training in snapshot.results
            if training.startswith("final/g")
        }
        return (pool if len(pool) > 1 else []), max(1, len(designed))
    candidates = snapshot.candidates_before(generation + 1)
    if config.judge == "metric":
        can_comment = config.human != "none" and generation < config.generations - 1
        if not can_comment:
            return [], 1
        # Words are about a reward that the next ones build on.
        settings = config.parents, config.islands, config.seed
        measure = merit(snapshot, config, candidates)
        parent = lineage(*settings, candidates, generation + 1, 0, measure).parent
        about = parent or incumbent(candidates, measure)
        return ([about.name] if about else []), 1
    earlier = tuple(c for c in candidates if c.generation < generation)
    anchor = incumbent(earlier, merit(snapshot, config, earlier))
    new = tuple(c for c in candidates if c.generation == generation)
    # If nothing leads yet, people may still prefer an earlier candidate.
    filmable = ((anchor,) if anchor else earlier) + new
    pool = [c.name for c in filmable if isinstance(c.outcome, Assessed)]
    return pool, config.questions if len(pool) > config.clips else 1


def _final_pool(snapshot: Snapshot, config: RunConfig) -> list[str]:
    """Folders of the final policies that can be compared with the winner's."""
    winner = leader(snapshot, config)
    if winner is None:
        return []
    folders = [f"final/{final_label(winner)}", *(f"final/{b}" for b in BASELINES)]
    able = [
        folder
        for folder in folders
        if isinstance(snapshot.outcome(folder, config.final_seeds), Assessed)
    ]
    return able if able[:1] == folders[:1] else []


def ask_raters(run: Run, generation: int, pool: Sequence[str], questions: int) -> None:
    """Ask for votes on a pool of candidates; returns after them, or at the deadline.

    Candidates whose clips are needed but can't be made are left out.
    """
    config, path = run.config, run.store.path
    # A run that was stopped while it asked leaves its questions behind.
    (path / ASKING_FILE).unlink(missing_ok=True)
    asking = Asking(generation, tuple(pool), questions, config.clips, 0.0, config.seed)
    if next_question(asking, read_votes(path)) is None:
        return
    filmed = asking.pool
    if needs_clips(config):
        filmed = film_all(path, run.task, config, run.watcher.say, pool)
    if len(pool) > 1:
        asking = ask_machines(run, asking)
    if config.human == "none":
        return
    if config.human != "synthetic":  # The synthetic rater needs no clips.
        asking = asking.among(filmed)
    if next_question(asking, read_votes(path)) is None:
        if len(filmed) < min(2, len(pool)):
            run.watcher.say(f"  {NO_CLIPS}")
        return
    asking = replace(asking, until=time.time() + config.deadline_s)
    asking.save(path)
    try:
        if config.human == "page":
            _wait_for_page(run, asking)
        elif config.human == "synthetic":
            _simulate(run, asking)
        elif not type_votes(path, run.rater, asking, run.watcher.ask):
            run.watcher.say(f"  {_deadline_sentence(run, asking)}")
    finally:
        (path / ASKING_FILE).unlink(missing_ok=True)


@contextmanager
def opened_page(run: Run) -> Iterator[None]:
    """Serve the page in its own process during a run, if --human is page.

    If that process ends, nothing is lost: `designer ask RUN` opens another.
    """
    if run.config.human != "page":
        yield
        return
    command = [sys.executable, "-m", "designer", "ask", str(run.store.path)]
    command += ["--rater", run.rater, "--task", str(run.task.folder)]
    page = subprocess.Popen(command, preexec_fn=die_with_parent)
    try:
        yield
    finally:
        page.terminate()
        page.wait()


def _wait_for_page(run: Run, asking: Asking) -> None:
    """Wait until the page has stored all votes, or until the deadline."""
    count = f"{asking.questions} question{'s' if asking.questions > 1 else ''}"
    run.watcher.say(f"  people are asked on the page: at most {count}")
    since = time.monotonic()
    while time.monotonic() - since < UNDO_S:
        if next_question(asking, read_votes(run.store.path)):
            since = time.monotonic()
            if time.time() > asking.until:
                run.watcher.say(f"  {_deadline_sentence(run, asking)}")
                return
        time.sleep(PAGE_PAUSE_S)


def _deadline_sentence(run: Run, asking: Asking) -> str:
    """The sentence about a missed deadline."""
    count = answered(asking, read_votes(run.store.path))
    if count == 0:
        return "no vote came in time; the run goes on without"
    votes = "one vote" if count == 1 else f"{count} votes"
    return f"only {votes} came in time; the run goes on with what was said"


def _simulate(run: Run, asking: Asking) -> None:
    """Answer all questions with the synthetic rater."""
    fitness = {name: _fitness(run, name) for name in asking.pool}
    while question := next_question(asking, read_votes(run.store.path)):
        ballot = simulated_vote(question, fitness, run.config)
        add_vote(
            run.store.path, SYNTHETIC_RATER, question.generation, question.shown, ballot
        )


def _fitness(run: Run, name: str) -> float:
    """Mean fitness of a candidate's judged episodes, for the synthetic rater alone."""
    task = replace(run.task, measured=True)
    paths = sorted((run.store.path / name).glob("s*/episodes.npz"))
    return float(np.mean([e.fitness for e in load_judged(task, paths)]))
