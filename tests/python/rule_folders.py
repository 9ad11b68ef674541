"""Rule folders made for a test: the shipped rows, and some more."""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

RULES_DIR = Path(__file__).resolve().parents[2] / "seeds" / "rules"
Rows = Iterable[dict[str, str]]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a rule table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes a rule table anew."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def copy_of_rules(folder: Path) -> Path:
    """A copy of the shipped rule tables; gives the folder."""
    shutil.copytree(RULES_DIR, folder, ignore=shutil.ignore_patterns("*.yml"))
    return folder


def add_rows(folder: Path, **added: Rows) -> None:
    """Writes tables of a folder anew: the shipped rows, and after them those that are given per table."""
    for table, rows in added.items():
        write_rows(folder / f"{table}.csv", [*read_rows(RULES_DIR / f"{table}.csv"), *rows])


def limit_ids(folder: Path, most: int) -> None:
    """Lets no identifier of a folder of rules join more ids than that, whatever its type."""
    (folder / "identifier_types.csv").write_text(f"identifier_type,max_customer_ids\nany,{most}\n", encoding="utf-8")


def trait_row(
    trait: str,
    measure: str,
    activity: str,
    scope: str = "any",
    scope_value: str = "any",
    window: tuple[int | str, int | str] = ("life", "life"),
    kind: str | None = None,
) -> dict[str, str]:
    """A row of traits.csv; `kind` is the type, where the measure does not say it."""
    return {
        "trait": trait,
        "type": kind or ("boolean" if measure == "has_done" else "number"),
        "measure": measure,
        "activity": activity,
        "scope": scope,
        "scope_value": scope_value,
        "from_days": str(window[0]),
        "to_days": str(window[1]),
        "meaning": f"Made for a test: {trait}",
    }


def segment_row(segment_key: str, priority: int | str, **values: str) -> dict[str, str]:
    """A row of segments.csv: a behavioural segment that is active on every day."""
    return {
        "segment_key": segment_key,
        "version": "1",
        "segment_kind": "behaviour",
        "label": segment_key.replace("_", " ").capitalize(),
        "description": f"Made for a test: {segment_key}",
        "owner": "crm",
        "approver": "head_of_crm",
        "status": "active",
        "priority": str(priority),
        "journey": "none",
        "recommended_action": "None",
        "reentry_days": "7",
        "valid_from": "1900-01-01",
        "valid_to": "9999-12-31",
        **values,
    }


def clause_row(
    segment_key: str, trait: str, operator: str, value: str = "-", group: int = 1, version: int = 1
) -> dict[str, str]:
    """A row of segment_clauses.csv."""
    return {
        "segment_key": segment_key,
        "version": str(version),
        "clause_group": str(group),
        "trait": trait,
        "operator": operator,
        "value": value,
    }
