"""Consent per customer, channel and purpose as of a day."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from .clock import Clock
from .identity import Identity
from .rules import ConsentStatus, Rules

Answer = tuple[str, bool, datetime | None]


class Record(NamedTuple):
    """One thing said: when, when it was loaded, and what it means."""

    at: datetime
    loaded_at: datetime
    status: ConsentStatus


def _strictness(status: ConsentStatus) -> tuple:
    """Greater is more restrictive; between equally restrictive ones the smaller name counts."""
    return status.restrictiveness, [-ord(c) for c in status.name]


def latest_of(records: list[Record]) -> tuple[ConsentStatus, datetime]:
    """The status an id holds, and since when without interruption."""
    winners: dict[datetime, Record] = {}
    for record in records:
        other = winners.get(record.at)
        rank = (record.loaded_at, _strictness(record.status))
        if other is None or rank > (other.loaded_at, _strictness(other.status)):
            winners[record.at] = record
    status, since = None, None
    for at in sorted(winners):
        if winners[at].status.name != status:
            status, since = winners[at].status.name, at
    return winners[max(winners)].status, since


def consent(
    rows: list, customers: set[str], rules: Rules, identity: Identity, clock: Clock, today: int
) -> dict[tuple[str, str, str], Answer]:
    """(status, is_contactable, status_since) per customer, channel and purpose."""
    opted_out = next((s for s in rules.consent_statuses.values() if s.name == "opted_out"), None)
    unmapped = ConsentStatus("unmapped", opted_out.restrictiveness if opted_out else 3, False, False)
    said: dict[str, dict[tuple[str, str], dict[str, list[Record]]]] = {}
    for_ever: dict[str, Record] = {}
    for row in rows:
        person = identity.person(row.customer_id)
        if person is None or clock.day(row.occurred_at) > today:
            continue
        status = rules.consent_statuses.get(row.status.lower(), unmapped)
        record = Record(row.occurred_at, row.loaded_at or row.occurred_at, status)
        what = (row.channel.lower(), (row.purpose or "marketing").lower())
        by_id = said.setdefault(person, {}).setdefault(what, defaultdict(list))
        by_id[row.customer_id].append(record)
        if status.is_for_ever and (person not in for_ever or record.at < for_ever[person].at):
            for_ever[person] = record
    result: dict[tuple[str, str, str], Answer] = {}
    for person in customers:
        own = said.get(person, {})
        for what in {*rules.channels, *own}:
            result[(person, *what)] = _answer(own.get(what), for_ever.get(person))
    return result


def _answer(by_id: dict[str, list[Record]] | None, for_ever: Record | None) -> Answer:
    if for_ever is not None:
        return for_ever.status.name, for_ever.status.is_contactable, for_ever.at
    if by_id is None:
        return "no_record", False, None
    held = [latest_of(records) for records in by_id.values()]
    status = max((status for status, _ in held), key=_strictness)
    since = max(since for other, since in held if other.name == status.name)
    return status.name, status.is_contactable, since
