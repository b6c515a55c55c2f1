"""Hints for names that a reward can't use: what the author most likely meant.

A hint names only what means the same. Similar spelling is not enough, for
``x_velocity`` and ``y_velocity`` are spelt nearly alike.
"""

import re
from collections.abc import Collection, Iterable

from sandbox.names import LINALG, MATH, NUMPY

_SIGMOID = "1.0 / (1.0 + np.exp(-x))"
_LENGTH = "np.linalg.norm(x, axis=1)"
_EQUIVALENTS: dict[str, str] = {
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
FOREIGN_MODULES = frozenset(_FOREIGN.split())  # modules that rewards elsewhere use
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


def module_hint(name: str) -> str:
    """What to write instead of a name that np or math lacks; '' where nothing fits."""
    if name in _EQUIVALENTS:
        return _EQUIVALENTS[name]
    letters = name.lower().replace("_", "")
    for home, names in (("np", NUMPY), ("math", MATH), ("np.linalg", LINALG)):
        for allowed_name in sorted(names):
            same = letters == allowed_name.replace("_", "")
            if same or (len(name) > 3 and sorted(letters) == sorted(allowed_name)):
                return f"{home}.{allowed_name}"
    return ""


def missing_member(module: str, name: str, allowed: frozenset[str]) -> str:
    """Why ``np.name`` is not there, with what is; '' where it is."""
    if name in allowed:
        return ""
    near = module_hint(name)
    problem = f"'{module}.{name}' is not available in a reward"
    return problem + (near and f"; write {near}")


def method_hint(name: str) -> str:
    """What to do without a method that torch's tensors have; '' for any other."""
    if name not in _METHODS:
        return ""
    instead = _METHODS[name]
    way = f"write {instead} instead of" if instead else "leave out"
    return f"no torch here, only numpy arrays: {way} .{name}"


def foreign_hint(name: str, attribute: str) -> str:
    """Why names like ``torch.exp`` and ``self.scale`` do not exist; '' for others."""
    if name in _NOT_GIVEN:
        return f"there is no '{name}' here: {_NOT_GIVEN[name]}"
    if name not in FOREIGN_MODULES:
        return ""
    instead = module_hint(attribute) if attribute else ""
    return f"no {name} here, only numpy: " + (instead or "use np's functions")


def same_meaning(name: str, allowed: Iterable[str]) -> str:
    """The one allowed name of the same words; '' where there are none or several."""
    words = _split(name)
    alike = [
        allowed_name
        for allowed_name in sorted(allowed)
        if _as_one(words, _split(allowed_name))
    ]
    return alike[0] if len(alike) == 1 else ""


def some_words(name: str, allowed: Collection[str]) -> list[str]:
    """Up to three allowed names that share the most words with this one."""
    words = {_WORDS.get(word, word) for word in _split(name)}
    shared = {
        allowed_name: len(words & {*_split(allowed_name)})
        for allowed_name in sorted(allowed)
    }
    best = max(shared.values(), default=0)
    return [
        allowed_name for allowed_name, count in shared.items() if count == best > 0
    ][:3]


def _split(name: str) -> list[str]:
    """The words of a name in small letters; vx gives v and x, VelX vel and x."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name[:64])
    spaced = re.sub(r"^(v|vel|pos)([xyz])$|^([xyz])(v|vel|pos)$", r"\1\3_\2\4", spaced)
    return [word for word in spaced.lower().split("_") if word]


def _as_one(words: list[str], other_words: list[str]) -> bool:
    """Whether two names have the same words in any order, apart from typing errors."""
    left = list(other_words)
    for word in words:
        same = [o for o in left if o == _WORDS.get(word, word) or _typo(word, o)]
        if not same:
            return False
        left.remove(same[0])
    return not left


def _typo(word: str, other_word: str) -> bool:
    """Whether a word is the beginning of another, or the same but for a typing error.

    A typing error, in words of 5 letters or more: one letter too few or too many, or
    two neighbours swapped.
    """
    if word == other_word or (len(word) > 2 and other_word.startswith(word)):
        return True  # vel for velocity
    if min(len(word), len(other_word)) < 5 or abs(len(word) - len(other_word)) > 1:
        return False
    pairs = enumerate(zip(word, other_word, strict=False))
    at = next((i for i, (x, y) in pairs if x != y), min(len(word), len(other_word)))
    remainder, tail = word[at:], other_word[at:]
    swapped = remainder[1::-1] + remainder[2:] == tail
    return swapped or remainder[1:] == tail or remainder == tail[1:]
