"""`spine build`: checks the input, then runs dbt's seeds, models and tests."""

import dataclasses
import datetime
import gc
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import CompiledNode, SeedNode
from rich.console import Console

from spine.consoles import silent
from spine.errors import DiskFull, SpineError, UsageError, says_disk_full
from spine.raw.contract import load_contract
from spine.raw.currency import NO_CURRENCY, currency_of_orders
from spine.raw.folder import RawFolder, check_schema, prepare, release_landings
from spine.run.database import (
    DatabaseInUse,
    checked_record_of,
    is_open_elsewhere,
    landing_dir_of,
    reason_of,
    refuse_unusable_database,
)
from spine.run.messages import is_of_duckdb, safe_message
from spine.run.parsed_project import parsed_project
from spine.run.progress import BuildProgress
from spine.run.project import (
    PROJECT_DIR,
    check_limits,
    check_target,
    is_currency_auto,
    refuse_unusable_rules,
    rule_vars,
    rules_over_seeds,
)
from spine.run.results import NodeResult, clean_artifact, results_of

DBT_OPTIONS = (
    f"--project-dir={PROJECT_DIR}",
    f"--profiles-dir={PROJECT_DIR}",
    "--log-level=none",
    "--log-level-file=none",  # DuckDB's messages quote values
    '--warn-error-options={"error": ["NoNodesForSelectionCriteria"]}',
)

NO_ARTIFACTS = "--no-write-json"
# Where dbt writes, which tests come along with a selection, and what a profile of the user's own may read.
_DBT_SETTINGS_KEPT = ("DBT_TARGET_PATH", "DBT_LOG_PATH", "DBT_INDIRECT_SELECTION", "DBT_ENV_")
# From so many rows on, two models at a time take as long as one after the other and 6 % more processor time.
_ROWS_OF_A_LARGE_INPUT = 50_000_000


@dataclass(frozen=True)
class BuildRequest:
    """What to build, from `raw_dir` or `raw_schema`; in a `currency`, if the setting is auto.

    `history_db` is what was published of an earlier day; without one the ledger begins on this day. Rows that were
    loaded after `known_until` (UTC) take no part; without one the var decides. SPINE_THREADS comes before
    `models_at_a_time`.
    """

    db: Path
    as_of: datetime.date
    raw_dir: Path | None = None
    raw_schema: str | None = None
    rules_dir: Path | None = None
    select: tuple[str, ...] = ()
    target: str | None = None
    currency: str | None = None
    history_db: Path | None = None
    known_until: str | None = None
    models_at_a_time: int = 2


def build(request: BuildRequest, console: Console) -> list[NodeResult]:
    """Checks the raw input, then runs `dbt build`.

    Raises InputRefused for an input that breaks the contract, or whose orders are in several currencies of which none
    is chosen; UsageError for bad settings, a selection that matches nothing or a crash of dbt. Failed models and tests
    are no error here: they are in the results.
    """
    check_target(request.target)
    if request.rules_dir is not None:
        refuse_unusable_rules(request.rules_dir)
    refuse_unusable_database(request.db)
    # Unit tests are for those who change models: a team's own rows and vars would fail what is not broken.
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if request.select:
        arguments += ["--select", *request.select]
    if request.target:
        arguments += ["--target", request.target]
    try:
        return run_dbt(arguments, checked(request, console), console)
    finally:
        release_landings()


def checked(request: BuildRequest, console: Console) -> BuildRequest:
    """The same request, its input checked and its currency found out.

    Raises InputRefused, or UsageError for a schema that is not there.
    """
    if request.raw_dir is not None:
        landing_dir = landing_dir_of(request.db)
        folder = prepare(request.raw_dir, landing_dir, load_contract(), checked_record_of(request.db))
        if _rows_of(folder) >= _ROWS_OF_A_LARGE_INPUT:
            request = dataclasses.replace(request, models_at_a_time=1)
        return _in_currency(request, console, folder, landing_dir)
    if not request.raw_schema:
        return request
    if not request.db.exists():
        raise UsageError(f"--db {request.db}: there is no such database to find RAW_SCHEMA {request.raw_schema} in.")
    with duckdb.connect(str(request.db)) as connection:
        folder = check_schema(connection, request.raw_schema, load_contract())
        return _in_currency(request, console, folder, connection=connection)


def _rows_of(folder: RawFolder) -> int:
    """How many rows the Parquet files of a folder hold; those of CSV files are not counted before they are landed."""
    return sum(part.rows for table in folder.tables.values() for part in table.parts)


def _in_currency(
    request: BuildRequest,
    console: Console,
    folder: RawFolder,
    landing_dir: Path | None = None,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> BuildRequest:
    notes = list(folder.notes)
    if is_currency_auto(request.rules_dir):
        request = dataclasses.replace(request, currency=currency_of_orders(folder, landing_dir, connection))
        if request.currency == NO_CURRENCY:
            notes.append(
                f"no order names a currency: money is in {NO_CURRENCY}, the code for none. Set reporting_currency."
            )
    for note in notes:
        console.print(f"note: {note}", soft_wrap=True)
    return request


def run_dbt(arguments: list[str], request: BuildRequest, console: Console, quiet: bool = False) -> list[NodeResult]:
    """Runs one dbt command over the project and returns each node's result; `quiet` shows no line per model.

    Raises UsageError when dbt cannot run at all, or its selection matches nothing; KeyboardInterrupt when it
    was interrupted.
    """
    return results_of(_invoke(arguments, request, BuildProgress(console, quiet)))


def compiled_nodes(selection: list[str], request: BuildRequest) -> list[CompiledNode]:
    """The selected nodes as dbt compiles them, each after those that it reads.

    Raises like run_dbt.
    """
    progress = BuildProgress(silent(), quiet=True)
    return [one.node for one in _invoke(["compile", NO_ARTIFACTS, *selection], request, progress).results]


def _invoke(arguments: list[str], request: BuildRequest, progress: BuildProgress) -> RunExecutionResult:
    check_limits()
    with progress, _parsed(request) as (manifest, options):
        # The garbage collector would go through the parsed project again and again: 5 % of a small build.
        gc.freeze()
        try:
            outcome = dbtRunner(manifest, callbacks=[progress.on_event]).invoke([*arguments, *options])
        finally:
            gc.unfreeze()
            if NO_ARTIFACTS not in arguments:
                clean_artifact()
    if outcome.exception is not None:
        raise _cause_of(outcome.exception, request) from outcome.exception
    if outcome.result is None:
        raise UsageError("dbt ended without results.")
    return outcome.result


@contextmanager
def _parsed(request: BuildRequest) -> Iterator[tuple[Manifest | None, list[str]]]:
    """The parsed project and the options of dbt; the environment is that of the request while the block runs."""
    given = {**rule_vars(request.rules_dir), "as_of_date": request.as_of.isoformat()}
    if request.known_until is not None:
        given["known_until"] = request.known_until
    if request.currency is not None and is_currency_auto(request.rules_dir):
        given["reporting_currency"] = request.currency
    seed_path = rules_over_seeds(request.rules_dir)
    made_by = (request.target, request.db.name)
    options = [*DBT_OPTIONS, "--vars", json.dumps(given, default=str)]
    with _environment(request, seed_path):
        try:
            manifest = parsed_project(made_by, given, options)
            if manifest is not None:
                _lay_rules(manifest, seed_path)
            yield manifest, options
        finally:
            _release_database()


def _lay_rules(manifest: Manifest, seed_path: str | None) -> None:
    """Has the rule tables read from where they lie now: their rows are read when they are loaded, not when parsed."""
    for node in manifest.nodes.values():
        if isinstance(node, SeedNode):
            node.original_file_path = str(Path(seed_path or "seeds", node.path))


@contextmanager
def _environment(request: BuildRequest, seed_path: str | None) -> Iterator[None]:
    """What profiles.yml and dbt_project.yml read from the environment, for the time of a run.

    Settings of dbt that a user has for other projects are left out: DBT_RESOURCE_TYPES, for one, would leave out tests.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith("DBT_") and not name.startswith(_DBT_SETTINGS_KEPT):
            del os.environ[name]
    os.environ.setdefault("SPINE_THREADS", str(request.models_at_a_time))
    os.environ.update(
        RAW_DIR=str(request.raw_dir or ""),
        RAW_SCHEMA=request.raw_schema or "",
        HISTORY_DB=str(request.history_db or ""),
        SPINE_DB=str(request.db),
        SPINE_RULES=seed_path or "seeds",
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _release_database() -> None:
    """Closes what dbt keeps open, so that the file can be read here and by others."""
    environment = DuckDBConnectionManager._ENV
    DuckDBConnectionManager.close_all_connections()
    if environment is not None:
        environment.close()
    gc.collect()


def _cause_of(error: BaseException, request: BuildRequest) -> BaseException:
    """The exception to raise for one that ended dbt."""
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return error
    link = error
    while link is not None:
        if isinstance(link, SpineError):
            return link
        link = link.__cause__ or link.__context__
    message = str(error)
    if says_disk_full(message):
        return DiskFull(request.db)
    if is_open_elsewhere(message):
        return DatabaseInUse(f"{request.db}: {reason_of(error)}")
    if "NoNodesForSelectionCriteria" in message or "does not match any enabled nodes" in message:
        return UsageError(f"--select {' '.join(request.select)}: matches no seed, model or test.")
    bad_var = re.search(r"^\s*(var [\w.]+ must .*)$", message, re.MULTILINE)
    if bad_var:
        return UsageError(f"{bad_var.group(1)} (vars of dbt_project.yml, or of vars.yml in the rules folder).")
    return UsageError(safe_message(message) if is_of_duckdb(message) else message.strip())
