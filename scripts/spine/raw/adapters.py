"""Adapters: from what a shop system exports to the tables of the raw contract, one select per table.

An adapter is a folder: `_NAME.yml` describes the tables of the export as dbt sources are described, `TABLE.sql` selects
a table of the contract from them, `_NAME.sql` makes a table for other selects. The shipped ones lie in `adapters/`; one
of your own is named by its path.

    adapters = [load_adapter("shopify", settings)]
    raw_dir, notes = adapted(export_dir, adapters, out_dir)     # spine.raw.adapted: a raw folder as any other
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import jinja2

from spine.errors import UsageError
from spine.raw.contract import Contract, load_contract, load_export
from spine.raw.files import files_below, find_exports
from spine.raw.types import RawFolder
from spine.raw.views import quoted_name
from spine.run.messages import safe_message

ADAPTERS_DIR = Path(__file__).resolve().parents[3] / "adapters"
NOTES = "notes"


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
        return hashlib.sha256(json.dumps([self.selects, repr(self.export)]).encode()).hexdigest()[:16]


def adapter_names() -> list[str]:
    """The names of the shipped adapters."""
    return sorted(path.name for path in ADAPTERS_DIR.iterdir() if (path / f"_{path.name}.yml").is_file())


def load_adapter(given: str, settings: dict) -> Adapter:
    """Reads a shipped adapter by its name, or one of your own by its path; selects may name the vars in `settings`.

    Raises UsageError for an unknown name, a folder that is no adapter, and a select that cannot be read.
    """
    if not given:
        raise UsageError(f"--source: name one of {', '.join(adapter_names())}.")
    is_path = os.sep in given
    folder = Path(given).absolute() if is_path else ADAPTERS_DIR / given
    if not is_path and given not in adapter_names():
        own = f" A folder of your own is named by its path, as in ./{given}." if Path(given).is_dir() else ""
        raise UsageError(f"--source {given}: there is no such adapter; there are {', '.join(adapter_names())}.{own}")
    described = folder / f"_{folder.name}.yml"
    if not described.is_file():
        raise UsageError(f"--source {given}: {described} is missing, which describes the tables of the export.")
    export = load_export(described, folder.name)
    tables, selects, reads = [table.name for table in load_contract().user_tables], {}, {}
    for path in sorted(folder.glob("*.sql"), key=lambda path: (not is_shared(path.stem), path.stem)):
        if path.stem not in (*tables, NOTES) and not is_shared(path.stem):
            raise UsageError(f"{path}: is named after no table of the raw contract ({', '.join(tables)}).")
        selects[path.stem], reads[path.stem] = _rendered(path, export, reads, settings)
    if not selects:
        raise UsageError(f"--source {given}: {folder} holds no select (TABLE.sql).")
    for name in selects:
        if not reads[name]:
            raise UsageError(f"{folder / name}.sql: reads no table of the export; name one by {{{{ source(...) }}}}.")
    return Adapter(folder.name, folder, export, selects, reads)


def is_shared(name: str) -> bool:
    """Whether a select makes a table for other selects, and none of the contract."""
    return name.startswith("_")


def _rendered(
    path: Path, export: Contract, shared: dict[str, frozenset[str]], settings: dict
) -> tuple[str, frozenset[str]]:
    """A select with its tables and settings in place, and the tables of the export that it reads.

    `shared` are the selects before it, with what they read.
    """
    read: set[str] = set()

    def source(name: str, table: str) -> str:
        if name != path.parent.name or export.table(table) is None:
            raise UsageError(f"{path}: reads '{name}.{table}', which _{path.parent.name}.yml does not describe.")
        read.add(table)
        return f"export.{quoted_name(table)}"

    def ref(name: str) -> str:
        if not is_shared(name) or name not in shared:
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
        statements = duckdb.extract_statements(text)
    except UsageError:
        raise
    except duckdb.Error as error:
        raise UsageError(f"{path}: {safe_message(str(error), text)}") from None
    except Exception as error:  # whatever a template does
        raise UsageError(f"{path}: cannot be read: {error}.") from None
    if len(statements) != 1:
        raise UsageError(f"{path}: holds {len(statements)} statements; one select is needed.")
    return text, frozenset(read)


def recognised(given_dir: Path) -> dict[str, list[str]]:
    """The shipped adapters that know files of a folder, with the names of the files; who knows most comes first."""
    found = {}
    for name in adapter_names():
        folder = RawFolder(load_export(ADAPTERS_DIR / name / f"_{name}.yml", name), root=given_dir.absolute())
        found_files = find_exports(folder, files_below(given_dir))
        paths = [path for candidate in found_files.values() for path in candidate.paths]
        if paths:
            found[name] = [folder.shown(path) for path in paths]
    return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))
