"""Who moved, as the ledger in marts.segment_daily says it: since the day before, and how sizes have changed."""

import datetime
from pathlib import Path

import duckdb
from rich.console import Console

from spine.errors import UsageError
from spine.run.database import reader

SHOWN_SEGMENTS = 5
# How many days ago `spine segments` looks.
AGES = (1, 7, 30)
_DAYS = """
    select max(as_of_date), max(case when day < as_of_date then day end), max(case when day <= ? then day end)
    from marts.segment_daily
"""
# Entries and exits by cause are columns of a day: they are named entries_CAUSE and exits_CAUSE.
_MOVES = """
    with movements as (
        select
            segment_key,
            sum(entries) as entries,
            sum(exits) as exits,
            unnest([{causes}]) as cause,
            unnest([{counts}]) as movements
        from marts.segment_daily
        where day > ?
        group by segment_key
    )

    select
        coalesce(any_value(segments.label), movements.segment_key),
        any_value(movements.entries),
        any_value(movements.exits),
        list((movements.movements, movements.cause) order by movements.movements desc, movements.cause)
            filter (movements.movements > 0)
    from movements
    left join marts.segments as segments on movements.segment_key = segments.segment_key
    where movements.entries + movements.exits > 0
    group by movements.segment_key
    order by any_value(movements.entries + movements.exits) desc, movements.segment_key
"""
# Per age the newest day of the ledger that is at least as old; a segment may have had no size then, or no row.
_CHANGES = """
    with sizes as (
        select segment_key, day, customers from marts.segment_daily
    ),

    ages as (
        select ages.age, max(sizes.day) as day
        from (select unnest([{ages}]) as age) as ages
        inner join sizes on sizes.day <= (select max(day) from sizes) - ages.age
        group by ages.age
    )

    select now.segment_key, ages.age, now.customers - earlier.customers
    from sizes as now
    cross join ages
    inner join sizes as earlier on now.segment_key = earlier.segment_key and ages.day = earlier.day
    where now.day = (select max(day) from sizes)
"""
_CAUSES = """
    select column_name[9:] from duckdb_columns()
    where schema_name = 'marts' and table_name = 'segment_daily' and starts_with(column_name, 'entries_')
    order by column_index
"""


def print_moved(db: Path, console: Console, published: datetime.date | None = None) -> None:
    """Prints the segments that most customers have entered and left since the day before, and why.

    That is the day that was `published` before, of which the ledger may know more days since. A database that cannot
    be read now, or that holds no ledger, is passed over.
    """
    try:
        with reader(db) as connection:
            as_of, before, known = connection.execute(_DAYS, [published]).fetchall()[0]
            since = known if known and known < as_of else before
            moves = _moves(connection, since) if since else []
    except (UsageError, duckdb.Error):
        return
    for line in _lines(as_of, since, moves) if as_of else []:
        console.print(line, soft_wrap=True)


def size_changes(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[int, int | None]]:
    """By segment and age in days, how many customers more it has than then; what the ledger does not know is left out.

    Nothing is known where the marts are of a version of spine that kept no ledger.
    """
    try:
        rows = connection.execute(_CHANGES.format(ages=", ".join(map(str, AGES)))).fetchall()
    except duckdb.CatalogException:
        return {}
    changes: dict[str, dict[int, int | None]] = {}
    for segment_key, age, change in rows:
        changes.setdefault(segment_key, {})[age] = change
    return changes


def known_causes(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The causes that the ledger of a database counts, in the order of its columns."""
    return [cause for (cause,) in connection.execute(_CAUSES).fetchall()]


def _moves(connection: duckdb.DuckDBPyConnection, since: datetime.date) -> list[tuple]:
    """Of each segment that somebody has entered or left since a day: label, entries, exits, (count, cause) of both."""
    causes = known_causes(connection)
    names = ", ".join(f"'{cause}'" for cause in causes)
    counts = ", ".join(f"sum(entries_{cause} + exits_{cause})" for cause in causes)
    return connection.execute(_MOVES.format(causes=names, counts=counts), [since]).fetchall()


def _lines(as_of: datetime.date, before: datetime.date | None, moves: list[tuple]) -> list[str]:
    if before is None:
        return [f"the ledger of stays begins on {as_of}: who moves is known from the next day on"]
    if not moves:
        return [f"nobody moved since {before}"]
    entered, gone = (sum(move[place] for move in moves) for place in (1, 2))
    lines = [f"moved since {before}: {entered:,} entries, {gone:,} exits (marts.segment_daily)"]
    lines += [f"    {_move(*move)}" for move in moves[:SHOWN_SEGMENTS]]
    more = len(moves) - SHOWN_SEGMENTS
    if more > 0:
        lines.append(f"    and {more} more segment{'s' if more > 1 else ''}")
    return lines


def _move(label: str, entered: int, gone: int, causes: list[tuple[int, str]]) -> str:
    """`At risk +20 -22 (18 behaviour, 15 population, 9 time)`."""
    why = ", ".join(f"{count:,} {cause}" for count, cause in causes)
    return f"{label} +{entered:,} -{gone:,} ({why})"
