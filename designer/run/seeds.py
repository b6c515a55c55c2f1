"""Seeds for every purpose of a run, derived from the run's own seed."""

import hashlib


def derive(seed: int, *what: object) -> int:
    """A seed for one purpose, from the run's seed and what it is for: 31 bits.

    All randomness of a run comes from here, so order and resuming change nothing.
    """
    text = repr((seed, *what)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") >> 1
