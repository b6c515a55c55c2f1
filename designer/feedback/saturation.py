"""Saturated terms: at an end of their range they give no direction to learn."""

from collections.abc import Iterator, Sequence

import numpy as np

from designer.rewards.sources import Array

END_SHARE = 0.01  # of the observed range
SATURATED_SHARE = 0.9
ELSEWHERE_SHARE = 0.5  # a term that is at this end on most of the bank is a rare event


def flat(values: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Share of rows (n, terms) at the low and at the high end of a range, (terms,)."""
    near = END_SHARE * (high - low)
    at_low, at_high = values <= low + near, values >= high - near
    return at_low.mean(axis=0), at_high.mean(axis=0)


def saturated(terms: Sequence[str], judged: Array, elsewhere: Array) -> Iterator[str]:
    """Terms flat in nearly all judged steps though they vary on the bank.

    judged, elsewhere: (rows, terms). Their range is that over both.
    """
    if not len(judged):
        return
    low = np.minimum(judged.min(axis=0), elsewhere.min(axis=0))
    high = np.maximum(judged.max(axis=0), elsewhere.max(axis=0))
    on_judged, on_bank = flat(judged, low, high), flat(elsewhere, low, high)
    for k, term in enumerate(terms):
        if high[k] <= low[k]:
            continue
        for end, hint, share, bank_share in zip(
            (f"its minimum ({low[k]:.3g})", f"its maximum ({high[k]:.3g})"),
            ("it shows the policy no way up", "there is nothing more to gain from it"),
            (on_judged[0][k], on_judged[1][k]),
            (on_bank[0][k], on_bank[1][k]),
            strict=True,
        ):
            if share > SATURATED_SHARE and bank_share < ELSEWHERE_SHARE:
                yield (
                    f"term '{term}' sits at {end} in {share:.0%} of all judged steps "
                    f"({bank_share:.0%} on other transitions): {hint}"
                )
