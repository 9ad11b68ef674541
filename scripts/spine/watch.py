"""`spine watch`: refreshes whenever something is new, in one process, until it is told to stop.

New files have only the customers judged again whom they touch (spine.within_day); whatever else is new, all.
"""

import time
from collections.abc import Callable

import duckdb
from rich.console import Console

from spine import runs
from spine.errors import SpineError
from spine.fingerprint import inputs_of
from spine.publication import read_publication
from spine.raw_views import quoted_text
from spine.refresh import RefreshRequest, refresh
from spine.store import Store

SHOWN_SEGMENTS = 5
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


def watch(request_of_now: Callable[[], RefreshRequest], every_seconds: float, console: Console) -> None:
    """Looks for news every few seconds and refreshes; prints a line per refresh. Ends only by KeyboardInterrupt.

    What is refused, or fails, is told once and tried again when files, rules or the day have changed.
    """
    tried = None
    while True:
        request = request_of_now()
        news = inputs_of(request.raw_dir, request.rules_dir, request.as_of).fingerprint
        if news != tried:
            line, is_settled = _cycle(request)
            tried = news if is_settled else None
            console.print(f"{runs.timestamp()} {line}", soft_wrap=True)
        time.sleep(every_seconds)


def _cycle(request: RefreshRequest) -> tuple[str, bool]:
    """One refresh: what is to be said of it, and whether trying again without news would change nothing."""
    store = Store(request.db)
    before = read_publication(store)
    try:
        is_well = refresh(request, Console(quiet=True))
    except SpineError as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}", error.exit_code != 3
    after = read_publication(store)
    if not is_well:
        return f"failed: {runs.load_all(store)[-1].reason}", True
    if before is not None and after.run_id == before.run_id:
        return f"nothing is new since run {after.run_id}", True
    moved = _moved(store, before.run_id, after.run_id) if before else "first publication"
    return f"published run {after.run_id} as of {after.as_of_date}: {moved}", True


def _moved(store: Store, before: str, after: str) -> str:
    """Who entered and left which segments between two versions, the greatest moves first."""
    with duckdb.connect() as connection:
        for name, run_id in (("before", before), ("after", after)):
            connection.execute(f"attach {quoted_text(str(store.version(run_id)))} as {name} (read_only)")
        of_touched = ""
        if store.slice.exists():
            connection.execute(f"attach {quoted_text(str(store.slice))} as slice (read_only)")
            of_touched = "where customer_id in (from slice.touched.customers)"
        moves = connection.execute(_MOVES.format(of_touched=of_touched)).fetchall()
    if not moves:
        return "nobody moved"
    shown = ", ".join(f"{key} +{entered} -{gone}" for key, entered, gone in moves[:SHOWN_SEGMENTS])
    more = f" and {len(moves) - SHOWN_SEGMENTS} more segments" if len(moves) > SHOWN_SEGMENTS else ""
    return f"{sum(entered + gone for _, entered, gone in moves):,} moves: {shown}{more}"
