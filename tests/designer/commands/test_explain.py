"""designer explain: lines for the terminal, and the stored episodes it looks at."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from designer.commands.explain import explain_reward, stored_episodes
from designer.errors import ConfigError
from designer.report.terms import ends
from envs.task import TASKS

TASK = "inverted-pendulum-balance"
SOURCE = """def reward(s, a, s_next):
    return {"upright": -s_next.pole_angle**2, "still": -a[:, 0] ** 2}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "reward.py"
    path.write_text(SOURCE)
    return path


def test_each_term_is_said_with_what_it_reads(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    lines, facts = explain_reward(file, TASK, None, page, "auto")
    assert lines[0] == (
        f"{file}: 2 terms, on random play, for there are no stored episodes"
    )
    assert any(line.startswith("upright: ") for line in lines)
    assert any(line.startswith("  over pole_angle after the step: ") for line in lines)
    assert any(line.startswith("  over a[0] in the step: ") for line in lines)
    assert [term["name"] for term in facts["terms"]] == ["upright", "still"]
    json.dumps(facts, allow_nan=False)
    assert "over pole_angle, rad" in page.read_text()


def test_a_task_without_a_metric_is_explained_too(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(TASKS / TASK / "task.yaml", folder)
    lines, _ = explain_reward(file, str(folder), None, None, "auto")
    assert "2 terms" in lines[0]


def test_a_file_of_the_user_s_may_be_a_link_but_must_be_text(
    file: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(file)
    lines, _ = explain_reward(link, TASK, None, None, "auto")
    assert lines[0].startswith(f"{link}: 2 terms")
    file.write_bytes("# é".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not a text file"):
        explain_reward(file, TASK, None, None, "auto")


def test_a_term_is_called_constant_only_if_it_is() -> None:
    def said(low: float, high: float) -> list[str]:
        term = SimpleNamespace(low=low, high=high, at_low=0, at_high=0, dependences=())
        return ends(term)[1:]

    assert said(1.0, 1.0) == ["it is constant"]
    # Its values on shifted transitions are not finite, so nothing could be drawn.
    assert said(0.0, 0.3) == ["what it reads could not be drawn"]


def test_what_is_no_reward_is_refused_with_the_reason(file: Path) -> None:
    file.write_text("def reward(s, a, s_next):\n    return {'x': s.nothing}\n")
    with pytest.raises(ConfigError, match="nothing"):
        explain_reward(file, TASK, None, None, "auto")


def test_episodes_lie_beside_the_file_or_where_the_winner_was_trained(
    tmp_path: Path,
) -> None:
    candidate = tmp_path / "g00/c02"
    (candidate / "s0").mkdir(parents=True)
    (candidate / "s0/episodes.npz").touch()
    (tmp_path / "best").mkdir()
    (tmp_path / "result.json").write_text('{"winner": "g00/c02"}')
    stored = [candidate / "s0/episodes.npz"]
    assert stored_episodes(candidate / "reward.py", None) == stored
    assert stored_episodes(tmp_path / "best/reward.py", None) == stored
    assert stored_episodes(tmp_path / "mine.py", candidate) == stored
    assert stored_episodes(tmp_path / "mine.py", None) == []
    with pytest.raises(ConfigError, match="no stored episodes"):
        stored_episodes(tmp_path / "mine.py", tmp_path / "best")
