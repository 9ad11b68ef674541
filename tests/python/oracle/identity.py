"""Who is who: junk ids, persons as connected components, canonical ids, and who is a customer."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from .addresses import address_in_id, is_address, read_address
from .clock import Clock
from .contract import TABLES
from .rules import Rules, is_junk

# The tables whose rows carry a customer_id, and the time of their own.
CARRIERS = {table.name: table.own_time for table in TABLES.values() if table.own_time}


class Identity:
    """The graph of persons that the staged rows know."""

    def __init__(self, staged: dict[str, list], said: list[tuple], rules: Rules, links_records: bool = True):
        """`said` are the versions of consent that can make a customer, each with the moment that it counts from.

        Customer records with the same address are one person if it `links_records`.
        """
        limits, self._links_records = rules.max_customer_ids, links_records
        self._junk_words = rules.junk | {address for word in rules.junk if (address := read_address(word))}
        self._junk_known: dict[str, bool] = {}
        self._parent: dict[str, str] = {}
        first_seen = self._first_seen(staged, said)
        links = self._links(staged, first_seen)
        self.set_apart = {node for node, ids in links.items() if len(ids) > limits.get(node[0], limits["any"])}
        for (kind, identifier), ids in links.items():
            if (kind, identifier) in self.set_apart:
                continue
            members = list(ids)
            if kind == "customer_id":
                members.append(identifier)
            for other in members[1:]:
                self._join(members[0], other)
        self.members: dict[str, list[str]] = self._persons(first_seen)
        self.joined_by = self._joined_by(links)
        self._first_seen_at = first_seen
        self.seen, self.links = set(first_seen), links
        self._canonical = {m: person for person, members in self.members.items() for m in members}
        self.canonical = self._all_identifiers(staged, links)

    def first_seen_at(self, person: str) -> datetime | None:
        """The first sighting of any id of a person; None if no row of theirs has a time."""
        first = min(self._first_seen_at[member] for member in self.members[person])
        return None if first == datetime.max else first

    def is_junk(self, identifier: str) -> bool:
        """A placeholder of the rules, or zeros only (also with hyphens)."""
        known = self._junk_known.get(identifier)
        if known is None:
            known = is_junk(identifier, self._junk_words)
            self._junk_known[identifier] = known
        return known

    def person(self, customer_id: str | None) -> str | None:
        """The canonical id of a raw customer id; None for none and for junk."""
        return None if customer_id is None else self._canonical.get(customer_id)

    def person_of_event(self, event) -> str | None:
        """The person of its customer_id, else of its anonymous_id."""
        person = self.person(event.customer_id)
        if person is None and event.anonymous_id is not None:
            person = self.canonical.get(("anonymous_id", event.anonymous_id))
        return person

    def _first_seen(self, staged: dict[str, list], said: list[tuple]) -> dict[str, datetime]:
        first: dict[str, datetime] = {}

        def see(customer_id: str | None, moment: datetime | None) -> None:
            if customer_id is None or self.is_junk(customer_id):
                return
            if moment is None:
                first.setdefault(customer_id, datetime.max)
            elif customer_id not in first or moment < first[customer_id]:
                first[customer_id] = moment

        for table, time in CARRIERS.items():
            for row in staged[table]:
                if table != "consent":
                    see(row.customer_id, getattr(row, time))
        for row in staged["identities"]:
            if row.identifier_type == "customer_id":
                see(row.identifier, row.linked_at)
        # Consent that names an address is about whoever has it. Only where nobody has, an opt-in makes a customer.
        named = {row.identifier for row in staged["identities"] if row.identifier_type in ("email", "phone")}
        for table in ("customers", "orders"):
            named |= {address for row in staged[table] for address in (row.email, row.phone) if address is not None}
        known = {address for address in named if is_address(address) and not self.is_junk(address)}
        known |= {address_in_id(customer_id) for customer_id in first}
        known_ids = set(first)
        for row, counts_from in said:
            address = address_in_id(row.customer_id)
            if address is None or address not in known or row.customer_id in known_ids:
                see(row.customer_id, counts_from)
        for customer_id in first:
            self._parent[customer_id] = customer_id
        return first

    def _links(self, staged: dict[str, list], first_seen: dict[str, datetime]) -> dict[tuple[str, str], set[str]]:
        links: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in staged["identities"]:
            if not self.is_junk(row.identifier) and not self.is_junk(row.customer_id):
                links[row.identifier_type, row.identifier].add(row.customer_id)
        for row in staged["events"]:
            if row.anonymous_id is None or row.customer_id is None:
                continue
            if not self.is_junk(row.anonymous_id) and not self.is_junk(row.customer_id):
                links["anonymous_id", row.anonymous_id].add(row.customer_id)
        addresses = [(address_in_id(customer_id), customer_id) for customer_id in first_seen]
        for table in ("customers", "orders") if self._links_records else ("orders",):
            addresses += [(address, row.customer_id) for row in staged[table] for address in (row.email, row.phone)]
        addresses = [
            ("email" if address.startswith("email") else "phone", address, who) for address, who in addresses if address
        ]
        visitors = [("anonymous_id", row.anonymous_id, row.customer_id) for row in staged["orders"] if row.anonymous_id]
        for kind, identifier, customer_id in [*addresses, *visitors]:
            if customer_id is not None and not self.is_junk(identifier) and not self.is_junk(customer_id):
                links[kind, identifier].add(customer_id)
        return links

    def _joined_by(self, links: dict[tuple[str, str], set[str]]) -> dict[str, str]:
        """Per customer id the types of identifiers that join it to another one."""
        kinds: dict[str, set[str]] = defaultdict(set)
        for (kind, identifier), ids in links.items():
            joined = ids | {identifier} if kind == "customer_id" else ids
            if (kind, identifier) not in self.set_apart and len(joined) > 1:
                for customer_id in joined:
                    kinds[customer_id].add(kind)
        return {customer_id: "|".join(sorted(found)) for customer_id, found in kinds.items()}

    def _root(self, customer_id: str) -> str:
        parent = self._parent
        while parent[customer_id] != customer_id:
            parent[customer_id] = parent[parent[customer_id]]
            customer_id = parent[customer_id]
        return customer_id

    def _join(self, one: str, other: str) -> None:
        self._parent[self._root(one)] = self._root(other)

    def _persons(self, first_seen: dict[str, datetime]) -> dict[str, list[str]]:
        components: dict[str, list[str]] = defaultdict(list)
        for customer_id in first_seen:
            components[self._root(customer_id)].append(customer_id)
        return {min(members, key=lambda m: (first_seen[m], m)): sorted(members) for members in components.values()}

    def _all_identifiers(self, staged: dict[str, list], links: dict) -> dict[tuple[str, str], str | None]:
        found: dict[tuple[str, str], str | None] = {}
        for row in staged["identities"]:
            found[row.identifier_type, row.identifier] = None
        for row in staged["events"]:
            if row.anonymous_id is not None:
                found["anonymous_id", row.anonymous_id] = None
        for node, ids in links.items():
            if node not in self.set_apart:
                found[node] = self._canonical[next(iter(ids))]
        for table in CARRIERS:
            for row in staged[table]:
                if row.customer_id is not None:
                    found["customer_id", row.customer_id] = self._canonical.get(row.customer_id)
        for row in staged["identities"]:
            if row.identifier_type == "customer_id":
                found["customer_id", row.identifier] = self._canonical.get(row.identifier)
        return found | {("customer_id", customer_id): person for customer_id, person in self._canonical.items()}


def customers_as_of(
    staged: dict[str, list], said: list[tuple], identity: Identity, clock: Clock, today: int
) -> set[str]:
    """Persons with a row whose business day is by then, or with a row without a time of its own.

    A row is a person's if it carries one of their ids, or belongs to them (an anonymous event, the refund
    of their order).
    """
    found: set[str] = set()
    for row, counts_from in said:
        if clock.day(counts_from) <= today:
            found.add(identity.person(row.customer_id))
    found.discard(None)
    for table, time in CARRIERS.items():
        for row in staged[table] if table != "consent" else ():
            person = identity.person_of_event(row) if table == "events" else identity.person(row.customer_id)
            if person is None or person in found:
                continue
            moment = getattr(row, time)
            if moment is None or clock.day(moment) <= today:
                found.add(person)
    for row in staged["identities"]:
        if row.identifier_type == "customer_id" and (row.linked_at is None or clock.day(row.linked_at) <= today):
            person = identity.person(row.identifier)
            if person is not None:
                found.add(person)
    customer_of_order = {row.order_id: row.customer_id for row in staged["orders"]}
    for row in staged["refunds"]:
        person = identity.person(customer_of_order.get(row.order_id))
        if person is not None and clock.day(row.refunded_at) <= today:
            found.add(person)
    return found
