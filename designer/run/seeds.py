"""Seeds for every purpose of a run, derived from the run's own seed."""

import hashlib


def derive(seed: int, *purpose: object) -> int:
    """A seed of 31 bits for one purpose, from the run's seed and the purpose.

    All randomness of a run comes from here, so order and resuming change nothing.
    """
    text = repr((seed, *purpose)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") >> 1
