"""`spine segments --draft`: the sizes that draft segments would have, computed in a copy of the database."""

import csv
import datetime
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from rich.console import Console

from spine.errors import DiskFull, SpineError, UsageError, is_disk_full
from spine.publish.run_lock import only_run
from spine.publish.store import Store
from spine.run.build import NO_ARTIFACTS, BuildRequest, run_dbt
from spine.run.catalogue import print_sizes
from spine.run.database import currency_of, reader, reporting_currency
from spine.run.project import SEEDS_DIR, VARS_FILE, refuse_unusable_rules, rule_files
from spine.run.summary import problems

SEGMENTS_FILE = "segments.csv"
COPY = ".spine-draft-"
SWAPPED = {"draft": "active", "active": "draft"}
# All that lies between the rules and the members of behavioural segments, and the tests that the rules pass.
SELECTION = (
    "resource_type:seed",
    "int_row_traits",
    "int_trait_needs",
    "int_clauses+,+int_customer_behaviour_segments",
    "int_segments",
)
TESTS = ("tag:rules", "tag:rules_and_input", "tag:rules_and_customers")
_DAY = "select setting from spine_functions.built_with where name = 'as_of_date'"
_SIZES = """
    with members as (
        select segment_key, customer_id from intermediate.int_customer_behaviour_segments
    ),

    sized as (
        select
            segments.segment_key,
            count(members.customer_id) as customers,
            coalesce(sum(customers.net_revenue_365d), 0) as net_revenue
        from intermediate.int_segments as segments
        left join members on segments.segment_key = members.segment_key
        left join marts.customers as customers on members.customer_id = customers.customer_id
        where segments.status = 'active'
        group by segments.segment_key
    )

    select
        'draft',
        segments.label || coalesce(' (needs ' || replace(segments.lacks, '|', ' and ') || ')', ''),
        sized.customers,
        sized.customers / nullif((select count(*) from marts.customers), 0),
        sized.net_revenue,
        sized.net_revenue / nullif((select sum(net_revenue_365d) from marts.customers), 0)
    from intermediate.int_segments as segments
    left join sized on segments.segment_key = sized.segment_key
    where segments.segment_kind = 'behaviour' and segments.status in ('active', 'not_computable')
    order by segments.priority
"""


def print_drafts(db: Path, rules_dir: Path | None, console: Console) -> bool:
    """Prints the customers and net revenue of each draft segment as of the day of the database; whether all went well.

    The database stays as it is: rules, row traits and clauses are computed in a copy, from the input of its last
    build.

    Raises UsageError when the database was not built or no draft is valid on its day, AnotherRunIsAtWork while a
    refresh is running.
    """
    if rules_dir is not None:
        refuse_unusable_rules(rules_dir)
    store = Store(db)
    is_published = store.home.is_dir()
    lock = only_run(store, "segments --draft") if is_published else nullcontext()
    with lock, _copied(store.working if is_published else db, db) as copy:
        as_of = _day_of(copy, db)
        rules = _with_drafts_alone(rules_dir, copy.parent / "rules", as_of)
        arguments = ["build", NO_ARTIFACTS, "--exclude-resource-type", "unit_test", "--select", *SELECTION, *TESTS]
        # cautious: only tests whose tables are all built
        arguments += ["--indirect-selection", "cautious"]
        try:
            request = BuildRequest(copy, as_of, rules_dir=rules, currency=currency_of(copy))
            results = run_dbt(arguments, request, console, quiet=True)
        except UsageError as error:
            changed = re.search(r"built with other settings \((.*)\), and", str(error), re.DOTALL)
            if changed is None:
                raise
            remedy = "Give --rules as in its build, or build it with these rules first"
            raise UsageError(
                f"--db {db}: was built with other vars: {' '.join(changed[1].split())}. {remedy}."
            ) from error
        for line in problems(results, copy):
            console.print(line, soft_wrap=True)
        if not all(one.is_good for one in results):
            return False
        with reader(copy) as connection:
            sizes = connection.execute(_SIZES).fetchall()
            currency = reporting_currency(connection)
    console.print(f"Draft segments as of {as_of}, as if they were active")
    print_sizes(sizes, currency, console)
    return True


@contextmanager
def _copied(source: Path, db: Path) -> Iterator[Path]:
    """A copy of a database under its own name, by which its views call it."""
    with reader(source if source.is_file() else db):
        pass
    try:
        _remove_leftovers(db.parent)
        with tempfile.TemporaryDirectory(prefix=COPY, dir=db.parent) as folder, _held(Path(folder)):
            copy = Path(folder) / source.name
            shutil.copyfile(source, copy)
            yield copy
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(db.parent) from error
        raise SpineError(f"{db.parent}: a copy of the database cannot be written there: {error.strerror}.") from error


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Holds a folder while the block runs, which ends with the process at the latest; whether nobody else does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    """Removes the copies of runs that were killed."""
    for copy in folder.glob(f"{COPY}*"):
        with _held(copy) as is_left:
            if is_left:
                shutil.rmtree(copy)


def _day_of(copy: Path, db: Path) -> datetime.date:
    with reader(copy) as connection:
        try:
            return datetime.date.fromisoformat(connection.execute(_DAY).fetchall()[0][0])
        except (duckdb.Error, IndexError) as error:
            raise UsageError(f"--db {db}: holds no whole build; build it with `spine build --db {db}`.") from error


def _with_drafts_alone(rules_dir: Path | None, folder: Path, as_of: datetime.date) -> Path:
    """The same rules, with drafts as the active behavioural segments; the others are drafts for the time being."""
    folder.mkdir()
    for path in rule_files(rules_dir) if rules_dir else []:
        shutil.copyfile(path, folder / path.name)
    if rules_dir and (rules_dir / VARS_FILE).is_file():
        shutil.copyfile(rules_dir / VARS_FILE, folder / VARS_FILE)
    source = next(SEEDS_DIR.rglob(SEGMENTS_FILE))
    if rules_dir and (rules_dir / SEGMENTS_FILE).exists():
        source = rules_dir / SEGMENTS_FILE
    with source.open(encoding="utf-8", newline="") as file:
        reading = csv.DictReader(file)
        names, rows = list(reading.fieldnames or []), list(reading)
    behaviour = [row for row in rows if row["segment_kind"] == "behaviour"]
    day = as_of.isoformat()
    if not any(row["status"] == "draft" and row["valid_from"] <= day <= row["valid_to"] for row in behaviour):
        own = "" if rules_dir else " If the draft stands in another folder, name that with --rules."
        raise UsageError(f"{source}: no behavioural segment has the status draft and is valid on {as_of}.{own}")
    for row in behaviour:
        row["status"] = SWAPPED.get(row["status"], row["status"])
    with (folder / SEGMENTS_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder
