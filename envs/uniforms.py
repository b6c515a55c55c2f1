"""Random numbers that are functions of an episode's key, of a name, and of a count.

So what one episode draws depends on nothing that happens in another, and adding a draw
changes no other. SplitMix64's finalizer (Steele, Lea and Flood 2014) mixes the bits.
"""

import zlib
from collections.abc import Sequence

import numpy as np

from envs.bodies import Array

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = tuple(np.uint64(shift) for shift in (30, 27, 31, 11))
_SCALE = 2.0**-53


def episode_keys(seeds: Sequence[int]) -> Array:
    """The keys (m,) of the episodes that begin with these seeds."""
    return _mixed(np.array(seeds, dtype=np.uint64))


def next_keys(keys: Array) -> Array:
    """The keys (m,) of the episodes that follow those of keys."""
    return _mixed(keys ^ _GOLDEN)


def stream(name: str) -> Array:
    """The number (1,) that stands for a name."""
    return _mixed(np.array([zlib.crc32(name.encode())], dtype=np.uint64))


def uniforms(keys: Array, stream_number: Array, counts: Array, width: int) -> Array:
    """Numbers (m, width), uniform in [0, 1), for keys (m,) and counts (m,)."""
    rows = _mixed((keys ^ stream_number) + counts.astype(np.uint64) * _GOLDEN)
    steps = np.arange(1, width + 1, dtype=np.uint64) * _GOLDEN
    return np.asarray((_mixed(rows[:, None] + steps) >> _SHIFTS[3]) * _SCALE)


def _mixed(bits: Array) -> Array:
    """Numbers of 64 bits whose every bit depends on all of those given."""
    bits = (bits ^ (bits >> _SHIFTS[0])) * _FIRST
    bits = (bits ^ (bits >> _SHIFTS[1])) * _SECOND
    return np.asarray(bits ^ (bits >> _SHIFTS[2]))
