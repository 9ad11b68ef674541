"""Opens CSV files and understands their headers: encoding, delimiter, names."""

import codecs
import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO

from spine.raw.columns import column_faults, column_note
from spine.raw.contract import Table
from spine.raw.types import FoundColumn, Part, RawFolder, match_columns, other_columns

DELIMITERS = (",", ";", "\t", "|")
GZIP_ERRORS = (gzip.BadGzipFile, zlib.error, EOFError)

_HEAD_BYTES = 1 << 20
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class CsvFault(Exception):
    """What is wrong with a CSV file as a whole, in words that follow the file's name."""


def inspect_csv(folder: RawFolder, table: Table, paths: list[Path]) -> tuple[Part, ...]:
    """The usable CSV files of a table; what is wrong with the others is added to the folder's faults."""
    parts, has_rows = [], False
    for path in paths:
        try:
            head = read_head(path)
            names, delimiter = _header(head, table)
        except (CsvFault, OSError) as fault:
            reason = f"cannot be read: {fault.strerror}." if isinstance(fault, OSError) else fault
            folder.refuse_file(path, [f"{folder.shown(path)}: {reason}"])
            continue
        types = ["VARCHAR"] * len(names)
        found = match_columns(names, types, table.columns)
        faults = column_faults(folder.shown(path), names, found, table, may_be_data=True)
        if faults:
            folder.refuse_file(path, faults)
        else:
            folder.note(column_note(names, found, table))
            others = other_columns(names, names, types, table)
            parts.append(Part(found, path=path, delimiter=delimiter, width=len(names), others=others))
        has_rows = has_rows or len(_first_records(head, delimiter)) > 1
    if table.required and paths and len(parts) == len(paths) and not has_rows:
        folder.faults.append(f"{folder.shown(paths[0])}: '{table.name}' is required and holds no rows.")
        return ()
    return tuple(parts)


def open_bytes(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked when they are gzip, whatever the file's name says.

    Raises CsvFault when a name promises gzip and the bytes are none, OSError when it cannot be opened.
    """
    with path.open("rb") as handle:
        is_gzip = handle.read(2) == b"\x1f\x8b"
    if is_gzip:
        return gzip.open(path)
    if path.name.lower().endswith(".gz"):
        raise CsvFault("is not a gzip file, though its name ends in .gz.")
    return path.open("rb")


def gzip_fault(error: Exception) -> CsvFault:
    """What to say of a file whose compressed bytes are damaged."""
    reason = "it ends too early" if isinstance(error, EOFError) else "its compressed bytes are corrupt"
    return CsvFault(f"cannot be unpacked: {reason}. Copy or export it again.")


def encoding_fault(path: Path) -> CsvFault:
    """What to say of a file that is not UTF-8: where the first byte that is not lies."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with open_bytes(path) as handle:
        while True:
            block = handle.read(_HEAD_BYTES)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return _not_utf8(offset - kept + error.start)
            if not block:
                return CsvFault("changed while it was being read. Run again when the export is finished.")
            offset += len(block)


def _not_utf8(offset: int) -> CsvFault:
    return CsvFault(f"is not UTF-8 (the first byte that is not lies at offset {offset}). Save it as UTF-8.")


def read_head(path: Path) -> str:
    """The beginning of a file as text.

    Raises CsvFault when it cannot be unpacked or is in another encoding than UTF-8.
    """
    try:
        with open_bytes(path) as handle:
            block = handle.read(_HEAD_BYTES)
    except GZIP_ERRORS as error:
        raise gzip_fault(error) from error
    for mark, encoding in _OTHER_ENCODINGS:
        if block.startswith(mark):
            raise CsvFault(f"is {encoding} (byte order mark at offset 0), not UTF-8. Save it as UTF-8.")
    try:
        head = codecs.getincrementaldecoder("utf-8-sig")().decode(block)
    except UnicodeDecodeError as error:
        # The error's own place does not count the byte order mark.
        mark_length = len(codecs.BOM_UTF8) if block.startswith(codecs.BOM_UTF8) else 0
        raise _not_utf8(error.start + mark_length) from None
    if not head.strip():
        raise CsvFault("has no header, only white space.")
    return head


def possible_headers(head: str) -> list[list[str]]:
    """The names in a file's first line, as each delimiter would part them."""
    return [records[0] for mark in DELIMITERS if (records := _first_records(head, mark))]


def _header(head: str, table: Table) -> tuple[list[str], str]:
    """The names in the header and the delimiter: the one that gives most of the contract's columns."""
    by_delimiter = {mark: records[0] for mark in DELIMITERS if (records := _first_records(head, mark))}
    delimiter = max(by_delimiter, key=lambda mark: len(_matches(by_delimiter[mark], table)), default=",")
    names = by_delimiter.get(delimiter, [])
    if not _matches(names, table) and len(by_delimiter) < len(DELIMITERS):
        raise CsvFault("has a header that cannot be read: a quote in it is misplaced or does not end.")
    if any("\0" in name for name in names):
        raise CsvFault("has NUL bytes in its header; it is no UTF-8 text (UTF-16?). Save it as UTF-8.")
    if not _matches(names, table):
        # The first line is then most likely data, and data never goes into a message.
        width = max(len(record) for record in by_delimiter.values())
        required = ", ".join(table.required_names)
        raise CsvFault(
            f"none of the {width} fields of its first line is a column of '{table.name}', so it most likely "
            f"has no header. Add a header line (or, if these are names, rename them) with at least: {required}."
        )
    return names, delimiter


def _matches(names: list[str], table: Table) -> tuple[FoundColumn, ...]:
    return match_columns(names, ["VARCHAR"] * len(names), table.columns)


def _first_records(head: str, delimiter: str) -> list[list[str]]:
    """The first two records that are not blank (fewer where there are fewer)."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True):
            if not is_blank(record):
                records.append(record)
            if len(records) == 2:
                break
    except csv.Error:
        # An unreadable second record counts as a record; after an unreadable first one there is no header.
        records += [[]] if records else []
    return records


def is_blank(record: list[str]) -> bool:
    """Whether a record is a blank line, which is no record at all."""
    return not record or (len(record) == 1 and record[0].isspace())
