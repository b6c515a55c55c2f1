"""The sign form of a reward: the model chooses the situations, the sizes are fixed.

R = 1 sgn(sparse) + 0.1 sgn(dense), Auto MC-Reward (Li et al. 2024, arXiv 2312.09238,
section 3.1). The signs are added to the source of the model's function, so that the
same source is trained, judged and handed over.
"""

from dataclasses import replace

from designer.rewards.probe import Accepted, Refused

TERMS = ("sparse", "dense")
# Appended to the model's text. A situation may be an array of bool, which np.sign
# refuses, and the terms may come with their total.
_SIGNS = '''

unsigned_reward = reward


def reward(s, a, s_next):
    """The signs of both: sgn(sparse) + 0.1 sgn(dense)."""
    found = unsigned_reward(s, a, s_next)
    terms = found[1] if isinstance(found, tuple) else found
    sparse = np.asarray(terms["sparse"], dtype=float)
    dense = np.asarray(terms["dense"], dtype=float)
    return {"sparse": np.sign(sparse), "dense": 0.1 * np.sign(dense)}
'''


def signed(accepted: Accepted) -> Accepted | Refused:
    """The reward with the signs added; Refused if its terms are not these two."""
    if set(accepted.terms) != set(TERMS):
        names = ", ".join(accepted.terms)
        return Refused((f"expected the terms 'sparse' and 'dense', got {names}",))
    source = f"{accepted.source.rstrip()}\n{_SIGNS}"
    return replace(accepted, source=source, terms=TERMS)


def unsigned(source: str) -> str:
    """The model's own function without the signs, as prompts show it."""
    return source.removesuffix(_SIGNS)
