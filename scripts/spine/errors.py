"""Errors the runner shows to a person: a clear message and an exit code, never a traceback."""


class SpineError(Exception):
    """Anything that stops the runner and is worth telling the user. `exit_code` is the process's."""

    exit_code = 1


class UsageError(SpineError):
    """The command or its settings make no sense."""

    exit_code = 2


class InputRefused(SpineError):
    """The raw input cannot be used; `faults` holds one message per fault, all that were found."""

    exit_code = 4

    def __init__(self, faults: list[str]):
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))
