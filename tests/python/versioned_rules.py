"""The shipped rules with a past and a future: every versioned table gets rows that hold on other days only."""

import csv
import re
import shutil
from pathlib import Path

SEEDS_DIR = Path(__file__).resolve().parents[2] / "seeds"
FROM, UNTIL = "2020-01-01", "2030-12-31"


def versioned_rules(folder: Path) -> Path:
    """Copies the seeds into `folder`, valid 2020 to 2030, with moved copies before and after; gives the folder."""
    copied = folder / "seeds"
    shutil.copytree(SEEDS_DIR, copied)
    for path in copied.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or []), list(reader)
        if "valid_from" not in names:
            continue
        before = [_moved(row) | {"version": "0", "valid_from": "1900-01-01", "valid_to": "2019-12-31"} for row in rows]
        after = [_moved(row) | {"version": "2", "valid_from": "2031-01-01", "valid_to": "9999-12-31"} for row in rows]
        now = [row | {"valid_from": FROM, "valid_to": UNTIL} for row in rows]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(before + now + after)
    return copied


def _moved(row: dict[str, str]) -> dict[str, str]:
    """A rule whose thresholds are other ones, so that it shows when it counts on the wrong day."""
    return {
        name: str(int(value) + 1) if name.startswith(("max_", "min_")) and re.fullmatch(r"\d+", value) else value
        for name, value in row.items()
    }
