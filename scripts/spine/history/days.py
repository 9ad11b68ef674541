"""Making the ledger of days that nobody has built: one after the other, each beside what the day before has left.

Only what the ledger needs is built, and of that only what differs from day to day. What a day has left is written to a
file of its own in one transaction, so that a run that was interrupted goes on after the last whole day.
"""

import dataclasses
import datetime
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console

from spine.consoles import silent
from spine.errors import DiskFull, SpineError, says_disk_full
from spine.raw.views import quoted_name, quoted_text
from spine.run.build import NO_ARTIFACTS, BuildRequest, compiled_nodes, run_dbt
from spine.run.compiled import Statement, opened, run_statements, statement_of
from spine.run.database import remove_database
from spine.run.history import attach_history, history_tables
from spine.run.results import NodeResult

# The models whose tables the next day reads.
MODELS = (
    "clause_catalogue",
    "customer_activity_hashes",
    "customer_ids",
    "cut_points",
    "segment_catalogue",
    "segment_daily",
    "segment_membership_history",
    "segment_transitions",
    "trait_catalogue",
)
SELECTION = ("--indirect-selection", "empty", "--select", *(f"+{model},resource_type:model" for model in MODELS))
# Prefix of the unique ids of the tables that hold the day before.
HISTORY = "source.segment_spine.history."
ONE_DAY = datetime.timedelta(days=1)
# When the raw files of a day are taken to have come, in UTC: the morning after.
MORNING = "06:00:00"
_MOVES = """
    select coalesce(sum(entries + exits), 0), (select min(day) from marts.segment_daily) = any_value(day)
    from marts.segment_daily
    where day = ?
"""


@dataclass(frozen=True)
class Days:
    """The days to make, the `first` to the `last`, after what is `before`; `made_by` names all that they rest on."""

    first: datetime.date
    last: datetime.date
    before: Path | None
    made_by: str
    is_as_known: bool = False

    def after(self, day: datetime.date | None) -> list[datetime.date]:
        """The days that are still to be made when one has been made, or none."""
        count = (self.last - self.first).days + 1
        return [one for one in (self.first + datetime.timedelta(n) for n in range(count)) if day is None or one > day]


def known_until(day: datetime.date) -> str:
    """The moment by which the rows of a day are taken to have been loaded: the morning after, in UTC."""
    return f"{day + ONE_DAY} {MORNING}"


def make_days(days: Days, request: BuildRequest, target: Path, console: Console) -> None:
    """Makes the ledger of the days; `target` then holds the tables of the source `history` as of the last.

    The `request` says from what, into which working database.

    Raises SpineError for a model that cannot be built; the days before it stay made.
    """
    made = _last_day(target, days.made_by)
    if made and made > days.last:  # a run up to a later day made the file: what an earlier day had left is lost
        made = None
    if made is None:
        remove_database(target)
    else:
        console.print(f"goes on after {made}, the last day that was made", soft_wrap=True)
    waiting = days.after(made)
    # The first builds all; where knowledge grows from day to day, each does.
    whole, following = (waiting, []) if days.is_as_known else (waiting[:1], waiting[1:])
    statements: list[Statement] = []
    for day in whole:
        with _told(day, target, console):
            known = known_until(day) if days.is_as_known else None
            before = target if target.exists() else days.before
            statements = _build_whole(dataclasses.replace(request, as_of=day, history_db=before, known_until=known))
            _leave_day(request.db, target, days.made_by)
    if following:
        began = time.perf_counter()
        template = _template(request, following[0], statements, whole[0])
        _compute_once(request.db, template.lasting_views)
        console.print(f"what is the same on every day is made, {time.perf_counter() - began:.1f} s", soft_wrap=True)
        for day in following:
            with _told(day, target, console):
                _leave_day(request.db, target, days.made_by, [template.of(one, day) for one in template.statements])


@contextmanager
def _told(day: datetime.date, target: Path, console: Console) -> Iterator[None]:
    """Says that a day is made, and how long that took."""
    began = time.perf_counter()
    yield
    with duckdb.connect(str(target), read_only=True) as connection:
        moves, begins = connection.execute(_MOVES, [day]).fetchall()[0]
    what = "the ledger begins" if begins else f"{moves:,} entries and exits"
    console.print(f"made {day}: {what}, {time.perf_counter() - began:.1f} s", soft_wrap=True)


def _last_day(target: Path, made_by: str) -> datetime.date | None:
    """The last day that a file holds, if it was made of the same; None otherwise."""
    if not target.exists():
        return None
    try:
        # Not read-only: opening the file takes in the log that a killed run has left. The file may be moved without it.
        with duckdb.connect(str(target)) as connection:
            found = connection.execute("select made_by, day from marts.made").fetchall()
    except duckdb.Error:
        return None
    return found[0][1] if found and found[0][0] == made_by else None


def _build_whole(request: BuildRequest) -> list[Statement]:
    """Builds all that the ledger needs, in a new database; the statements that were run."""
    remove_database(request.db)
    _refuse_faults(run_dbt(["seed", NO_ARTIFACTS], request, silent(), quiet=True), request.db, request.as_of)
    statements = _statements(request)
    with opened(request.db) as connection:
        attach_history(connection, request.history_db)
        for schema in {one.node.schema: None for one in statements}:
            connection.execute(f"create schema if not exists {quoted_name(schema)}")
        _refuse_faults(run_statements(connection, statements), request.db, request.as_of)
    return statements


@dataclass(frozen=True)
class _Template:
    """The statements that differ from day to day, as of one `day`, which their text names wherever it matters.

    They read `lasting_views`, which are the same on every day.
    """

    day: datetime.date
    statements: list[Statement]
    lasting_views: list[str]

    def of(self, one: Statement, day: datetime.date) -> Statement:
        return dataclasses.replace(one, sql=one.sql.replace(self.day.isoformat(), day.isoformat()))


def _template(request: BuildRequest, day: datetime.date, earlier: list[Statement], other: datetime.date) -> _Template:
    """What is to be run for each day, compiled once: compiling takes longer than many a model.

    `earlier` are the statements as of an `other` day: they show which ones differ from day to day.

    Raises SpineError if a model depends on the day in another way than by naming it.
    """
    texts = {one.node.unique_id: one.sql for one in earlier}
    template = _Template(day, _statements(dataclasses.replace(request, as_of=day)), [])
    odd = [one.node.name for one in template.statements if template.of(one, other).sql != texts[one.node.unique_id]]
    if odd:
        raise SpineError(f"{', '.join(odd)}: depends on as_of_date otherwise than by as_of_date(); mend the model.")
    differing: set[str] = set()
    for one in template.statements:
        parents = one.node.depends_on.nodes
        is_after_another = any(parent in differing or parent.startswith(HISTORY) for parent in parents)
        if is_after_another or one.sql != texts[one.node.unique_id]:
            differing.add(one.node.unique_id)
    daily = [one for one in template.statements if one.node.unique_id in differing]
    read = {parent for one in daily for parent in one.node.depends_on.nodes}
    return _Template(
        day,
        daily,
        [
            one.node.relation_name
            for one in template.statements
            if one.node.unique_id in read - differing and one.node.config.materialized == "view"
        ],
    )


def _compute_once(working: Path, views: list[str]) -> None:
    """Makes tables of views: a day reads the events five times, and to read them from the files takes longest."""
    with opened(working) as connection:
        for view in views:
            connection.execute(f'create or replace table {view[:-1]}_once" as from {view}')
        for view in views:
            connection.execute(f"drop view {view}")
            connection.execute(f'alter table {view[:-1]}_once" rename to {view.rpartition(".")[2]}')


def _statements(request: BuildRequest) -> list[Statement]:
    return [statement_of(node) for node in compiled_nodes(list(SELECTION), request)]


def _leave_day(working: Path, target: Path, made_by: str, statements: Sequence[Statement] = ()) -> None:
    """Runs the statements of a day, if it is not built already, and writes what it leaves to the next."""
    with opened(working) as connection:
        connection.execute(f"attach {quoted_text(str(target))} as history")
        connection.execute("create schema if not exists history.marts")
        connection.execute("begin")
        _refuse_faults(run_statements(connection, statements), working, None)
        connection.execute("commit")
        _take_over(connection, f'"{working.stem}"', made_by)


def _take_over(connection: duckdb.DuckDBPyConnection, working: str, made_by: str) -> None:
    """Writes what the day has left over what the day before had left, whole or not at all."""
    connection.execute("begin")
    for table, columns in history_tables().items():
        name, listed = quoted_name(table), ", ".join(map(quoted_name, columns))
        connection.execute(
            f"create or replace table history.marts.{name} as select {listed} from {working}.marts.{name}"
        )
    connection.execute(
        "create or replace table history.marts.made as select ? as made_by, max(as_of_date) as day "
        "from history.marts.segments",
        [made_by],
    )
    connection.execute("commit")


def _refuse_faults(results: list[NodeResult], working: Path, day: datetime.date | None) -> None:
    if any(says_disk_full(one.message) for one in results):
        raise DiskFull(working)
    ill = [f"{one.name}: {one.message}" for one in results if not one.is_good]
    if ill:
        raise SpineError(f"the ledger of {day or 'a day'} cannot be made: {'; '.join(ill[:3])}")
