"""Behavioural segments: groups of clauses on traits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from .rules import Clause


def _number(operator: str, value: Any, text: str) -> bool:
    if operator == "between":
        low, high = text.split("..")
        return Decimal(low) <= value <= Decimal(high)
    bound = Decimal(text)
    return {
        "equals": value == bound,
        "not_equals": value != bound,
        "above": value > bound,
        "at_least": value >= bound,
        "below": value < bound,
        "at_most": value <= bound,
    }[operator]


def _text(operator: str, value: str, text: str) -> bool:
    return {
        "equals": value == text,
        "not_equals": value != text,
        "in": value in text.split("|"),
        "not_in": value not in text.split("|"),
    }[operator]


def passes(clause: Clause, value: Any) -> bool:
    """Whether a trait's value passes a clause; null passes only is_unknown."""
    if clause.operator == "is_unknown":
        return value is None
    if value is None:
        return False
    if clause.operator == "is_known":
        return True
    if isinstance(value, bool):
        if clause.operator != "equals":
            raise ValueError(f"{clause.operator} does not apply to a boolean")
        return value == (clause.value == "true")
    if isinstance(value, str):
        return _text(clause.operator, value, clause.value)
    return _number(clause.operator, value, clause.value)


def members(clauses: tuple[Clause, ...], customers: dict[str, dict], unknown: Collection[str] = ()) -> set[str]:
    """The customers for whom all clauses of at least one group pass; a group with an unknown trait holds nobody."""
    groups: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        groups[clause.group].append(clause)
    groups = {name: group for name, group in groups.items() if not any(c.trait in unknown for c in group)}
    return {
        customer_id
        for customer_id, traits in customers.items()
        if any(all(passes(c, traits[c.trait]) for c in group) for group in groups.values())
    }
