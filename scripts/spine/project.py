"""The dbt project the runner drives: where it is, its vars, and a team's own rules laid over its seeds."""

import csv
import datetime
import decimal
import difflib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from spine.errors import UsageError

PROJECT_DIR = Path(__file__).resolve().parents[2]
SEEDS_DIR = PROJECT_DIR / "seeds"
VARS_FILE = "vars.yml"
# What valid_from and valid_to say for no beginning and no end.
ALWAYS, OPEN_END = datetime.date(1900, 1, 1), datetime.date(9999, 12, 31)


def read_yaml(path: Path) -> dict:
    """A YAML file as a dict (empty file: empty dict).

    Raises UsageError naming the file when it cannot be read or is no mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: cannot be read as YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path}: must hold `name: value` lines.")
    return content


def project_vars() -> dict:
    """The vars of dbt_project.yml.

    Raises UsageError when the runner is not inside a checkout of the project.
    """
    path = PROJECT_DIR / "dbt_project.yml"
    if not path.exists():
        raise UsageError(f"{path} is missing: install spine from a checkout with `pip install -e .`")
    return read_yaml(path).get("vars", {})


def rule_vars(rules_dir: Path | None) -> dict:
    """The vars a rules folder overrides in its vars.yml; none without one.

    Raises UsageError for a var the project does not have.
    """
    if rules_dir is None or not (rules_dir / VARS_FILE).exists():
        return {}
    path = rules_dir / VARS_FILE
    known, given = project_vars(), read_yaml(path)
    for name in given:
        if name not in known:
            raise UsageError(f"{path}: there is no var '{name}'{_did_you_mean(str(name), known)}")
    return given


def vars_in_force(rules_dir: Path | None) -> dict:
    """The vars of the project under those of a rules folder."""
    return {**project_vars(), **rule_vars(rules_dir)}


@contextmanager
def rules_over_seeds(rules_dir: Path | None) -> Iterator[str | None]:
    """Lays the CSV files of a rules folder over copies of the shipped ones and yields the seed path for dbt.

    A rule table that the folder does not hold stays as shipped. Yields None without a folder.

    Raises UsageError for a folder that is missing, and for a file in it that is no rule table.
    """
    if rules_dir is None:
        yield None
        return
    refuse_unusable_rules(rules_dir)
    # Inside the project: dbt would write what it compiles next to an absolute seed path, over the rule tables.
    (PROJECT_DIR / "target").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rules-", dir=PROJECT_DIR / "target") as folder:
        overlay = Path(folder) / "seeds"
        shutil.copytree(SEEDS_DIR, overlay)
        shipped = {path.name: path for path in SEEDS_DIR.rglob("*.csv")}
        for path in _rule_files(rules_dir):
            shutil.copyfile(path, overlay / shipped[path.name].relative_to(SEEDS_DIR))
        yield str(overlay.relative_to(PROJECT_DIR))


def refuse_unusable_rules(rules_dir: Path) -> None:
    """Raises UsageError for a folder that is missing, and for a file in it that is no rule table."""
    shipped = {path.name: path for path in SEEDS_DIR.rglob("*.csv")}
    types = _column_types()
    for path in _rule_files(rules_dir):
        _check_rule_table(path, shipped, types)


def _rule_files(rules_dir: Path) -> list[Path]:
    """The files that must be rule tables: all but vars.yml, notes in Markdown and hidden files."""
    try:
        paths = sorted(rules_dir.iterdir())
    except OSError as error:
        raise UsageError(f"--rules {rules_dir}: {_why_no_folder(rules_dir, error)}") from error
    return [path for path in paths if path.name != VARS_FILE and path.suffix != ".md" and not path.name.startswith(".")]


def _why_no_folder(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such folder."
    return "is not a folder." if isinstance(error, NotADirectoryError) else f"cannot be opened: {error.strerror}."


def _check_rule_table(path: Path, shipped: dict[str, Path], types: dict[str, dict[str, str]]) -> None:
    if path.name not in shipped or not path.is_file():
        raise UsageError(f"{path}: is not the name of a rule table{_did_you_mean(path.name, [*shipped, VARS_FILE])}")
    (_, expected), *_ = _lines(shipped[path.name])
    (_, found), *rows = _lines(path) or [(1, [])]
    if found != expected:
        raise UsageError(f"{path}: the columns must be {', '.join(expected)}; found {', '.join(found)}")
    for line, row in rows:
        if row and len(row) != len(expected):
            raise UsageError(
                f"{path}: line {line} has {len(row)} fields instead of {len(expected)}; "
                "a text that holds a comma must stand in double quotes."
            )
        for name, value in zip(found, row, strict=False):
            kind = types[path.stem].get(name, "varchar").split("(")[0]
            if kind in _READERS and not _is_readable(value, kind):
                raise UsageError(f"{path}: line {line}: {name} must be {_READERS[kind][1]}; found '{value}'.")


# How a value of a column type is read, and how it must be written.
_READERS = {
    "date": (datetime.date.fromisoformat, "a day written as YYYY-MM-DD"),
    "integer": (int, "a whole number"),
    "decimal": (decimal.Decimal, "a number"),
    "boolean": (lambda text: ("true", "false").index(text.lower()), "true or false"),
}


def _is_readable(value: str, kind: str) -> bool:
    try:
        _READERS[kind][0](value.strip())
    except (ValueError, decimal.InvalidOperation):
        return not value.strip()  # a blank cell is for the tests to name
    return True


def _column_types() -> dict[str, dict[str, str]]:
    """The types of every rule table's columns, as its properties state them."""
    seeds = read_yaml(SEEDS_DIR / "rules" / "_rules.yml")["seeds"]
    return {seed["name"]: seed.get("config", {}).get("column_types", {}) for seed in seeds}


def days_of_change(rules_dir: Path | None) -> set[datetime.date]:
    """The days on which a rule row begins to hold, or no longer holds.

    Raises UsageError for an unusable rules folder.
    """
    days = set()
    if rules_dir is not None:
        refuse_unusable_rules(rules_dir)
    for shipped in SEEDS_DIR.rglob("*.csv"):
        own = rules_dir / shipped.name if rules_dir is not None else shipped
        (_, names), *rows = _lines(own if own.exists() else shipped)
        for _, row in rows:
            values = dict(zip(names, row, strict=False))
            try:
                begins = datetime.date.fromisoformat(values["valid_from"].strip())
                ends = datetime.date.fromisoformat(values["valid_to"].strip())
            except (KeyError, ValueError):  # not a table with versions, or a fault that the tests name
                continue
            days |= {begins} if begins != ALWAYS else set()
            days |= {ends + datetime.timedelta(days=1)} if ends != OPEN_END else set()
    return days


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a rule table, the header first, each with the number of its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as CSV in UTF-8.") from error


def _did_you_mean(name: str, known: object) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else "."


def check_target(target: str | None) -> None:
    """Raises UsageError for a target that profiles.yml does not have."""
    targets = read_yaml(PROJECT_DIR / "profiles.yml")["segment_spine"]["outputs"]
    if target is not None and target not in targets:
        raise UsageError(f"--target {target}: profiles.yml has only {', '.join(targets)}.")


def last_complete_business_day(timezone: str) -> datetime.date:
    """Yesterday in the business time zone.

    Raises UsageError for an unknown zone.
    """
    try:
        return datetime.datetime.now(ZoneInfo(timezone)).date() - datetime.timedelta(days=1)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise UsageError(f"timezone '{timezone}' is not a name of the tz database.") from error


def refuse_unfinished_day(day: datetime.date, timezone: str, name: str) -> None:
    """Raises UsageError for a business day that is not over yet."""
    last = last_complete_business_day(timezone)
    if day > last:
        raise UsageError(
            f"{name}: the business day {day} is not over yet in {timezone}; the last complete one is {last}."
        )


def parse_day(text: str, name: str) -> datetime.date:
    """A day written as YYYY-MM-DD.

    Raises UsageError naming the option.
    """
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{name} must be a day written as YYYY-MM-DD.") from error
    if text != day.isoformat():
        raise UsageError(f"{name} must be a day written as YYYY-MM-DD.")
    return day
