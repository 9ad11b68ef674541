"""`spine why`: why a customer is in a segment or not, condition by condition, from the published marts alone."""

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import duckdb
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from spine.errors import UsageError
from spine.run.database import is_damaged, reader, reason_of, reporting_currency
from spine.run.functions import connect_with_functions
from spine.run.project import did_you_mean
from spine.run.words import distance_in_words, number_in_words, range_in_words

_CONDITIONS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_CUSTOMER = """
    select customer_ids.customer_id, customers.as_of_date
    from marts.customer_ids as customer_ids
    inner join marts.customers as customers on customer_ids.customer_id = customers.customer_id
    where customer_ids.source_customer_id = ?
"""
_ALIKE = """
    select min(source_customer_id) from marts.customer_ids
    where lower(trim(source_customer_id)) = lower(trim(?))
"""
_SEGMENT_KEYS = "select segment_key, label from marts.segments"
_HELD_BY = "select segment_key from marts.segment_members where customer_id = ?"
_ROW_TRAITS = """
    select distinct clauses.trait
    from marts.segment_clauses as clauses
    inner join marts.traits as traits on clauses.trait = traits.trait
    where list_contains(?, clauses.segment_key) and not traits.is_in_customers
"""
_HAS_MARTS = "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'customers'"
_HOLDS = {True: "holds", False: "does not hold", None: "cannot be judged here"}
_PASSES = {True: "yes", False: "no", None: "?"}
_METHODS = {"ntile": "quintiles", "quantile": "quantiles", "fixed": "fixed bands", "rank": "rank"}
_BY_RANK = "rank"
_WIDTHS = (38, 17, 4, 18)  # with the blanks between them 80 columns


def why(db: Path, customer: str, segment_keys: Sequence[str] = ()) -> dict:
    """Why a customer is in each segment that holds them, or in the segments named or not; ready for JSON.

    `customer` is any of the customer's ids; a segment is named by its key or its label. Under `segments` each row of
    rules that leads to a segment stands with its conditions; `distance` is the change of `value` that flips a
    condition, None where there is none or nobody can know.

    Raises UsageError when the database, its marts, the customer or a segment are not there.
    """
    with reader(db) as connection:
        try:
            return _answer(connection, db, customer, segment_keys)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise UsageError(f"--db {db}: {_what_lacks(connection, db)}") from error
        except duckdb.Error as error:
            if not is_damaged(str(error)):
                raise
            raise UsageError(f"--db {db}: {reason_of(error)}") from error


def _answer(connection: duckdb.DuckDBPyConnection, db: Path, customer: str, segment_keys: Sequence[str]) -> dict:
    customer = _as_read(customer)
    found = connection.execute(_CUSTOMER, [customer]).fetchall()
    if not found:
        raise UsageError(_unknown_customer(connection, db, customer))
    label_of = dict(connection.execute(_SEGMENT_KEYS).fetchall())
    key_of = {label.lower(): key for key, label in label_of.items()} | {key.lower(): key for key in label_of}
    for asked in segment_keys:
        if asked.lower() not in key_of:
            raise UsageError(f"--segment {asked}: there is no such segment{did_you_mean(asked, label_of)}")
    segment_keys = [key_of[asked.lower()] for asked in segment_keys]
    ((customer_id, as_of),) = found
    currency = reporting_currency(connection)
    held_by = _column(connection, _HELD_BY, customer_id)
    asked_for = list(segment_keys) or held_by
    parameters = {
        "customer_id": customer_id,
        "held_by": held_by,
        "asked_for": asked_for,
        "row_traits": _column(connection, _ROW_TRAITS, asked_for),
    }
    cursor = connection.execute(_CONDITIONS, parameters)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    scores = [row for row in rows if row["segment_key"] is None]
    by_segment = groupby(rows[len(scores) :], lambda row: row["segment_key"])
    return {
        "database": str(db),
        "as_of_date": str(as_of),
        "customer_id": customer_id,
        "asked_for": customer,
        "reporting_currency": currency,
        "scores": [
            {"axis": row["metric"].removesuffix("_days"), "score": row["rule_row"], "method": row["method"]}
            | _condition(row, currency)
            for row in scores
        ],
        "segments": [_segment(list(of_segment), currency) for _, of_segment in by_segment],
    }


def _as_read(customer: str) -> str:
    """An id as staging reads it; what is no text is nobody's.

    Raises UsageError for an id that is read as nothing.
    """
    text = customer.encode(errors="replace").decode()
    with connect_with_functions() as connection:
        ((as_read,),) = connection.execute("select spine_functions.to_id(?)", [text]).fetchall()
    if as_read is None:
        raise UsageError("the customer's id is read as nothing, as in the input; name an id of the customer.")
    return as_read


def _column(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> list[str]:
    return [value for (value,) in connection.execute(query, parameters).fetchall()]


def _segment(rows: list[dict], currency: str) -> dict:
    first = rows[0]
    names = ("segment_key", "segment_kind", "label", "description", "status", "lacks", "is_member")
    by_row = groupby((row for row in rows if row["rule_table"]), lambda row: row["rule_row"])
    return {name: first[name] for name in names} | {
        "rule_table": first["rule_table"],
        "deciding_row": first["deciding_row"],
        "rows": [
            {"row": number, "holds": of_row[0]["holds"], "conditions": [_condition(row, currency) for row in of_row]}
            for number, of_row in ((number, list(group)) for number, group in by_row)
        ],
    }


def _condition(row: dict, currency: str) -> dict:
    value = row["text_value"] if row["number_value"] is None else row["number_value"]
    if row["trait_type"] == "boolean" and value is not None:
        value = value in ("true", 1)
    return {
        "metric": row["metric"],
        "unit": row["unit"],
        "operator": row["operator"],
        "threshold": row["threshold"],
        "lowest": row["lowest_value"],
        "highest": row["highest_value"],
        "value": value,
        "passes": row["passes"],
        "distance": row["distance"],
        "condition_in_words": _in_words(row, currency),
        "value_in_words": _value_in_words(row, value, currency),
        "flips_with": _flips_with(row, currency),
    }


def _in_words(row: dict, currency: str) -> str:
    """The condition as its row states it; a range with its unit."""
    if row["threshold"] is None:
        return f"{row['metric']} {_range_in_words(row, currency)}"
    threshold = row["threshold"].replace("..", " and ").replace("|", " or ")
    value = "" if row["operator"] in ("is_known", "is_unknown") else f" {threshold}"
    return f"{row['metric']} {row['operator'].replace('_', ' ')}{value}"


def _range_in_words(row: dict, currency: str) -> str:
    if row["trait_type"] == "boolean":
        return "true" if row["lowest_value"] else "false"
    return range_in_words(row["lowest_value"], row["highest_value"], row["unit"], currency)


def _value_in_words(row: dict, value: object, currency: str) -> str:
    if isinstance(value, Decimal):
        return number_in_words(value, row["unit"], currency)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "unknown" if value is None else str(value)


def _flips_with(row: dict, currency: str) -> str:
    """What flips a condition: the distance of a number, or else the values that do."""
    if row["distance"] is not None:
        return distance_in_words(row["distance"], row["unit"], currency)
    if row["method"] == _BY_RANK:
        return "not known"
    is_unknown = row["number_value"] is None and row["text_value"] is None
    if is_unknown and row["rule_table"] in ("lifecycle_stages", "engagement_tiers"):
        return "not asked" if row["passes"] else "not known" if row["passes"] is None else "such a gap"
    if row["operator"] in ("is_known", "is_unknown"):
        return "any value" if is_unknown else "unknown"
    is_number = row["trait_type"] == "number"
    named = _range_in_words(row, currency) if row["threshold"] is None or is_number else row["threshold"]
    if is_number and (not is_unknown or named == "none"):
        return "never"
    if row["passes"] == row["operator"].startswith("not_"):
        return named.replace("|", " or ")
    if row["trait_type"] == "boolean":
        return "false" if named == "true" else "true"
    return f"any but {named.replace('|', ' or ')}"


def _unknown_customer(connection: duckdb.DuckDBPyConnection, db: Path, customer: str) -> str:
    ((alike,),) = connection.execute(_ALIKE, [customer]).fetchall()
    hint = f"; did you mean '{alike}'?" if alike else ". Ids compare exactly; junk ids are nobody's."
    if not alike and ("@" in customer or customer.startswith("+")):
        hint = ". Addresses are kept hashed, so a customer is asked for by an id."
    return f"{customer}: no such customer in --db {db}{hint}"


def _what_lacks(connection: duckdb.DuckDBPyConnection, db: Path) -> str:
    """What to do where a mart, or a column of one, is not there."""
    if not connection.execute(_HAS_MARTS).fetchall()[0][0]:
        return f"holds no marts; build them with `spine build --db {db}`."
    return (
        "its marts are of an earlier version of spine, or not all are built; build it again with `spine build`, or "
        "`spine refresh` if it is published."
    )


def as_json(answer: dict) -> str:
    """The answer as one JSON object."""
    return json.dumps(answer, indent=2, default=_number)


def _number(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)


def print_why(answer: dict, console: Console, has_all_rows: bool) -> None:
    """Prints why a customer is in each segment of the answer or not, by all rows or the one that decides."""
    merged = "" if answer["customer_id"] == answer["asked_for"] else f" ({answer['asked_for']} is the same person)"
    console.print(f"Customer {answer['customer_id']}{merged} as of {answer['as_of_date']}", soft_wrap=True)
    _print_lines(console, [("condition", "value", "pass", "flips with")])
    for segment in answer["segments"]:
        scores = answer["scores"] if segment["segment_kind"] == "rfm" else []
        console.print(f"\n{_heading(segment, scores, has_all_rows)}", soft_wrap=True)
        _print_lines(console, [_score_line(score) for score in scores])
        for row in segment["rows"]:
            if has_all_rows or segment["deciding_row"] in (None, row["row"]):
                if has_all_rows or (len(segment["rows"]) > 1 and segment["deciding_row"] is None):
                    console.print(f"  {_state_of_row(segment, row)}", soft_wrap=True)
                _print_lines(console, [_condition_line(condition) for condition in row["conditions"]])
    console.print(f"\ndatabase: {answer['database']}", soft_wrap=True)


def _print_lines(console: Console, lines: list[tuple[str, str, str, str]]) -> None:
    table = Table.grid(padding=(0, 1))
    for width in _WIDTHS:
        table.add_column(width=width, overflow="fold")
    for condition, *others in lines:
        table.add_row(Padding(condition, (0, 0, 0, 2)), *others)
    console.print(table)


def _heading(segment: dict, scores: list[dict], has_all_rows: bool) -> str:
    cell = "".join(str(score["score"]) for score in scores)
    methods = " and ".join(dict.fromkeys(_METHODS[score["method"]] for score in scores))
    parts = [
        f"{segment['segment_kind']}: {segment['label']}",
        "" if segment["status"] == "active" else f"is {segment['status'].replace('_', ' ')}",
        f"needs {segment['lacks'].replace('|', ', ')}" if segment["lacks"] else "",
        "" if segment["is_member"] else "not in it",
        cell and f"cell {cell} by {methods}",
        "" if has_all_rows or segment["deciding_row"] is None else _name_of_row(segment, segment["deciding_row"]),
        "" if segment["rows"] else segment["description"],
    ]
    return ", ".join(part for part in parts if part)


def _name_of_row(segment: dict, row: int) -> str:
    return f"group {row}" if segment["rule_table"] == "segment_clauses" else f"row {row} of {segment['rule_table']}"


def _state_of_row(segment: dict, row: dict) -> str:
    first = segment["deciding_row"]
    comes_later = row["holds"] and first is not None and first < row["row"]
    state = _HOLDS[row["holds"]] + (f", but row {first} comes first" if comes_later else "")
    return f"{_name_of_row(segment, row['row'])}: {state}"


def _score_line(score: dict) -> tuple[str, str, str, str]:
    values = "by rank" if score["method"] == _BY_RANK else score["condition_in_words"].partition(" ")[2]
    return f"{score['axis']} {score['score']} = {values}", score["value_in_words"], "", score["flips_with"]


def _condition_line(condition: dict) -> tuple[str, str, str, str]:
    return (
        condition["condition_in_words"],
        condition["value_in_words"],
        _PASSES[condition["passes"]],
        condition["flips_with"],
    )
