"""Messages of dbt and DuckDB without the values of the data that they may quote."""

import re

_DUCKDB_ERROR = re.compile(r"\b[A-Z][A-Za-z]*(?: [A-Za-z]+)* Error: ")
_AFTER_ITS_FIRST_LINE = re.compile(rf"({_DUCKDB_ERROR.pattern}[^\n]*)\n.*", re.DOTALL)
_QUOTED_NAME = re.compile(r"(['\"])(\w+(?:\.\w+)*)\1")
_FIRST_TO_LAST_QUOTE = re.compile(r"['\"].*['\"]", re.DOTALL)
_FIRST_QUOTE_TO_END = re.compile(r"['\"].*", re.DOTALL)
_ADDRESS = re.compile(r"\S*@\S*")
_LONG_NUMBER = re.compile(r"\+?\d(?:[ ()/.-]?\d){6,}")


def is_of_duckdb(message: str) -> bool:
    """Whether a message comes from DuckDB, which quotes values; dbt's own quote names of the project."""
    return bool(_DUCKDB_ERROR.search(message))


def safe_message(message: str, known_text: str = "") -> str:
    """A message of DuckDB with everything cut that may be a value of the input.

    The first line of the error stays. DuckDB does not escape what it quotes, so everything from the first quote to the
    last one (or to the end) is cut, unless all that is quoted are names that also stand in `known_text`, such as the
    SQL that failed. Addresses and long numbers are cut wherever they stand.
    """
    message = _AFTER_ITS_FIRST_LINE.sub(r"\1", message).replace("can't", "cannot")
    message = _LONG_NUMBER.sub("…", _ADDRESS.sub("…", message))
    if not _quotes_only_names_of(known_text, message):
        is_balanced = message.count("'") % 2 == 0 and message.count('"') % 2 == 0
        message = (_FIRST_TO_LAST_QUOTE if is_balanced else _FIRST_QUOTE_TO_END).sub("'…'", message)
    return message.strip()


def _quotes_only_names_of(known_text: str, message: str) -> bool:
    known = set(re.findall(r"\w+", known_text))
    names = [found.group(2) for found in _QUOTED_NAME.finditer(message)]
    rest = _QUOTED_NAME.sub("", message)
    return "'" not in rest and '"' not in rest and all(known.issuperset(name.split(".")) for name in names)


def first_lines(message: str, count: int) -> list[str]:
    """The first lines of a message that say something."""
    return [line.strip() for line in message.splitlines() if line.strip()][:count]
