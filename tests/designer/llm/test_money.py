"""What a user sees of calls, tokens and money."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from envs.task import TASKS
from tests.designer.conftest import Designer, environment, small
from tests.designer.llm.conftest import Server, Step

TASK = "inverted-pendulum-balance"
QUICK = {"seeds": 1, "final_seeds": 1}
REWARD = (
    "def reward(s, a, s_next):\n    return {{'up': -{}.0 * s_next.pole_angle**2}}\n"
)
RESUME = """
from pathlib import Path
from designer.options import Consent, NewLimits
from designer.errors import BudgetSpent
from designer.commands.resume import resume_run
try:
    resume_run(Path("run"), NewLimits(max_tokens={max_tokens}), Consent())
except BudgetSpent as spent:
    print("stopped:", spent)
"""


def served(server: Server, tokens_in: int, tokens_out: int) -> list[Step]:
    """Rewards, no two of them the same, at these tokens each."""
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
    choices = [[{"message": {"content": REWARD.format(k)}}] for k in range(1, 20)]
    return [server.sends({"choices": choice, "usage": usage}) for choice in choices]


def calls_of(run: Path) -> int:
    return len((run / "llm.jsonl").read_text().splitlines())


def plan(designer: Designer, *options: str) -> dict[str, object]:
    done = designer("plan", TASK, "--json", *small(), *options)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_a_plan_says_calls_and_tokens_and_that_the_price_is_unknown(
    designer: Designer,
) -> None:
    alone = ("--no-analyst", "--critic=0")
    costs = plan(designer, "--model=tiny@http://127.0.0.1:9/v1", *alone)
    assert costs["calls"] == 4
    assert costs["tokens_out"] == 8000
    assert costs["usd"] is None


def test_a_plan_multiplies_tokens_by_the_price(designer: Designer) -> None:
    roles = ("--analyst", "--critic=2", "--subgoals")
    costs = plan(designer, "--model=manual", "--price", "0", "100", *roles)
    # Four rewards, each criticised once, one analysis for generation 1, the subgoals.
    assert costs["calls"] == 10
    assert costs["usd"] == 2.0  # 2,000 tokens out each at $100 a million


def test_a_plan_counts_what_a_judge_model_is_asked(designer: Designer) -> None:
    judge = ("--judge=both", "--judge-model=tiny@http://127.0.0.1:9/v1")
    costs = plan(designer, "--model=symbolic", *judge, "--judge-price", "0", "100")
    # Each pair twice: one of two rewards, three of these two's better one with two
    # more, three of the winner with both baselines.
    assert (costs["calls"], costs["judge_calls"]) == (0, 14)
    assert costs["usd"] == 2.8  # 2,000 tokens out each at $100 a million


@pytest.mark.parametrize("model", ["symbolic", "replay:run"])
def test_a_plan_without_a_model_to_pay_says_nothing_of_money(
    designer: Designer, model: str
) -> None:
    assert not any("USD" in what for what in plan(designer, f"--model={model}"))


def test_a_plan_needs_no_metric_where_people_judge(
    designer: Designer, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    public = (TASKS / TASK / "task.yaml").read_text()
    (tmp_path / "mine" / "task.yaml").write_text(public)
    done = designer("plan", "mine", *small(judge="people", human="terminal"))
    assert done.returncode == 0, done.stderr
    assert "trainings" in done.stdout


def test_a_report_says_unknown_for_an_unknown_price_and_counts_tokens(
    designer: Designer, server: Server, tmp_path: Path
) -> None:
    server.steps = served(server, 100, 10)
    options = small(**QUICK, generations=1, model=f"tiny@{server.url}", out="run")
    done = designer("run", TASK, *options)
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "run" / "report.md").read_text()
    n = calls_of(tmp_path / "run")
    said = f"{n} calls, {100 * n} tokens in, {10 * n} out, unknown price"
    assert n >= 2
    assert said in report


def test_tokens_stop_a_run_which_goes_on_with_more(
    designer: Designer, server: Server, tmp_path: Path
) -> None:
    server.steps = served(server, 3000, 1000)
    # Two calls are 8,000 tokens; a third would pass 10,000.
    options = small(**QUICK, model=f"tiny@{server.url}", out="run")
    limits = ("--max-tokens=10000", "--price", "1", "10")
    done = designer("run", TASK, *options, *limits)
    assert done.returncode == 3, done.stderr
    assert "limit of 10000 tokens is reached: 8000 spent" in done.stderr
    assert "--max-tokens" in done.stderr
    for limit, expected in ((11_000, "stopped: the limit of 11000"), (99_000, "")):
        gone_on = subprocess.run(
            [sys.executable, "-c", RESUME.format(max_tokens=limit)],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert gone_on.returncode == 0, gone_on.stderr
        assert expected in gone_on.stdout
    report = (tmp_path / "run" / "report.md").read_text()
    usd = 0.013 * calls_of(tmp_path / "run")  # 3,000 at $1 and 1,000 at $10 a million
    assert f"{usd:.4f} USD at 1 in and 10 out per million tokens" in report


def test_what_can_not_work_leaves_no_run_folder(
    designer: Designer, tmp_path: Path
) -> None:
    for wrong in (
        ["--model=nonsense"],
        ["--model=replay:nowhere"],
        ["--model=tiny@http://127.0.0.1:9/v1", "--max-usd=1"],
    ):
        done = designer("run", TASK, "--out=run", *wrong)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert not (tmp_path / "run").exists()
