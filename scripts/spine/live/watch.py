"""`spine watch`: refreshes whenever something is new, in one process, until it is told to stop."""

import contextlib
import dataclasses
import datetime
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from rich.console import Console

from spine.errors import InputRefused, SpineError, UsageError
from spine.interrupts import is_interrupt
from spine.live.slice import prepare_slices
from spine.publish import runs
from spine.publish.fingerprint import ChangedMeanwhile, changed_files, inputs_of, raw_inventory
from spine.publish.publication import Publication, read_publication, rolled_back_from
from spine.publish.readable import DamagedPublication
from spine.publish.refresh import SET_ASIDE, RefreshRequest, refresh, refuse_forgotten_rules
from spine.publish.run_lock import AnotherRunIsAtWork, only_run, only_watch
from spine.publish.status import files_of_consent
from spine.publish.store import Store
from spine.raw.types import first_files
from spine.raw.views import quoted_text
from spine.report.report import refuse_place
from spine.run.database import DatabaseInUse, reason_of, refuse_path
from spine.run.project import check_limits

SHOWN_SEGMENTS = 5
# While a disk or a folder fails again and again, perhaps each time after a whole run, pauses grow up to this.
LONGEST_PAUSE_SECONDS = 60
WAITS = "waits"
# What passes by itself.
_PASSING = (AnotherRunIsAtWork, ChangedMeanwhile, DatabaseInUse)
# How many customers there are in a mart now and were not before, and the reverse, by one of its columns.
_CHANGES = """
    with now as (select {columns} from after.marts.{rows}),

    earlier as (select {columns} from {earlier}),

    changes as (
        select *, true as is_new from (from now except from earlier)
        union all
        select *, false as is_new from (from earlier except from now)
    )

    select {key}, count_if(is_new) as entered, count_if(not is_new) as left_behind
    from changes
    group by {key}
    order by count(*) desc, {key}
"""
_MOVES = {
    "key": "segment_key",
    "columns": "segment_key, customer_id",
    "rows": "segment_members",
    "earlier": "before.marts.segment_members",
}
# A contact of a customer whose id now belongs to another counts as one of that other.
_CONTACTS = {
    "key": "channel",
    "columns": "channel, purpose, customer_id",
    "rows": "channel_eligibility where is_contactable",
    "earlier": """(
        select channel, purpose, coalesce(ids.customer_id, contacts.customer_id) as customer_id
        from before.marts.channel_eligibility as contacts
        left join after.marts.customer_ids as ids on contacts.customer_id = ids.source_customer_id
        where is_contactable
    )""",
}


def watch(
    request_of_now: Callable[[], RefreshRequest], every_seconds: float, console: Console, is_quiet: bool = False
) -> None:
    """Looks for news every few seconds and refreshes; prints a line per refresh, if `is_quiet` only what is wrong.

    Ends only by KeyboardInterrupt.

    What is refused, or fails, is told once and tried again when files, rules or the day have changed, or when
    somebody else has put another version in place.

    Raises at the start UsageError for a request that cannot be met, AnotherRunIsAtWork where another process watches.
    """
    request = request_of_now()
    if not request.raw_dir.is_dir():
        raise UsageError(f"--raw {request.raw_dir}: there is no such folder.")
    check_limits()
    if request.report_file is not None:
        refuse_place(request.report_file)
    _look(request)  # what else is wrong with the request itself ends it at once, too
    store = Store(request.db)
    refuse_path(store.db)
    with contextlib.suppress(DamagedPublication):  # a refresh says what to do about it
        refuse_forgotten_rules(store, request, read_publication(store))

    def say(line: str) -> None:
        if not is_quiet or _is_wrong(line):
            console.print(line, soft_wrap=True)

    with only_watch(store):
        tried, told, pause = None, None, every_seconds
        while True:
            line = None
            try:
                request = request_of_now()
                news = _look(request)
                if (news, _mark(request.db)) != tried:
                    line, is_final = _cycle(request)
                    tried = (news, _mark(request.db)) if is_final else None
            except (SpineError, OSError, duckdb.Error) as error:  # a disk, a folder: may be well again by itself
                if is_interrupt(error):
                    raise
                line, is_final, tried = f"failed: {_reason(error, store)}{_consent_that_waits(request)}", False, None
                pause = max(every_seconds, min(2 * max(pause, 1), LONGEST_PAUSE_SECONDS))
            else:
                pause = every_seconds
            if line and line != told:
                say(line)
                told = None if is_final else line
                if is_final:
                    _make_ready(request)
            time.sleep(pause)


def _make_ready(request: RefreshRequest) -> None:
    """Compiles what a slice runs while there is time for it. Errors are passed over: the slice meets them again."""
    store = Store(request.db)
    with contextlib.suppress(SpineError, OSError), only_run(store, request.command):
        prepare_slices(store, inputs_of(request.raw_dir, request.rules_dir, request.as_of), request.rules_dir)


def _is_wrong(line: str) -> bool:
    """Whether a line tells of a run that did not end well, or of a file that was left aside."""
    return line.startswith((runs.REFUSED, runs.FAILED)) or SET_ASIDE in line


def _look(request: RefreshRequest) -> str:
    """A name of all that a refresh would depend on."""
    return inputs_of(request.raw_dir, request.rules_dir, request.as_of).fingerprint


def _mark(db: Path) -> tuple | None:
    """What changes when another version is put in place."""
    try:
        status = db.stat()
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_mtime_ns)


def _cycle(request: RefreshRequest) -> tuple[str, bool]:
    """One refresh: what is to be said of it, and whether trying again without news would change nothing."""
    store = Store(request.db)
    before = read_publication(store)
    if ending := _ending(store, before, request):
        line, _ = _refreshed(store, before, ending)
        if line.startswith((runs.PUBLISHED, WAITS)):
            return line, False
    return _refreshed(store, before, request)


def _ending(store: Store, before: Publication | None, request: RefreshRequest) -> RefreshRequest | None:
    """The full build that ends the day which is published; None if that day is not over.

    Only full builds move the ledger: what slices have found since, or files have brought, would be seen a day late.
    """
    if before is None or before.as_of_date >= request.as_of.isoformat() or rolled_back_from(store, before):
        return None
    return dataclasses.replace(
        request, as_of=datetime.date.fromisoformat(before.as_of_date), may_slice=False, is_day_given=True
    )


def _refreshed(store: Store, before: Publication | None, request: RefreshRequest) -> tuple[str, bool]:
    with duckdb.connect() as connection:
        if before is not None:  # held open: the refresh may remove the version that it replaces
            connection.execute(f"attach {quoted_text(str(store.db))} as before (read_only)")
        try:
            outcome = refresh(request, Console(quiet=True))
        except _PASSING as error:
            return f"{WAITS}: {_reason(error, store)}", False
        except InputRefused as error:
            further = sum(1 for fault in error.faults if not fault.startswith("note: ")) - 1
            more = f" (and {further} more; see `spine status`)" if further > 0 else ""
            return f"refused: {_reason(error, store)}{more}{_consent_that_waits(request)}", True
        except (SpineError, OSError) as error:
            now = read_publication(store)
            if now is None or (before is not None and now.run_id == before.run_id):
                raise
            published = f"Run {now.run_id} as of {now.as_of_date} is published all the same"
            return f"failed: {_reason(error, store)} {published}.", False
        run, after = outcome.run, outcome.published
        if run is None:
            return "; ".join(outcome.notes) or f"nothing is new since run {after.run_id}", True
        if not outcome.is_well:
            details = "".join(f"\n    {line}" for line in outcome.problems)
            return f"failed: {run.reason}{_consent_that_waits(request)}{details}", True
        try:
            moved = _moved(connection, store, run.run_id) if before else "first publication"
        except duckdb.Error as error:  # another run may have removed what would say so
            if is_interrupt(error):
                raise
            moved = "who moved is not known, for another run has followed"
        more = "".join(f"; {one}" for one in (*outcome.notes, run.reason) if one)
    return f"published run {run.run_id} as of {run.as_of_date}: {moved}{more}", True


def _reason(error: Exception, store: Store) -> str:
    """What went wrong, in a line that says where."""
    if isinstance(error, duckdb.Error):
        return f"{store.db}: {reason_of(error)}"
    if isinstance(error, OSError) and error.filename is None:
        return f"{store.home}: {error.strerror or error}"
    return str(error).splitlines()[0]


def _consent_that_waits(request: RefreshRequest) -> str:
    """What is to be said where nothing is published although files of consent have come: withdrawals may be in them."""
    before, files = runs.files_read(Store(request.db)), []
    if before:
        with contextlib.suppress(SpineError, OSError):
            files = files_of_consent(changed_files(before, raw_inventory(request.raw_dir)))
    return f"; withdrawals may wait in {first_files(files)}" if files else ""


def _moved(connection: duckdb.DuckDBPyConnection, store: Store, after: str) -> str:
    """Who entered and left which segments since the version `before`, the greatest moves first."""
    connection.execute(f"attach {quoted_text(str(store.version(after)))} as after (read_only)")

    def changes(of: dict[str, str]) -> list[tuple]:
        return connection.execute(_CHANGES.format(**of)).fetchall()

    contacts, moves = changes(_CONTACTS), changes(_MOVES)
    contacted = ""
    if contacts:
        gained, lost = (sum(numbers) for numbers in list(zip(*contacts, strict=True))[1:])
        contacted = f"may be contacted: +{gained} -{lost}; "
    if not moves:
        return f"{contacted}nobody moved"
    shown = ", ".join(f"{key} +{entered} -{gone}" for key, entered, gone in moves[:SHOWN_SEGMENTS])
    more = f" and {len(moves) - SHOWN_SEGMENTS} more segments" if len(moves) > SHOWN_SEGMENTS else ""
    return f"{contacted}moves: {sum(entered + gone for _, entered, gone in moves):,}: {shown}{more}"
