"""Consent per customer, channel and purpose: what was in force at the end of a day, and who may be written to now."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from .addresses import address_in_id, addresses_of_ids
from .clock import Clock
from .identity import Identity
from .reading import ConsentVersion
from .rules import ConsentStatus, Rules
from .values import day_alone

NO_RECORD = "no_record"


class Answer(NamedTuple):
    """The answer to both questions; `status` is as of the day."""

    status: str
    has_consent: bool
    is_contactable: bool
    since: datetime | None


class State(NamedTuple):
    """What a stream says of one channel and purpose; `is_withdrawn` takes every record that was read into account."""

    status: ConsentStatus | None
    since: datetime | None
    is_withdrawn: bool


def _strictness(status: ConsentStatus) -> tuple:
    """Greater is more restrictive; between equally restrictive ones the smaller name counts."""
    return status.restrictiveness, [-ord(c) for c in status.name]


def _is_answer(status: ConsentStatus) -> bool:
    return status.is_contactable or status.is_withdrawal


def meant(version: ConsentVersion, rules: Rules) -> list[tuple[str, str]]:
    """The channels and purposes of the rules that a record speaks of."""
    channel, purpose = version.row.channel.lower(), (version.row.purpose or "marketing").lower()
    if version.status.is_for_ever:
        return list(rules.channels)
    if (channel, purpose) in rules.channels:
        return [(channel, purpose)]
    if not version.status.is_withdrawal:
        return []
    of_channel = [pair for pair in rules.channels if pair[0] == channel]
    of_purpose = [pair for pair in rules.channels if pair[1] == purpose]
    return of_channel or of_purpose or list(rules.channels)


class Consent:
    """All records of consent that were read, and what follows from them as of a day."""

    def __init__(
        self,
        versions: list[ConsentVersion],
        staged: dict[str, list],
        read: dict[str, list],
        rules: Rules,
        identity: Identity,
        clock: Clock,
        today: int,
    ):
        self._rules, self._identity = rules, identity
        self._addresses = addresses_of_ids(staged, identity.seen, identity.is_junk)
        self._owners: dict[str, set[str]] = defaultdict(set)
        for customer_id, addresses in addresses_of_ids(read, identity.seen, identity.is_junk).items():
            for address in addresses:
                self._owners[address].add(customer_id)
        self._versions = versions
        self._by_then = [v.is_known and clock.day(v.counts_from) <= today for v in versions]
        self._newest = self._newest_by_then()
        self._streams: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for place, version in enumerate(versions):
            for what in meant(version, rules):
                self._streams[self._stream(version, what[0]), *what].append(place)
        self._states = {key: self._state(places) for key, places in self._streams.items()}

    def _newest_by_then(self) -> set[int]:
        newest: dict[str, int] = {}
        for place, version in enumerate(self._versions):
            if self._by_then[place]:
                other = newest.get(version.row.consent_id)
                if other is None or version.order > self._versions[other].order:
                    newest[version.row.consent_id] = place
        return set(newest.values())

    def _stream(self, version: ConsentVersion, channel: str) -> str:
        """The address where it is known, else the customer id."""
        given = version.row.address or address_in_id(version.row.customer_id)
        if given:
            return given
        kind = self._rules.address_types[channel]
        known = [a for a in self._addresses.get(version.row.customer_id, ()) if a.startswith(f"{kind}:")]
        return known[0] if len(known) == 1 else f"id:{version.row.customer_id}"

    def _state(self, places: list[int]) -> State:
        versions = self._versions
        spoken = [versions[p] for p in places if p in self._newest]
        answers = [v for v in spoken if _is_answer(v.status)] or spoken
        status, since, at = None, None, None
        for moment in sorted({v.counts_from for v in answers}):
            strictest = max((v.status for v in answers if v.counts_from == moment), key=_strictness)
            if status is None or strictest.name != status.name:
                since = moment
            status, at = strictest, moment
        erased = [versions[p] for p in places if versions[p].status.is_for_ever and self._by_then[p]]
        if erased:
            status, since = erased[0].status, min(v.counts_from for v in erased)
        corrected = {
            versions[p].row.consent_id
            for p in places
            if versions[p].row_status == "staged" and versions[p].status.is_contactable
        }
        return State(status, since, any(self._withdraws(versions[p], status, at, corrected) for p in places))

    def _withdraws(
        self, version: ConsentVersion, status: ConsentStatus | None, at: datetime | None, corrected: set[str]
    ) -> bool:
        """Whether a record stands against the opt-in in force, if there is any."""
        if not version.status.is_withdrawal:
            return False
        if version.status.is_for_ever or status is None or not status.is_contactable:
            return True
        withdraws_at = max(version.counts_from, version.said_at)
        is_corrected = version.row_status == "superseded" and version.row.consent_id in corrected
        return withdraws_at > at or (withdraws_at == at and not is_corrected)

    def _reach(self) -> dict[str, dict[str, tuple[bool, bool]]]:
        """The streams of every customer id: whether each gives it a status, and whether an opt-in too."""
        reach: dict[str, dict[str, tuple[bool, bool]]] = defaultdict(dict)

        def reaches(customer_id: str, stream: str, status: bool, opt_in: bool) -> None:
            before = reach[customer_id].get(stream, (False, False))
            reach[customer_id][stream] = (before[0] or status, before[1] or opt_in)

        for (stream, _, _), places in self._streams.items():
            for owner in self._owners.get(stream, ()):
                reaches(owner, stream, True, stream in self._addresses.get(owner, ()))
            for place in places:
                version = self._versions[place]
                customer_id = version.row.customer_id
                if customer_id is None:
                    continue
                is_own = stream == f"id:{customer_id}"
                opt_in = place in self._newest and version.status.is_contactable
                address = address_in_id(customer_id)
                named = [customer_id] if address is None else self._owners.get(address, ()) if address != stream else ()
                for one in named:
                    reaches(one, stream, is_own or self._by_then[place], is_own or opt_in)
        return reach

    def _said(self) -> dict[str, dict[tuple[str, str], list[tuple[State, bool]]]]:
        """Per customer id, channel and purpose: the states of its streams, and whether each gives a status."""
        streams: dict[str, list] = defaultdict(list)
        for (stream, channel, purpose), state in self._states.items():
            streams[stream].append(((channel, purpose), state))
        said: dict[str, dict] = defaultdict(lambda: defaultdict(list))
        for customer_id, reached in self._reach().items():
            for stream, (status, opt_in) in reached.items():
                for what, state in streams[stream]:
                    gives = status and state.status is not None and (opt_in or state.status.is_withdrawal)
                    said[customer_id][what].append((state, gives))
        return said

    def _shared(self, said: dict) -> dict[str, dict[tuple[str, str], list[tuple[State, bool]]]]:
        """What identifiers that link too many to be one person carry: withdrawals, from any of their ids to all."""
        shared: dict[str, dict] = defaultdict(lambda: defaultdict(list))
        for node in self._identity.set_apart:
            ids = self._identity.links[node]
            for what in self._rules.channels:
                against = [one for c in ids for one in said.get(c, {}).get(what, ()) if one[0].is_withdrawn]
                if not against:
                    continue
                given = [s for s, gives in against if gives and s.status.is_withdrawal]
                strictest = max(given, key=lambda s: (_strictness(s.status), s.since), default=None)
                for customer_id in ids:
                    one = (strictest or State(None, None, True), strictest is not None)
                    shared[customer_id][what].append(one)
        return shared

    def erasures(self) -> tuple[dict[str, tuple[str, datetime]], set[str]]:
        """Persons erased by the day, with the status and the first moment; and those erased at any time."""
        by_then: dict[str, tuple[str, datetime]] = {}
        ever = set()
        for place, version in enumerate(self._versions):
            if not version.status.is_for_ever:
                continue
            given = (version.row.address, address_in_id(version.row.customer_id))
            for customer_id in {version.row.customer_id, *(one for a in given for one in self._owners.get(a, ()))}:
                person = self._identity.person(customer_id)
                if person is None:
                    continue
                ever.add(person)
                if self._by_then[place] and (person not in by_then or version.counts_from < by_then[person][1]):
                    by_then[person] = (version.status.name, version.counts_from)
        return by_then, ever

    def answers(self, customers: set[str]) -> dict[tuple[str, str, str], Answer]:
        """Per customer, channel and purpose of the rules."""
        said = self._said()
        shared = self._shared(said)
        erased, ever_erased = self.erasures()
        result = {}
        for person in customers:
            members = self._identity.members[person]
            for what in self._rules.channels:
                states = [one for m in members for one in said.get(m, {}).get(what, ())]
                states += [one for m in members for one in shared.get(m, {}).get(what, ())]
                result[person, *what] = _answer(states, erased.get(person), person in ever_erased)
        return result


def _answer(states: list[tuple[State, bool]], erased: tuple[str, datetime] | None, is_ever_erased: bool) -> Answer:
    if erased is not None:
        return Answer(erased[0], False, False, erased[1])
    given = [state for state, gives in states if gives]
    answers = [state for state in given if _is_answer(state.status)] or given
    if not answers:
        return Answer(NO_RECORD, False, False, None)
    strictest = max(answers, key=lambda state: (_strictness(state.status), state.since))
    has_consent = strictest.status.is_contactable
    is_withdrawn = is_ever_erased or any(state.is_withdrawn for state, _ in states)
    return Answer(strictest.status.name, has_consent, has_consent and not is_withdrawn, strictest.since)


def moments_of(row, raw_row: dict, is_withdrawal: bool, clock: Clock) -> tuple[datetime, datetime]:
    """When a record counts from, and the moment that it names.

    A day alone is that business day: its last word for a withdrawal, its first for all else. A record dated after it
    was loaded counts from when it was loaded.
    """

    def last_word(day: int) -> datetime:
        return clock.start_of(day + 1) - timedelta(microseconds=1)

    day = day_alone(raw_row["occurred_at"])
    begins = row.occurred_at if day is None else clock.start_of(day)
    said_at = last_word(day) if day is not None and is_withdrawal else begins
    if row.loaded_at is not None:
        load_day = day_alone(raw_row["loaded_at"])
        loaded_by = row.loaded_at if load_day is None else last_word(load_day)
        if begins > loaded_by:
            return loaded_by, said_at
    return said_at, said_at
