"""Within the day: what lands is taken in, and only the customers it touches are judged again.

The models are those of a full run, as dbt compiles them. They run over a slice, a small database that holds the
activity of these customers alone, and score them by the cut points of the last full run; what is about the whole
population waits for the next one.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from spine import runs
from spine.compiled import Statement, run_statements, statement_of
from spine.database import DatabaseInUse, keep_open, landing_dir_of, let_go, remove_database, write_fault
from spine.errors import UsageError
from spine.fingerprint import Inputs, refuse_changed
from spine.publication import ChangedVersion, Publication
from spine.raw_types import RawFolder
from spine.raw_views import quoted_name, quoted_text
from spine.results import NodeResult
from spine.runs import Run
from spine.store import Store
from spine.taking_in import TAKING_IN, TakingIn, compiled_taking_in, take_in

# The marts with a customer in every row. The others wait for a full run.
MARTS_OF_CUSTOMERS = (
    "channel_eligibility",
    "customer_ids",
    "customer_lifecycle",
    "customer_rfm",
    "customer_segments",
    "customer_value_tiers",
    "customers",
    "segment_members",
)
# What the models after these read, and the column that names the customer, if rows are one customer's.
SLICED = {
    "intermediate.int_customer_ids_resolved": "customer_id",
    "intermediate.int_customer_days": "customer_id",
    "intermediate.int_customer_item_days": "customer_id",
    "intermediate.int_customer_order_gaps": "customer_id",
    "intermediate.int_rfm_cut_points": None,
    "intermediate.int_value_tier_cut_points": None,
    "staging.stg_consent": "customer_id",
    "staging.stg_customers": "customer_id",
    "staging.stg_products": None,
    "staging.stg_refunds": "refunded_customer_id",
    "staging.stg_subscriptions": "customer_id",
    "staging.stg_support_tickets": "customer_id",
}
# Rules and what is published are tested; the tables on the way to it are tested by each full run.
JUDGING = (
    *("--select", *(f"+{mart}" for mart in MARTS_OF_CUSTOMERS)),
    *("--exclude", "path:models/staging", *TAKING_IN, "resource_type:seed", "resource_type:unit_test"),
    "resource_type:test,path:models/intermediate",
)
# But an earlier consent must not stay in force, not for a moment: a withdrawal that cannot be read holds the run back.
# Selected by itself, for dbt leaves out every test that reads what is left out.
CONSENT_IS_READABLE = ("--select", "consent_withdrawals_are_readable")
# The fingerprint of such a run begins with this: a full run has something to do even if no input is new.
WITHIN_DAY = "within the day: "
_COMPILED: dict[tuple[str, str], "Compiled"] = {}


@dataclass(frozen=True)
class Compiled:
    """What takes in new rows, and what judges the customers of the slice."""

    taking_in: TakingIn
    judging: list[Statement]


def is_within_day(store: Store, inputs: Inputs, published: Publication | None) -> bool:
    """Whether nothing but further raw files has come since the last run that was published.

    Raises DatabaseInUse when somebody else has the working database open.
    """
    newest = published and runs.newest_published(store, published.run_id)
    before = runs.taken_in(store)
    return (
        newest is not None
        and newest.run_id == published.run_id
        and _is_settled(store, published)
        and newest.fingerprint.removeprefix(WITHIN_DAY) == inputs.with_raw(before).fingerprint
        and all(inputs.raw.get(path) == mark for path, mark in before.items())
    )


def _is_settled(store: Store, published: Publication) -> bool:
    """Whether all that the working database holds is published, by the last full run or within its day.

    A run that was not published, or one by hand, has left its rows there, and perhaps its rules and cut points.
    """
    try:
        settled = runs.read_object(store.settled)
        if settled.get("completed_refresh") is None or not store.working.exists():
            return False
        keep_open(store.working)
        with duckdb.connect(str(store.working)) as connection:
            return settled == _state(connection, published.full_run_id)
    except DatabaseInUse:
        raise
    except (duckdb.Error, UsageError):
        return False


def _state(connection: duckdb.DuckDBPyConnection, full_run_id: str) -> dict:
    query = """
        select max(completed_refresh) filter (where not is_at_work and not was_interrupted)
        from spine_functions.refresh_progress
    """
    ((completed_refresh,),) = connection.execute(query).fetchall()
    return {"full_run_id": full_run_id, "completed_refresh": completed_refresh}


def judge_touched(
    store: Store, run: Run, inputs: Inputs, folder: RawFolder, rules_dir: Path | None, changed: ChangedVersion
) -> bool:
    """Takes in what has landed and builds the marts of the touched customers into the slice; whether that went well.

    Has the version begun in which they will be `changed`.

    If it did not, the next run is a full one. Raises UsageError.
    """
    before = {folder.root / path for path in runs.taken_in(store)}
    news = [name for name, table in folder.tables.items() if any(part.path not in before for part in table.parts)]
    compiled, is_well = _compiled(store, inputs, rules_dir), False
    try:
        with runs.timed(run, "take in"):
            is_well = run.note_nodes(_take_in(store, folder, compiled.taking_in, news))
        if is_well:
            with runs.timed(run, "slice"):
                changed.begin(_touched_customers(store))
                _slice(store)
            with runs.timed(run, "score"):
                is_well = run.note_nodes(_in_one_step(store.slice, lambda of: run_statements(of, compiled.judging)))
    except duckdb.Error as error:
        raise write_fault(store.home, error) from error
    finally:
        if not is_well:
            store.settled.unlink(missing_ok=True)
    return is_well


def make_ready(store: Store, inputs: Inputs, rules_dir: Path | None) -> None:
    """Compiles and reads what a run within the day needs, so that the first is about as quick as the next."""
    compiled = _compiled(store, inputs, rules_dir)
    remove_database(store.slice)
    with contextlib.suppress(DatabaseInUse):  # who needs it waits for it
        keep_open(store.working)
        with duckdb.connect(str(store.working)) as connection:
            for base_model in compiled.taking_in.base_models:
                connection.execute(f"select max(key_hash) from {base_model}")
            for relation, customer in SLICED.items():
                some_everywhere = f"where hash({customer}) % 1000 = 0" if customer else ""
                connection.execute(f"select max(columns(*)) from (from {relation} {some_everywhere})")


def settle_working(store: Store, full_run_id: str) -> None:
    """Notes that all that the working database holds is published; without that the next run is a full one."""
    with contextlib.suppress(duckdb.Error), duckdb.connect(str(store.working)) as connection:
        connection.execute("delete from intermediate.int_touched_customers")
        connection.execute("checkpoint")
        runs.write_whole(store.settled, json.dumps(_state(connection, full_run_id)))


def _take_in(store: Store, folder: RawFolder, taking_in: TakingIn, tables: list[str]) -> list[NodeResult]:
    from spine.dbt_plugin import register

    def work(connection: duckdb.DuckDBPyConnection) -> list[NodeResult]:
        register(connection, folder, landing_dir_of(store.working))
        return take_in(connection, taking_in, tables)

    return _in_one_step(store.working, work)


def _in_one_step(db: Path, work: Callable[[duckdb.DuckDBPyConnection], list[NodeResult]]) -> list[NodeResult]:
    """Has work done whose changes take effect together, and only if all of it ends well."""
    with duckdb.connect(str(db)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("begin")
        results = work(connection)
        connection.execute("commit" if all(one.is_good for one in results) else "rollback")
    return results


def _compiled(store: Store, inputs: Inputs, rules_dir: Path | None) -> Compiled:
    """What a run within the day runs; compiled once for a day, its rules and this code."""
    from spine.build import BuildRequest, compiled_nodes

    made_by = (str(store.home), inputs.with_raw({}).fingerprint)
    if made_by not in _COMPILED:
        let_go()  # dbt opens it with settings of its own
        of_working, of_slice = (
            BuildRequest(db, inputs.as_of, rules_dir=rules_dir, vars={"within_day": True})
            for db in (store.working, store.slice)
        )
        nodes = [node for selection in (CONSENT_IS_READABLE, JUDGING) for node in compiled_nodes(selection, of_slice)]
        compiled = Compiled(compiled_taking_in(of_working), [statement_of(node) for node in nodes])
        refuse_changed(inputs, rules_dir)
        _COMPILED.clear()
        _COMPILED[made_by] = compiled
    return _COMPILED[made_by]


def _touched_customers(store: Store) -> list[str]:
    with duckdb.connect(str(store.working)) as connection:
        return [name for (name,) in connection.execute("from intermediate.int_touched_customers").fetchall()]


def _slice(store: Store) -> None:
    """Copies what concerns the touched customers out of the working database."""
    remove_database(store.slice)
    with _attached(store) as connection:
        for schema in ("touched", "rules", "staging", "intermediate", "marts"):
            connection.execute(f"create schema slice.{schema}")
        connection.execute("create table slice.touched.customers as from intermediate.int_touched_customers")
        query = "select table_name from duckdb_tables() where database_name = 'working' and schema_name = 'rules'"
        for (rule_table,) in connection.execute(query).fetchall():
            name = f"rules.{quoted_name(rule_table)}"
            connection.execute(f"create table slice.{name} as from {name}")
        # What the test of withdrawals reads, of all customers.
        for name, rows in (("base_consent", "where standing = 'quarantined'"), ("stg_unreadable_rows", "")):
            connection.execute(f"create table slice.staging.{name} as from staging.{name} {rows}")
        for relation, customer in SLICED.items():
            connection.execute(f"create table slice.{relation} as {_of_touched(relation, customer)}")


def _of_touched(relation: str, customer: str | None) -> str:
    """The rows of a relation that are the touched customers', by the column that names them, if it has one."""
    if customer is None:
        return f"from {relation}"
    if relation.startswith("staging."):  # views, which name customers as their source does
        return (
            f"from {relation} where {customer} in "
            "(select source_customer_id from slice.intermediate.int_customer_ids_resolved)"
        )
    # By one column first: to read all columns wherever one of the customers might be takes three times as long.
    rows = f"select rowid from {relation} where {customer} in (from slice.touched.customers)"
    return f"from {relation} where rowid in ({rows})"


@contextmanager
def _attached(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(store.working)) as connection:
        connection.execute(f"attach {quoted_text(str(store.slice))} as slice")
        connection.execute("begin")  # else every table waits for the disk
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        finally:
            connection.execute("detach slice")
