"""From an export to the marts without dbt: an adapter makes the raw folder, the compiled models make the rest."""

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
from compiled import CompiledProject
from spine.raw.adapted import adapted
from spine.raw.adapters import load_adapter
from spine.raw.contract import load_contract
from spine.raw.folder import prepare, release_landings
from spine.raw.views import view_statements
from spine.run.project import project_vars

# The day and the currency of every test of an adapter: the models are compiled once for all of them.
DAY = "2026-06-30"
CURRENCY = "EUR"


@dataclass(frozen=True)
class Adapted:
    """What an adapter made of an export: the raw folder, what it said, and the marts."""

    raw_dir: Path
    notes: list[str]
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple]:
        """The rows of a query; raw tables are raw.*, marts are marts.*."""
        return self.connection.execute(query).fetchall()

    def lines(self) -> dict[tuple[str, str, str], tuple[int | None, Decimal | None]]:
        """The lines of `does_it_add_up` over all months: section, line, reason -> entries, amount in EUR.

        Sections of orders, revenue, invoices and owners; totals among them. What is nowhere is left out.
        """
        query = """
            select section, line, reason, sum(entries), sum(amount)
            from marts.does_it_add_up
            where section in ('orders', 'revenue', 'invoices', 'owners')
            group by all
        """
        return {row[:3]: row[3:] for row in self.rows(query)}


def adapt(export_dir: Path, *sources: str, out_dir: Path, **settings: object) -> tuple[Path, list[str]]:
    """The raw folder that adapters make of exports, and what they say; `settings` are vars."""
    adapters = [load_adapter(source, project_vars() | settings) for source in sources]
    return adapted(export_dir, adapters, out_dir)


def marts_of(export_dir: Path, *sources: str, out_dir: Path, **settings: object) -> Adapted:
    """The marts that exports lead to, as of DAY and in CURRENCY; `settings` are vars that selects of adapters name."""
    raw_dir, notes = adapt(export_dir, *sources, out_dir=out_dir, **settings)
    project = _project()
    connection = project.open_database()
    landing_dir = out_dir / "landed of the raw folder"
    folder = prepare(raw_dir, landing_dir, load_contract())
    connection.execute("drop schema raw cascade")
    for statement in view_statements(folder, landing_dir):
        connection.execute(statement)
    for node in project.models():
        if not node.is_view:
            connection.execute(f"create or replace table {node.relation} as {node.sql}")
    release_landings()
    return Adapted(raw_dir, notes, connection)


@cache
def _project() -> CompiledProject:
    settings = {"as_of_date": DAY, "reporting_currency": CURRENCY}
    return CompiledProject(Path(tempfile.mkdtemp()), settings)
