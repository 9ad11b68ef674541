"""`spine build`: checks the input, runs dbt's seeds, models and tests, and sums up."""

import datetime
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from dbt.cli.main import dbtRunner
from rich.console import Console

from spine.contract import load_contract
from spine.errors import SpineError, UsageError
from spine.progress import BuildProgress
from spine.project import PROJECT_DIR, project_vars, rule_vars, rules_over_seeds
from spine.raw_folder import prepare


class BuildFailed(SpineError):
    """A model or a test failed."""

    exit_code = 1


@dataclass(frozen=True)
class NodeResult:
    """How one seed, model or test ended; `message` holds no value of the data."""

    unique_id: str
    kind: str
    name: str
    status: str
    seconds: float
    message: str
    failures: int

    @property
    def is_good(self) -> bool:
        """Whether the node did what it should, or was merely worth a warning."""
        return self.status in ("success", "pass", "warn", "skipped", "no-op")


@dataclass(frozen=True)
class BuildRequest:
    """What to build. `vars` override those of dbt_project.yml."""

    db: Path
    as_of: datetime.date
    raw_dir: Path | None = None
    rules_dir: Path | None = None
    select: tuple[str, ...] = ()
    target: str | None = None
    full_refresh: bool = False
    vars: dict = field(default_factory=dict)


def build(request: BuildRequest, console: Console) -> list[NodeResult]:
    """Checks the raw folder, then runs `dbt build`.

    Raises InputRefused for an input that breaks the contract, UsageError for bad settings, a selection that matches nothing or a crash
    of dbt. Failed models and tests are no error here: they are in the results.
    """
    refuse_unusable_database(request.db)
    if request.raw_dir is not None:
        folder = prepare(request.raw_dir, landing_dir_of(request.db), load_contract())
        for note in folder.notes:
            console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    arguments = ["build"]
    if request.select:
        arguments += ["--select", *request.select]
    if request.full_refresh:
        arguments.append("--full-refresh")
    if request.target:
        arguments += ["--target", request.target]
    return run_dbt(arguments, request, console)


def run_dbt(arguments: list[str], request: BuildRequest, console: Console) -> list[NodeResult]:
    """Runs one dbt command over the project and returns the result of each node.

    Raises UsageError when dbt cannot run at all, or its selection matches nothing.
    """
    given = {**rule_vars(request.rules_dir), **request.vars, "as_of_date": request.as_of.isoformat()}
    with rules_over_seeds(request.rules_dir) as seed_path, BuildProgress(console) as progress:
        os.environ.update(
            RAW_DIR=str(request.raw_dir.absolute()) if request.raw_dir else "",
            SPINE_DB=str(request.db.absolute()),
            SPINE_RULES=seed_path or "seeds",
        )
        outcome = dbtRunner(callbacks=[progress.on_event]).invoke([
            *arguments,
            "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR),
            "--vars", json.dumps(given),
            "--log-level", "none", "--log-level-file", "none",
            "--warn-error-options", '{"error": ["NoNodesForSelectionCriteria"]}',
        ])  # fmt: skip
    if outcome.exception is not None:
        raise UsageError(without_values(str(outcome.exception)))
    return read_results()


def read_results() -> list[NodeResult]:
    """The results dbt left in run_results.json, with the tags of each node's messages cut to what may be shown."""
    target_dir = Path(os.environ.get("DBT_TARGET_PATH", PROJECT_DIR / "target"))
    document = json.loads((target_dir / "run_results.json").read_text(encoding="utf-8"))
    return [_node_result(entry) for entry in document["results"]]


def _node_result(entry: dict) -> NodeResult:
    kind, _, name = entry["unique_id"].split(".")[:3]
    return NodeResult(
        unique_id=entry["unique_id"], kind=kind, name=name, status=entry["status"],
        seconds=entry["execution_time"], message=without_values(entry.get("message") or ""),
        failures=entry.get("failures") or 0,
    )  # fmt: skip


def without_values(message: str) -> str:
    """A message of dbt or DuckDB without what it quotes: quoted text may be a value of the data."""
    return re.sub(r"'(?:[^'\n]|'')*'", "'…'", message).strip()


def landing_dir_of(db: Path) -> Path:
    """Where CSV files are landed as Parquet: next to the database."""
    return Path(f"{db.absolute()}.landed")


def refuse_unusable_database(db: Path) -> None:
    """Raises UsageError when the database file cannot be written: no folder, not a database, or in use."""
    if not db.absolute().parent.is_dir():
        raise UsageError(f"--db {db}: the folder does not exist.")
    if db.is_dir():
        raise UsageError(f"--db {db}: is a folder; name a file.")
    if not db.exists():
        return
    try:
        duckdb.connect(str(db)).close()
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise UsageError(f"--db {db}: another process has the database open; close it and try again.") from error
        raise UsageError(f"--db {db}: cannot be opened as a DuckDB database; name another file.") from error


def timezone_of(rules_dir: Path | None) -> str:
    """The business time zone in force."""
    return str({**project_vars(), **rule_vars(rules_dir)}.get("timezone", "UTC"))
