"""Every recipe runs to its end with a scripted model that plays all roles."""

import json

import pytest

from designer.run.settings import RECIPES
from designer.votes.preferences import read_votes
from tests.designer.conftest import figures, slow_but, small
from tests.designer.llm.conftest import Server

TASK = "inverted-pendulum-balance"
NAMES = sorted(path.stem for path in RECIPES.glob("*.yaml"))
SIGNS = (
    "return {'sparse': 1.0 * (np.abs(s_next.pole_angle) < 0.05),"
    " 'dense': np.abs(s.pole_angle) - np.abs(s_next.pole_angle)}"
)
WAY = (
    "return {'stands': np.abs(s_next.pole_angle) < 0.15,"
    " 'straight': np.abs(s_next.pole_angle) < 0.05}"
)


def code(body, thought):
    return f'```python\ndef reward(s, a, s_next):\n    """{thought}"""\n    {body}\n```'


class Roles(Server):
    """Answers as whoever it is asked to be; every reward differs from the last."""

    def next_step(self, body):
        system, user = body["messages"][0]["content"], body["messages"][-1]["content"]
        k = len(self.bodies)
        if "`APPROVE` or `OBJECT`" in user:
            objects = "OBJECT\n- term up: its scale is far too small here"
            return self.says(objects if k % 2 else "APPROVE")
        if "At most five sentences" in user:
            return self.says("The pole falls to the right.")
        if "list the subgoals" in user:
            return self.says(code(WAY, "Stand, then straighten."))
        if "sgn(sparse)" in system:
            body = SIGNS.replace("0.05", f"{0.05 + 0.001 * k:.3f}")
            return self.says(code(body, "Signs."))
        body = f"return {{'up': {k} - np.abs(s_next.pole_angle)}}"
        return self.says(code(body, f"Idea {k}."))


@pytest.fixture
def model():
    server = Roles()
    yield server
    server.close()


@pytest.fixture
def run(designer, model, tmp_path):
    """Runs a recipe small, and gives what all of its prompts said, by label."""

    def call(recipe, *options, **changes):
        few = {"seeds": 1, "final_seeds": 1, **changes}
        few = {"generations": 2, **few} if "text2" not in recipe else few
        arguments = small(**few, recipe=recipe, model=f"x@{model.url}", out="run")
        done = designer("run", TASK, *arguments, *options)
        assert done.returncode == 0, done.stderr
        assert figures(tmp_path / "run")["winner"]
        prompts = (tmp_path / "run").rglob("prompt*.md")
        return {
            str(path.parent.relative_to(tmp_path / "run")): path.read_text()
            for path in prompts
        }

    return call


@pytest.mark.parametrize(
    "recipe",
    slow_but(["text2reward"], ["default", "revolve", "sequential", "text2reward"]),
)
def test_a_recipe_runs_to_its_end(recipe, run):
    assert run(recipe)["g00/c00"].startswith("[system]")


def test_eureka_shows_curves_and_asks_all_the_same(run):
    said = run("eureka")
    assert said["g00/c00"] == said["g00/c01"]
    assert said["g01/c00"] == said["g01/c01"]
    assert "| term 'up' |" in said["g01/c00"]
    assert "What its policies do" not in said["g01/c00"]


def test_icpl_never_tells_a_score(run, tmp_path):
    said = run("icpl", "--human=synthetic", steps=8192)["g01/c00"]
    assert "fitness" not in said.partition("# Now")[0].partition("# Task")[2].lower()
    assert "did worst" in said


def test_best_of_n_builds_on_nothing(run):
    said = run("best-of-n")
    assert "Idea" not in said["g01/c00"]


def test_auto_mc_reward_is_criticised_analysed_and_signed(run, tmp_path):
    said = run("auto-mc-reward", candidates=1)
    assert "APPROVE" in said["g00/c00/critic"]
    assert "The pole falls to the right." in said["g01/c00"]
    reward = (tmp_path / "run" / "g00" / "c00" / "reward.py").read_text()
    assert "0.1 * np.sign(" in reward
    assert "np.sign(" not in said["g01/c00"]


def test_few_shot_shows_one_reward_of_another_task(run):
    assert "# Rewards written for other goals" in run("text2reward-few-shot")["g00/c00"]


def test_what_a_person_says_reaches_the_next_prompt_word_by_word(
    designer, model, tmp_path
):
    arguments = small(seeds=1, final_seeds=1, candidates=1)
    arguments += ["--recipe=text2reward-feedback", f"--model=x@{model.url}"]
    words = "It leans; keep it straight."
    done = designer("run", TASK, *arguments, "--out=run", stdin=f"{words}\n")
    assert done.returncode == 0, done.stderr
    assert f"> {words}" in (tmp_path / "run" / "g01" / "c00" / "prompt.md").read_text()
    (vote,) = read_votes(tmp_path / "run")
    assert (vote.shown, vote.ballot.comment) == (("g00/c00",), words)


def test_subgoals_are_listed_once_and_led_along(run, tmp_path):
    said = run("subgoals")
    assert "Stand, then straighten." in said["g00/c00"]
    assert "stands: " in said["g01/c01"]
    assert len([label for label in said if label.startswith("subgoals")]) == 1


def test_a_run_can_start_from_rewards_of_a_person(run, tmp_path):
    body = "return {'mine': -np.abs(s_next.pole_angle)}"
    text = code(body, "Mine.").removeprefix("```python\n").removesuffix("```")
    (tmp_path / "mine.py").write_text(text)
    said = run("default", "--init", "mine.py")
    assert "g00/c00" not in said
    first = tmp_path / "run" / "g00" / "c00"
    assert json.loads((first / "proposal.json").read_text())["framing"] == "given"
    assert "Mine." in (first / "reward.py").read_text()
    assert "Mine." in said["g01/c00"]


def test_a_faulty_reward_of_a_person_is_one_line_before_the_start(designer, tmp_path):
    (tmp_path / "mine.py").write_text("def reward(s, a, s_next):\n    return s.nope\n")
    done = designer("run", TASK, "--init", "mine.py", "--out", "run")
    assert (done.returncode, "nope" in done.stderr) == (2, True)
    assert not (tmp_path / "run").exists()


def test_recipes_are_listed_with_what_differs(designer):
    rows = json.loads(designer("recipes", "--json").stdout.splitlines()[-1])
    assert [row["recipe"] for row in rows] == NAMES
    by_name = {row["recipe"]: row["settings"] for row in rows}
    assert by_name["best-of-n"] == {"parents": "none"}
