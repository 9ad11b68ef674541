"""The ten questions of docs/history.md, answered a second time from the members of each day's build."""

import datetime
from collections import Counter
from statistics import median

import pytest
from conftest import SAMPLE_DAY
from history_chain import (
    CUSTOMER,
    MONTH_AGO,
    ROUNDING,
    WEEK_AGO,
    Chain,
    Stay,
    exact_part,
    queries_of,
    rounded_part,
)

TWO_WEEKS_AGO = SAMPLE_DAY - datetime.timedelta(days=14)
TIERS = ["vip", "high", "mid", "low", "none"]


def what_has_changed(chain: Chain) -> list[tuple]:
    then, now = (Counter(segment for _, segment in day.members) for day in (chain.days[1], chain.today))
    changes = [(key, then[key], now[key], now[key] - then[key]) for key in chain.today.kinds]
    return sorted(changes, key=lambda row: (-abs(row[3]), row[0]))


def new_at_risk(chain: Chain) -> list[tuple]:
    customers = chain.today.customers
    rows = [
        (
            stay.customer,
            stay.entered,
            stay.entry_cause,
            *_of(customers[stay.customer], "net_revenue_life", "last_ordered_on"),
        )
        for stay in chain.stays
        if stay.segment == "rfm_at_risk" and stay.exited is None and stay.entered > WEEK_AGO
    ]
    return sorted(rows, key=lambda row: (-row[3], row[0]))


def left_champions(chain: Chain) -> list[tuple]:
    rows = [
        (customer, now.day, now.causes[customer, "rfm_champions"], now.segment_of(customer, "rfm"))
        for before, now in chain.steps
        if now.day > WEEK_AGO
        for customer, segment in before.members - now.members
        if segment == "rfm_champions"
    ]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def vips_of_then(chain: Chain) -> list[tuple]:
    (day,) = [before for before, now in chain.steps if before.day <= TWO_WEEKS_AGO < now.day]
    vips = {customer for customer, segment in day.members if segment == "value_vip"}
    (stays,) = [{stay.customer: stay for stay in chain.stays if stay.segment == "value_vip" and _holds(stay, day.day)}]
    assert vips == set(stays)
    return [
        (
            customer,
            stays[customer].entered,
            stays[customer].exited,
            chain.today.customers.get(customer, {}).get("value_tier"),
        )
        for customer in sorted(vips)
    ]


def how_long(chain: Chain) -> list[tuple]:
    reentry_days = dict(chain.today.query("select segment_key, reentry_days from marts.segments"))
    rows = []
    for segment in chain.today.kinds:
        stays = [stay for stay in chain.stays if stay.segment == segment and stay.entry_cause != "start"]
        ended = [(stay.exited - stay.entered).days for stay in stays if stay.exited]
        running = [(SAMPLE_DAY - stay.entered).days for stay in stays if not stay.exited]
        early = sum(stay.gap is not None and stay.gap < reentry_days[segment] for stay in stays)
        if stays:
            share = round(early / len(stays), 3)
            rows.append((segment, len(ended), _median(ended), len(running), _median(running), early, share))
    return sorted(rows, key=lambda row: (-row[6], row[0]))


def shares_of_causes(chain: Chain) -> list[tuple]:
    causes: dict[str, Counter] = {}
    for before, now in chain.steps:
        if now.day > MONTH_AGO:
            for customer, segment in before.members ^ now.members:
                causes.setdefault(now.kinds[segment], Counter())[now.causes[customer, segment]] += 1
    return [
        (kind, counts.total(), *(counts[cause] / counts.total() for cause in ("behaviour", "population", "time")))
        for kind, counts in sorted(causes.items())
    ]


def lifecycle_flow(chain: Chain) -> list[tuple]:
    customers, revenue = Counter(), Counter()
    for before, now in chain.steps:
        for customer in before.customers.keys() | now.customers.keys() if now.day > MONTH_AGO else ():
            way = tuple(day.segment_of(customer, "lifecycle") or "none" for day in (before, now))
            if way[0] != way[1]:
                customers[way] += 1
                revenue[way] += now.customers.get(customer, {}).get("net_revenue_365d", 0)
    rows = [(*way, count, revenue[way]) for way, count in customers.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def falling_and_contactable(chain: Chain) -> list[tuple]:
    rows = []
    for customer, now in chain.today.customers.items():
        then = chain.days[0].customers.get(customer)
        is_down = then and TIERS.index(now["value_tier"]) > TIERS.index(then["value_tier"])
        if is_down and now["is_contactable_email"]:
            rows.append((customer, then["value_tier"], *_of(now, "value_tier", "net_revenue_life", "last_ordered_on")))
    return sorted(rows, key=lambda row: (-row[3], row[0]))


def who_came_back(chain: Chain) -> list[tuple]:
    rows = []
    for before, now in chain.steps:
        for customer, segment in now.members - before.members if now.day > MONTH_AGO else ():
            if segment == "lifecycle_reactivated":
                row = chain.today.customers[customer]
                came_from = before.segment_of(customer, "lifecycle")
                rows.append((customer, now.day, came_from, *_of(row, "orders_30d", "net_revenue_30d")))
    return sorted(rows, key=lambda row: (-row[4], row[0]))


def stays_of_a_customer(chain: Chain) -> list[tuple]:
    rows = [
        (stay.segment, stay.entered, stay.entry_cause, stay.exited, stay.exit_cause, stay.ordinal)
        for stay in chain.stays
        if stay.customer == CUSTOMER
    ]
    return sorted(rows, key=lambda row: (row[1], row[0]))


ANSWERS = {
    1: what_has_changed,
    2: new_at_risk,
    3: left_champions,
    4: vips_of_then,
    5: how_long,
    6: shares_of_causes,
    7: lifecycle_flow,
    8: falling_and_contactable,
    9: who_came_back,
    10: stays_of_a_customer,
}


@pytest.mark.parametrize("number", ANSWERS, ids=[f"{number}-{answer.__name__}" for number, answer in ANSWERS.items()])
def test_an_answer_is_that_of_the_members_of_each_day(number, chain):
    expected = ANSWERS[number](chain)
    assert expected, "the days are chosen so that there is something to say"
    found = chain.today.query(queries_of("history.md")[number])
    assert [exact_part(row) for row in found] == [exact_part(row) for row in expected]
    assert [rounded_part(row) for row in found] == [pytest.approx(rounded_part(row), abs=ROUNDING) for row in expected]


def test_the_ledger_is_the_stays_of_the_members_of_each_day(chain):
    columns = "customer_id, segment_key, entered_on, entry_cause, entry_ordinal, exited_on, exit_cause"
    found = chain.today.query(f"select {columns} from marts.segment_membership_history")
    expected = [
        (stay.customer, stay.segment, stay.entered, stay.entry_cause, stay.ordinal, stay.exited, stay.exit_cause)
        for stay in chain.stays
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_on_the_first_day_of_the_ledger_all_questions_can_be_asked(chain):
    for number, query in queries_of("history.md").items():
        assert bool(chain.days[0].query(query)) == (number == 1), number


def _holds(stay: Stay, day: datetime.date) -> bool:
    return stay.entered <= day and (stay.exited is None or stay.exited > day)


def _median(values: list[int]) -> float | None:
    return float(median(values)) if values else None


def _of(row: dict, *names: str) -> tuple:
    return tuple(row[name] for name in names)
