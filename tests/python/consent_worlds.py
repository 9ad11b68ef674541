"""Small worlds of consent, made at random: a few ids and addresses of one person or several, and what was said.

Every world has ids and addresses of its own, so that thousands of them are judged in one build.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

DAY = date(2026, 6, 30)
Raw = dict[str, list[dict[str, str | None]]]

STATUSES = ["opted_in", "subscribed", "Opted_In", "opted_in", "pending", "not_subscribed", "opted_out", "unsubscribed"]
STATUSES += ["bounced", "complained", "cleaned", "erased"]
RESTRICTIVE = ["not_subscribed", "opted_out", "Unsubscribed", "bounced", "complained", "never heard of", "erased"]
CHANNELS = ["email", "email", "email", "Email", "sms", "push", "e-mail", "all"]
PURPOSES = [None, None, "marketing", "Marketing", "newsletter", "all"]
# Few moments, so that many are equal: by the day, on its last second, this morning, and in an impossible future.
MOMENTS = ["2026-05-01 10:00:00", "2026-06-01 10:00:00", "2026-06-01", "2026-06-02", "20260602", "2026-06-02 23:59:59"]
MOMENTS += ["2026-06-30 23:59:59", "2026-06-30", "2026-07-01 05:00:00", "2026-07-01", "2062-06-15 10:00:00"]
LOADS = [None, None, None, "2026-06-01 12:00:00", "2026-06-02 08:00:00", "2026-06-20 00:00:00", "2026-07-02 00:00:00"]


class World:
    """The ids and addresses of one world, and the keys of its records."""

    def __init__(self, number: int, chance: random.Random):
        self.chance, self.name = chance, f"w{number}"
        self.ids = [f"{self.name}-{place}" for place in range(chance.choice([1, 1, 2, 3, 4]))]
        self.emails = [f"a{number}@example.com", f"b{number}@example.com"]
        self.phones = [f"+49 170 {1000000 + number}"]
        self.keys = [f"{self.name}-k{place}" for place in range(4)]

    def people(self) -> Raw:
        """Orders that make customers of the ids, who they are said to be, and what links them."""
        chance = self.chance
        orders = [
            {"order_id": f"o-{one}", "customer_id": one, "ordered_at": "2026-06-15 10:00:00", "amount": "10"}
            for one in self.ids
        ]
        if chance.random() < 0.1:
            spelled = self.spelled(self.emails[0])
            orders.append(
                {"order_id": f"o-{self.name}", "customer_id": spelled, "ordered_at": "2026-06-16", "amount": "1"}
            )
        customers = [
            {
                "customer_id": one,
                "email": self.spelled(chance.choice(self.emails)) if chance.random() < 0.7 else None,
                "phone": self.spelled(self.phones[0]) if chance.random() < 0.3 else None,
            }
            for one in self.ids
            if chance.random() < 0.5
        ]
        # Addresses that somebody had once, and such as a row names that is set aside.
        for row in list(customers):
            if chance.random() < 0.3:
                row["loaded_at"] = "2026-05-20 10:00:00"
                earlier = {"email": self.spelled(chance.choice(self.emails)), "loaded_at": "2026-05-10 10:00:00"}
                set_aside = {"signed_up_at": "2026-06-20", "loaded_at": "2026-06-01 10:00:00"}
                customers.append({**row, **earlier, **(set_aside if chance.random() < 0.3 else {})})
        named = chance.choice(["email", "email", "e-mail"])
        kinds = [(named, self.spelled(chance.choice(self.emails))), ("device", self.name), ("phone", self.phones[0])]
        identities = [
            {"identifier_type": kind, "identifier": identifier, "customer_id": one}
            for kind, identifier in chance.sample(kinds, chance.choice([0, 1, 1, 2]))
            for one in self.ids
            if chance.random() < 0.8
        ]
        return {"orders": orders, "customers": customers, "identities": identities}

    def spelled(self, address: str) -> str:
        """An address in one of its spellings."""
        if "@" in address:
            spelled = [address, address.upper(), f" {address}", address.replace("@", " @"), f"mailto:{address}"]
            spelled += [f"mailto:{address}?subject=Stop"]
            spelled += [f"Some One <{address}>", f"\ufeff{address}\u200b", address.replace("@", "\xa0@"), address]
            return self.chance.choice(spelled)
        spelled = [address, address.replace(" ", ""), address.replace("+", "00"), f"{address} "]
        spelled += [address.replace(" ", "\xa0"), f"\u202a{address}\u202c", address.replace("0 1", "0\u20131")]
        return self.chance.choice([*spelled, address.replace("+49 ", "+49 (0)")])

    def record(self, statuses: list[str], key: str | None = None, moments=MOMENTS, loads=LOADS) -> dict:
        """One thing said, under an id, an address or both."""
        chance = self.chance
        address = self.spelled(chance.choice(self.emails + self.phones))
        one = chance.choice(self.ids) + chance.choice(["", "", "\u200b"])
        phone = self.phones[0]
        spelled = chance.choice([self.spelled(self.emails[0]), f"tel:{phone}", f"({phone[:3]}){phone[3:]}"])
        customer_id, address = chance.choice(
            [(one, None), (one, None), (one, address), (None, address), (spelled, None), (spelled, address)]
        )
        return {
            "consent_id": key or chance.choice(self.keys),
            "customer_id": customer_id,
            "address": address,
            "channel": chance.choice(CHANNELS),
            "status": chance.choice(statuses),
            "occurred_at": chance.choice(moments),
            "purpose": chance.choice(PURPOSES),
            "loaded_at": chance.choice(loads),
        }

    def said(self) -> list[dict]:
        """What was said in this world."""
        return [self.record(STATUSES) for _ in range(self.chance.randint(1, 6))]


def make_worlds(count: int, seed: int) -> tuple[list[World], Raw]:
    """So many worlds, and their raw rows."""
    chance = random.Random(seed)
    worlds = [World(number, chance) for number in range(count)]
    raw: Raw = {"orders": [], "customers": [], "identities": [], "consent": []}
    for world in worlds:
        for table, rows in world.people().items():
            raw[table] += rows
        raw["consent"] += world.said()
    return worlds, raw


def with_one_more(worlds: list[World], raw: Raw, moments=MOMENTS, loads=LOADS) -> Raw:
    """The same, and a restrictive record more in each world: new, or a version of one that is there."""
    more = [
        world.record(RESTRICTIVE, world.chance.choice([None, f"{world.name}-new"]), moments, loads) for world in worlds
    ]
    return raw | {"consent": raw["consent"] + more}


def shuffled(raw: Raw, seed: int) -> Raw:
    """The same rows in another order."""
    chance = random.Random(seed)
    return {table: chance.sample(rows, len(rows)) for table, rows in raw.items()}


def later_moments(day: date) -> list[str]:
    """Moments after a day, alone and with a time."""
    after = datetime.combine(day + timedelta(days=1), datetime.min.time())
    return [str(after), str(after.date()), str(after + timedelta(days=3, hours=5)), "2062-06-15 10:00:00"]
