"""The dbt project the runner drives: where it is, what its vars are, and a team's own rules laid over its seeds."""

import csv
import datetime
import difflib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from spine.errors import UsageError

PROJECT_DIR = Path(__file__).resolve().parents[2]
SEEDS_DIR = PROJECT_DIR / "seeds"
VARS_FILE = "vars.yml"


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


@contextmanager
def rules_over_seeds(rules_dir: Path | None) -> Iterator[str | None]:
    """Lays the CSV files of a rules folder over copies of the shipped ones and yields the seed path for dbt.

    A rule table that the folder does not hold stays as shipped. Yields None without a folder.

    Raises UsageError for a folder that is missing, or a file that is no rule table or lacks columns of it.
    """
    if rules_dir is None:
        yield None
        return
    if not rules_dir.is_dir():
        raise UsageError(f"--rules {rules_dir}: there is no such folder.")
    overlay = PROJECT_DIR / "target" / f"rules-{os.getpid()}"
    shipped = {path.name: path for path in SEEDS_DIR.rglob("*.csv")}
    try:
        shutil.copytree(SEEDS_DIR, overlay, dirs_exist_ok=True)
        for path in sorted(rules_dir.glob("*.csv")):
            _check_rule_table(path, shipped)
            shutil.copyfile(path, overlay / shipped[path.name].relative_to(SEEDS_DIR))
        yield str(overlay.relative_to(PROJECT_DIR))
    finally:
        shutil.rmtree(overlay, ignore_errors=True)


def _check_rule_table(path: Path, shipped: dict[str, Path]) -> None:
    if path.name not in shipped:
        raise UsageError(f"{path}: there is no rule table of that name{_did_you_mean(path.name, shipped)}")
    expected, found = _header(shipped[path.name]), _header(path)
    if found != expected:
        raise UsageError(f"{path}: the columns must be {', '.join(expected)}; found {', '.join(found)}")


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as CSV in UTF-8.") from error


def _did_you_mean(name: str, known: object) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else "."


def last_complete_business_day(timezone: str) -> datetime.date:
    """Yesterday in the business time zone.

    Raises UsageError for an unknown zone.
    """
    try:
        return datetime.datetime.now(ZoneInfo(timezone)).date() - datetime.timedelta(days=1)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise UsageError(f"timezone '{timezone}' is not a name of the tz database.") from error


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
