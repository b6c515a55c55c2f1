import pytest

from designer.search.snapshot import Snapshot
from tests.designer.search.snapshots import FIRST, TRAINED, C, D, seen


@pytest.fixture
def searched() -> Snapshot:
    """Both generations done; g00/c01 leads with a fitness of 2."""
    later = {k.replace("g00", "g01"): 1.5 for k in TRAINED}
    snapshot = seen(*FIRST, ((1, 0), C), ((1, 1), D), **TRAINED, **later)
    return snapshot.with_votes(0, ()).with_votes(1, ())
