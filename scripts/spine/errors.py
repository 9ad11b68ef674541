"""Errors the runner shows to a person: a clear message and an exit code, never a traceback."""

import errno

# No room on the disk, no room within the quota, a file that may not grow.
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error of the system, or of DuckDB, says that nothing more can be written."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL_DISK
    return says_disk_full(str(error))


def says_disk_full(message: str) -> bool:
    """Whether a message of DuckDB says that nothing more can be written."""
    return any(words in message for words in ("No space left", "File too large", "quota exceeded"))


class SpineError(Exception):
    """Anything that stops the runner and is worth telling the user. `exit_code` is the process's."""

    exit_code = 1


class UsageError(SpineError):
    """The command or its settings make no sense."""

    exit_code = 2


class DiskFull(SpineError):
    """Nothing more could be written; `what` names the file or folder. What was published before stays."""

    def __init__(self, what: object):
        super().__init__(f"{what}: cannot be written: the disk is full. Make room, then run the same command again.")


class InputRefused(SpineError):
    """The raw input cannot be used; `faults` holds one message per fault, all that were found."""

    exit_code = 4

    def __init__(self, faults: list[str]):
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))
