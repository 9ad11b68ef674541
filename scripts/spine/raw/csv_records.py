"""Reads the records of a CSV file: the clean ones go on, the broken ones are set aside with a reason."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from spine.raw.csv_header import GZIP_ERRORS, CsvFault, encoding_fault, gzip_fault, is_blank, open_bytes
from spine.raw.types import Part

# A longer field is no value of a shop's data, but a quote that never ends.
MAX_FIELD_CHARACTERS = 1 << 20
# A broken record that runs over more lines has swallowed other records, nobody knows how many.
MAX_BROKEN_LINES = 10
MAX_SHOWN_CHARACTERS = 100_000
BATCH_ROWS = 1000


@dataclass
class Records:
    """One reading of a file: what was counted so far, and the record at hand."""

    part: Part
    write_rows: Callable[[list[list[str]]], None]
    set_aside: Callable[[int, str, str], None]
    clean: int = 0
    broken: int = 0
    has_nul: bool = False
    batch: list[list[str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number of the record at hand, the header being 1."""
        return 2 + self.clean + len(self.batch) + self.broken

    def flush(self) -> None:
        """Hands the clean records read so far over."""
        self.write_rows(self.batch)
        self.clean += len(self.batch)
        self.batch.clear()


def read_records(
    part: Part,
    write_rows: Callable[[list[list[str]]], None],
    set_aside: Callable[[int, str, str], None],
) -> Records:
    """Reads a whole file: clean records go to `write_rows` in batches, each broken one to `set_aside`.

    `set_aside` takes the record's number, the reason and the record as JSON. Raises CsvFault when the file
    as a whole cannot be used: encoding, damaged gzip, a quote that swallows records.
    """
    records = Records(part, write_rows, set_aside)
    limit = csv.field_size_limit(MAX_FIELD_CHARACTERS)
    try:
        with open_bytes(part.path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            _read(records, text)
    except UnicodeDecodeError:
        raise encoding_fault(part.path) from None
    except GZIP_ERRORS as error:
        raise gzip_fault(error) from error
    finally:
        csv.field_size_limit(limit)
    return records


def _read(records: Records, text: io.TextIOWrapper) -> None:
    reader = csv.reader(_lines(records, text), delimiter=records.part.delimiter, strict=True)
    next(row for row in reader if not is_blank(row))
    records.lines.clear()
    is_done = False
    while not is_done:
        try:
            _read_until_error(records, reader)
            is_done = True
        except csv.Error as error:
            # The reader drops what it has of the record and goes on with the next line.
            _set_aside_unparsed(records, reader.line_num, str(error))
    records.flush()


def _lines(records: Records, text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a file; those of the record at hand are kept, to be set aside if it is broken."""
    remember = records.lines.append
    for line in text:
        if "\0" in line:
            records.has_nul = True
        remember(line)
        yield line


def _read_until_error(records: Records, reader: Iterator[list[str]]) -> None:
    """The loop that sees every record; all that is rare is done elsewhere."""
    width, lines, batch = records.part.width, records.lines, records.batch
    for row in reader:
        if len(row) == width and not records.has_nul:
            batch.append(row)
            if len(batch) == BATCH_ROWS:
                records.flush()
        else:
            _judge(records, reader.line_num, row)
        lines.clear()


def _judge(records: Records, line_number: int, row: list[str]) -> None:
    if len(row) == records.part.width:
        _set_aside(records, "nul_byte")
    elif not is_blank(row):
        _refuse_swallowing(records, line_number, MAX_BROKEN_LINES)
        _set_aside(records, "nul_byte" if records.has_nul else "wrong_number_of_fields")
    records.has_nul = False


def _set_aside_unparsed(records: Records, line_number: int, error: str) -> None:
    if "unexpected end" in error:
        _refuse_swallowing(records, line_number, 1)
        reason = "unclosed_quote"
    else:
        _refuse_swallowing(records, line_number, MAX_BROKEN_LINES)
        reason = "field_too_long" if "field limit" in error else "misplaced_quote"
    _set_aside(records, reason)
    records.has_nul = False
    records.lines.clear()


def _set_aside(records: Records, reason: str) -> None:
    text = "".join(records.lines).rstrip("\r\n")
    shown = {"text": text[:MAX_SHOWN_CHARACTERS], "lines": len(records.lines), "characters": len(text)}
    records.set_aside(records.number, reason, json.dumps(shown, ensure_ascii=False))
    records.broken += 1


def _refuse_swallowing(records: Records, line_number: int, most_lines: int) -> None:
    """Refuses a broken record of many lines: a quote without its pair has swallowed an unknown number."""
    if len(records.lines) <= most_lines:
        return
    first = line_number - len(records.lines) + 1
    opened = first + _longest_quote(records.lines, records.part.delimiter)
    raise CsvFault(
        f"the quoted field that opens in line {opened} does not end where it should (it runs to line "
        f"{line_number}), so nobody can tell how many rows it swallows. Close the quote, or write a quote "
        'inside a field as "".'
    )


def _longest_quote(lines: list[str], delimiter: str) -> int:
    """The index of the line in which the quoted field that runs over most lines opens."""
    opened, longest, longest_opened = 0, -1, 0
    is_open, before = False, delimiter
    for index, line in enumerate(lines):
        for char in line:
            if char == '"' and (is_open or before in (delimiter, '"')):
                is_open = not is_open
                opened = index if is_open and before == delimiter else opened
            before = "" if is_open else char
        if is_open and index - opened > longest:
            longest, longest_opened = index - opened, opened
    return longest_opened
