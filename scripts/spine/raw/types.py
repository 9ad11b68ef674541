"""What was found in a raw input: the shapes shared by the modules that find, land and show it."""

import contextlib
import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spine.raw.contract import Column, Contract, Table

SHOWN_FILES = 3
# How every fault of a table says so that must be there and is not.
IS_MISSING = "the table is required and is missing."
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
# The last date in a name: `2026-06-01_2026-06-30.csv` holds what was known on the second day. It is not a part of a
# longer number, unless a time of day follows: 20260630, 2026-06-30, 20260630235959.
DAY_IN_A_NAME = (
    rf"^(?:.*[^0-9])?((?:19|20)[0-9]{{2}}(?:-{_MONTH}-{_DAY}|_{_MONTH}_{_DAY}|{_MONTH}{_DAY}))"
    r"(?:$|[^0-9]|[0-2][0-9][0-5][0-9](?:[0-5][0-9])?(?:$|[^0-9]))"
)


@dataclass(frozen=True)
class FoundColumn:
    """A column as the input has it: its name in the contract, its real one, its SQL type, its place among the fields.

    One that the contract does not name has its own name, as names are compared.

    Text that `is_clean` may be read as it lies: it is nowhere empty, has no white space around it, and is nowhere a
    mark for nothing (<NA>); as an id it is no number with decimals (17.0), and none that a spreadsheet has shortened.
    """

    name: str
    real_name: str
    sql_type: str
    position: int
    is_clean: bool = False


@dataclass(frozen=True)
class Part:
    """One file, or one relation of a database, of a raw table.

    `others` are its columns that the contract does not name, if the table has a column for them. Only Parquet files say
    how many rows they hold, and have the mark that they bore when they were looked at.
    """

    columns: tuple[FoundColumn, ...]
    path: Path | None = None
    mark: tuple = ()
    rows: int = 0
    relation: str = ""
    delimiter: str = ""
    width: int = 0
    others: tuple[FoundColumn, ...] = ()

    def column(self, name: str) -> FoundColumn | None:
        """The contract column of that name, or None where this part lacks it."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class RawTable:
    """A raw table that was found; `kind` is parquet, csv or relation."""

    name: str
    kind: str
    parts: tuple[Part, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Every contract column that at least one part has."""
        return tuple(dict.fromkeys(column.name for part in self.parts for column in part.columns))


def days_of_files(table: RawTable) -> dict[Path, datetime.date]:
    """The date in each file's name, if all files of the table carry one; empty otherwise."""
    days = {part.path: _day_in(part.path.name) for part in table.parts if part.path}
    return days if days and all(days.values()) else {}


def _day_in(name: str) -> datetime.date | None:
    if found := re.search(DAY_IN_A_NAME, name):
        with contextlib.suppress(ValueError):
            return datetime.date.fromisoformat(re.sub("[-_]", "", found[1]))
    return None


@dataclass
class RawFolder:
    """A checked raw input: what can be used, what is wrong with it and what was left alone.

    `faults_of_files` are those faults that leaving a single file away would mend; `refused` are the files and folders
    of the other faults.
    """

    contract: Contract
    root: Path | None = None
    tables: dict[str, RawTable] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    faults_of_files: dict[Path, list[str]] = field(default_factory=dict)
    refused: list[Path] = field(default_factory=list)
    set_aside: dict[Path, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def refuse(self, paths: Iterable[Path], fault: str) -> None:
        """Keeps what is wrong with files or folders together."""
        self.faults.append(fault)
        self.refused.extend(paths)

    def refuse_file(self, path: Path, faults: list[str]) -> None:
        """Keeps what is wrong with a file."""
        self.faults.extend(faults)
        self.faults_of_files.setdefault(path, []).extend(faults)

    def leave_aside(self, path: Path) -> None:
        """Goes on without a file: what is wrong with it refuses the folder no longer."""
        self.set_aside[path] = self.faults_of_files.pop(path)
        self.faults = [fault for fault in self.faults if fault not in self.set_aside[path]]

    def note(self, text: str) -> None:
        """Keeps a note, once: the many files of a table would repeat it."""
        if text and text not in self.notes:
            self.notes.append(text)

    def shown(self, path: Path) -> str:
        """The name a message calls a file by: its path within the folder."""
        return printable(str(path.relative_to(self.root)) if self.root else path.name)


def file_mark(path: Path) -> tuple:
    """What tells whether a file is still the one that was read; replaced files may keep their size and time."""
    status = path.stat()
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


NOT_UTF8 = "has a name, or lies in a folder with one, that is not UTF-8. Rename it."


def is_utf8(text: str) -> bool:
    """Whether a path can be given to DuckDB: one of other bytes holds what UTF-8 cannot write."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """A file or column name that is safe and short enough to print on one line."""
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return clean if len(clean) <= 120 else clean[:117] + "..."


def first_files(places: Sequence[str]) -> str:
    """The first few of some files, by their paths below the raw folder, as they are printed."""
    return ", ".join(map(printable, places[:SHOWN_FILES]))


def is_of_consent(place: str) -> bool:
    """Whether a file, by its path below the raw folder, may hold withdrawals of consent."""
    return Path(place).parts[0].lower().split(".")[0] == "consent"


def normalised(name: str) -> str:
    """A column name as names are compared: without byte order mark and outer white space, lower case."""
    return name.replace("\ufeff", "").strip().lower()


def name_of_other_column(name: str) -> str:
    """The name by which a trait calls a column that the contract does not name: A to Z in lower case, and no others.

    Engines differ in what is the lower case of other letters.
    """
    return "".join(char.lower() if char.isascii() else char for char in name.replace("\ufeff", "").strip())


def match_columns(
    names: list[str], sql_types: list[str], contract_columns: tuple[Column, ...]
) -> tuple[FoundColumn, ...]:
    """The contract columns among the columns of an input; of equal names the first."""
    by_name: dict[str, int] = {}
    for position, name in enumerate(names):
        by_name.setdefault(normalised(name), position)
    return tuple(
        FoundColumn(column.name, names[place], sql_types[place], place)
        for column in contract_columns
        if not column.is_rest and (place := by_name.get(column.name)) is not None
    )


def other_columns(
    names: list[str], real_names: list[str], sql_types: list[str], table: Table
) -> tuple[FoundColumn, ...]:
    """The columns of an input that the contract does not name, by name; none if the table has no column for them.

    Of equal names the first. What has no name is left out, and so are bytes, which no text can show. `names` are those
    of the input as written, `real_names` those by which DuckDB knows them.
    """
    if table.rest_column is None:
        return ()
    found: dict[str, FoundColumn] = {}
    for place, written in enumerate(names):
        if (name := normalised(written)) and name not in table.names_to_bring and sql_types[place] != "BLOB":
            key = name_of_other_column(written)
            found.setdefault(key, FoundColumn(key, real_names[place], sql_types[place], place))
    return tuple(found[name] for name in sorted(found))
