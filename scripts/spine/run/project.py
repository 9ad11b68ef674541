"""The dbt project the runner drives: where it is, its vars, and a team's own rules laid over its seeds."""

import csv
import datetime
import difflib
import hashlib
import io
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from spine.errors import UsageError

PROJECT_DIR = Path(__file__).resolve().parents[3]
SEEDS_DIR = PROJECT_DIR / "seeds"
VARS_FILE = "vars.yml"
# Describes the columns of the shipped rule tables, among which it lies.
DESCRIPTION_FILE = "_rules.yml"
DEFAULT_DB = "segment_spine.duckdb"
SHOWN_FAULTS = 20
OVERLAY_KEPT_SECONDS = 7 * 24 * 3600
# What valid_from and valid_to say for no beginning and no end.
ALWAYS, OPEN_END = datetime.date(1900, 1, 1), datetime.date(9999, 12, 31)


def read_yaml(path: Path) -> dict:
    """A YAML file as a dict (empty file: empty dict).

    Raises UsageError naming the file when it cannot be read or is no mapping.
    """
    if fault := _no_file(path):
        raise UsageError(fault)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _EachNameOnce) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:  # a ValueError: a day that there is not
        raise UsageError(f"{path}: cannot be read as YAML: {fault_of_yaml(error)}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path}: must hold `name: value` lines.")
    return content


def fault_of_yaml(error: Exception) -> str:
    """What is wrong with text that is no YAML, and in which line, if that is known."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    if isinstance(error, UnicodeDecodeError):
        return f"line {_line_of(error)} is not UTF-8; save the file in UTF-8"
    return str(error).splitlines()[0]


def _line_of(error: UnicodeDecodeError) -> int:
    """The line, from 1 on, of the first byte that is not UTF-8."""
    return error.object.count(b"\n", 0, error.start) + 1


class _EachNameOnce(yaml.SafeLoader):
    """Refuses a name that is given twice, of which YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.YAMLError(f"'{name}' is given twice")
        return super().construct_mapping(node, deep)


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
    path = rules_dir and rules_dir / VARS_FILE
    if path is None or not (path.exists() or path.is_symlink()):
        return {}
    known, given = project_vars(), read_yaml(path)
    for name, value in given.items():
        if name not in known:
            raise UsageError(f"{path}: there is no var '{name}'{did_you_mean(str(name), known)}")
        if name == "raw_input":
            raise UsageError(f"{path}: raw_input is for projects that use this one as a package (docs/package.md).")
        if isinstance(known[name], bool) and not isinstance(value, bool):
            raise UsageError(f"{path}: {name} must be true or false, without quotation marks.")
        if not _is_plain(value):
            raise UsageError(
                f"{path}: {name} must be a word, a number, true or false, or names with such values; without braces."
            )
    currency = str(given.get("reporting_currency", "auto"))
    if not re.fullmatch("[A-Za-z]{3}|auto", currency):
        raise UsageError(f"{path}: reporting_currency is {currency}; it must be a three-letter code, or auto.")
    return given


def _is_plain(value: object, may_hold_names: bool = True) -> bool:
    """Whether a var can be handed to dbt, which would run what stands in braces."""
    if isinstance(value, dict):
        return may_hold_names and all(isinstance(name, str) and _is_plain(of, False) for name, of in value.items())
    return "{" not in str(value) and isinstance(value, (str, int, float, datetime.date, type(None)))


def vars_in_force(rules_dir: Path | None) -> dict:
    """The vars of the project under those of a rules folder."""
    return {**project_vars(), **rule_vars(rules_dir)}


def is_currency_auto(rules_dir: Path | None) -> bool:
    """Whether the setting of the reporting currency leaves it to the orders."""
    return str(vars_in_force(rules_dir)["reporting_currency"]).lower() == "auto"


def rules_over_seeds(rules_dir: Path | None) -> str | None:
    """Lays the CSV files of a rules folder over copies of the shipped ones; returns the seed path for dbt, if any.

    A rule table that the folder does not hold stays as shipped. The same rules have the same path: what dbt has
    parsed of them can be used again.

    Raises UsageError for a folder that is missing, and for a file in it that is no rule table.
    """
    if rules_dir is None:
        return None
    refuse_unusable_rules(rules_dir)
    shipped = {path.relative_to(SEEDS_DIR): path for path in SEEDS_DIR.rglob("*") if path.is_file()}
    own = {path.name: path for path in rule_files(rules_dir)}
    contents = {place: own.get(place.name, path).read_bytes() for place, path in sorted(shipped.items())}
    name = hashlib.sha256(b"".join(b"%b\0%b\0" % (str(place).encode(), content) for place, content in contents.items()))
    # Inside the project: dbt would write what it compiles next to an absolute seed path, over the rule tables.
    overlay = PROJECT_DIR / "target" / "rules" / name.hexdigest()[:16] / "seeds"
    if not overlay.is_dir():
        _write_overlay(overlay.parent, contents)
    os.utime(overlay.parent)
    return str(overlay.relative_to(PROJECT_DIR))


def _write_overlay(folder: Path, contents: dict[Path, bytes]) -> None:
    """Writes a seed folder whole or not at all, and removes those that nobody has used for a while."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if time.time() - other.stat().st_mtime > OVERLAY_KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    half_written = Path(tempfile.mkdtemp(dir=folder.parent))
    for place, content in contents.items():
        path = half_written / "seeds" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    try:
        half_written.rename(folder)
    except OSError:  # another run was faster
        shutil.rmtree(half_written)


def refuse_unusable_rules(rules_dir: Path) -> None:
    """Raises UsageError for a folder that is missing, and for a file in it that is no rule table."""
    shipped = {path.name: path for path in SEEDS_DIR.rglob("*.csv")}
    types = _column_types()
    faults = [fault for path in rule_files(rules_dir) for fault in _rule_table_faults(path, shipped, types)]
    if faults:
        more = [f"and {len(faults) - SHOWN_FAULTS} more"] if len(faults) > SHOWN_FAULTS else []
        raise UsageError("\n".join([*faults[:SHOWN_FAULTS], *more]))


def rule_files(rules_dir: Path) -> list[Path]:
    """The files that must be rule tables: all but vars.yml, _rules.yml, notes in Markdown and hidden files.

    Raises UsageError for a folder that cannot be read, and for what is no file in it.
    """
    try:
        paths = sorted(rules_dir.iterdir())
    except OSError as error:
        raise UsageError(f"--rules {rules_dir}: {_why_no_folder(error)}") from error
    others = (VARS_FILE, DESCRIPTION_FILE)
    found = [path for path in paths if path.name not in others and path.suffix != ".md" and path.name[0] != "."]
    if faults := [fault for path in found if (fault := _no_file(path))]:
        raise UsageError("\n".join(faults))
    return found


def _no_file(path: Path) -> str | None:
    """Why a path is no file that can be read, and what to do; None if it is one."""
    if path.is_symlink() and not path.exists():
        return f"{path}: is a link to a file that is not there; mend the link or remove it."
    if path.is_dir():
        return f"{path}: is a folder where a file is expected; move it away, or bring its files one level up."
    return None if path.is_file() else f"{path}: is not a file that can be read."


def _why_no_folder(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such folder."
    return "is not a folder." if isinstance(error, NotADirectoryError) else f"cannot be opened: {error.strerror}."


def _rule_table_faults(path: Path, shipped: dict[str, Path], types: dict[str, dict[str, str]]) -> Iterator[str]:
    if path.name not in shipped:
        yield f"{path}: is not the name of a rule table{did_you_mean(path.name, [*shipped, VARS_FILE])}"
        return
    (_, expected), *_ = _lines(shipped[path.name])
    (_, found), *rows = _lines(path) or [(1, [])]
    if found != expected:
        yield f"{path}: {_fault_of_header(found, expected)}"
        return
    for line, row in rows:
        if row and not any(map(str.strip, row)):
            yield f"{path}: line {line} is empty; remove it."
            continue
        if row and len(row) != len(expected):
            yield f"{path}: line {line} has {len(row)} fields instead of {len(expected)}; {_why_fields(row, expected)}"
            continue
        for name, value in zip(found, row, strict=False):
            wanted = _fault_of_value(value, types[path.stem].get(name, "varchar"))
            if wanted:
                yield f"{path}: line {line}: {name} must be {wanted}; found '{value}'."


def _fault_of_header(found: list[str], expected: list[str]) -> str:
    """What is wrong with the first line of a rule table, and what to do."""
    if not found:
        return "found no line; bring its header at least, or remove the file."
    if found[: len(expected)] == expected and not any(map(str.strip, found[len(expected) :])):
        return f"line 1 ends with {len(found) - len(expected)} commas too many; remove them in every line."
    is_separated_otherwise = len(found) == 1 < len(expected) and re.search("[;\t|]|^sep=", found[0])
    hint = " Save it with commas between the fields." if is_separated_otherwise else ""
    return f"the columns must be {', '.join(expected)}; found {', '.join(found)}.{hint}"


def _why_fields(row: list[str], expected: list[str]) -> str:
    """What to do about a row with more or fewer fields than there are columns."""
    if len(row) < len(expected):
        return "is a comma missing?"
    if not any(map(str.strip, row[len(expected) :])):
        return "remove the commas at its end."
    return "a text that holds a comma must stand in double quotes"


def _fault_of_value(value: str, column_type: str) -> str | None:
    """How a value of a column type must be written, when it is written otherwise; a blank is for the tests to name."""
    kind, precision, scale = re.fullmatch(r"(\w+)(?:\((\d+), *(\d+)\))?", column_type).groups()
    text = value.strip()
    if not text:
        return None
    match kind:
        case "date" if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) or not _is_day(text):
            return "a day written as YYYY-MM-DD"
        case "integer" if not re.fullmatch(r"-?[0-9]{1,9}", text):
            return "a whole number"
        case "decimal":
            whole = int(precision) - int(scale)
            if not re.fullmatch(rf"-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{scale}}}0*)?", text):
                return f"a number with at most {scale} decimals"
        case "boolean" if text.lower() not in ("true", "false"):
            return "true or false"
    return None


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _column_types() -> dict[str, dict[str, str]]:
    """The types of every rule table's columns, as its properties state them."""
    seeds = read_yaml(SEEDS_DIR / "rules" / DESCRIPTION_FILE)["seeds"]
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
        content = path.read_bytes()
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        return [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: line {_line_of(error)} is not UTF-8; save the file as CSV in UTF-8.") from error
    except csv.Error as error:
        raise UsageError(f"{path}: line {reader.line_num} cannot be read as CSV: {error}.") from error


def did_you_mean(name: str, known: object) -> str:
    """The end of a sentence that says a name is unknown: the known name that is most like it, if one is."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else "."


def check_target(target: str | None) -> None:
    """Raises UsageError for a target that profiles.yml does not have."""
    targets = read_yaml(PROJECT_DIR / "profiles.yml")["segment_spine"]["outputs"]
    if target is not None and target not in targets:
        raise UsageError(f"--target {target}: profiles.yml has only {', '.join(targets)}.")


def memory_limit() -> str:
    """How much memory DuckDB may use, by the default of profiles.yml where nothing else is set.

    Raises UsageError for what is no size.
    """
    limit = os.environ.get("SPINE_MEMORY_LIMIT", "6GB")
    if not re.fullmatch(r"[0-9]*[1-9][0-9]*(\.[0-9]+)? ?[KMGT]i?B", limit, re.IGNORECASE):
        raise UsageError(f"SPINE_MEMORY_LIMIT is {limit!r}; it must be a size such as 6GB or 500MB.")
    return limit


def check_limits() -> None:
    """Raises UsageError for a number of threads, or a limit of memory, that dbt and DuckDB cannot work with."""
    memory_limit()
    threads = os.environ.get("SPINE_THREADS", "2")
    if not re.fullmatch("[1-9][0-9]?", threads):
        raise UsageError(f"SPINE_THREADS is {threads!r}; it must be a whole number from 1 to 99.")


def last_complete_business_day(timezone: str) -> datetime.date:
    """Yesterday in the business time zone.

    Raises UsageError for an unknown zone.
    """
    try:
        return datetime.datetime.now(ZoneInfo(timezone)).date() - datetime.timedelta(days=1)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise UsageError(f"timezone '{timezone}' is not a name of the tz database.") from error


def refuse_unusable_day(day: datetime.date, timezone: str, name: str, may_be_running: bool = False) -> None:
    """Raises UsageError for a business day that is not over yet (or has not begun), or lies before all rules."""
    if day < ALWAYS:
        raise UsageError(f"{name}: {day} lies before {ALWAYS}, from when on rules can hold.")
    last = last_complete_business_day(timezone)
    running = last + datetime.timedelta(days=1)
    if may_be_running and day > running:
        raise UsageError(f"{name}: the business day {day} has not begun in {timezone}; the running one is {running}.")
    if not may_be_running and day > last:
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
