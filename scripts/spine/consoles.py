"""Where lines go that a command prints: to a person, to a log, or nowhere."""

import os
import sys

from rich.console import Console

from spine.publish.runs import timestamp


class _LastingConsole(Console):
    """Goes on in silence when nobody reads any more, as in `spine build | head -1`: the work is worth finishing."""

    def on_broken_pipe(self) -> None:
        """Sends to nowhere what is still to be printed."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class _LogConsole(_LastingConsole):
    """Begins each line with its time, which a file of lines needs."""

    def print(self, *texts: object, **options: object) -> None:
        """Prints texts, a line at a time."""
        for line in " ".join(map(str, texts)).splitlines():
            super().print(f"{timestamp()} {line}", **options)


# Names and labels may hold brackets, which are no markup.
_PLAIN = {"markup": False, "highlight": False, "emoji": False}


def plain() -> Console:
    """What a person reads."""
    return _LastingConsole(**_PLAIN)


def log(also_on_terminal: bool = False) -> Console:
    """What a run that a scheduler starts says: with the time of each line, unless a person watches the terminal."""
    return (_LogConsole if also_on_terminal or not sys.stdout.isatty() else _LastingConsole)(**_PLAIN)


def silent() -> Console:
    """A console that prints nothing."""
    return Console(quiet=True)
