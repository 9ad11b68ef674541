"""`spine report`: the published marts as one page that can be mailed, and the three lines that say most."""

import contextlib
import glob
import os
import secrets
import tempfile
import time
from pathlib import Path

from spine.errors import UsageError
from spine.report import figures, headlines
from spine.report.facts import Facts, read_facts
from spine.report.page import page_of
from spine.report.periods import in_words
from spine.run.database import write_fault

MOST_BYTES = 3_000_000
# How a page begins: what begins otherwise is no page, and is not replaced by one.
_BEGINNING = b"<!doctype html"
# What was half written so long ago belongs to nobody who still writes.
_LEFT_OVER_SECONDS = 3600


def write_report(db: Path, out: Path, kind: str = "day", with_ids: bool = False) -> list[str]:
    """Writes the report on a built or published database to a file, whole or not at all; what it says in three lines.

    `kind` is `day`, or `month` or `quarter` for the newest whole one; `with_ids` lists customers by their ids.

    Raises UsageError when the database cannot be read, the ledger does not reach back to the period, the file cannot be
    written, holds something else than a page or would be larger than MOST_BYTES; DiskFull.
    """
    place = _place_of(out)
    facts = read_facts(db, kind, with_ids)
    page = page_of(facts).encode("utf-8", errors="replace")
    if len(page) > MOST_BYTES:
        raise UsageError(
            f"{out}: the report would be of {len(page):,} bytes, more than the {MOST_BYTES:,} that can be mailed; "
            f"it has {len(facts.segments):,} segments. Retire those that nobody uses, or leave out --with-ids."
        )
    _write(out, place, page)
    return [_adds_up(facts), _moved(facts), _reach(facts)]


def refuse_place(out: Path) -> None:
    """Raises UsageError, or DiskFull, for a place in which no page can be put."""
    place = _place_of(out)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place.parent).close()
    except OSError as error:
        raise write_fault(out, error) from error


def _place_of(out: Path) -> Path:
    """The file that is written: a link stays a link. Raises UsageError for what is there and is no page."""
    place = Path(os.path.realpath(out)) if out.is_symlink() else out
    try:
        if place.is_dir():
            raise UsageError(f"{out}: is a folder; name a file in it, such as {out / 'report.html'}.")
        if place.exists() and not place.is_file():
            raise UsageError(f"{out}: is not a file.")
        with place.open("rb") as file:
            beginning = file.read(len(_BEGINNING))
    except FileNotFoundError:
        return place
    except OSError as error:
        raise write_fault(out, error) from error
    if beginning and beginning.lower() != _BEGINNING:
        raise UsageError(f"{out}: holds something else than a page, which would be lost; name another file.")
    return place


def _write(out: Path, place: Path, page: bytes) -> None:
    """Puts a page in its place whole. Each writes into a file of its own, for another may write the same page."""
    half_written = place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_overs(place)
        with half_written.open("wb") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(place)
    except OSError as error:
        raise write_fault(out, error) from error
    finally:
        with contextlib.suppress(OSError):
            half_written.unlink(missing_ok=True)


def _remove_left_overs(place: Path) -> None:
    """Removes what runs that were killed have left half written."""
    for left_over in place.parent.glob(f".{glob.escape(place.name)}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - left_over.stat().st_mtime > _LEFT_OVER_SECONDS:
                left_over.unlink()


def _adds_up(facts: Facts) -> str:
    """`adds up: of 61,204 orders read 60,012 count; USD 14,123,456 net revenue`."""

    def total(section: str, line: str, measure: str) -> object:
        return sum(row[measure] for row in facts.adds_up if (row["section"], row["line"]) == (section, line))

    read, counted = (figures.count("", total("orders", line, "entries")).text for line in ("read", "counted"))
    net = figures.money("", total("revenue", "net_revenue", "amount")).text
    return f"adds up: of {read} orders read {counted} count; {facts.currency} {net} net revenue"


def _moved(facts: Facts) -> str:
    """The first headline about what moved."""
    if facts.period.since is None:
        return f"what moved: known from the day after {in_words(facts.period.began_on)} on, when the ledger begins"
    moved = [*headlines.broken(facts)[:1], *headlines.moved(facts)[:1]]
    said = " ".join(map(figures.of, moved)) or "no segment has changed its size"
    return f"what moved since {in_words(facts.period.since)}: {said}"


def _reach(facts: Facts) -> str:
    """`what you may send: 9,123 of 19,786 persons by e-mail, 4,000 by SMS`."""
    persons = sum(row["entries"] for row in facts.adds_up if row["section"] == "persons" and row["is_total"])
    ways = [f"{count:,} by {channel}" for channel, count in headlines.reach(facts).items() if count]
    return f"what you may send: of {persons:,} persons you may write to {', '.join(ways) or 'nobody'}"
