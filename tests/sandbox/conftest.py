"""Small batches, and rewards made of lines."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from sandbox import Limits, RewardFault, RewardProcess

WIDTHS = runpy.run_path(str(Path(__file__).with_name("corpus.py")))["WIDTHS"]
PATIENT = Limits(call_s=5.0)


@pytest.fixture
def batch():
    """Makes s, a and s_next of n rows."""

    def make(n):
        width = sum(k or 1 for k in WIDTHS.values())
        normal = np.random.default_rng(0).normal
        return normal(size=(n, width)), normal(size=(n, 3)), normal(size=(n, width))

    return make


@pytest.fixture
def source():
    """Makes a reward with these lines, from line 4 on; it counts its calls.

    The count is kept where a reward that got around the static check could keep it.
    """

    def make(*lines):
        text = "".join(f"    {line}\n" for line in lines)
        return (
            f"np.calls = []\ndef reward(s, a, s_next):\n    np.calls.append(1)\n{text}"
        )

    return make


@pytest.fixture
def fault(batch, source):
    """Finds what happens to a reward with these lines within some calls."""

    def find(*lines, limits=PATIENT, calls=1):
        with RewardProcess(source(*lines), WIDTHS, 3, limits=limits) as process:

            def work():
                for _ in range(calls):
                    process(*batch(16))

            with pytest.raises(RewardFault) as caught:
                work()
            with pytest.raises(RewardFault) as again:
                process(*batch(16))
        assert (again.value.kind, again.value.message) == caught.value.args
        assert not Path(f"/proc/{process.pid}").exists()
        return caught.value

    return find
