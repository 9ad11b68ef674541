"""Messages of dbt and DuckDB without the values of the data that they may quote."""

import re

_DUCKDB_ERROR = re.compile(r"\b[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)* Error: ")
_QUOTED = re.compile(r"'((?:[^'\n]|'')*)'|\"((?:[^\"\n]|\"\")*)\"|'[^'\n]*$|\"[^\"\n]*$", re.MULTILINE)
_NAME = re.compile(r"\w+(?:\.\w+)*")
_ADDRESS = re.compile(r"\S*@\S*")
_LONG_NUMBER = re.compile(r"\+?\d(?:[ ()/.-]?\d){6,}")
_SQL_EXCERPT = re.compile(r"\n\s*LINE \d+:.*", re.DOTALL)


def safe_message(message: str, known_text: str = "") -> str:
    """A message with everything cut that may be a value of the input.

    What is quoted stays only if it is a name that also stands in `known_text`, such as the SQL that failed.
    Addresses and long numbers are cut wherever they stand, and so is the excerpt of SQL that DuckDB adds.
    """
    message = _SQL_EXCERPT.sub("", message)
    known = set(_NAME.findall(known_text)) | set(re.findall(r"\w+", known_text))
    message = _QUOTED.sub(lambda found: _kept(found, known), message)
    return _LONG_NUMBER.sub("…", _ADDRESS.sub("…", message)).strip()


def _kept(found: re.Match, known: set[str]) -> str:
    text = found.group(1) if found.group(1) is not None else found.group(2)
    if text is not None and _NAME.fullmatch(text) and text in known:
        return found.group(0)
    return f"{found.group(0)[0]}…{found.group(0)[0]}"


def is_of_duckdb(message: str) -> bool:
    """Whether a message comes from DuckDB, which quotes values; dbt's own quote names of the project."""
    return bool(_DUCKDB_ERROR.search(message))


def first_lines(message: str, count: int) -> list[str]:
    """The first lines of a message that say something."""
    return [line.strip() for line in message.splitlines() if line.strip()][:count]
