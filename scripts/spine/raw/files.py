"""Finds the files of every contract table in a folder."""

import difflib
import itertools
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from spine.raw.contract import Contract, Table
from spine.raw.csv_header import CsvFault, possible_headers, read_head
from spine.raw.types import NOT_UTF8, RawFolder, is_utf8, normalised
from spine.raw.views import quoted_path

_SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv"}
# Files and folders that spine writes beside a database; they are passed over where a database lies among the exports.
_BESIDE_A_DATABASE = (".adapted", ".landed", ".spine", ".duckdb", ".wal", ".checked.json")
_LIKELY_DATA = re.compile(r"\.(json|jsonl|ndjson|xlsx?|zip|bz2|zst|xz|orc|avro|txt|gz)$", re.I)
# What people write about the files of a table; whatever else lies among them may hold rows.
_WORDS = ".md"
# A folder of one of these table formats also holds files of deleted and replaced rows.
_TABLE_FORMATS = {"_delta_log": "Delta Lake", "metadata": "Iceberg", ".hoodie": "Hudi"}


@dataclass(frozen=True)
class Candidate:
    """Files that one entry of the folder brings for a table; all of one kind."""

    shown: str
    kind: str
    paths: tuple[Path, ...]


def find_files(folder: RawFolder) -> tuple[dict[str, Candidate], set[str]]:
    """One candidate per table that was brought, and the names of all tables that anything was found for.

    Tables brought twice, files that cannot be opened and empty files become faults of the folder;
    entries that belong to no table become notes.
    """
    candidates: dict[str, list[Candidate]] = {}
    for entry in _entries(folder):
        table_name = _table_of(entry, folder.contract)
        if table_name is None:
            _note_stranger(folder, entry)
        else:
            candidates.setdefault(table_name, []).extend(_candidates(folder, entry))
    _refuse_doubles(folder, candidates)
    usable = {name: found[0] for name, found in candidates.items() if len(found) == 1}
    return usable, {name for name, found in candidates.items() if found}


def files_of_tables(root: Path, contract: Contract, names: Collection[str]) -> list[Path]:
    """The files and folders of a folder that bring some tables of the contract, told by their names."""
    entries = _entries(RawFolder(contract, root=root))
    return [path for path in entries if _table_of(path, contract) in names]


def files_below(place: Path) -> list[Path]:
    """All files of a folder that may be exports, or the file itself; not what lies beside a database among them."""
    if not place.is_dir():
        return [place]
    return _walk(place, lambda name: _is_hidden(name) or name.endswith(_BESIDE_A_DATABASE))


def has_columns_of(path: Path, tables: Collection[Table]) -> bool:
    """Whether a file has all required columns of one of some tables; False also where it cannot be read."""
    if not _kind(path.name) or not is_utf8(str(path)):
        return False
    try:
        headers = _names_in(path)
    except (CsvFault, OSError, duckdb.Error):
        return False
    needed = [table.required_names for table in tables if table.required_names]
    return any(names.issuperset(required) for names in headers for required in needed)


def find_exports(folder: RawFolder, files: Collection[Path]) -> dict[str, Candidate]:
    """One candidate per table of an export; a file is told by its columns, whatever it is called.

    A file belongs to the table of whose required columns it has all; of several tables, to the one with most of them. A
    table with a word takes only files whose name holds it, and is asked before the others.
    Files that cannot be opened, or lack a single column, become faults; others that belong to no table become notes.
    """
    found: dict[str, list[Path]] = {}
    for path in files:
        if not _kind(path.name):
            folder.notes.append(f"{folder.shown(path)}: is not read (only .csv, .tsv, their .gz, and .parquet are).")
        elif not is_utf8(str(path)):
            folder.refuse_file(path, [f"{folder.shown(path)}: {NOT_UTF8}"])
        elif _usable(folder, [path]):
            try:
                names = _names_in(path)
            except (CsvFault, OSError, duckdb.Error) as error:
                reason = error if isinstance(error, CsvFault) else f"cannot be read ({type(error).__name__})."
                folder.refuse_file(path, [f"{folder.shown(path)}: {reason}"])
                continue
            alike = _tables_with(names, folder.contract)
            tables = [table for table in alike if table.file_word in _letters(path.name)]
            if tables:
                table = max(tables, key=lambda table: bool(table.file_word))
                found.setdefault(table.name, []).append(path)
                if any(other.file_word for other in alike):
                    folder.notes.append(f"{folder.shown(path)}: is read as {table.name}, by its name.")
            else:
                _tell_unknown(folder, path, names)
    candidates = {}
    for name, paths in found.items():
        kinds = sorted({_kind(path.name)[1] for path in paths})
        if len(kinds) > 1:
            folder.refuse(
                paths, f"{name}: {_all_shown(folder, paths)} are of two kinds. Bring all as CSV or all as Parquet."
            )
        candidates[name] = Candidate(_all_shown(folder, paths), kinds[0], tuple(paths))
    return candidates


def _all_shown(folder: RawFolder, paths: list[Path]) -> str:
    return ", ".join(map(folder.shown, paths))


def _names_in(path: Path) -> list[set[str]]:
    """The columns of a file; of a CSV file as each delimiter would part its first line."""
    if _kind(path.name)[1] == "csv":
        return [set(map(normalised, names)) for names in possible_headers(read_head(path))]
    scan = f"describe select * from read_parquet({quoted_path(path)})"
    return [{normalised(row[0]) for row in duckdb.execute(scan).fetchall()}]


def _letters(file_name: str) -> str:
    return re.sub("[^a-z]", "", file_name.lower())


def _tables_with(headers: list[set[str]], contract: Contract) -> list[Table]:
    """The tables of whose required columns a file has all, those with most of them first."""
    fitting = [
        table
        for table in contract.user_tables
        if table.required_names and any(names.issuperset(table.required_names) for names in headers)
    ]
    return sorted(fitting, key=lambda table: -len(table.required_names))


def _tell_unknown(folder: RawFolder, path: Path, headers: list[set[str]]) -> None:
    """Refuses a file that lacks a single column of a table, which may have been renamed; notes any other."""
    missing = {
        table.name: min(({*table.required_names} - names for names in headers), key=len)
        for table in folder.contract.user_tables
    }
    name = min(missing, key=lambda name: len(missing[name]))
    lacking = ", ".join(sorted(missing[name]))
    count = len(folder.contract.table(name).required_names)
    if len(missing[name]) == 1 < count:
        fault = f"is like {name}, but lacks its column '{lacking}'. Export it again, or move it out of the folder."
        folder.refuse_file(path, [f"{folder.shown(path)}: {fault}"])
        return
    near = f" It is nearest to {name}, but lacks {lacking}." if len(missing[name]) < count else ""
    folder.notes.append(f"{folder.shown(path)}: has the columns of no table of this source, and is not read.{near}")


def _entries(folder: RawFolder) -> list[Path]:
    return sorted(path for path in folder.root.iterdir() if not _is_hidden(path.name))


def _is_hidden(name: str) -> bool:
    """Hidden files, and the bookkeeping of writers such as _SUCCESS and _temporary."""
    return name.startswith((".", "_"))


def _kind(name: str) -> tuple[str, str] | None:
    """The stem and the kind of a data file's name, or None for any other file."""
    lower = name.lower()
    for suffix, kind in _SUFFIXES.items():
        if lower.endswith(suffix):
            return name[: -len(suffix)], kind
    return None


def _table_of(entry: Path, contract: Contract) -> str | None:
    """The table an entry is named after; Spark writes folders that are called orders.parquet.

    A link that leads nowhere may be meant for a folder: one on a share that is not mounted.
    """
    split = _kind(entry.name)
    if split is None and not entry.is_dir() and not _is_broken_link(entry):
        return None
    table = contract.table((split[0] if split else entry.name).lower())
    return table.name if table and not table.internal else None


def _is_broken_link(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _note_stranger(folder: RawFolder, entry: Path) -> None:
    names = [table.name for table in folder.contract.user_tables]
    stem = entry.name.split(".")[0].lower()
    near = difflib.get_close_matches(stem, names, n=1, cutoff=0.75)
    if not near and not _holds_data(entry):
        return
    if near and near[0] == stem and not entry.is_dir():
        hint = " (only .parquet, .csv, .csv.gz, .tsv and .tsv.gz are read)"
    else:
        hint = f" (did you mean {near[0]}?)" if near else ""
    folder.notes.append(f"{folder.shown(entry)}: belongs to no table of the contract and is not read{hint}.")


def _holds_data(entry: Path) -> bool:
    """Whether a file, or a file in two levels of a folder, is called like data; the folder may link to a whole disk."""
    if entry.name.endswith(_BESIDE_A_DATABASE):
        return False
    names = (path.name for path in itertools.chain([entry], entry.glob("*"), entry.glob("*/*")))
    return any(not _is_hidden(name) and (_kind(name) or _LIKELY_DATA.search(name)) for name in names)


def _candidates(folder: RawFolder, entry: Path) -> list[Candidate]:
    shown = folder.shown(entry)
    if not entry.is_dir():
        _, kind = _kind(entry.name) or ("", "parquet")  # a broken link has no kind, and is refused
        return [Candidate(shown, kind, _usable(folder, [entry]))]
    table_format = next((_TABLE_FORMATS[mark] for mark in _TABLE_FORMATS if (entry / mark).is_dir()), None)
    if table_format:
        folder.refuse(
            [entry],
            f"{shown}/: is a {table_format} table; its files also hold replaced and deleted rows. "
            "Export the current rows to Parquet and bring those.",
        )
        return [Candidate(shown, "parquet", ())]
    by_kind: dict[str, list[Path]] = {}
    for path in _walk(entry, _is_hidden, lambda error: _walk_fault(folder, error)):
        split = _kind(path.name)
        if split:
            by_kind.setdefault(split[1], []).append(path)
        elif not path.name.lower().endswith(_WORDS):
            folder.refuse(
                [path],
                f"{folder.shown(path)}: is of a format that is not read (only .parquet, .csv, .csv.gz, .tsv and "
                ".tsv.gz are). Bring it as one of these, or move it out of the table's folder.",
            )
    if not by_kind:
        folder.notes.append(f"{shown}/: holds no .parquet or .csv file.")
    return [Candidate(f"{shown}/**/*.{kind}", kind, _usable(folder, paths)) for kind, paths in sorted(by_kind.items())]


def _walk(
    top: Path, is_passed_over: Callable[[str], bool], on_error: Callable[[OSError], None] | None = None
) -> list[Path]:
    """All files under a folder, through links too, each real folder once; `on_error` is told unreadable folders."""
    found, seen = [], set()
    for current, folders, files in os.walk(top, onerror=on_error, followlinks=True):
        real = os.path.realpath(current)
        folders[:] = [] if real in seen else sorted(name for name in folders if not is_passed_over(name))
        found += [] if real in seen else [Path(current, name) for name in files if not is_passed_over(name)]
        seen.add(real)
    return sorted(found)


def _walk_fault(folder: RawFolder, error: OSError) -> None:
    path = Path(error.filename)
    folder.refuse([path], f"{folder.shown(path)}: cannot be opened: {error.strerror}.")


def _usable(folder: RawFolder, paths: list[Path]) -> tuple[Path, ...]:
    faults = [(path, _file_fault(path)) for path in paths]
    for path, fault in faults:
        if fault:
            folder.refuse_file(path, [f"{folder.shown(path)}: {fault}"])
    return tuple(path for path, fault in faults if not fault)


def _file_fault(path: Path) -> str | None:
    try:
        if not path.is_file():
            return "is not a file that can be read (a broken link?)."
        if path.stat().st_size == 0:
            return "is empty (0 bytes), not even a header. Bring a header, or leave the file away."
        with path.open("rb"):
            pass
    except OSError as error:
        return f"cannot be opened: {error.strerror}."
    if "\\" in str(path) and re.search(r"[*?\[]", str(path)):
        # DuckDB has no way to write such a path so that it means one file.
        return "has a backslash and one of * ? [ in its path. Rename the file or its folder."
    return None


def _refuse_doubles(folder: RawFolder, candidates: dict[str, list[Candidate]]) -> None:
    for name, found in candidates.items():
        if len(found) > 1:
            shown = " and ".join(candidate.shown for candidate in found)
            paths = [path for candidate in found for path in candidate.paths]
            folder.refuse(paths, f"{name}: found {shown}; it is unclear which one holds. Keep one of them.")
