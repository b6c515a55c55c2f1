"""After a generation: who is asked, what, and until when. Votes are kept by themselves.

A run that was stopped here asks only for what is still missing.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from designer.feedback.judged import load_judged
from designer.raters.synthetic import SYNTHETIC_RATER, vote
from designer.raters.terminal import type_votes
from designer.rewards.sources import BASELINES
from designer.run.candidates import Assessed
from designer.run.seeds import derive
from designer.search.films import film_all, needs_clips
from designer.search.machines import ask_machines
from designer.search.plan import final_label, leader, merit
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.selection.incumbent import incumbent
from designer.selection.merit import BY_FITNESS
from designer.training.parent import die_with_parent
from designer.votes.preferences import add_vote, read_votes
from designer.votes.questions import ASKING_FILE, Asking, answered, next_question

PAUSE_S = 0.5  # between two looks at what came from the page
UNDO_S = 5.0  # after the last vote, in which it can be taken back
NO_CLIPS = "nobody is asked: there are not enough clips to compare"


def gather(run: Run, seen: Snapshot, generation: int) -> None:
    """Have votes given after a generation, or words on the reward that leads.

    After the last generation come the final policies: one question for each winner
    that there was, if a late answer changed who leads.
    """
    config = run.config
    if generation == config.generations:
        pool = _final_pool(run, seen)
        finals = {name.split("/")[1] for name in seen.results if _is_designed(name)}
        if len(pool) > 1:
            ask(run, generation, pool, max(1, len(finals)))
        return
    candidates = seen.candidates_before(generation + 1)
    if config.judge == "metric":
        speaks = config.human != "none" and generation < config.generations - 1
        leading = incumbent(candidates, BY_FITNESS) if speaks else None
        pool, questions = [leading.name] if leading else [], 1
    else:
        earlier = tuple(c for c in candidates if c.generation < generation)
        anchor = incumbent(earlier, merit(seen, config, earlier))
        new = tuple(c for c in candidates if c.generation == generation)
        # Where nothing leads yet, what was trained before may still be preferred.
        shown = ((anchor,) if anchor else earlier) + new
        pool = [c.name for c in shown if isinstance(c.outcome, Assessed)]
        questions = config.questions if len(pool) > config.clips else 1
    if pool:
        ask(run, generation, pool, questions)


def _final_pool(run: Run, seen: Snapshot) -> list[str]:
    """Folders of the final policies that can be compared with the winner's."""
    winner = leader(seen, run.config)
    if winner is None:
        return []
    folders = [f"final/{final_label(winner)}", *(f"final/{b}" for b in BASELINES)]
    seeds = run.config.final_seeds
    able = [f for f in folders if isinstance(seen.outcome(f, seeds), Assessed)]
    return able if able[:1] == folders[:1] else []


def _is_designed(training: str) -> bool:
    return training.startswith("final/g")


def ask(run: Run, generation: int, pool: Sequence[str], questions: int) -> None:
    """Show the clips of a pool, and return with the votes or at the deadline.

    Where clips are needed and can't be made, nobody is asked or waited for.
    """
    config, path = run.config, run.store.path
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
    if config.human != "synthetic":  # who looks at numbers
        asking = asking.among(filmed)
    if next_question(asking, read_votes(path)) is None:
        if len(filmed) < min(2, len(pool)):
            run.watcher.say(f"  {NO_CLIPS}")
        return
    asking = replace(asking, until=time.time() + config.deadline_s)
    asking.save(path)
    try:
        {"page": _wait, "terminal": _type, "synthetic": _pretend}[config.human](
            run, asking
        )
    finally:
        (path / ASKING_FILE).unlink(missing_ok=True)


@contextmanager
def opened_page(run: Run) -> Iterator[None]:
    """The page in a process of its own while a run goes on, where it is wanted.

    If it ends, nothing is lost: `designer ask RUN` opens another.
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


def _wait(run: Run, asking: Asking) -> None:
    """Until the page has kept all votes."""
    count = f"{asking.questions} question{'s' if asking.questions > 1 else ''}"
    run.watcher.say(f"  people are asked on the page: at most {count}")
    since = time.monotonic()
    while time.monotonic() - since < UNDO_S:
        if next_question(asking, read_votes(run.store.path)):
            since = time.monotonic()
            if time.time() > asking.until:
                run.watcher.say(f"  {_late(run, asking)}")
                return
        time.sleep(PAUSE_S)


def _type(run: Run, asking: Asking) -> None:
    """Question by question on the terminal."""
    if not type_votes(run.store.path, run.rater, asking, run.watcher.ask):
        run.watcher.say(f"  {_late(run, asking)}")


def _late(run: Run, asking: Asking) -> str:
    """What came before the deadline, in words."""
    count = answered(asking, read_votes(run.store.path))
    if count == 0:
        return "no vote came in time; the run goes on without"
    votes = "one vote" if count == 1 else f"{count} votes"
    return f"only {votes} came in time; the run goes on with what was said"


def _pretend(run: Run, asking: Asking) -> None:
    """The synthetic rater answers all questions at once."""
    fitness = {name: _fitness(run, name) for name in asking.pool}
    while question := next_question(asking, read_votes(run.store.path)):
        seed = derive(
            run.config.seed, SYNTHETIC_RATER, question.generation, question.number
        )
        rng = np.random.default_rng(seed)
        ballot = vote(question, fitness, run.config.mistakes, rng)
        add_vote(
            run.store.path, SYNTHETIC_RATER, question.generation, question.shown, ballot
        )


def _fitness(run: Run, name: str) -> float:
    """What the metric says of a candidate's judged episodes; only this rater asks."""
    task = replace(run.task, measured=True)
    paths = sorted((run.store.path / name).glob("s*/episodes.npz"))
    return float(np.mean([e.fitness for e in load_judged(task, paths)]))
