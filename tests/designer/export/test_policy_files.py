"""The policy in three forms acts as the one that was judged."""

import numpy as np
import pytest

from designer.export.onnx import policy_onnx, varint
from tests.designer.export.conftest import policy

OBS = np.random.default_rng(5).normal(scale=2.0, size=(200, 5))


def test_numbers_are_written_as_protobuf_writes_them() -> None:
    # The example of protobuf's own description of its encoding.
    assert varint(150) == b"\x96\x01"
    assert varint(0) == b"\x00"
    assert varint(127) == b"\x7f"


@pytest.mark.parametrize("squash", [False, True])
def test_the_policy_reaches_its_bounds_and_is_not_always_there(squash: bool) -> None:
    actions = policy(squash=squash)(OBS)
    at_bounds = (actions == policy().high).mean() if not squash else 0.0
    assert at_bounds < 0.9
    assert actions.std() > 0.1


@pytest.mark.parametrize("squash", [False, True])
def test_onnx_gives_the_same_actions(squash: bool) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    trained = policy(squash=squash)
    session = onnxruntime.InferenceSession(policy_onnx(trained))
    (actions,) = session.run(["action"], {"obs": OBS.astype(np.float32)})
    assert np.abs(actions - trained(OBS)).max() < 1e-4


@pytest.mark.parametrize("squash", [False, True])
def test_stable_baselines3_gives_the_same_actions(squash: bool, tmp_path) -> None:
    pytest.importorskip("stable_baselines3")
    import stable_baselines3
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    from designer.export.sb3_zip import Spaces, write_sb3

    trained = policy(squash=squash)
    paths = tmp_path / "policy.zip", tmp_path / "vec_normalize.pkl"
    algorithm = write_sb3(trained, *paths)
    assert algorithm == ("TD3" if squash else "PPO")
    model = getattr(stable_baselines3, algorithm).load(paths[0])
    vec = VecNormalize.load(str(paths[1]), DummyVecEnv([lambda: Spaces(trained)]))
    actions, _ = model.predict(vec.normalize_obs(OBS), deterministic=True)
    assert np.abs(actions - trained(OBS)).max() < 1e-4
