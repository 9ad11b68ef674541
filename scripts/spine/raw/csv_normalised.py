"""A CSV file written so that it can be read in one way only: what DuckDB is given instead of user files."""

import csv
import io
from pathlib import Path

from spine.raw.views import quoted_path

_USUAL_LINE_BYTES = 2_000_000


class NormalisedFile:
    """A CSV file in the one form that leaves nothing to a reader's choice."""

    def __init__(self, path: Path, width: int):
        self.path = path
        self.rows = 0
        self._width = width
        self._longest = _USUAL_LINE_BYTES
        self._handle = path.open("wb")

    def write(self, rows: list[list[str]]) -> None:
        """Appends rows."""
        block = _as_csv(rows, csv.QUOTE_MINIMAL)
        if b"\r" in block:
            # The writer leaves a lone CR unquoted, and DuckDB would end the row there.
            block = _as_csv(rows, csv.QUOTE_ALL)
        if len(block) > self._longest:
            # A character takes four bytes at most, a doubled quote two.
            longest_row = max(4 * sum(map(len, row)) + 3 * len(row) for row in rows)
            self._longest = max(self._longest, longest_row)
        self._handle.write(block)
        self.rows += len(rows)

    def close(self) -> None:
        """Writes what is left to disk."""
        self._handle.close()

    def scan(self) -> str:
        """The SQL that reads the file back: columns f0, f1, …, empty fields as null."""
        columns = ", ".join(f"f{place}: 'VARCHAR'" for place in range(self._width))
        return (
            f"read_csv({quoted_path(self.path)}, auto_detect = false, header = false, "
            f"columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"', comment = '', nullstr = '', "
            "allow_quoted_nulls = true, strict_mode = true, parallel = false, new_line = '\\n', "
            f"compression = 'none', max_line_size = {self._longest})"
        )


def _as_csv(rows: list[list[str]], quoting: int) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    return text.getvalue().encode("utf-8")
