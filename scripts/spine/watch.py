"""`spine watch`: refreshes whenever something is new, in one process, until it is told to stop.

New files have only the customers judged again whom they touch (spine.within_day); whatever else is new, all.
"""

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
from rich.console import Console

from spine import runs
from spine.database import DatabaseInUse, keeping_open, let_go, refuse_path, remove_database
from spine.errors import InputRefused, SpineError
from spine.fingerprint import ChangedMeanwhile, inputs_of
from spine.publication import read_publication
from spine.raw_views import quoted_text
from spine.refresh import RefreshRequest, command_line, refresh
from spine.run_lock import AnotherRunIsAtWork, only_run, only_watch
from spine.store import Store

SHOWN_SEGMENTS = 5
LOOKS_FOR_OTHERS_EVERY = 0.2
# What passes by itself.
_PASSING = (AnotherRunIsAtWork, ChangedMeanwhile, DatabaseInUse)
_MOVES = """
    with entered as (
        select segment_key, customer_id from after.marts.segment_members {of_touched}
        except
        select segment_key, customer_id from before.marts.segment_members {of_touched}
    ),

    left_behind as (
        select segment_key, customer_id from before.marts.segment_members {of_touched}
        except
        select segment_key, customer_id from after.marts.segment_members {of_touched}
    )

    select segment_key, count_if(is_new) as entered, count_if(not is_new) as left_behind
    from (select *, true as is_new from entered union all select *, false from left_behind)
    group by segment_key
    order by count(*) desc, segment_key
"""
# A customer with a channel and a purpose for which she may, or may no longer, be contacted.
_CONTACTS = """
    with now as (
        select customer_id, channel, purpose, is_contactable from after.marts.channel_eligibility {of_touched}
        except
        select customer_id, channel, purpose, is_contactable from before.marts.channel_eligibility {of_touched}
    )

    select count_if(is_contactable), count_if(not is_contactable) from now
"""


def watch(request_of_now: Callable[[], RefreshRequest], every_seconds: float, console: Console) -> None:
    """Looks for news every few seconds and refreshes; prints a line per refresh. Ends only by KeyboardInterrupt.

    What is refused, or fails, is told once and tried again when files, rules or the day have changed, or when
    somebody else has put another version in place.

    Raises at the start UsageError for a request that cannot be met, AnotherRunIsAtWork where another process watches.
    """
    request = request_of_now()
    _look(request)  # what is wrong with the request itself ends it at once
    store = Store(request.db)
    refuse_path(store.db)
    with (
        only_watch(store, runs.timestamp()),
        _garbage_collected_between_cycles() as collect_garbage,
        _slice_removed(store),
        keeping_open(),
    ):
        tried = told = None
        while True:
            line = None
            try:
                request = request_of_now()
                news = _look(request)
                if (news, _mark(request.db)) != tried:
                    line, is_settled = _cycle(request)
                    tried = (news, _mark(request.db)) if is_settled else None
            except (SpineError, OSError) as error:  # files and folders that change while they are looked at
                line, is_settled, tried = f"failed: {str(error).splitlines()[0]}", False, None
            if line:
                if line != told:
                    console.print(f"{runs.timestamp()} {line}", soft_wrap=True)
                    told = None if is_settled else line
                collect_garbage()
            _pause(store, every_seconds)


def _pause(store: Store, seconds: float) -> None:
    """Sleeps; lets go of the working database if another run is at work meanwhile."""
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0:
        time.sleep(min(left, LOOKS_FOR_OTHERS_EVERY))
        if store.lock.exists():
            let_go()


@contextlib.contextmanager
def _slice_removed(store: Store) -> Iterator[None]:
    """Removes the customers of the last cycle at the end, unless another run is at work."""
    try:
        yield
    finally:
        with contextlib.suppress(AnotherRunIsAtWork, OSError), only_run(store, "watch", runs.timestamp()):
            remove_database(store.slice)


@contextlib.contextmanager
def _garbage_collected_between_cycles() -> Iterator[Callable[[], None]]:
    """What stays, such as the parsed project, is set aside, so that no cycle spends its time looking through it."""

    def collect() -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    try:
        yield collect
    finally:
        gc.unfreeze()


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
    with duckdb.connect() as connection:
        if before is not None:  # held open: the refresh may remove the version that it replaces
            connection.execute(f"attach {quoted_text(str(store.db))} as before (read_only)")
        try:
            is_well = refresh(request, Console(quiet=True))
        except SpineError as error:
            first, *others = str(error).splitlines()
            more = f" (and {len(others)} more; see `spine status`)" if others else ""
            if isinstance(error, _PASSING):
                return f"waits: {first}", False
            return f"{'refused' if isinstance(error, InputRefused) else 'failed'}: {first}{more}", True
        after = read_publication(store)
        if not is_well:
            reason = runs.load_all(store)[-1].reason
            return f"failed: {reason}; `{command_line(request)}` shows more", True
        if before is not None and after.run_id == before.run_id:
            return f"nothing is new since run {after.run_id}", True
        moved = _moved(connection, store, after.run_id) if before else "first publication"
        left_aside = runs.load_all(store)[-1].reason
        moved += f"; {left_aside}" if left_aside else ""
    return f"published run {after.run_id} as of {after.as_of_date}: {moved}", True


def _moved(connection: duckdb.DuckDBPyConnection, store: Store, after: str) -> str:
    """Who entered and left which segments since the version `before`, the greatest moves first."""
    connection.execute(f"attach {quoted_text(str(store.version(after)))} as after (read_only)")
    of_touched = judged = ""
    if store.slice.exists():
        connection.execute(f"attach {quoted_text(str(store.slice))} as slice (read_only)")
        of_touched = "where customer_id in (from slice.touched.customers)"
        customers = connection.execute("select count(*) from slice.touched.customers").fetchall()[0][0]
        judged = f"customers judged: {customers:,}; "
    gained, lost = connection.execute(_CONTACTS.format(of_touched=of_touched)).fetchall()[0]
    if gained or lost:
        judged += f"may be contacted: +{gained} -{lost}; "
    moves = connection.execute(_MOVES.format(of_touched=of_touched)).fetchall()
    if not moves:
        return f"{judged}nobody moved"
    shown = ", ".join(f"{key} +{entered} -{gone}" for key, entered, gone in moves[:SHOWN_SEGMENTS])
    more = f" and {len(moves) - SHOWN_SEGMENTS} more segments" if len(moves) > SHOWN_SEGMENTS else ""
    return f"{judged}moves: {sum(entered + gone for _, entered, gone in moves):,}: {shown}{more}"
