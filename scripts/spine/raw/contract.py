"""The raw contract (`models/staging/_sources.yml`) as objects: what every input is checked against."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from spine.errors import UsageError

CONTRACT_FILE = Path(__file__).resolve().parents[3] / "models" / "staging" / "_sources.yml"

DATA_TYPES = (
    "id", "text", "timestamp", "date", "money", "rate", "number", "integer", "boolean", "address", "json",
)  # fmt: skip
SQL_TYPES = {
    "text": "varchar",
    "timestamp": "timestamp",
    "date": "timestamp",
    "integer": "bigint",
}


@dataclass(frozen=True)
class Column:
    """A column of a raw table; `data_type` is the contract's word (id, text, timestamp, money, …).

    One that `is_rest` is never brought: the raw view writes it, of the columns that the contract does not name. One
    that `is_alternative` is in some versions of an export only, where others say the same by another column.
    """

    name: str
    data_type: str
    required: bool
    is_key: bool
    description: str = ""
    is_rest: bool = False
    is_alternative: bool = False

    @property
    def null_type(self) -> str:
        """The SQL type of this column where the input does not have it."""
        return SQL_TYPES.get(self.data_type, "varchar")


@dataclass(frozen=True)
class Table:
    """A raw table; an internal one is written by the runner and never brought by a user.

    A table of an export may say which word the name of its files holds, where columns do not tell it from others.
    """

    name: str
    required: bool
    internal: bool
    columns: tuple[Column, ...]
    file_word: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        """The names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def names_to_bring(self) -> tuple[str, ...]:
        """The names of the columns that a user may bring."""
        return tuple(column.name for column in self.columns if not column.is_rest)

    @property
    def rest_column(self) -> Column | None:
        """The column for whatever else the table brings, if it has one; else that is not read."""
        return next((column for column in self.columns if column.is_rest), None)


@dataclass(frozen=True)
class Contract:
    """All raw tables, in the order of the file."""

    tables: tuple[Table, ...]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def table(self, name: str) -> Table | None:
        """The table of that name, or None."""
        return next((table for table in self.tables if table.name == name), None)

    @property
    def user_tables(self) -> tuple[Table, ...]:
        """The tables a user may bring."""
        return tuple(table for table in self.tables if not table.internal)


def load_contract(path: Path = CONTRACT_FILE, source: str = "raw") -> Contract:
    """Reads the contract, or what a file says of the tables of another source.

    Raises UsageError when the file is missing or does not describe the source.
    """
    try:
        return _contract_of(path.read_text(encoding="utf-8"), source)
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: the tables of source '{source}' cannot be read from it: {error}") from error


def load_export(path: Path, source: str) -> Contract:
    """Reads what a file says of the tables of an export, and adds those that the runner writes itself.

    Raises UsageError like load_contract.
    """
    internal = tuple(table for table in load_contract() if table.internal)
    return Contract((*load_contract(path, source), *internal))


@functools.cache
def _contract_of(text: str, source: str) -> Contract:
    sources = {entry["name"]: entry for entry in (yaml.safe_load(text) or {}).get("sources") or []}
    if source not in sources:
        raise ValueError("it describes no source of that name")
    return Contract(tuple(_table(entry) for entry in sources[source]["tables"]))


def _meta(entry: dict) -> dict:
    return (entry.get("config") or {}).get("meta") or {}


def _table(entry: dict) -> Table:
    meta = _meta(entry)
    return Table(
        name=entry["name"],
        required=bool(meta.get("required", False)),
        internal=bool(meta.get("internal", False)),
        columns=tuple(_column(column) for column in entry["columns"]),
        file_word=meta.get("file_word", ""),
    )


def _column(entry: dict) -> Column:
    meta = _meta(entry)
    data_type = entry.get("data_type", "text")
    if data_type not in DATA_TYPES:
        raise ValueError(
            f"column '{entry['name']}' has the data_type {data_type}, which is none of {', '.join(DATA_TYPES)}"
        )
    return Column(
        name=entry["name"],
        data_type=data_type,
        required=bool(meta.get("required", False)),
        is_key=bool(meta.get("key", False)),
        description=entry.get("description", ""),
        is_rest=bool(meta.get("rest", False)),
        is_alternative=bool(meta.get("alternative", False)),
    )
