"""The rule of each segment in plain words, made from its clauses or from the lines of the day."""

import re
from decimal import Decimal
from itertools import groupby

from spine.report.facts import Facts, Row
from spine.run.words import number_in_words, range_in_words

_COMPARISONS = {
    "equals": "is {}",
    "not_equals": "is not {}",
    "at_least": "at least {}",
    "at_most": "at most {}",
    "above": "more than {}",
    "below": "less than {}",
    "between": "{}",
    "in": "is {}",
    "not_in": "is not {}",
    "is_known": "is known",
    "is_unknown": "is not known",
}
# A rule on a score is shown as the score; the grid beside it explains what a score means.
_SCORES = {"recency_score": "recency score", "frequency_score": "frequency score", "monetary_score": "monetary score"}
_ALL_SCORES = (1, 5)
# The tier of those without value has the range 0 to 1, which is not printed.
_ALL_SHARES = (0, 1)


def rules_in_words(facts: Facts) -> dict[str, list[str]]:
    """By segment the ways into it, each as conditions joined by `and`; a segment holds who comes in by any of them."""
    found: dict[str, list[str]] = {}
    for key, clauses in groupby(facts.clauses, lambda row: row["segment_key"]):
        found[key] = [
            _sentence([_clause(row, facts.currency) for row in group])
            for _, group in groupby(clauses, lambda row: row["clause_group"])
        ]
    ways: dict[tuple[str, str, int], list[Row]] = {}
    for row in facts.lines:
        if row["segment_key"] is not None:
            ways.setdefault((row["segment_key"], row["rule_table"], row["priority"]), []).append(row)
    for (key, _, _), rows in ways.items():
        lines = [_line(row, facts.currency) for row in rows if not _is_any_score(row)]
        found.setdefault(key, []).append(_sentence(lines) or "any scores")
    return found


def scores_in_words(facts: Facts) -> dict[tuple[str, int], str]:
    """By axis (`recency`, `frequency`, `monetary`) and score the values that get it; scores by rank have none."""
    return {
        (row["metric"].removesuffix("_days"), int(row["band"])): range_in_words(
            row["lowest_value"], row["highest_value"], row["unit"], facts.currency
        )
        for row in facts.lines
        if row["rule_table"] == "rfm_scores"
    }


def _sentence(conditions: list[str]) -> str:
    return "; and ".join(conditions)


def _meaning(description: str) -> str:
    """What a trait means, without the word of databases for a value that is not known."""
    return re.sub(r"\bnull\b", "not known", description.rstrip("."))


def _is_any_score(row: Row) -> bool:
    """Whether a line holds all scores, and so bounds nothing."""
    return row["metric"] in _SCORES and (row["lowest_value"], row["highest_value"]) == _ALL_SCORES


def _clause(row: Row, currency: str) -> str:
    """`Orders with skincare in the last 30 days: at least 1 order`."""
    meaning = _SCORES.get(row["trait"], "").capitalize() or _meaning(row["description"])
    if row["trait_type"] == "boolean" and row["operator"] in ("equals", "not_equals"):
        is_true = (row["value"] == "true") == (row["operator"] == "equals")
        return f"{meaning}: {'yes' if is_true else 'no'}"
    values = row["value"].split("|") if row["operator"] in ("in", "not_in") else [row["value"]]
    named = " or ".join(_value(value, row, currency) for value in values)
    return f"{meaning}: {_COMPARISONS[row['operator']].format(named)}"


def _value(text: str, row: Row, currency: str) -> str:
    if row["trait_type"] != "number" or not text:
        return text
    try:
        ends = [Decimal(part) for part in text.split("..")]
    except ArithmeticError:
        return text
    if len(ends) == 2:
        return range_in_words(*ends, row["unit"], currency)
    return number_in_words(ends[0], row["unit"], currency)


def _line(row: Row, currency: str) -> str:
    """`Recency score: 4 or 5`, `Value: EUR 606.49 or more (the best 5 %)`."""
    if row["metric"] in _SCORES:
        return f"{_SCORES[row['metric']]} {range_in_words(row['lowest_value'], row['highest_value'], 'none', currency)}"
    meaning = _meaning(row["meaning"])
    if row["metric"].startswith(("has_", "is_")):
        return f"{meaning.partition(':')[0]}: {'yes' if row['lowest_value'] else 'no'}"
    found = f"{meaning}: {range_in_words(row['lowest_value'], row['highest_value'], row['unit'], currency)}"
    if row["max_share"] is not None and (row["min_share"], row["max_share"]) != _ALL_SHARES:
        found += f" ({_place(row['min_share'], row['max_share'])} of the customers with value)"
    return found


def _place(best: Decimal, worst: Decimal) -> str:
    """`the best 5 %`, `the best 5 to 20 %` and, where it goes on to the last, `all but the best 50 %`."""
    best_percent, worst_percent = (f"{float(share * 100):g}" for share in (best, worst))
    if not best:
        return f"the best {worst_percent} %"
    return f"all but the best {best_percent} %" if worst == 1 else f"the best {best_percent} to {worst_percent} %"
