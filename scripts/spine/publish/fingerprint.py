"""What a result depends on, so that a refresh can tell at once that nothing is new."""

import dataclasses
import datetime
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from spine.errors import SpineError
from spine.raw.contract import load_contract
from spine.raw.files import find_files
from spine.raw.types import Part, RawFolder, file_mark, first_files
from spine.run.project import PROJECT_DIR, SEEDS_DIR, rule_files, vars_in_force


class ChangedMeanwhile(SpineError):
    """What a run goes by has changed under it."""


# What models are made of; a change of any of it is an upgrade of the project.
PROJECT_PARTS = ("models", "macros", "seeds", "tests/assertions", "tests/generic", "scripts", "dbt_project.yml")
SUFFIXES = (".sql", ".yml", ".yaml", ".py", ".md")
ENGINES = ("dbt-core", "dbt-duckdb", "duckdb")


def raw_inventory(raw_dir: Path) -> dict[str, list]:
    """The mark of every file in a raw folder that belongs to a table, by its path below the folder."""
    folder = RawFolder(load_contract(), root=raw_dir)
    if not raw_dir.is_dir():
        return {}
    candidates, _ = find_files(folder)
    paths = [path for candidate in candidates.values() for path in candidate.paths]
    paths += [*folder.faults_of_files, *folder.refused]  # when they go, or are mended, that is news too
    found = {}
    for path in paths:
        place = str(path.relative_to(raw_dir))
        try:
            found[place] = list(file_mark(path))
        except OSError:  # a link to nothing, which is news; or gone since it was found
            if os.path.islink(path):
                found[place] = []
    return found


def changed_files(before: dict[str, list], now: dict[str, list]) -> dict[str, list[str]]:
    """The files that are new, changed and missing in one inventory beside an earlier one."""
    return {
        "new": sorted(now.keys() - before.keys()),
        "changed": sorted(path for path in now.keys() & before.keys() if now[path] != before[path]),
        "missing": sorted(before.keys() - now.keys()),
    }


def rule_version(rules_dir: Path | None) -> str:
    """A name of the rule rows and vars in force: the same rules, the same name."""
    own = {path.name: path for path in rule_files(rules_dir)} if rules_dir else {}
    tables = {path.name: own.get(path.name, path).read_bytes() for path in SEEDS_DIR.rglob("*.csv")}
    settings = json.dumps(vars_in_force(rules_dir), sort_keys=True, default=str)
    return _digest([settings.encode(), *(part for name in sorted(tables) for part in (name.encode(), tables[name]))])


def project_version() -> str:
    """A name of what makes the marts: models, macros, tests, the runner, the engines, and the salt of addresses."""
    return _digest([code_version(PROJECT_PARTS, ENGINES).encode(), os.environ.get("SPINE_SALT", "").encode()])


def code_version(parts: Sequence[str], engines: Sequence[str]) -> str:
    """A name of some files and folders of the project, and of the packages that run them."""
    files = [path for part in parts for path in _files(PROJECT_DIR / part)]
    contents = [part for path in files for part in (str(path.relative_to(PROJECT_DIR)).encode(), path.read_bytes())]
    return _digest([*contents, *(f"{engine} {version(engine)}".encode() for engine in engines)])


@dataclass(frozen=True)
class Inputs:
    """Everything that a result depends on, as it was when it was looked at."""

    raw: dict[str, list]
    rule_version: str
    as_of: datetime.date
    project_version: str

    @property
    def fingerprint(self) -> str:
        """A name of all of it."""
        parts = (json.dumps(self.raw, sort_keys=True), self.rule_version, self.as_of.isoformat(), self.project_version)
        return _digest([part.encode() for part in parts])

    @property
    def of_any_day(self) -> str:
        """A name of all but the day."""
        return dataclasses.replace(self, as_of=datetime.date.min).fingerprint

    def with_raw(self, raw: dict[str, list]) -> "Inputs":
        """The same with other raw files."""
        return dataclasses.replace(self, raw=raw)

    def as_read(self, folder: RawFolder) -> "Inputs":
        """The same with the files that a run reads, each with a mark that it bore before.

        A CSV file that has landed since the look has none; so the next run looks at it again.
        """
        parts = [part for table in folder.tables.values() for part in table.parts]
        marks = {str(part.path.relative_to(folder.root)): list(part.mark) for part in parts}
        return self.with_raw({name: mark or self.raw.get(name, []) for name, mark in marks.items()})


def inputs_of(raw_dir: Path, rules_dir: Path | None, as_of: datetime.date) -> Inputs:
    """Looks at the raw files, the rules and the project.

    Raises UsageError for an unusable rules folder.
    """
    return Inputs(raw_inventory(raw_dir), rule_version(rules_dir), as_of, project_version())


def refuse_changed(inputs: Inputs, rules_dir: Path | None, folder: RawFolder) -> None:
    """Raises ChangedMeanwhile when rules, project or Parquet files have changed since the run began.

    Its models may have read both states: each reads the Parquet files again. Of CSV files they read what was landed at
    the beginning.
    """
    if (rule_version(rules_dir), project_version()) != (inputs.rule_version, inputs.project_version):
        raise ChangedMeanwhile("rules, vars or the project have changed while this run was at work; run it again.")
    parts = [part for table in folder.tables.values() if table.kind == "parquet" for part in table.parts]
    if changed := [folder.shown(part.path) for part in parts if not _is_as_it_was(part)]:
        raise ChangedMeanwhile(
            f"{first_files(changed)} {'has' if len(changed) == 1 else 'have'} changed or gone while this run was at "
            "work; run it again. New files under names of their own may come at any time."
        )


def _is_as_it_was(part: Part) -> bool:
    try:
        return file_mark(part.path) == part.mark
    except OSError:
        return False


def _files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return sorted(path for path in part.rglob("*") if path.is_file() and path.suffix in SUFFIXES)


def _digest(parts: list[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:12]
