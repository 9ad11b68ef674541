"""Refreshes in seconds, for tests of which file a run goes on from and of what becomes of it.

They make the models of the ledger and no others, as `spine backfill` makes the days after its first: dbt builds them
once, and for another day only the statements are run that differ. What dbt makes of each day is for test_days.py. The
raw rows must stay the same.
"""

import dataclasses
import datetime
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from spine.history import days as days_module
from spine.history.days import SELECTION
from spine.publish.refresh import Outcome, RefreshRequest, refresh
from spine.publish.store import Store
from spine.run import build as build_module
from spine.run.build import NO_ARTIFACTS, BuildRequest, checked, run_dbt
from spine.run.compiled import Statement, run_statements
from spine.run.history import attach_history, history_tables
from spine.run.results import NodeResult
from spine.sample.shop import generate_sample

DAY = datetime.date(2026, 6, 30)
ONE_DAY = datetime.timedelta(days=1)
SILENT = Console(quiet=True)
# What a refresh reads besides the ledger.
ALSO_READ = ("segment_changes", "segment_members", "source_reconciliation")
NEEDED = (*SELECTION, *(f"+{model},resource_type:model" for model in ALSO_READ))
LEDGER = ("segment_membership_history", "segment_daily", "segment_transitions")


def build_needed(request: BuildRequest, console: Console = SILENT) -> list[NodeResult]:
    """Has dbt build what the ledger needs, and what a refresh reads besides."""
    results = run_dbt(
        ["build", NO_ARTIFACTS, *NEEDED, "resource_type:seed"], checked(request, console), SILENT, quiet=True
    )
    assert [one.name for one in results if not one.is_good] == []
    return results


def ledger_of(db: Path) -> dict[str, list[tuple]]:
    """The rows of the tables of the ledger, as the next day reads them."""
    with duckdb.connect(str(db), read_only=True) as connection:
        return {
            mart: connection.execute(
                f"select {', '.join(history_tables()[mart])} from marts.{mart} order by all"
            ).fetchall()
            for mart in LEDGER
        }


class Said(Console):
    """Keeps what is said; `on_day` is called with the number of each day that has been made."""

    def __init__(self, on_day: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(quiet=True)
        self.lines: list[str] = []
        self.on_day = on_day

    @property
    def days(self) -> list[str]:
        """The days that were made before the one that is published."""
        return [line.split()[1].rstrip(":") for line in self.lines if line.startswith("made ")]

    def print(self, *texts: object, **_: object) -> None:
        self.lines.append(" ".join(map(str, texts)))
        if self.lines[-1].startswith("made "):
            self.on_day(len(self.days))


def interrupting(after: int) -> Said:
    """Interrupts the run when so many days have been made."""

    def interrupt(number: int) -> None:
        if number == after:
            raise KeyboardInterrupt

    return Said(interrupt)


@dataclass(frozen=True)
class Quick:
    """A raw folder, a database that dbt has built of it as of DAY, and the statements that differ from day to day."""

    raw: Path
    built: Path
    statements: list[Statement]

    def statements_of(self, day: datetime.date) -> list[Statement]:
        """The statements as of another day."""
        return [Statement(one.node, one.sql.replace(DAY.isoformat(), day.isoformat())) for one in self.statements]

    def build(self, request: BuildRequest, console: Console = SILENT) -> list[NodeResult]:
        """Stands in for `build`: makes the database of the day beside what it goes on from."""
        shutil.copyfile(self.built, request.db)
        with duckdb.connect(str(request.db)) as connection:
            connection.execute("set timezone = 'UTC'")
            attach_history(connection, request.history_db)
            results = run_statements(connection, self.statements_of(request.as_of))
        assert [f"{one.name}: {one.message}" for one in results if not one.is_good] == []
        return results

    def _build_day(self, request: BuildRequest) -> list[Statement]:
        self.build(request)
        return self.statements_of(request.as_of)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Has refreshes of this process build that way."""
        patch.setattr(build_module, "build", self.build)
        patch.setattr(days_module, "_build_whole", self._build_day)
        patch.setattr(days_module, "_statements", lambda request: self.statements_of(request.as_of))

    def refresh(self, store: Store, day: datetime.date, console: Console = SILENT, **more: object) -> Outcome:
        """Publishes a day."""
        return refresh(RefreshRequest(store.db, self.raw, day, **more), console)


def make_quick(folder: Path, customers: int) -> None:
    """Makes a sample shop and has dbt build and compile once."""
    generate_sample(folder / "raw", customers=customers, months=8, until=DAY + 5 * ONE_DAY)
    # Called as the working database of a store is: the name stands in every statement.
    built = folder / "working.duckdb"
    request = checked(BuildRequest(built, DAY, raw_dir=folder / "raw"), SILENT)
    build_needed(request)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(days_module, "SELECTION", NEEDED)
        day_before = days_module._statements(dataclasses.replace(request, as_of=DAY - ONE_DAY))
        statements = days_module._template(request, DAY, day_before, DAY - ONE_DAY).statements
    (folder / "statements.pickle").write_bytes(pickle.dumps(statements))


def load_quick(folder: Path) -> Quick:
    """What `make_quick` has made."""
    statements = pickle.loads((folder / "statements.pickle").read_bytes())
    return Quick(folder / "raw", folder / "working.duckdb", statements)
