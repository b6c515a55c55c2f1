"""The sign form of a reward: the model picks situations, the harness the sizes.

R = 1 sgn(sparse) + 0.1 sgn(dense), Auto MC-Reward (Li et al. 2024, arXiv 2312.09238,
section 3.1). The signs are put round the model's function in the source itself, so that
what is trained, judged and handed over is one and the same.
"""

from dataclasses import replace

from designer.rewards.probe import Accepted, Refused

TERMS = ("sparse", "dense")
# Below the model's own text, which stays as it is. A situation may be an array of bool,
# which np.sign refuses, and the terms may come with their total.
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
    """The reward with the signs round it; Refused if its terms are not these two."""
    if set(accepted.terms) != set(TERMS):
        told = ", ".join(accepted.terms)
        return Refused((f"expected the terms 'sparse' and 'dense', got {told}",))
    source = f"{accepted.source.rstrip()}\n{_SIGNS}"
    return replace(accepted, source=source, terms=TERMS)


def unsigned(source: str) -> str:
    """The model's own function again, as it is shown to it."""
    return source.removesuffix(_SIGNS)
