"""The rule rows as they are shipped, and as the tables of docs/definitions.md say that they are."""

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml

DOCUMENT = "docs/definitions.md"
RULES = "seeds/rules"
VARS = "dbt_project.yml"
# Columns of rule tables that draw no line: what a person reads, and who answers for it.
WORDS = {"label", "description", "recommended_action", "owner", "approver", "reason", "meaning"}
_BLOCK = re.compile(r"(?:.+(?:\n|$))+")
_FILE = re.compile(r"`(\w+\.csv|dbt_project\.yml)`")
_COLUMN = re.compile(r"`(\w+)`")
_CELL_END = re.compile(r"(?<!\\)\|")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table of the document: the files that it speaks of, the columns that it names, and its rows by line."""

    files: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]


def documented_tables(project_dir: Path) -> list[Table]:
    """The tables of the document that follow a paragraph which names a file of rules.

    Raises ValueError for a row that does not fit its headings.
    """
    text = (project_dir / DOCUMENT).read_text(encoding="utf-8")
    return [
        _table(tuple(_FILE.findall(above.group())), block.group(), text.count("\n", 0, block.start()) + 1)
        for above, block in itertools.pairwise(_BLOCK.finditer(text))
        if block.group().startswith("|") and _FILE.search(above.group())
    ]


def _table(files: tuple[str, ...], text: str, first_line: int) -> Table:
    heading, _, *lines = (_cells(line) for line in text.splitlines())
    columns = [_COLUMN.findall(cell) for cell in heading]
    rows = [
        (first_line + 2 + number, row) for number, cells in enumerate(lines) for row in _rows(columns, cells)
    ]  # fmt: skip
    return Table(files, tuple(itertools.chain(*columns)), tuple(rows))


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(line)[1:-1]]


def _rows(columns: list[list[str]], cells: list[str]) -> Iterator[Row]:
    """The rows that a line stands for: `a to b` are the values of two columns, `x, y` are values of two rows."""
    values = []
    for names, cell in zip(columns, cells, strict=True):
        for name, part in zip(names, cell.split(" to ") if len(names) > 1 else [cell] * len(names), strict=True):
            values.append([(name, one.strip().strip("`")) for one in part.split(", ")])
    return (dict(row) for row in itertools.product(*values))


def shipped_rows(project_dir: Path, file: str) -> list[tuple[int, Row]]:
    """The rows of a rule table, or the vars that are numbers, each with its line."""
    path = project_dir / (VARS if file == VARS else f"{RULES}/{file}")
    if file != VARS:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(enumerate(csv.DictReader(lines), 2))
    text = path.read_text(encoding="utf-8")
    line_of = {name: text.count("\n", 0, text.index(f"\n  {name}:")) + 2 for name in yaml.safe_load(text)["vars"]}
    return [
        (line_of[name], {"var": name, "value": str(value)})
        for name, value in yaml.safe_load(text)["vars"].items()
        if not isinstance(value, bool) and _NUMBER.fullmatch(str(value))
    ]


def contradictions(project_dir: Path, file: str) -> list[str]:
    """Where the document and the rows of a file part, one line each: the row, what each of them says, the remedy."""
    path = VARS if file == VARS else f"{RULES}/{file}"
    rows = shipped_rows(project_dir, file)
    return [
        fault
        for table in documented_tables(project_dir)
        if file in table.files
        for fault in _contradictions(path, table, rows)
    ]


def _contradictions(path: str, table: Table, rows: list[tuple[int, Row]]) -> Iterator[str]:
    shipped = [(line, {name: row.get(name, "") for name in table.columns}) for line, row in rows]
    only_shipped = _missing_from(table.rows, shipped)
    only_stated = _missing_from(shipped, table.rows)
    for line, row in only_shipped:
        place = f"{path} line {line} ({_in_words(row)})"
        found = max(only_stated, key=lambda one: _alike(row, one[1]), default=None)
        if found is None or _alike(row, found[1]) == 0:
            yield f"{place} is not in {DOCUMENT}: add it to the table there, or remove it here."
            continue
        only_stated.remove(found)
        for name in (name for name in row if _value(row[name]) != _value(found[1][name])):
            yield (
                f"{place}: {name} is {row[name]}, and {found[1][name]} in {DOCUMENT} line {found[0]}. "
                "Change the one that is wrong."
            )
    for line, row in only_stated:
        yield f"{DOCUMENT} line {line} ({_in_words(row)}) is not in {path}: remove it there, or add it here."


def _missing_from(others: tuple | list, rows: tuple | list) -> list[tuple[int, Row]]:
    """The rows that the others do not hold; of equal ones the first."""
    held = {_key(row) for _, row in others}
    return list({_key(row): (line, row) for line, row in reversed(rows) if _key(row) not in held}.values())[::-1]


def _key(row: Row) -> tuple:
    return tuple(_value(text) for text in row.values())


def _value(text: str) -> Decimal | str:
    """A number as a number, so that 0.4 and 0.40 are one."""
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _alike(row: Row, other: Row) -> int:
    return sum(_value(row[name]) == _value(other[name]) for name in row)


def _in_words(row: Row) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
