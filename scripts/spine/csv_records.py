"""Reads the records of a CSV file: the clean ones go on, the broken ones are set aside with a reason."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from spine.csv_header import GZIP_ERRORS, CsvFault, encoding_fault, gzip_fault, is_blank, open_bytes
from spine.raw_types import Part

# A longer field is no value of a shop's data, but a quote that never ends.
MAX_FIELD_CHARACTERS = 1 << 20
# A broken record that runs over more lines has swallowed other records, nobody knows how many.
MAX_BROKEN_LINES = 10
MAX_SHOWN_CHARACTERS = 100_000
BATCH_ROWS = 1000


@dataclass
class Records:
    """The state of one reading of a file; `number` is that of the latest record, the header being 1."""

    part: Part
    write_rows: Callable[[list[list[str]]], None]
    set_aside: Callable[[int, str, str], None]
    number: int = 0
    clean: int = 0
    broken: int = 0
    has_nul: bool = False
    lines: list[str] = field(default_factory=list)


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
    while True:
        try:
            _read_until_error(records, reader)
            return
        except csv.Error as error:
            records.number += 1
            _set_aside_unparsed(records, reader.line_num, str(error))


def _lines(records: Records, text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a file; those of the current record are kept, to be set aside if it is broken."""
    remember = records.lines.append
    for line in text:
        if "\0" in line:
            records.has_nul = True
        remember(line)
        yield line


def _read_until_error(records: Records, reader: Iterator[list[str]]) -> None:
    width, lines, batch = records.part.width, records.lines, []
    number = records.number
    try:
        for row in reader:
            if len(row) != width or records.has_nul or number == 0:
                if is_blank(row) and width > 0:
                    lines.clear()
                    continue
                number += 1
                if number > 1:
                    _judge(records, number, reader.line_num, row, batch)
            else:
                number += 1
                batch.append(row)
            lines.clear()
            if len(batch) >= BATCH_ROWS:
                records.clean += len(batch)
                records.write_rows(batch)
                batch = []
    finally:
        records.number = number
        if batch:
            records.clean += len(batch)
            records.write_rows(batch)
