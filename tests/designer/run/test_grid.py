"""Batch files: what is a grid in them, and what a setting."""

from pathlib import Path

import pytest

from designer.run.grid import Grid, read_grid
from designer.run.settings import RECIPES
from envs.make import task_names
from envs.yamlfile import TaskError

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "runs" / "batches").glob("*.yaml"))


def grid(folder: Path, text: str) -> Grid:
    (folder / "batch.yaml").write_text(text)
    return read_grid(folder / "batch.yaml")


def test_lists_are_the_grid_and_the_rest_are_settings_of_every_run(
    tmp_path: Path,
) -> None:
    cells = grid(
        tmp_path,
        "tasks: [hopper-run, ./my-robot]\nrecipes: [default, best-of-n]\n"
        "models: [symbolic]\nseeds: [0, 1, 2]\ncandidates: 4\n",
    ).cells
    assert len(cells) == 2 * 2 * 3
    assert {cell.config.candidates for cell in cells} == {4}
    assert {cell.config.parents for cell in cells} == {"incumbent", "none"}
    assert [cell.config.seed for cell in cells[:6]] == [0, 0, 1, 1, 2, 2]
    assert {cell.task for cell in cells} == {"hopper-run", str(tmp_path / "my-robot")}
    assert cells[0].name == "hopper-run_default_symbolic_s0"
    assert len({cell.name for cell in cells}) == len(cells)


def test_all_stands_for_every_task(tmp_path: Path) -> None:
    cells = grid(tmp_path, "tasks: all\n").cells
    assert [cell.task for cell in cells] == task_names()


def test_any_setting_can_be_an_axis(tmp_path: Path) -> None:
    cells = grid(tmp_path, "tasks: hopper-run\nhistory: [0, 4]\n").cells
    assert [cell.config.history for cell in cells] == [0, 4]
    assert cells[1].name == "hopper-run_default_symbolic_history-4_s0"


def test_a_setting_of_the_file_replaces_that_of_a_recipe(tmp_path: Path) -> None:
    text = "tasks: hopper-run\nrecipes: [eureka]\n"
    (recipe,) = grid(tmp_path, text).cells
    (own,) = grid(tmp_path, text + "candidates: 3\ntrainings_per_reward: 5\n").cells
    assert (recipe.config.candidates, recipe.config.seeds) == (16, 1)
    assert (own.config.candidates, own.config.seeds) == (3, 5)


def test_limits_are_of_all_runs_together(tmp_path: Path) -> None:
    made = grid(tmp_path, "tasks: hopper-run\nmax_usd: 5\nmax_tokens: 1000\n")
    assert (made.max_usd, made.max_tokens, made.max_calls) == (5.0, 1000, None)
    assert made.cells[0].config.max_usd is None


def test_each_model_has_its_own_price(tmp_path: Path) -> None:
    cells = grid(
        tmp_path,
        "tasks: hopper-run\nmodels: [gpt-a, gpt-b]\nprices: {gpt-a: [1, 2]}\n",
    ).cells
    assert [cell.config.price for cell in cells] == [(1.0, 2.0), None]


def test_the_judge_model_has_its_price_too(tmp_path: Path) -> None:
    text = "tasks: hopper-run\njudge: both\njudge_model: vlm\nprices: {vlm: [1, 2]}\n"
    (cell,) = grid(tmp_path, text).cells
    assert (cell.config.price, cell.config.judge_price) == (None, (1.0, 2.0))


@pytest.mark.parametrize("models", ["replay:old", "[replay:old]"])
def test_replays_count_from_the_file_s_folder(tmp_path: Path, models: str) -> None:
    (cell,) = grid(tmp_path, f"tasks: hopper-run\nmodels: {models}\n").cells
    assert cell.config.model == f"replay:{tmp_path / 'old'}"


def test_models_with_long_addresses_keep_their_names(tmp_path: Path) -> None:
    address = "http://gpu-node-17.dc2.cluster.research.example.org:8000/openai/v1"
    models = f"models: ['qwen-7b@{address}', 'qwen-32b@{address}']\n"
    names = [cell.name for cell in grid(tmp_path, f"tasks: hopper-run\n{models}").cells]
    assert [name.split("_")[2][:8] for name in names] == ["qwen-7b-", "qwen-32b"]


def test_a_recipe_s_own_model_and_seed_are_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("model: ollama/tiny\nseed: 7\n")
    (cell,) = grid(tmp_path, "tasks: hopper-run\nrecipes: [mine.yaml]\n").cells
    assert (cell.config.model, cell.config.seed) == ("ollama/tiny", 7)


def test_a_recipe_s_path_counts_from_the_file_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches, elsewhere = tmp_path / "batches", tmp_path / "elsewhere"
    for folder, candidates in ((batches, 3), (elsewhere, 1)):
        folder.mkdir()
        (folder / "mine.yaml").write_text(f"candidates: {candidates}\n")
    monkeypatch.chdir(elsewhere)
    (cell,) = grid(batches, "tasks: hopper-run\nrecipes: [mine.yaml]\n").cells
    assert cell.config.candidates == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tasks: [hopper-run]\nseeds: 3\n", "trainings_per_reward: 3"),
        ("recipes: [default]\n", "'tasks' must be a list"),
        ("tasks: [hopper-run]\nseeds: []\n", "at least one item"),
        ("tasks: [hopper-run]\ncandidate: 3\n", "did you mean 'candidates'"),
        ("tasks: [hopper-run]\nrecipes: [defolt]\n", "unknown recipe 'defolt'"),
        ("tasks: [hopper-run, hopper-run]\n", "one is given twice"),
        ("tasks: [hopper-run]\nhistory: [-1]\n", "'history' must be"),
        ("tasks: [hopper-run]\njudge: people\n", "needs somebody who votes"),
    ],
)
def test_a_faulty_file_is_an_error_with_its_line(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(TaskError, match=words) as caught:
        grid(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'batch.yaml'}:")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_committed_batches_can_be_read(path: Path) -> None:
    assert read_grid(path).cells
    assert len(EXAMPLES) >= 4


def test_every_recipe_can_be_in_a_batch_alone(tmp_path: Path) -> None:
    for recipe in RECIPES.glob("*.yaml"):
        assert len(grid(tmp_path, f"tasks: hopper-run\nrecipe: {recipe.stem}").cells)
