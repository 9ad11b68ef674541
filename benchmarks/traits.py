"""What traits that are rows cost: a build with the shipped rules, with 60 row traits more, and with 200.

    python benchmarks/traits.py [CUSTOMERS ...]

For each size: makes a sample shop whose ids are as long as real ones, then builds it with tests under each of the three
sets of rules. Every row trait is named by a clause of an active segment of three clauses. Writes benchmarks/traits.md.
A million customers take a quarter of an hour and 15 GB of disk.
"""

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from compare import LAST_DAY, PROJECT_DIR, in_a_process_of_its_own, make_shop, measured

REPORT = Path(__file__).with_suffix(".md")
RULES = PROJECT_DIR / "seeds" / "rules"
COUNTS = (0, 60, 200)
CLAUSES_PER_SEGMENT = 3
HEADER = f"""\
# What row traits cost

Written by `make traits`. One sample shop per size, with ids as long as real ones, built with tests: with the shipped
rules, then with row traits more, no two alike, each named by a clause, {CLAUSES_PER_SEGMENT} clauses to a segment. They
are of all kinds in turn, over windows from a week to a life. Processor seconds are those of all processes and threads.
Processors: {os.cpu_count()}.

| customers | row traits more | segments more | wall s | processor s | of the shipped rules | peak GiB | database MiB |
|---|---|---|---|---|---|---|---|"""
CATEGORIES = ("coffee", "skincare", "pet food", "kitchen", "apparel", "outdoor", "books", "electronics")
WINDOWS = (
    ("0", "6"), ("7", "13"), ("0", "13"), ("0", "29"), ("30", "59"), ("0", "59"), ("0", "89"), ("0", "179"),
    ("0", "364"), ("life", "life"),
)  # fmt: skip
# Measure, activity, scope and values, of which each trait takes one with one of the windows.
KINDS = (
    ("count", "ordered", "category", CATEGORIES),
    ("count", "product_viewed", "category", CATEGORIES),
    ("days_since_last", "added_to_cart", "any", ("any",)),
    ("revenue", "ordered", "category", CATEGORIES),
    ("count", "message_opened|message_clicked", "channel", ("email", "sms|push")),
    ("share", "ordered", "order_channel", ("web", "store", "app")),
    ("count", "content_read", "category", CATEGORIES),
    ("has_done", "feature_used", "feature", ("reports",)),
    ("days", "visited", "any", ("any",)),
    ("quantity", "ordered", "category", CATEGORIES),
    ("count", "refunded", "any", ("any",)),
    ("days", "page_viewed", "source", ("shop", "ga4")),
)


def main(sizes: list[int]) -> None:
    """Measures all sizes and writes the report."""
    lines = [HEADER]
    for customers in sizes:
        with tempfile.TemporaryDirectory(prefix="spine-traits-") as folder:
            lines += lines_of(customers, Path(folder))
    REPORT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))


def lines_of(customers: int, folder: Path) -> Iterator[str]:
    """The lines of the report for a shop of that many customers, made in `folder`."""
    in_a_process_of_its_own(make_shop, folder / "raw", customers)
    shipped = 0.0
    for count in COUNTS:
        place, rules = folder / f"of_{count}", rules_with(count, folder / f"rules_{count}")
        spine = Path(sys.executable).with_name("spine")
        options = ("--raw", folder / "raw", "--db", place / "shop.duckdb", "--as-of", LAST_DAY, "--rules", rules)
        cost = measured([spine, "build", *options], PROJECT_DIR, place)
        shutil.rmtree(place)
        shipped = shipped or cost.processor
        yield (
            f"| {customers:,} | {count} | {-(-count // CLAUSES_PER_SEGMENT)} | {cost.wall:.1f} | {cost.processor:.1f} "
            f"| {cost.processor / shipped:.2f} | {cost.memory:.1f} | {cost.database:,.0f} |"
        )


def rules_with(count: int, folder: Path) -> Path:
    """A folder of the shipped rules and `count` row traits more, with the segments that name them."""
    shutil.copytree(RULES, folder, ignore=shutil.ignore_patterns("*.yml"))
    # A kind, a value and a window each in turn: as many kinds as windows would always pair the same.
    chosen: dict[tuple, None] = {}
    place = 0
    while len(chosen) < count:
        *kind, values = KINDS[place % len(KINDS)]
        turn = place // len(KINDS)
        chosen.setdefault((*kind, values[turn % len(values)], *WINDOWS[(turn + place) % len(WINDOWS)]))
        place += 1
    traits = [
        (f"row_{number}", "boolean" if measure == "has_done" else "number", measure, *rest, "Made for a benchmark")
        for number, (measure, *rest) in enumerate(chosen, 1)
    ]
    segments = [
        (f"rows_{number}", 1, "behaviour", f"Rows {number}", "Made for a benchmark", "crm", "head_of_crm", "active",
         1000 + number, "none", "None", 7, "1900-01-01", "9999-12-31")
        for number in range(1, -(-count // CLAUSES_PER_SEGMENT) + 1)
    ]  # fmt: skip
    clauses = [
        (f"rows_{1 + place // CLAUSES_PER_SEGMENT}", 1, 1, trait, *_clause(kind, measure))
        for place, (trait, kind, measure, *_) in enumerate(traits)
    ]
    for table, rows in (("traits", traits), ("segments", segments), ("segment_clauses", clauses)):
        with (folder / f"{table}.csv").open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return folder


def _clause(kind: str, measure: str) -> tuple[str, str]:
    if kind == "boolean":
        return "equals", "true"
    return ("is_known", "-") if measure in ("days_since_last", "share") else ("at_least", "1")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [20_000, 1_000_000])
