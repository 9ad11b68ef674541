"""Builds of several days of the sample shop, and the questions that pages of the documentation ask of them."""

import datetime
import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pytest
from conftest import MODELS_ONLY, PROJECT_DIR, SAMPLE_DAY, WITHOUT_TESTS, once, run_spine

# The last is asked. The first is 90 days before, the second 30; so the edges of "in the last 30 days" are met.
DAYS = [SAMPLE_DAY - datetime.timedelta(days=age) for age in (90, 30, 4, 0)]
WEEK_AGO, MONTH_AGO = (SAMPLE_DAY - datetime.timedelta(days=age) for age in (7, 30))
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

    def rows(self, mart: str) -> list[dict]:
        """The rows of a mart, each with its values by column."""
        with duckdb.connect(str(self.db), read_only=True) as connection:
            cursor = connection.execute(f"from marts.{mart}")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

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
        return {row["customer_id"]: row for row in self.rows("customers")}

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


def build_chain(factory: pytest.TempPathFactory, raw: Path) -> Chain:
    """A shop on each of DAYS, built once for all workers."""

    def make(folder: Path) -> None:
        history = {}
        for day in DAYS:
            db = _db(folder, day)
            db.parent.mkdir()
            # All databases have one name: the project is parsed once for all of them.
            arguments = ("build", "--raw", raw, "--db", db, "--as-of", day, *MODELS_ONLY)
            run = run_spine(*arguments, scratch=folder / "scratch", **history, **WITHOUT_TESTS)
            assert run.code == 0, run.all_text
            history = {"HISTORY_DB": str(db)}

    folder = once(factory, "history-chain", make)
    return Chain([Day(day, _db(folder, day)) for day in DAYS])


def _db(folder: Path, day: datetime.date) -> Path:
    return folder / day.isoformat() / "shop.duckdb"


def page_of(name: str) -> str:
    """The text of a page of docs."""
    return (PROJECT_DIR / "docs" / name).read_text(encoding="utf-8")


def queries_of(page: str) -> dict[int, str]:
    """The queries of a page's ten questions, by the number of the question."""
    text = page_of(page).split("## Ten questions")[1]
    sections = re.findall(r"^### (\d+)\. (.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    found = {
        int(number): re.findall(r"^```sql\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        for number, section in sections
    }
    assert list(found) == list(range(1, 11)) and all(len(blocks) == 1 for blocks in found.values())
    return {number: block for number, (block,) in found.items()}


def exact_part(row: tuple) -> tuple:
    """What of an answer must agree exactly."""
    return tuple(value for value in row if not isinstance(value, float))


def rounded_part(row: tuple) -> list[float]:
    """What of an answer is a quotient, which agrees but for ROUNDING."""
    return [value for value in row if isinstance(value, float)]
