"""The dbt-duckdb plugin: the raw input looks like schema `raw`, what was published before like database `history`."""

import tempfile
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from spine.errors import DiskFull, SpineError, UsageError, says_disk_full
from spine.raw.contract import load_contract
from spine.raw.folder import RawFolder, check_schema, prepare, view_statements
from spine.run.database import checked_record_of, landing_dir_of
from spine.run.history import attach_history


class Plugin(BasePlugin):
    """Registers RAW_DIR or RAW_SCHEMA as schema `raw`; with neither, `raw` must already be there.

    Attaches HISTORY_DB as the database `history`; without one its tables are there, and empty.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Keeps where the raw input is, `raw_dir` (a folder) or `raw_schema` (of the database), and `history_db`."""
        self._raw_dir = plugin_config.get("raw_dir") or ""
        self._raw_schema = plugin_config.get("raw_schema") or ""
        self._history_db = plugin_config.get("history_db") or ""
        self._temporary: tempfile.TemporaryDirectory | None = None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Checks the input, lands what changed and (re)writes the views.

        Raises DbtRuntimeError, which dbt shows as a message without a traceback.
        """
        if _is_read_only(conn):
            return
        try:
            attach_history(conn, Path(self._history_db) if self._history_db else None)
        except SpineError as error:
            raise DbtRuntimeError(f"Nothing was built.\n{error}") from error
        if not (self._raw_dir or self._raw_schema):
            return
        try:
            self._register(conn)
        except SpineError as error:
            raise DbtRuntimeError(f"The raw input was refused; nothing was built.\n{error}") from error

    def _register(self, conn: duckdb.DuckDBPyConnection) -> None:
        if self._raw_dir and self._raw_schema:
            raise UsageError("Both RAW_DIR and RAW_SCHEMA are set; set one of them.")
        contract = load_contract()
        if self._raw_schema:
            folder, landing_dir = check_schema(conn, self._raw_schema, contract), None
        else:
            landing_dir = self._landing_dir()
            folder = prepare(self._raw_dir, landing_dir, contract, self._checked_record())
        register(conn, folder, landing_dir)

    def _landing_dir(self) -> Path:
        """Next to the database, so that a CSV file is landed once and not once per run."""
        if self.creds.path != ":memory:":
            return landing_dir_of(Path(self.creds.path).absolute())
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="spine-landed-")
        return Path(self._temporary.name)

    def _checked_record(self) -> Path | None:
        return None if self.creds.path == ":memory:" else checked_record_of(Path(self.creds.path).absolute())


def register(connection: duckdb.DuckDBPyConnection, folder: RawFolder, landing_dir: Path | None) -> None:
    """Makes a prepared folder look like schema `raw` of a database.

    Raises UsageError when the database cannot be written or a file cannot be read, DiskFull where there is no room.
    """
    try:
        for statement in view_statements(folder, landing_dir):
            connection.execute(statement)
    except duckdb.Error as error:
        if says_disk_full(str(error)):
            raise DiskFull("the database") from error
        reason = str(error).splitlines()[0]
        raise UsageError(f"The views of schema 'raw' cannot be made over the input: {reason}") from error


def _is_read_only(conn: duckdb.DuckDBPyConnection) -> bool:
    query = "select readonly from duckdb_databases() where database_name = current_database()"
    return bool(conn.execute(query).fetchall()[0][0])
