"""Adapters: from what a shop system exports to the tables of the raw contract, one select per table.

An adapter is a folder: `_NAME.yml` describes the tables of the export as dbt sources are described, `TABLE.sql` selects
a table of the contract from them, `_NAME.sql` makes a table for other selects. The shipped ones lie in `adapters/`; one
of your own is named by its path.

    adapters = [load_adapter("shopify", settings)]
    raw_dir, notes = adapted(export_dir, adapters, out_dir)     # a raw folder as any other; raises InputRefused
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import jinja2

from spine.errors import DiskFull, InputRefused, UsageError, is_disk_full
from spine.raw.contract import Contract, load_contract, load_export
from spine.raw.csv_landing import hold, release_landings
from spine.raw.files import files_of_tables, find_exports
from spine.raw.folder import check_schema, notes_of_export, prepare_exports
from spine.raw.types import RawFolder, file_mark
from spine.raw.views import quoted_name, quoted_text, view_statements
from spine.run.messages import safe_message

ADAPTERS_DIR = Path(__file__).resolve().parents[3] / "adapters"
# Goes up when the same export would be adapted differently by the same adapter.
VERSION = 1
NOTES = "notes"

_STATE = "adapted.json"


@dataclass(frozen=True)
class Adapter:
    """An adapter: what the export holds, and the selects, each with the tables of the export that it reads."""

    name: str
    folder: Path
    export: Contract
    selects: dict[str, str]
    reads: dict[str, frozenset[str]]

    @property
    def version(self) -> str:
        """A name of what the adapter does: its selects, with their settings, and the tables that it knows."""
        return hashlib.sha256(json.dumps([VERSION, self.selects, repr(self.export)]).encode()).hexdigest()[:16]


@dataclass
class Made:
    """What an adapter made of an export: the rows of each table, and what is worth saying."""

    tables: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def adapter_names() -> list[str]:
    """The names of the shipped adapters."""
    return sorted(path.name for path in ADAPTERS_DIR.iterdir() if (path / f"_{path.name}.yml").is_file())


def load_adapter(given: str, settings: dict) -> Adapter:
    """Reads a shipped adapter by its name, or one of your own by its path; selects may name the vars in `settings`.

    Raises UsageError for an unknown name, a folder that is no adapter, and a select that cannot be read.
    """
    is_path = os.sep in given
    folder = Path(given).absolute() if is_path else ADAPTERS_DIR / given
    if not is_path and given not in adapter_names():
        own = f" A folder of your own is named by its path, as in ./{given}." if Path(given).is_dir() else ""
        raise UsageError(f"--source {given}: there is no such adapter; there are {', '.join(adapter_names())}.{own}")
    described = folder / f"_{folder.name}.yml"
    if not described.is_file():
        raise UsageError(f"--source {given}: {described} is missing, which describes the tables of the export.")
    export = load_export(described, folder.name)
    contract, selects, reads = load_contract(), {}, {}
    for path in sorted(folder.glob("*.sql"), key=lambda path: (not _is_shared(path.stem), path.stem)):
        is_named_well = path.stem == NOTES or _is_shared(path.stem)
        if not is_named_well and (contract.table(path.stem) is None or contract.table(path.stem).internal):
            names = ", ".join(table.name for table in contract.user_tables)
            raise UsageError(f"{path}: is named after no table of the raw contract ({names}).")
        selects[path.stem], reads[path.stem] = _rendered(path, export, reads, settings)
    if not selects:
        raise UsageError(f"--source {given}: {folder} holds no select (TABLE.sql).")
    return Adapter(folder.name, folder, export, selects, reads)


def _is_shared(name: str) -> bool:
    """Whether a select makes a table for other selects, and none of the contract."""
    return name.startswith("_")


def _rendered(
    path: Path, export: Contract, shared: dict[str, frozenset[str]], settings: dict
) -> tuple[str, frozenset[str]]:
    """A select with its tables and settings in place, and the tables of the export that it reads.

    `shared` are the selects before it, with what they read.
    """
    read: set[str] = set()

    def source(_: str, table: str) -> str:
        if export.table(table) is None:
            raise UsageError(f"{path}: reads '{table}', which _{path.parent.name}.yml does not describe.")
        read.add(table)
        return f"export.{quoted_name(table)}"

    def ref(name: str) -> str:
        if not _is_shared(name) or name not in shared:
            raise UsageError(f"{path}: refers to '{name}'; there is no {name}.sql before it that begins with '_'.")
        read.update(shared[name])
        return f"export.{quoted_name(name)}"

    def var(name: str, otherwise: object = None) -> object:
        if settings.get(name, otherwise) is None:
            raise UsageError(f"{path}: names the var '{name}', which is not set.")
        return settings.get(name, otherwise)

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    try:
        text = environment.from_string(path.read_text(encoding="utf-8")).render(source=source, ref=ref, var=var)
    except (jinja2.TemplateError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}.") from None
    return text, frozenset(read)


def adapted(
    given_dir: Path, adapters: Sequence[Adapter], out_dir: Path, schema_of: tuple[Path, str] | None = None
) -> tuple[Path, list[str]]:
    """Makes a raw folder of exports in `out_dir`, if anything has changed; returns it, and what is worth saying.

    With several adapters each has a folder of its name in `given_dir`, and keys carry that name. `schema_of` names a
    database and a schema of it to read instead of a folder; one source reads it.

    Raises InputRefused for an export with faults, UsageError for a select that fails; what was made before stays then.
    """
    raw_dir, state_file = out_dir / "raw", out_dir / _STATE
    has_several = len(adapters) > 1
    _refuse_unreadable_schema(schema_of, has_several)
    places = {one.name: given_dir / one.name if has_several else given_dir for one in adapters}
    own = _own_tables(given_dir, adapters)
    marks = {one.name: [one.version, has_several, *_marks(places[one.name], schema_of)] for one in adapters}
    marks[""] = [
        [str(path), *file_mark(path)] for top in own for path in (sorted(top.rglob("*")) if top.is_dir() else [top])
    ]
    state = _read_state(state_file)
    if state.get("marks") == marks and all((raw_dir / name).exists() for name in state["files"]):
        return raw_dir, state["notes"]
    try:
        hold(out_dir)
        with _work_folder(out_dir) as work:
            made = {
                one.name: _make(one, places[one.name], work, out_dir / "landed" / one.name, has_several, schema_of, own)
                for one in adapters
            }
            _refuse_without_orders(made, own)
            notes = [f"{name}: {note}" for name, one in made.items() for note in one.notes]
            if len([name for name, one in made.items() if one.tables.get("orders")]) > 1:
                notes.append("orders come from more than one source; a sale that stands in two of them counts twice.")
            for path in own:
                (shutil.copytree if path.is_dir() else shutil.copy2)(path, work / path.name)
                notes.append(f"{path.name}: is taken as it is, a table of the contract.")
            state_file.unlink(missing_ok=True)
            files = _put_in_place(work, raw_dir)
        _write_state(state_file, {"marks": marks, "notes": notes, "files": files})
    except OSError as error:
        raise DiskFull(out_dir) if is_disk_full(error) else error from None
    finally:
        release_landings()
    return raw_dir, notes


def recognised(given_dir: Path) -> dict[str, list[str]]:
    """The shipped adapters that know files of a folder, with the names of the files; who knows most comes first."""
    found = {}
    for name in adapter_names():
        folder = RawFolder(load_export(ADAPTERS_DIR / name / f"_{name}.yml", name), root=given_dir.absolute())
        paths = [path for candidate in find_exports(folder).values() for path in candidate.paths]
        if paths:
            found[name] = [folder.shown(path) for path in paths]
    return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))


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
            export = prepare_exports(place, landing_dir, adapter.export, own)
        for statement in _views(adapter, export, landing_dir):
            connection.execute(statement)
        made = Made(notes=list(export.notes))
        for name in adapter.selects:
            if _is_shared(name):
                _run(connection, adapter, name, f"create view export.{quoted_name(name)} as {adapter.selects[name]}")
            elif not adapter.reads[name] & export.tables.keys():
                continue
            elif name == NOTES:
                made.notes += [
                    text for (text,) in _run(connection, adapter, name, adapter.selects[name]).fetchall() if text
                ]
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
    query = adapter.selects[name].strip().rstrip(";")
    if has_several:
        described = _run(connection, adapter, name, f"describe {query}").fetchall()
        query = f"select {_with_source(adapter.name, name, [row[0] for row in described])} from ({query})"
    folder.mkdir(exist_ok=True)
    target = folder / f"{adapter.name}.parquet"
    return _run(connection, adapter, name, f"copy ({query}) to {quoted_text(str(target))} (format parquet)").fetchall()[
        0
    ][0]


def _with_source(source: str, table_name: str, columns: list[str]) -> str:
    """The columns of a table, its ids with the name of their source; an id that is an address stays one."""
    table = load_contract().table(table_name)
    ids = {column.name for column in table.columns if column.data_type == "id"}
    prefix = quoted_text(f"{source}:")
    return ", ".join(
        f"case when {name} like '%@%' or {name} like '+%' then {name} else {prefix} || {name} end as {name}"
        if column in ids
        else name
        for column in columns
        for name in [quoted_name(column)]
    )


def _run(
    connection: duckdb.DuckDBPyConnection, adapter: Adapter, name: str, statement: str
) -> duckdb.DuckDBPyConnection:
    try:
        return connection.execute(statement)
    except duckdb.Error as error:
        if is_disk_full(error):
            raise DiskFull(adapter.folder) from None
        raise UsageError(f"{adapter.folder / name}.sql: {safe_message(str(error), statement)}") from None


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


def _put_in_place(work: Path, raw_dir: Path) -> list[str]:
    """Replaces those files that have changed, and removes those that are made no longer."""
    files = sorted(str(path.relative_to(work)) for path in work.rglob("*") if path.is_file())
    for name in files:
        target = raw_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(work / name, target)
    for path in list(raw_dir.rglob("*")):
        if path.is_file() and str(path.relative_to(raw_dir)) not in files:
            path.unlink()
            with contextlib.suppress(OSError):
                path.parent.rmdir()
    return files


def _marks(place: Path, schema_of: tuple[Path, str] | None) -> list:
    """What tells whether an export has changed."""
    if schema_of:
        return [str(schema_of[0]), schema_of[1], list(file_mark(schema_of[0]))]
    if not place.is_dir():
        raise UsageError(f"--raw: there is no folder {place}.")
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    return [str(place), [[str(path.relative_to(place)), *file_mark(path)] for path in paths]]


def _read_state(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _write_state(path: Path, state: dict) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(state, indent=1), encoding="utf-8")
    os.replace(fresh, path)


@contextlib.contextmanager
def _work_folder(out_dir: Path) -> Iterator[Path]:
    for left in out_dir.glob(".making-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=out_dir) as work:
        yield Path(work)
