"""Makes a raw folder of exports: each select of their adapters written as a Parquet file.

What was made is kept beside the database, in a folder of its own for each state of the exports, and made again when
they change. A process keeps the folder that it reads.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from spine.errors import DiskFull, InputRefused, UsageError, is_disk_full
from spine.raw.adapters import NOTES, Adapter, is_shared
from spine.raw.contract import Table, load_contract
from spine.raw.csv_landing import hold, release_landings
from spine.raw.files import files_below, files_of_tables, has_columns_of
from spine.raw.folder import check_schema, notes_of_export, prepare_exports
from spine.raw.types import RawFolder, file_mark, normalised
from spine.raw.views import quoted_name, quoted_text, view_statements
from spine.run.messages import safe_message

# Goes up when the same export would be made into something else by the same adapter.
VERSION = 1

_STATE = "adapted.json"
# The raw folder that this process reads, which no other may remove meanwhile.
_READ: dict[Path, int] = {}


@dataclass
class Made:
    """What an adapter made of an export: the rows of each table, and what is worth saying."""

    tables: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def adapted(
    given_dir: Path, adapters: Sequence[Adapter], out_dir: Path, schema_of: tuple[Path, str] | None = None
) -> tuple[Path, list[str]]:
    """Makes a raw folder of exports in `out_dir`, if anything has changed; returns it, and what is worth saying.

    With several adapters each has a folder of its name in `given_dir`, and keys carry that name. `schema_of` names a
    database and a schema of it to read instead of a folder; one source reads it.

    Raises InputRefused for an export with faults, UsageError for a select that fails; what was made before stays then.
    """
    _refuse_unreadable_schema(schema_of, len(adapters) > 1)
    places = _places_of(given_dir, adapters)
    own = _own_tables(given_dir, adapters)
    alike = _called_like_what_is_made({given_dir, *places.values()} if given_dir else (), adapters)
    marks = (
        {name: _marks_of_files(place) for name, place in places.items()} if given_dir else {"": _marks_of(schema_of)}
    )
    marks |= {
        "versions": [VERSION, *(one.version for one in adapters)],
        "own": [mark for top in (*own, *alike) for mark in _marks_of_files(top)],
    }
    made_by = hashlib.sha256(json.dumps(marks).encode()).hexdigest()[:16]
    raw_dir = out_dir / f"raw-{made_by}"
    state = _read_state(out_dir / _STATE)
    is_made = state.get("made_by") == made_by and _sizes(raw_dir) == state["files"]
    try:
        hold(out_dir)
        if not is_made:
            _refuse_tables_made_twice(alike, adapters)
            with _work_folder(out_dir) as work:
                notes = _make_all(adapters, places, own, work, out_dir / "landed", schema_of)
                shutil.rmtree(raw_dir, ignore_errors=True)
                os.replace(work, raw_dir)
            state = {"made_by": made_by, "notes": notes, "files": _sizes(raw_dir)}
            _write_state(out_dir / _STATE, state)
        _keep_reading(raw_dir)
        _remove_others(out_dir, raw_dir)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(out_dir) from error
        raise UsageError(f"{error.filename or out_dir}: cannot be read or written: {error.strerror}.") from error
    finally:
        release_landings()
    return raw_dir, state["notes"]


def _places_of(given_dir: Path | None, adapters: Sequence[Adapter]) -> dict[str, Path]:
    """Where the files of each source lie."""
    names = [one.name for one in adapters]
    if len(set(names)) < len(names):
        raise UsageError(f"--source: two of {', '.join(names)} have one name; name each once.")
    if given_dir is None:
        return dict.fromkeys(names)
    places = {name: given_dir / name if len(names) > 1 else given_dir for name in names}
    for place in places.values():
        if not place.is_dir():
            raise UsageError(f"--raw: there is no folder {place}.")
    return places


def _make_all(
    adapters: Sequence[Adapter],
    places: dict[str, Path],
    own: Collection[Path],
    work: Path,
    landed_dir: Path,
    schema_of: tuple[Path, str] | None,
) -> list[str]:
    """Writes what all adapters make, and the tables beside the exports; returns what is worth saying."""
    has_several = len(adapters) > 1
    made = {
        one.name: _make(one, places[one.name], work, landed_dir / one.name, has_several, schema_of, own)
        for one in adapters
    }
    _refuse_without_orders(made, own)
    notes = [f"{name}: {note}" for name, one in made.items() for note in one.notes]
    if len([name for name, one in made.items() if one.tables.get("orders")]) > 1:
        notes.append("orders come from more than one source; a sale that stands in two of them counts twice.")
    for path in own:
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, work / path.name)
        notes.append(f"{path.name}: is taken as it is, a table of the contract.")
    if has_several:
        first = next(iter(places.values())).parent
        others = [path.name for path in files_below(first) if path.parent == first and path not in own]
        notes += [f"{name}: is in no source's folder, and is not read." for name in others]
    return notes


def _make(
    adapter: Adapter,
    place: Path,
    work: Path,
    landing_dir: Path,
    has_several: bool,
    schema_of: tuple[Path, str] | None,
    own: Collection[Path],
) -> Made:
    """Writes what an adapter makes of an export as Parquet files, a folder for each table."""
    with duckdb.connect() as connection:
        if schema_of:
            connection.execute(f"attach {quoted_text(str(schema_of[0]))} as given (read_only)")
            connection.execute("use given")
            export = _in_database(check_schema(connection, schema_of[1], adapter.export), "given")
            connection.execute("use memory")
        else:
            files = [path for path in files_below(place) if not {path, *path.parents} & set(own)]
            export = prepare_exports(place, landing_dir, adapter.export, files)
        for statement in _views(adapter, export, landing_dir):
            connection.execute(statement)
        made = Made(notes=list(export.notes))
        for name in adapter.selects:
            view = f"{'export' if is_shared(name) else 'made'}.{quoted_name(name)}"
            _run(connection, adapter, name, f"create view {view} as {adapter.selects[name]}")
            if is_shared(name) or not adapter.reads[name] & export.tables.keys():
                continue
            if name == NOTES:
                made.notes += [row[0] for row in _run(connection, adapter, name, f"from {view}") if row[0]]
            else:
                made.tables[name] = _write(connection, adapter, name, work / name, has_several)
        return made


def _refuse_unreadable_schema(schema_of: tuple[Path, str] | None, has_several: bool) -> None:
    if schema_of and has_several:
        raise UsageError(
            "RAW_SCHEMA: a schema is read by one --source. Bring several sources as files, a folder for each."
        )
    if schema_of and not schema_of[0].is_file():
        raise UsageError(f"RAW_SCHEMA {schema_of[1]}: there is no database {schema_of[0]} that could hold it.")


def _in_database(export: RawFolder, database: str) -> RawFolder:
    """A checked schema, its relations by names that hold whichever database is the current one."""
    export.notes[:] = notes_of_export(export)
    for table in export.tables.values():
        parts = tuple(replace(part, relation=f"{quoted_name(database)}.{part.relation}") for part in table.parts)
        export.tables[table.name] = replace(table, parts=parts)
    return export


def _views(adapter: Adapter, export: RawFolder, landing_dir: Path) -> Iterator[str]:
    """The tables of an export as selects see them: what is blank is null, and outer white space is gone."""
    yield from view_statements(export, landing_dir)
    yield "create schema export"
    yield "create schema made"
    for table in adapter.export.user_tables:
        columns = ", ".join(
            f"nullif(trim({quoted_name(column.name)}), '') as {quoted_name(column.name)}"
            if column.data_type == "text"
            else quoted_name(column.name)
            for column in table.columns
        )
        yield f"create view export.{quoted_name(table.name)} as select {columns} from raw.{quoted_name(table.name)}"


def _write(connection: duckdb.DuckDBPyConnection, adapter: Adapter, name: str, folder: Path, has_several: bool) -> int:
    """Writes the rows of one table, and returns how many there are."""
    columns = "*"
    if has_several:
        described = _run(connection, adapter, name, f"describe made.{quoted_name(name)}")
        columns = _with_source(adapter.name, name, [row[0] for row in described])
    query = f"select {columns} from made.{quoted_name(name)}"
    folder.mkdir(exist_ok=True)
    target = quoted_text(str(folder / f"{adapter.name}.parquet"))
    return _run(connection, adapter, name, f"copy ({query}) to {target} (format parquet)")[0][0]


def _with_source(source: str, table_name: str, columns: list[str]) -> str:
    """The columns of a table, its ids with the name of their source; an id that is an address stays one."""
    ids = {column.name for column in load_contract().table(table_name).columns if column.data_type == "id"}
    prefix = quoted_text(f"{source}:")

    def prefixed(name: str) -> str:
        text = f"cast({name} as varchar)"
        return f"case when {text} like '%@%' or {text} like '+%' then {text} else {prefix} || {text} end as {name}"

    return ", ".join(prefixed(quoted_name(name)) if normalised(name) in ids else quoted_name(name) for name in columns)


def _run(connection: duckdb.DuckDBPyConnection, adapter: Adapter, name: str, statement: str) -> list[tuple]:
    try:
        return connection.execute(statement).fetchall()
    except duckdb.Error as error:
        if is_disk_full(error):
            raise DiskFull(adapter.name) from None
        place = f"{adapter.folder / name}.sql"
        if isinstance(error, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
            raise UsageError(f"{place}: {safe_message(str(error), statement)}") from None
        # What fails on a value may quote it.
        kind = str(error).split(":")[0] if ":" in str(error)[:60] else type(error).__name__
        raise UsageError(f"{place}: {kind} on a value of the export; try_cast gives null instead.") from None


def _refuse_without_orders(made: dict[str, Made], own: Collection[Path]) -> None:
    if any(one.tables.get("orders") for one in made.values()) or any(_is_of_orders(path) for path in own):
        return
    filled = {name: sorted(table for table, rows in one.tables.items() if rows) for name, one in made.items()}
    brought = "; ".join(f"{name} brings {', '.join(tables) or 'nothing'}" for name, tables in filled.items())
    raise InputRefused(
        [
            f"no orders: {brought}. Orders are required: bring the export of the shop too, each export in a folder "
            "named after its source, with --source for each, or a table of orders of your own beside the exports "
            "(docs/adapters.md)."
        ]
    )


def _is_of_orders(path: Path) -> bool:
    return path in files_of_tables(path.parent, load_contract(), ["orders"])


def _own_tables(given_dir: Path | None, adapters: Sequence[Adapter]) -> list[Path]:
    """Files beside the exports that bring tables which no adapter makes, such as exchange_rates.csv."""
    contract = load_contract()
    made = {name for one in adapters for name in one.selects}
    others = [table.name for table in contract.user_tables if table.name not in made]
    return files_of_tables(given_dir, contract, others) if given_dir and given_dir.is_dir() else []


def _called_like_what_is_made(places: Collection[Path], adapters: Sequence[Adapter]) -> dict[Path, tuple[str, Table]]:
    """Files and folders called like a table of the contract that a source makes, with that source and table."""
    contract = load_contract()
    return {
        entry: (adapter.name, table)
        for adapter in adapters
        for table in filter(None, map(contract.table, adapter.selects))
        for place in sorted(places)
        for entry in files_of_tables(place, contract, [table.name])
    }


def _refuse_tables_made_twice(alike: dict[Path, tuple[str, Table]], adapters: Sequence[Adapter]) -> None:
    """Refuses files of tables that a source makes itself: their rows, withdrawals among them, would not be read."""
    exported = [table for one in adapters for table in one.export.user_tables]
    faults = [
        f"{entry.name}: has the columns of the contract's {table.name}, which {source} makes of its export: its rows "
        "would not be read. Move it out of the folder, or bring all tables of the contract yourself, without --source."
        for entry, (source, table) in alike.items()
        if any(has_columns_of(path, [table]) and not has_columns_of(path, exported) for path in files_below(entry))
    ]
    if faults:
        raise InputRefused(faults)


def _marks_of_files(place: Path) -> list:
    """What tells whether the files of a folder have changed; a link that leads nowhere has no mark."""
    return [[str(path), *(file_mark(path) if path.exists() else ())] for path in files_below(place)]


def _marks_of(schema_of: tuple[Path, str]) -> list:
    """What tells whether a schema may have changed: what was written last may still lie in the log of the database."""
    log = Path(f"{schema_of[0]}.wal")
    return [str(schema_of[0]), schema_of[1], *file_mark(schema_of[0]), *(file_mark(log) if log.exists() else ())]


def _sizes(raw_dir: Path) -> dict[str, int]:
    files = (path for path in raw_dir.rglob("*") if path.is_file())
    return {str(path.relative_to(raw_dir)): path.stat().st_size for path in files}


def _keep_reading(raw_dir: Path) -> None:
    """Keeps a raw folder from being removed until this process ends, or reads another."""
    if raw_dir not in _READ:
        handle = os.open(raw_dir, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH)
        while _READ:
            os.close(_READ.popitem()[1])
        _READ[raw_dir] = handle


def _remove_others(out_dir: Path, raw_dir: Path) -> None:
    """Removes the raw folders that were made of earlier exports and that nobody reads."""
    for other in out_dir.glob("raw-*"):
        if other == raw_dir:
            continue
        handle = os.open(other, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(other, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)


def _read_state(path: Path) -> dict:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return state if isinstance(state, dict) and state.keys() >= {"made_by", "notes", "files"} else {}


def _write_state(path: Path, state: dict) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(state, indent=1), encoding="utf-8")
    os.replace(fresh, path)


@contextlib.contextmanager
def _work_folder(out_dir: Path) -> Iterator[Path]:
    for left in out_dir.glob(".making-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=out_dir))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
