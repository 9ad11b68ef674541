"""The schema `raw_changes`: the raw files that are new or changed since a run that ended, for incremental runs."""

import json
from pathlib import Path

import duckdb

from spine.fingerprint import code_version
from spine.raw_types import Part, RawFolder, file_mark
from spine.raw_views import columns_read_as_text, parts_to_read, quoted_name, raw_query, source_file_of

# What reads raw rows; models and rules are known to dbt.
READING_PARTS = ("macros", "scripts/spine", "models/staging/_sources.yml")
READING_ENGINES = ("duckdb",)

_FILES_TAKEN_IN = """
    create schema if not exists spine_functions;
    create schema if not exists raw_changes;
    create table if not exists spine_functions.files_taken_in (table_name varchar, file_name varchar, mark varchar);
    create or replace table raw_changes.files_seen (table_name varchar, file_name varchar, mark varchar);
    create table if not exists raw_changes.files (table_name varchar, file_name varchar)
"""
# What an unfinished run has read stays in question: its files may have gone since, and their rows not.
# A file without a mark is a relation of the database, which is compared as a whole.
_FILES = """
    create or replace table raw_changes.files as
    from raw_changes.files
    union
    select table_name, file_name from raw_changes.files_seen where mark is null
    union
    (
        select table_name, file_name from (from raw_changes.files_seen except from spine_functions.files_taken_in)
        union
        select table_name, file_name from (from spine_functions.files_taken_in except from raw_changes.files_seen)
    )
"""


def register_changes(connection: duckdb.DuckDBPyConnection, folder: RawFolder, landing_dir: Path | None) -> None:
    """Writes which files there are, which of them have changed, and a view of their rows per contract table.

    `landing_dir` is the folder given to `land`; it is needed where a table is CSV.
    """
    connection.execute(_FILES_TAKEN_IN)
    seen = [row for table in folder.contract.user_tables for row in _files_of(table.name, folder, landing_dir)]
    columns = [list(column) for column in zip(*seen, strict=True)] or [[], [], []]
    connection.execute("insert into raw_changes.files_seen select unnest(?), unnest(?), unnest(?)", columns)
    connection.execute(_FILES)
    connection.execute(
        "create or replace table raw_changes.project as select ? as project_version",
        [code_version(READING_PARTS, READING_ENGINES)],
    )
    changed: dict[str, set[str]] = {}
    for table_name, file_name in connection.execute("select table_name, file_name from raw_changes.files").fetchall():
        changed.setdefault(table_name, set()).add(file_name)
    for table in folder.contract.user_tables:
        query = raw_query(table, folder, landing_dir, changed.get(table.name, set()))
        connection.execute(f"create or replace view raw_changes.{quoted_name(table.name)} as {query}")


def _files_of(table_name: str, folder: RawFolder, landing_dir: Path | None) -> list[tuple[str, str, str | None]]:
    raw_table = parts_to_read(table_name, folder, landing_dir)
    if raw_table is None:
        return []
    as_text = columns_read_as_text(folder.contract.table(table_name), raw_table)
    return [(table_name, source_file_of(part, folder), _mark(part, as_text)) for part in raw_table.parts]


def _mark(part: Part, as_text: list[str]) -> str | None:
    return json.dumps([part.mark or file_mark(part.path), as_text]) if part.path else None
