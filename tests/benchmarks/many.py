"""Measures of many trainings at once: workers, Ray, batches, the main loop."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from measure import Measure, at_least, at_most

from designer.options import PoolConfig
from designer.rewards.sources import Baseline
from designer.run.candidates import SeedResult
from designer.training.job import Job, Training
from designer.training.learner import Trainer
from designer.training.pools import open_pool
from designer.training.results import load_result

HERE = Path(__file__).parent
ROUNDS = 3
STEPS = 204_800  # about 20 s of hopper-run
SMALL = "--candidates=4 --generations=2 --seeds=1 --final-seeds=2 --steps=40960"
BATCH = """\
tasks: [hopper-run, halfcheetah-run]
recipes: [default, best-of-n]
seeds: [0, 1]
candidates: 4
generations: 2
trainings_per_reward: 1
final_seeds: 2
steps: 40960
"""


def two_workers() -> Iterator[Measure]:
    """Candidates/h of 2 workers against 1, over the same of raw stepping processes."""
    ratios = []
    for _ in range(ROUNDS):
        one, two = (pool_seconds(PoolConfig(), workers, 4) for workers in (1, 2))
        ratios.append((one / two) / (raw_rate(2) / raw_rate(1)))
    value = statistics.median(ratios)
    yield at_least("2 workers against 1, over raw stepping", value, 0.95)


RAW = """
import sys, time, mujoco
sys.path.insert(0, sys.argv[1])
from envs.bodies import xml_path
model = mujoco.MjModel.from_xml_path(str(xml_path("hopper.xml")))
data, count = mujoco.MjData(model), 0
end = time.perf_counter() + 5.0
while time.perf_counter() < end:
    mujoco.mj_step(model, data, nstep=100)
    count += 100
print(count)
"""


def raw_rate(processes: int) -> float:
    """Steps of mj_step that so many processes do together in the same time."""
    command = [sys.executable, "-c", RAW, str(HERE.parents[1])]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    return sum(float(process.communicate()[0]) for process in started)


def ray_against_local() -> Iterator[Measure]:
    """The same work on a Ray of this machine and on the local pool."""
    if find_spec("ray") is None:
        return
    ratios = []
    for _ in range(ROUNDS):
        local = pool_seconds(PoolConfig(), 2, 4)
        in_ray = pool_seconds(PoolConfig(pool="ray"), 2, 4)
        ratios.append(local / in_ray)
    yield at_least("Ray against local, same work", statistics.median(ratios), 0.95)


def pool_seconds(config: PoolConfig, workers: int, count: int) -> float:
    """Seconds for so many trainings of hopper-run, once the pool is warm."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_pool(config, workers, 3600.0, ["ppo"], folder) as pool:
            do_all(pool, [job(folder / f"warm{k}", 2048, k) for k in range(workers)])
            began = time.perf_counter()
            do_all(pool, [job(folder / f"j{k}", STEPS, k) for k in range(count)])
            return time.perf_counter() - began


def do_all(pool: Any, jobs: Sequence[Job]) -> None:
    waiting = list(jobs)
    while not all(load_result(job.folders[0]) for job in jobs):
        while waiting and pool.free:
            pool.submit(waiting.pop())
        pool.wait(1.0)


def job(folder: Path, steps: int, seed: int) -> Job:
    training = Training(folder, Baseline("human"), seed)
    return Job((training,), "hopper-run", Trainer(), steps, steps, (1, 2))


def loop_overhead() -> Iterator[Measure]:
    """What a run takes beside its trainings, 16 candidates of about 20 s, no clips.

    Every stage has an even number of trainings, so that both workers have work.
    """
    with tempfile.TemporaryDirectory() as name:
        options = f"--candidates=8 --generations=2 --seeds=1 --steps={STEPS}"
        options += " --race=none --final-seeds=2 --no-film"
        began = time.perf_counter()
        designer("run", "hopper-run", *options.split(), cwd=name)
        spent = time.perf_counter() - began
        inside = [
            result.seconds
            for path in Path(name).glob("runs/*/*/*/s[0-9]*")
            if isinstance(result := load_result(path), SeedResult)
        ]
    share = spent / (sum(inside) / 2) - 1
    detail = f"{spent:.0f} s, of which {sum(inside) / 2:.0f} s training on 2 workers"
    yield at_most("overhead of the loop beside training", share, 0.03, detail)


def eight_searches() -> Iterator[Measure]:
    """Candidates/h of 8 searches in a batch against one after another."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "eight.yaml").write_text(BATCH)
        began = time.perf_counter()
        designer("batch", "eight.yaml", cwd=name)
        together = time.perf_counter() - began
        began = time.perf_counter()
        for task in ("hopper-run", "halfcheetah-run"):
            for recipe in ("default", "best-of-n"):
                for seed in ("0", "1"):
                    what = (task, f"--recipe={recipe}", f"--seed={seed}")
                    out = f"--out={task}{recipe}{seed}"
                    designer("run", *what, *SMALL.split(), out, cwd=name)
        apart = time.perf_counter() - began
    detail = f"{together:.0f} s against {apart:.0f} s"
    value = apart / together
    yield at_least("8 searches in a batch against in turn", value, 1.15, detail)


def designer(*arguments: str, cwd: str) -> None:
    command = [sys.executable, "-m", "designer", *arguments]
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


def thousand_workers() -> Iterator[Measure]:
    """Share of 1,000 sleeping workers' time that the main loop uses."""
    facts = sleeping("loop", 1000, 100, 60)
    detail = f"{facts['jobs']:.0f} jobs, {facts['cpu_ms_a_job']:.1f} ms CPU each"
    yield at_least("1,000 sleeping workers, busy", facts["busy"], 0.95, detail)
    yield at_most("memory of the main process, 100 runs (MB)", facts["mb"], 300)
    yield at_most("designer compare of 100 runs (s)", facts["compare_s"], 3)


def large_run() -> Iterator[Measure]:
    """A run of 1,000 candidates: cost of each, memory, and its readers."""
    facts = sleeping("load", 1000)
    yield at_most("overhead of a candidate (ms)", facts["ms"], 50)
    yield at_most("memory of the main process (MB)", facts["mb"], 300)
    yield at_most("designer report of 1,000 candidates (s)", facts["report_s"], 3)


def sleeping(*arguments: object) -> dict[str, float]:
    command = [sys.executable, str(HERE / "sleeping.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


MANY = (
    two_workers,
    loop_overhead,
    ray_against_local,
    eight_searches,
    thousand_workers,
    large_run,
)
