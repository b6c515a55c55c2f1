"""What a name that a reward can't use most likely means; '' where nobody can tell.

A hint names only what means the same: ``np.atan`` would be next to ``np.tan`` by its
letters, and ``x_velocity`` next to ``y_velocity``.
"""

import re
from collections.abc import Collection, Iterable

from sandbox.names import LINALG, MATH, NUMPY

_SIGMOID = "1.0 / (1.0 + np.exp(-x))"
_LENGTH = "np.linalg.norm(x, axis=1)"
_SAME: dict[str, str] = {
    "sigmoid": _SIGMOID, "expit": _SIGMOID, "logistic": _SIGMOID,
    "relu": "np.maximum(x, 0.0)", "softplus": "np.logaddexp(0.0, x)",
    "softmax": "e / e.sum(axis=1, keepdims=True) with e = np.exp(x)",
    "clamp": "np.clip", "clamp_min": "np.maximum", "clamp_max": "np.minimum",
    "norm": _LENGTH, "length": _LENGTH, "dist": _LENGTH, "distance": _LENGTH,
    "normalize": "x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-8)",
    "sqr": "np.square", "rsqrt": "1.0 / np.sqrt(x)", "lerp": "a + t * (b - a)",
    "ln": "np.log", "sech": "1.0 / np.cosh(x)", "cat": "np.concatenate(..., axis=1)",
    "tensor": "np.array", "as_tensor": "np.asarray", "from_numpy": "the array itself",
    "float": "x.astype(float)", "reduce_sum": "np.sum(x, axis=1)",
    "reduce_mean": "np.mean(x, axis=1)", "reduce_max": "np.max(x, axis=1)",
    "mul": "np.multiply", "div": "np.divide", "sub": "np.subtract", "fill": "np.full",
    "product": "np.prod", "nanprod": "np.prod", "cumproduct": "np.cumprod",
    "float_": "float", "bool8": "bool", "fabs": "np.abs",
}  # fmt: skip
_FOREIGN = """
    torch th F nn tf tensorflow K jax jnp lax scipy sp sc cp cupy pd pandas sklearn gym
    gymnasium mujoco mj dm_control npr
    """
FOREIGN = frozenset(_FOREIGN.split())  # modules that rewards elsewhere use
_ELSEWHERE = """
    env data model physics sim info obs observation done terminated step next_obs time
    dt
    """
AXIS_WORDS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}
_LEFT_OUT = "detach cpu cuda numpy to requires_grad_ contiguous clone data double"
_METHODS = {
    **dict.fromkeys(_LEFT_OUT.split()),
    "float": "x.astype(float)", "unsqueeze": "x[:, None]", "permute": "x.transpose",
    "view": "x.reshape", "expand": "np.broadcast_to(x, shape)",
}  # fmt: skip
_NO_OTHER = "a reward reads its three arguments only: the fields of s and s_next, and a"
_PLAIN = "a reward is a plain function: constants stand at the top level"
_NOT_GIVEN = {
    **dict.fromkeys(_ELSEWHERE.split(), _NO_OTHER),
    "numpy": "numpy's name is np",
    "self": _PLAIN,
    "cls": _PLAIN,
}
_WORDS = {
    "v": "velocity", "vel": "velocity", "speed": "velocity", "qvel": "velocity",
    "pos": "position", "qpos": "position", "ang": "angle", "acc": "acceleration",
    "h": "height", "prev": "last", "previous": "last", "torques": "torque",
    "angvel": "velocity", "omega": "velocity", "theta": "angle",
}  # fmt: skip


def module_hint(module: str, name: str) -> str:
    """What to write instead of ``np.name`` or ``math.name``."""
    if name in _SAME:
        return _SAME[name]
    letters = name.lower().replace("_", "")
    for home, names in (("np", NUMPY), ("math", MATH), ("np.linalg", LINALG)):
        for other in sorted(names):
            same = letters == other.replace("_", "")
            if same or (len(name) > 3 and sorted(letters) == sorted(other)):
                return f"{home}.{other}"
    return ""


def missing_member(module: str, name: str, allowed: frozenset[str]) -> str:
    """Why ``np.name`` is not there, with what is; '' where it is."""
    if name in allowed:
        return ""
    near = module_hint(module, name)
    told = f"'{module}.{name}' is not available in a reward"
    return told + (near and f"; write {near}")


def method_hint(name: str) -> str:
    """What to do without a method that torch's tensors have; '' for any other."""
    if name not in _METHODS:
        return ""
    instead = _METHODS[name]
    way = f"write {instead} instead of" if instead else "leave out"
    return f"no torch here, only numpy arrays: {way} .{name}"


def foreign_hint(name: str, attribute: str) -> str:
    """Why ``torch.exp``, ``self.scale`` and their like are not there."""
    if name in _NOT_GIVEN:
        return f"there is no '{name}' here: {_NOT_GIVEN[name]}"
    if name not in FOREIGN:
        return ""
    instead = module_hint("np", attribute) if attribute else ""
    return f"no {name} here, only numpy: " + (instead or "use np's functions")


def same_meaning(name: str, known: Iterable[str]) -> str:
    """The known name that has the same words as this one, however they are written."""
    words = _split(name)
    alike = [other for other in sorted(known) if _as_one(words, _split(other))]
    return alike[0] if len(alike) == 1 else ""


def some_words(name: str, known: Collection[str]) -> list[str]:
    """Known names that have one of its words, most first, three at most."""
    words = {_WORDS.get(word, word) for word in _split(name)}
    shared = {other: len(words & {*_split(other)}) for other in sorted(known)}
    best = max(shared.values(), default=0)
    return [other for other, count in shared.items() if count == best > 0][:3]


def _split(name: str) -> list[str]:
    """The words of a name; vx and VelX are velocity and x."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name[:64])
    spaced = re.sub(r"^(v|vel|pos)([xyz])$|^([xyz])(v|vel|pos)$", r"\1\3_\2\4", spaced)
    return [word for word in spaced.lower().split("_") if word]


def _as_one(words: list[str], others: list[str]) -> bool:
    """Whether two names have the same words in any order, spelling mistakes aside."""
    left = list(others)
    for word in words:
        same = [o for o in left if o == _WORDS.get(word, word) or _typo(word, o)]
        if not same:
            return False
        left.remove(same[0])
    return not left


def _typo(word: str, other: str) -> bool:
    """Whether a long word is another with a letter too few or many, or two swapped."""
    if word == other or (len(word) > 2 and other.startswith(word)):
        return True  # vel for velocity
    if min(len(word), len(other)) < 5 or abs(len(word) - len(other)) > 1:
        return False
    pairs = enumerate(zip(word, other, strict=False))
    at = next((i for i, (x, y) in pairs if x != y), min(len(word), len(other)))
    rest, tail = word[at:], other[at:]
    swapped = rest[1::-1] + rest[2:] == tail
    return swapped or rest[1:] == tail or rest == tail[1:]
