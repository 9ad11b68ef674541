"""The ten questions of docs/history.md, answered a second time from the members of each day's build."""

import datetime
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

import duckdb
import pytest
from conftest import PROJECT_DIR, SAMPLE_DAY, once, run_spine

# The last is asked. The first is 90 days before, the second 30; so the edges of "in the last 30 days" are met.
DAYS = [SAMPLE_DAY - datetime.timedelta(days=age) for age in (90, 30, 4, 0)]
WEEK_AGO, TWO_WEEKS_AGO, MONTH_AGO = (SAMPLE_DAY - datetime.timedelta(days=age) for age in (7, 14, 30))
TIERS = ["vip", "high", "mid", "low", "none"]
CUSTOMER = "c0000036"
ROUNDING = 0.00051


@dataclass(frozen=True)
class Day:
    """What one day's build says of its own day, without the ledger but for the causes of the day's movements."""

    day: datetime.date
    db: Path

    def query(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.db), read_only=True) as connection:
            return connection.execute(query).fetchall()

    @cached_property
    def members(self) -> set[tuple[str, str]]:
        """Customer and segment."""
        return set(self.query("select customer_id, segment_key from marts.segment_members"))

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each segment in use."""
        rows = self.query("select segment_key, segment_kind, status from marts.segments")
        assert all(status == "active" for _, _, status in rows)
        return {key: kind for key, kind, _ in rows}

    @cached_property
    def customers(self) -> dict[str, dict]:
        """The row of marts.customers by customer."""
        with duckdb.connect(str(self.db), read_only=True) as connection:
            cursor = connection.execute("from marts.customers")
            names = [column[0] for column in cursor.description]
            return {
                row["customer_id"]: row for row in (dict(zip(names, one, strict=True)) for one in cursor.fetchall())
            }

    @cached_property
    def causes(self) -> dict[tuple[str, str], str]:
        """Why a customer entered or left a segment on the day, as this day's build says."""
        rows = self.query(
            f"select customer_id, segment_key, cause from marts.segment_changes where changed_on = '{self.day}'"
        )
        return {(customer, segment): cause for customer, segment, cause in rows}

    def segment_of(self, customer: str, kind: str) -> str | None:
        """The segment of a kind with one segment per customer."""
        return self._by_kind.get((customer, kind))

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], str]:
        return {(customer, self.kinds[segment]): segment for customer, segment in self.members}


@dataclass
class Stay:
    """Days of a customer in a segment."""

    customer: str
    segment: str
    entered: datetime.date
    entry_cause: str
    ordinal: int
    exited: datetime.date | None = None
    exit_cause: str | None = None
    gap: int | None = None


@dataclass(frozen=True)
class Chain:
    """Builds of several days, each beside the one before."""

    days: list[Day]

    @property
    def today(self) -> Day:
        return self.days[-1]

    @cached_property
    def steps(self) -> list[tuple[Day, Day]]:
        return list(itertools.pairwise(self.days))

    @cached_property
    def stays(self) -> list[Stay]:
        """All stays, from the members of each day alone."""
        stays = [Stay(*member, self.days[0].day, "start", 1) for member in self.days[0].members]
        of_member = {(stay.customer, stay.segment): [stay] for stay in stays}
        for before, now in self.steps:
            for member in before.members - now.members:
                last = of_member[member][-1]
                last.exited, last.exit_cause = now.day, now.causes[member]
            for member in now.members - before.members:
                earlier = of_member.setdefault(member, [])
                gap = (now.day - earlier[-1].exited).days if earlier else None
                earlier.append(Stay(*member, now.day, now.causes[member], len(earlier) + 1, gap=gap))
        return [stay for stays in of_member.values() for stay in stays]


@pytest.fixture(scope="session")
def chain(tmp_path_factory, sample_raw) -> Chain:
    """The sample shop on each of DAYS; read it only."""

    def make(folder: Path) -> None:
        history = {}
        for day in DAYS:
            db = _db(folder, day)
            db.parent.mkdir()
            # All databases have one name: the project is parsed once for all of them.
            run = run_spine(
                "build", "--raw", sample_raw, "--db", db, "--as-of", day, scratch=folder / "scratch", **history
            )
            assert run.code == 0, run.all_text
            history = {"HISTORY_DB": str(db)}

    folder = once(tmp_path_factory, "history-chain", make)
    return Chain([Day(day, _db(folder, day)) for day in DAYS])


def _db(folder: Path, day: datetime.date) -> Path:
    return folder / day.isoformat() / "shop.duckdb"


def queries() -> dict[int, str]:
    """The queries of the page by the number of the question."""
    text = (PROJECT_DIR / "docs" / "history.md").read_text(encoding="utf-8").split("## Ten questions")[1]
    sections = re.findall(r"^### (\d+)\. (.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    found = {
        int(number): re.findall(r"^```sql\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        for number, section in sections
    }
    assert list(found) == list(range(1, 11)) and all(len(blocks) == 1 for blocks in found.values())
    return {number: block for number, (block,) in found.items()}


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
    found = chain.today.query(queries()[number])
    assert [_exact(row) for row in found] == [_exact(row) for row in expected]
    assert [_rounded(row) for row in found] == [pytest.approx(_rounded(row), abs=ROUNDING) for row in expected]


def test_the_ledger_is_the_stays_of_the_members_of_each_day(chain):
    columns = "customer_id, segment_key, entered_on, entry_cause, entry_ordinal, exited_on, exit_cause"
    found = chain.today.query(f"select {columns} from marts.segment_membership_history")
    expected = [
        (stay.customer, stay.segment, stay.entered, stay.entry_cause, stay.ordinal, stay.exited, stay.exit_cause)
        for stay in chain.stays
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_on_the_first_day_of_the_ledger_all_questions_can_be_asked(chain):
    for number, query in queries().items():
        assert bool(chain.days[0].query(query)) == (number == 1), number


def _holds(stay: Stay, day: datetime.date) -> bool:
    return stay.entered <= day and (stay.exited is None or stay.exited > day)


def _median(values: list[int]) -> float | None:
    return float(median(values)) if values else None


def _of(row: dict, *names: str) -> tuple:
    return tuple(row[name] for name in names)


def _exact(row: tuple) -> tuple:
    return tuple(value for value in row if not isinstance(value, float))


def _rounded(row: tuple) -> list[float]:
    return [value for value in row if isinstance(value, float)]
