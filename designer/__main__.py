"""Entry point: runs a command; an error becomes one line and an exit code."""

import os
import signal
import sys
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path

from designer.errors import ConfigError, DesignerError


def main() -> None:
    """The `designer` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may lack some letters
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; gives 0 done, 2 user error, 3 budget spent, 130 interrupted."""
    try:
        if stray := stray_packages(Path(__file__).parent.parent):
            raise ConfigError(
                f"package '{stray[0]}' does not come from this project; install it in "
                "a virtual environment of its own (make install)"
            )
        from designer.cli import run_command
        from envs.prints import prints_dropped

        with prints_dropped():
            return run_command(arguments)
    except KeyboardInterrupt as interrupt:
        # A second Ctrl-C, or the same one sent to the whole group, breaks no farewell.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        again = ""
        if arguments[:1] in (["score"], ["batch"]):
            again = "; go on with: the same command"
        elif interrupt.args:  # of a run whose folder was begun
            again = f"; go on with: designer resume {interrupt.args[0]}"
        sys.stderr.write(f"interrupted{again}\n")
        return 130
    except BrokenPipeError:  # Who reads the output, such as head, wants no more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if arguments[:1] not in (["run"], ["resume"], ["batch"], ["score"]):
            return 0
        sys.stderr.write(
            "error: nobody reads the output any more; go on with: the same command, or "
            "designer resume RUN\n"
        )
        return 2
    except Exception as error:  # the outermost frame of the process
        line = error_line(error)
        if line is None:
            raise
        sys.stderr.write(f"error: {line}\n")
        return error.exit_code if isinstance(error, DesignerError) else 2


def error_line(error: Exception) -> str | None:
    """One line for an error that the user can correct; None for a fault of ours."""
    if isinstance(error, DesignerError):
        return " ".join(str(error).split())
    from envs.yamlfile import TaskError
    from sandbox import SandboxError

    if isinstance(error, TaskError | SandboxError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"can't use {error.filename}: {error.strerror}"
    if isinstance(error, OSError):
        reason = error.strerror or error
        return (
            f"can't go on: {reason}; put that right, then repeat the command (a run "
            "that was begun goes on with designer resume RUN)"
        )
    return None


def stray_packages(root: Path) -> list[str]:
    """Our package names that another distribution provides instead of us."""
    specs = {name: find_spec(name) for name in ("envs", "sandbox", "prompts")}
    return [
        name
        for name, spec in specs.items()
        if spec is None
        or spec.origin is None
        or root.resolve() not in Path(spec.origin).resolve().parents
    ]


if __name__ == "__main__":
    main()
