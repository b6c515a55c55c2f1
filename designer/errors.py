"""Faults of the machinery; a bad candidate is data (run.candidates.Outcome).

DesignerError            one line for the user, exit code 2
├── ConfigError          a command line, task, recipe or reward file is not as expected
├── LLMError             a model can't be reached or doesn't answer usefully
│   └── ClosedError      it will answer no call: key, account, model's name or address
├── StoreError           a run folder can't be read or written
├── TrainingError        a training could not run at all, whatever the reward
│   └── BrokenJobError   in one job of a pool (training.job)
└── BudgetSpent          the limit the user set is reached; exit code 3, resumable
"""


class DesignerError(Exception):
    """A fault in one line: what was expected, what came, and what to do."""

    exit_code = 2


class ConfigError(DesignerError):
    """A command line, task, recipe or reward file is not as expected."""


class LLMError(DesignerError):
    """A model can't be reached or doesn't answer usefully."""


class ClosedError(LLMError):
    """A server will answer no call: key, account, the model's name or the address."""


class StoreError(DesignerError):
    """A run folder can't be read or written."""


class TrainingError(DesignerError):
    """A training could not run at all, whatever the reward."""


class BudgetSpent(DesignerError):  # noqa: N818 (a state the user asked for, not an error)
    """A limit the user set is reached; the run can be resumed."""

    exit_code = 3
