"""Calls into the user's own code: an environment, and the hidden.py of a task.

Such code may raise anything and return anything. What it does wrong becomes one
UserCodeError that names the call, what came of it, and the place in the user's file.
"""

import functools
import inspect
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from envs.bodies import Array
from envs.prints import in_user_code
from envs.yamlfile import TaskError

MAX_MESSAGE_CHARACTERS = 300
_ROOT = Path(__file__).parent.parent
_NOT_THE_USERS = (
    *(_ROOT / name for name in ("designer", "envs", "prompts", "sandbox")),
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
    Path(np.__file__).parent.parent,
)


class UserCodeError(TaskError):
    """The user's environment or hidden.py raised, or gave what can't be used."""


@contextmanager
def user_code(
    call: str, function: Any = None, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turns whatever is raised inside into a UserCodeError, but for what is passing.

    call: what is called, the subject of the message ("env 'X-v0': reset"). function:
    whose place is named where no line of the user's own raised.
    """
    outside = in_user_code.set(True)
    try:
        # Overflow is an error in a training, and no business of the user's code.
        with np.errstate(over="warn", invalid="warn", divide="warn"):
            yield
    except (Exception, SystemExit) as error:  # user code may raise anything
        if isinstance(error, (UserCodeError, *passing)):
            raise
        where = place(error) or place_of(function)
        raise UserCodeError(f"{call} raised {described(error)}{where}") from None
    finally:
        in_user_code.reset(outside)


def described(error: BaseException) -> str:
    """The type and the message of an exception, printable and in one line."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # an exception class of the user's, with a faulty __str__
        message = "(its message can't be shown)"
    name = type(error).__name__
    return f"{name}: {shortened(message)}" if message else name


def shortened(text: str) -> str:
    """The text without control characters, cut to MAX_MESSAGE_CHARACTERS."""
    text = "".join(c if c.isprintable() else "?" for c in text)
    if len(text) <= MAX_MESSAGE_CHARACTERS:
        return text
    return text[: MAX_MESSAGE_CHARACTERS - 3] + "..."


def as_array(value: Any) -> Array:
    """A value of the user's as numpy has it; no numbers where it can't be had."""
    try:
        return np.asarray(value)
    except Exception:  # ragged lists, tensors elsewhere, and whatever objects raise
        return np.empty(0, dtype=object)


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, tuple):
        return f"{len(value)} value{'s' if len(value) != 1 else ''}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return f"a {type(value).__name__}"


def place(error: BaseException) -> str:
    """' (FILE:LINE)' of the innermost frame in a file of the user's; '' without one."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f" ({error.filename}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if is_users(frame.filename):
            return f" ({frame.filename}:{frame.lineno})"
    return ""


def place_of(function: Any) -> str:
    """' (FILE:LINE)' where a function of the user's begins; '' where nobody can say."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f" ({code.co_filename}:{code.co_firstlineno})" if code else ""


def is_users(filename: str) -> bool:
    """Whether a source file belongs neither to a library nor to this project."""
    if filename.startswith("<"):
        return False
    path = Path(filename)
    if path.name == "hidden.py":
        return True
    return not any(path.is_relative_to(folder) for folder in _NOT_THE_USERS)


def guarded(call: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose exceptions are UserCodeErrors that name the call."""

    @functools.wraps(function, updated=())
    def called(*arguments: Any) -> Any:
        with user_code(call, function):
            return function(*arguments)

    return called


def guarded_number(
    call: str, function: Callable[[Any], Any], wanted: str
) -> Callable[[Any], float]:
    """The same function, which gives one number or raises a UserCodeError."""

    @functools.wraps(function, updated=())
    def called(argument: Any) -> float:
        with user_code(call, function):
            value = function(argument)
        array = as_array(value)
        if array.size != 1 or array.dtype.kind not in "biuf":
            raise UserCodeError(
                f"{call} gave {kind_of(value)}, expected {wanted}{place_of(function)}"
            )
        return float(array.ravel()[0])

    return called
