"""What an author of a task reads when a hand-written reward raises."""

import numpy as np
import pytest

from designer.rewards.sources import FunctionReward
from envs.user_code import UserCodeError, guarded


def test_numpy_s_advice_for_single_arrays_is_replaced_and_the_place_stays() -> None:
    def human_reward(s, a, s_next):
        return {"go": 1.0 if s.x > 0 else 0.0}

    function = guarded("hidden.py: human_reward", human_reward)
    with pytest.raises(UserCodeError) as caught:
        FunctionReward(function, {"x": 0})(*np.ones((3, 2, 1)))
    message = str(caught.value)
    assert message.startswith("hidden.py: human_reward raised ValueError: a condition")
    assert "np.where(condition, x, y)" in message
    assert "a.any()" not in message
    assert "test_sources.py:12" in message


def test_other_errors_of_a_hand_written_reward_keep_their_words() -> None:
    function = guarded("hidden.py: human_reward", lambda s, a, s_next: 1 // 0)
    with pytest.raises(UserCodeError, match="ZeroDivisionError: integer division"):
        FunctionReward(function, {"x": 0})(*np.ones((3, 2, 1)))
