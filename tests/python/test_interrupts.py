"""A signal is heard, whatever the code that it reaches makes of its exception."""

import os
import signal
import time

import pytest
from spine import interrupts
from spine.cli import commands as run
from spine.cli import main as cli

STATUS = ["status", "--db", "shop.duckdb"]


@pytest.fixture(autouse=True)
def soon_again(monkeypatch):
    monkeypatch.setattr(interrupts, "RAISED_AGAIN_SECONDS", 0.05)


def swallowed(options):
    """Stands for a finaliser, or a library, that catches everything."""
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    except BaseException:
        pass
    time.sleep(5)
    return 0


def turned_into_another_error(options):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    except BaseException:
        raise RuntimeError("Query interrupted") from None


@pytest.mark.parametrize("command", [swallowed, turned_into_another_error])
def test_a_signal_ends_a_command(command, monkeypatch, capsys):
    monkeypatch.setattr(run, "status", command)
    started = time.monotonic()
    assert cli.main(STATUS) == 143
    assert time.monotonic() - started < 4
    assert capsys.readouterr().err == "spine: interrupted.\n"


def test_no_signal_is_left_for_later(monkeypatch):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    monkeypatch.setattr(run, "status", swallowed)
    assert cli.main(STATUS) == 143
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before


def test_an_error_without_a_signal_is_no_interrupt(monkeypatch, capsys):
    def crashes(options):
        raise RuntimeError("no signal was given")

    monkeypatch.setattr(run, "status", crashes)
    assert cli.main(STATUS) == 2
    assert "spine crashed (RuntimeError in test_interrupts.py" in capsys.readouterr().err
