"""Speed as ratios, both sides measured in turn; prints and writes bench.json.

`make bench`. An hour or more on two quiet cores; `--only WORD` runs the measures
whose name has WORD in it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from many import MANY
from measure import Measure, at_least, at_most
from stepping import REWARD, draw_ratio, gym_steps, ours_steps, raw_steps
from turns import process_ratio

from designer.rewards.sources import Designed
from designer.run.candidates import SeedResult
from designer.training.job import Job, Training
from designer.training.learner import Trainer
from designer.training.pool import run_jobs
from envs.batch_env import VectorEnv
from envs.make import load_task
from sandbox import RewardProcess, Walls, available

HERE = Path(__file__).parent
ROUNDS = 5
REWARD_OF_NOTHING = "def reward(s, a, s_next):\n    return {'one': 1.0}\n"
SEEDS = (0, 1, 2)
CAREFUL_SEEDS = 16
EQUAL_S = {"hopper-run": 60.0, "halfcheetah-run": 60.0, "walker-run": 60.0}
EQUAL_S |= {"ant-run": 180.0}


def stepping() -> Iterator[Measure]:
    """64 environments on 2 threads against raw physics and against SubprocVecEnv(8)."""
    for name in ("hopper-run", "halfcheetah-run"):
        rates = [
            (ours_steps(name), raw_steps(name), gym_steps(name)) for _ in range(ROUNDS)
        ]
        raw = statistics.median(ours / theirs for ours, theirs, _ in rates)
        gym = statistics.median(ours / theirs for ours, _, theirs in rates)
        detail = f"{statistics.median(r[0] for r in rates):,.0f} steps/s"
        yield at_least(f"{name}: steps/s against raw mj_step", raw, 0.85, detail)
        yield at_least(f"{name}: steps/s against SubprocVecEnv(8)", gym, 3.5, detail)


def drawing() -> Iterator[Measure]:
    """Steps with draws against the same without."""
    yield at_most("quadruped-velocity: stepping with draws", draw_ratio(), 1.05)


def trainings() -> Iterator[Measure]:
    """Frames/s of two trainings at once, against SB3's defaults on SubprocVecEnv(4)."""
    for name, target in (("hopper-run", 9.0), ("halfcheetah-run", 12.0)):
        ratios, rates = [], []
        for _ in range(ROUNDS):
            ours = at_once(2, lambda k, name=name: our_training(name, 8.0, 1e9, k))
            theirs = rival("default", name, 8.0, 1e9, 0)["frames_per_s"]
            rates.append(sum(run["frames_per_s"] for run in ours))
            ratios.append(rates[-1] / theirs)
        detail = f"{statistics.median(rates):,.0f} frames/s"
        value = statistics.median(ratios)
        yield at_least(f"{name}: frames/s against SB3 defaults", value, target, detail)


def to_return_1000() -> Iterator[Measure]:
    """Candidates/h to a return of 1000 of the human reward, as medians over seeds.

    Seeds differ by a factor of three and more, so the careful rival has many; it runs
    beside ours, one core each. The default takes all cores, so ours runs two at once in
    its place; it is stopped where it has missed our target by a fifth, and the ratio is
    then a lower bound.
    """
    for name in ("hopper-run", "halfcheetah-run"):
        mine, theirs = [], []
        for seed in range(CAREFUL_SEEDS):
            sides = (
                partial(our_training, name, 150.0, 1e3, seed),
                partial(rival, "careful", name, 200.0, 1e3, seed),
            )
            ours, careful = at_once(2, lambda k, sides=sides: sides[k]())
            mine.append(ours)
            theirs.append(careful)
        ours_s, careful_s = reached(mine, 150.0), reached(theirs, 200.0)
        detail = f"ours {ours_s:.0f} s, theirs {careful_s:.0f} s (at most 200)"
        value = careful_s / ours_s
        yield at_least(f"{name}: candidates/h, careful SB3", value, 3, detail)
        limit = 1.2 * 15 * ours_s / 2
        runs = [rival("default", name, limit, 1e3, seed) for seed in range(ROUNDS)]
        default_s = reached(runs, limit)
        detail = f"ours {ours_s:.0f} s, theirs {default_s:.0f} s (at most {limit:.0f})"
        value = 2 * default_s / ours_s
        yield at_least(f"{name}: candidates/h, default SB3", value, 15, detail)


def reached(runs: list[dict[str, Any]], limit: float) -> float:
    """Median seconds to the target; the limit for a run that never got there."""
    return statistics.median(run["reached_s"] or limit for run in runs)


def equal_time() -> Iterator[Measure]:
    """Return of the human reward after equal time, mean of three seeds.

    Both sides use one core each and run beside each other. The ant learns later.
    """
    for name, seconds in EQUAL_S.items():
        pairs = []
        for seed in SEEDS:
            sides = (
                partial(our_training, name, seconds, 1e9, seed),
                partial(rival, "careful", name, seconds, 1e9, seed),
            )
            found = at_once(2, lambda k, sides=sides: sides[k]())
            pairs.append([run["return"] or 0.0 for run in found])
        ours, theirs = (statistics.mean(side) for side in zip(*pairs, strict=True))
        detail = f"{ours:.0f} against {theirs:.0f} after {seconds:.0f} s"
        yield at_least(f"{name}: return, difference", ours - theirs, 0, detail)


def reward_process() -> Iterator[Measure]:
    """Training time with the reward in its process against in-process."""
    for name in ("hopper-run", "halfcheetah-run"):
        value = statistics.median(process_ratio(name, 122_880) for _ in range(ROUNDS))
        yield at_most(f"{name}: reward process against in-process", value, 1.05)

    for walls in available():
        seconds = statistics.median(start_seconds(walls) for _ in range(ROUNDS))
        yield at_most(f"start of a reward process, {walls} (s)", seconds, 0.2)


def start_seconds(walls: Walls) -> float:
    """Seconds until a reward process can be called."""
    began = time.perf_counter()
    RewardProcess(REWARD_OF_NOTHING, {"x": 0}, 1, walls=walls).close()
    return time.perf_counter() - began


def fixed_cost() -> Iterator[Measure]:
    """Seconds of a job around its training and judging, and its peak memory."""
    costs, peaks = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            reward = Designed(Path(folder) / "reward.py")
            reward.path.write_text(REWARD)
            trainings = [Training(Path(folder) / f"s{k}", reward, k) for k in range(3)]
            jobs = [
                Job((training,), "hopper-run", Trainer(), 2048, 2048, (1,))
                for training in trainings
            ]
            run_jobs(jobs[:1], 1, 60.0)  # the fork server starts once a run
            began = time.perf_counter()
            results = run_jobs(jobs[1:], 1, 60.0)
            passed = time.perf_counter() - began
            inside = sum(r.seconds for r in results if isinstance(r, SeedResult))
            costs.append((passed - inside) / 2 + setup_seconds())
            peaks.append(peak_mb())
    value = statistics.median(costs)
    yield at_most("fixed cost of a candidate (s)", value, 0.3)
    yield at_most("memory of one training (MB)", statistics.median(peaks), 700)


def setup_seconds() -> float:
    """Seconds from a task's name to the first step of a training."""
    began = time.perf_counter()
    task = load_task("hopper-run")
    env = VectorEnv(task, 16)
    with RewardProcess(REWARD, env.public_widths, env.action_dim, rows=2048):
        env.reset(range(16))
        return time.perf_counter() - began


def peak_mb() -> float:
    """Peak resident memory of a short training in a process of its own."""
    code = (
        "import resource, sys; sys.argv = ['ours', 'hopper-run', '3', '1e9', '0'];"
        f"sys.path.insert(0, {str(HERE)!r}); import ours; ours.main();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def our_training(name: str, seconds: float, target: float, seed: int) -> dict[str, Any]:
    """One training of ours in a process of its own."""
    return one_line("ours.py", name, seconds, target, seed)


def rival(
    kind: str, name: str, seconds: float, target: float, seed: int
) -> dict[str, Any]:
    """One training of stable-baselines3 in a process of its own."""
    return one_line("rivals.py", kind, load_task(name).env, seconds, target, seed)


def one_line(script: str, *arguments: object) -> dict[str, Any]:
    """What a script prints."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def at_once(count: int, run: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Some processes at the same time."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


MEASURES = (
    fixed_cost,
    stepping,
    drawing,
    reward_process,
    trainings,
    to_return_1000,
    equal_time,
    *MANY,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    found = []
    for measure in MEASURES:
        if only not in measure.__name__:
            continue
        for line in measure():
            found.append(asdict(line))
            verdict = "holds " if line.holds else "MISSED"
            print(
                f"{verdict} {line.name}: {line.value:.3g} (target {line.target:g})",
                end="",
            )
            print(f"  {line.detail}" if line.detail else "", flush=True)
            Path("bench.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
