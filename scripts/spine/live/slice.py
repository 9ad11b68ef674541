"""Near real time: the models of a full build over a slice, the customers whom the files since the last one touch.

A slice is a function of the last full build and of the files that have come since: its raw tables are those of the
customers who are touched, whole; its cut points, and what the shop brings at all, are those of the full build.
Everything else is done by the models, which know nothing of it. What cannot be judged in a slice is left to a full
build.
"""

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from spine.consoles import silent
from spine.errors import DiskFull, says_disk_full
from spine.live.touched import TABLES_OF_CUSTOMERS, count_touched, cut_raw, names_new_currency, note_replaced, touch
from spine.publish import runs
from spine.publish.fingerprint import Inputs, changed_files
from spine.publish.publication import Publication, rolled_back_from
from spine.publish.readable import fault_of_version
from spine.publish.runs import FullBuild, Run
from spine.publish.store import Store
from spine.raw.contract import load_contract
from spine.raw.types import RawFolder, days_of_files
from spine.raw.views import quoted_text, view_statements
from spine.run.compiled import Statement, run_statements, statement_of
from spine.run.database import currency_of, landing_dir_of, remove_database
from spine.run.project import is_currency_auto, vars_in_force
from spine.run.results import NodeResult

# The marts with a customer in every row. The others wait for a full build.
MARTS_OF_A_SLICE = (
    "channel_eligibility",
    "customer_ids",
    "customer_lifecycle",
    "customer_rfm",
    "customer_segments",
    "customer_traits",
    "customer_value_tiers",
    "customers",
    "segment_members",
)
# Read no mart, and yet nothing is published without them: a broken feed misleads, rates of another currency make wrong
# amounts, and where a withdrawal cannot be read an earlier opt-in must not stay in force, not for a moment.
TESTS_OF_FEEDS = (
    "consent_withdrawals_are_readable",
    "rates_lead_to_the_reporting_currency",
    "rejected_orders_within_limit",
    "rejected_refunds_within_limit",
    "unmapped_orders_within_limit",
    "unreadable_orders_within_limit",
)
# If more than this share of the customers is touched, and they are not few, everything is built.
MOST_TOUCHED_SHARE = 0.25
FEW_CUSTOMERS = 5000


@dataclass(frozen=True)
class SliceModels:
    """What is run over a slice, each after what it reads; tables `of_all_customers` are taken from the full build."""

    models: list[Statement]
    tests: list[Statement]
    of_all_customers: list[str]


_COMPILED: dict[tuple[str, str, str | None], SliceModels] = {}


def files_to_slice(store: Store, inputs: Inputs, published: Publication | None) -> FullBuild | None:
    """The last full build, if it can be read and nothing but further files of customers has come since; else None."""
    full = runs.full_build(store)
    if (
        full is None
        or published is None
        or published.full_run_id != full.run_id
        or rolled_back_from(store, published)
        or not store.version(full.run_id).exists()
        or runs.working_mark(store) != full.working
        or full.fingerprint != inputs.with_raw(full.files).fingerprint
        # The slice goes into a copy of that version. Only the marts of a slice are read again there, so that the others
        # must be whole now.
        or fault_of_version(store, full.run_id, is_anew=False)
    ):
        return None
    changes = changed_files(full.files, inputs.raw)
    return None if changes["changed"] or changes["missing"] or not changes["new"] else full


def build_slice(
    store: Store, run: Run, folder: RawFolder, full: FullBuild, inputs: Inputs, rules_dir: Path | None
) -> list[NodeResult] | None:
    """Builds the marts of the touched customers; how the models and tests ended. None where only a full build will do.

    Raises DiskFull where the slice finds no room.
    """
    parts = {name: _split(table.parts, folder, full) for name, table in folder.tables.items()}
    new = [name for name, (_, later) in parts.items() if later]
    if not all(_can_be_sliced(folder, name, *parts[name]) for name in new):
        return None
    old_folder, new_folder = (
        dataclasses.replace(
            folder,
            tables={
                name: dataclasses.replace(table, parts=parts[name][place])
                for name, table in folder.tables.items()
                if parts[name][place]
            },
        )
        for place in (0, 1)
    )
    compiled = prepare_slices(store, inputs, rules_dir)
    if compiled is None:
        return None
    tables = list(load_contract())
    try:
        with _opened(store, old_folder, new_folder) as connection:
            # Only a look at all orders can tell what the currency is then.
            if is_currency_auto(rules_dir) and names_new_currency(connection):
                return None
            with runs.timed(run, "touch"):
                touch(connection, tables, new)
                touched, known = count_touched(connection)
            if touched > max(FEW_CUSTOMERS, MOST_TOUCHED_SHARE * known):
                return None
            connection.execute("begin")  # else every table waits for the disk
            with runs.timed(run, "slice"):
                cut_raw(connection, tables, new)
                for name in compiled.of_all_customers:
                    connection.execute(f"create table {name} as from working.{name}")
            with runs.timed(run, "models"):
                results = run_statements(connection, compiled.models)
            if not all(one.is_good for one in results) or not note_replaced(connection):
                return None
            with runs.timed(run, "tests"):
                results += run_statements(connection, compiled.tests)
            connection.execute("commit")
    except duckdb.Error as error:
        if says_disk_full(str(error)):
            raise DiskFull(store.slice) from error
        return None
    return results if all(one.is_good for one in results) else None


def _split(parts: tuple, folder: RawFolder, full: FullBuild) -> tuple[tuple, tuple]:
    """The parts of a table that the full build has read, and those that have come since."""
    is_old = [str(part.path.relative_to(folder.root)) in full.files for part in parts]
    return tuple(tuple(part for part, old in zip(parts, is_old, strict=True) if old == side) for side in (True, False))


def _can_be_sliced(folder: RawFolder, name: str, old: tuple, new: tuple) -> bool:
    """Whether new files of a table change nothing for rows of the old ones that they do not touch.

    The first rows of a table do: whatever rests on it is known from then on.
    """
    table = folder.tables[name]
    has_rows = any(part.rows for part in old)
    are_dated = [bool(days_of_files(dataclasses.replace(table, parts=parts))) for parts in (old, new)]
    return name in TABLES_OF_CUSTOMERS and table.kind == "parquet" and has_rows and are_dated[0] == are_dated[1]


@contextmanager
def _opened(store: Store, old_folder: RawFolder, new_folder: RawFolder) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of a slice, with rules; attached are the last full build and the raw tables of old and new files."""
    remove_database(store.slice)
    shutil.copyfile(store.slice_rules, store.slice)
    try:
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"attach {quoted_text(str(store.working))} as working (read_only)")
            connection.execute(f"attach {quoted_text(str(store.slice))} as slice")
            for name, folder in (("old", old_folder), ("new", new_folder)):
                connection.execute(f"attach ':memory:' as {name}; use {name}")
                for statement in view_statements(folder, landing_dir_of(store.working)):
                    connection.execute(statement)
            connection.execute("use slice")
            for schema in ("raw", "staging", "intermediate", "marts"):
                connection.execute(f"create schema if not exists {schema}")
            yield connection
    except BaseException:
        remove_database(store.slice)
        raise


def prepare_slices(store: Store, inputs: Inputs, rules_dir: Path | None) -> SliceModels | None:
    """Compiles what a slice runs, once for a day, its rules and this code.

    None where no slice can be cut. Raises DiskFull where the rules find no room.
    """
    from spine.run.build import BuildRequest, compiled_nodes, run_dbt

    if "split" in vars_in_force(rules_dir)["tie_policies"].values():  # ties are split by a rank among all customers
        return None
    currency = currency_of(store.working)
    made_by = (str(store.home), inputs.with_raw({}).fingerprint, currency)
    if made_by not in _COMPILED or not store.slice_rules.exists():
        remove_database(store.slice)
        request = BuildRequest(store.slice, inputs.as_of, rules_dir=rules_dir, currency=currency)
        try:
            seeded = run_dbt(["seed"], request, silent(), quiet=True)
            if any(says_disk_full(one.message) for one in seeded):
                raise DiskFull(store.slice)
            if not all(one.is_good for one in seeded):
                return None
            store.slice.replace(store.slice_rules)
            nodes = compiled_nodes(["--select", *(f"+{mart}" for mart in MARTS_OF_A_SLICE)], request)
        finally:
            remove_database(store.slice)
        _COMPILED.clear()
        _COMPILED[made_by] = _slice_models(nodes)
    return _COMPILED[made_by]


def _slice_models(nodes: list) -> SliceModels:
    models = [node for node in nodes if node.resource_type == "model"]
    of_all = {node.unique_id for node in models if (node.config.meta or {}).get("of_all_customers")}
    # A model that is read only to make a table of all customers is not needed.
    built: set[str] = set()
    read: set[str] = set()
    for node in reversed(models):
        if node.name in MARTS_OF_A_SLICE or node.unique_id in read:
            built.add(node.unique_id)
            if node.unique_id not in of_all:
                read.update(node.depends_on.nodes)
    marts = {node.unique_id for node in models if node.name in MARTS_OF_A_SLICE}
    tests = [
        node
        for node in nodes
        if node.resource_type == "test"
        and node.config.severity.lower() == "error"
        and (set(node.depends_on.nodes) & marts or node.name in TESTS_OF_FEEDS)
        and all(parent in built or parent.startswith("seed.") for parent in node.depends_on.nodes)
    ]
    return SliceModels(
        [statement_of(node) for node in models if node.unique_id in built - of_all],
        [statement_of(node) for node in tests],
        [f"{node.schema}.{node.name}" for node in models if node.unique_id in built & of_all],
    )
