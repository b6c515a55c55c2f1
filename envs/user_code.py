"""Calls into the user's own code: an environment, and the hidden.py of a task.

Such code may raise anything and return anything. Every fault of it becomes one
UserCodeError that names the call, its result, and the line in the user's file.
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
_LIBRARY_FOLDERS = (
    *(_ROOT / name for name in ("designer", "envs", "prompts", "sandbox")),
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
    Path(np.__file__).parent.parent,
)


class UserCodeError(TaskError):
    """The user's environment or hidden.py raised, or returned an invalid value."""


@contextmanager
def user_code(
    call: str, function: Any = None, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turns every exception raised inside into a UserCodeError, except passing ones.

    call: the subject of the message ("env 'X-v0': reset"). function: named with its
    line where the traceback has no line of the user's files.
    """
    outside = in_user_code.set(True)
    try:
        # A training raises on overflow; the user's code need not.
        with np.errstate(over="warn", invalid="warn", divide="warn"):
            yield
    except (Exception, SystemExit) as error:  # user code may raise anything
        if isinstance(error, (UserCodeError, *passing)):
            raise
        location = place(error) or place_of(function)
        raise UserCodeError(f"{call} raised {error_text(error)}{location}") from None
    finally:
        in_user_code.reset(outside)


def error_text(error: BaseException) -> str:
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
    """A value of the user's as an array; an empty object array where that fails."""
    try:
        return np.asarray(value)
    except Exception:  # ragged lists, tensors elsewhere, and whatever objects raise
        return np.empty(0, dtype=object)


def kind_of(value: Any) -> str:
    """A short description of a value's type and shape, for messages."""
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
    """' (FILE:LINE)' where a function of the user's begins; '' where it is unknown."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f" ({code.co_filename}:{code.co_firstlineno})" if code else ""


def is_users(filename: str) -> bool:
    """Whether a source file belongs neither to a library nor to this project."""
    if filename.startswith("<"):
        return False
    path = Path(filename)
    if path.name == "hidden.py":
        return True
    return not any(path.is_relative_to(folder) for folder in _LIBRARY_FOLDERS)


def guarded(call: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its exceptions turned into UserCodeErrors that name call."""

    @functools.wraps(function, updated=())
    def guarded_function(*arguments: Any) -> Any:
        with user_code(call, function):
            return function(*arguments)

    return guarded_function


def guarded_number(
    call: str, function: Callable[[Any], Any], expected: str
) -> Callable[[Any], float]:
    """The function, made to return one number or raise a UserCodeError.

    expected: what it should return, for the message.
    """

    @functools.wraps(function, updated=())
    def guarded_function(argument: Any) -> float:
        with user_code(call, function):
            value = function(argument)
        array = as_array(value)
        if array.size != 1 or array.dtype.kind not in "biuf":
            raise UserCodeError(
                f"{call} gave {kind_of(value)}, expected {expected}{place_of(function)}"
            )
        return float(array.ravel()[0])

    return guarded_function
