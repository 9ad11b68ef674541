"""The ledger that a backfill makes is the one of a build of each day, and says what those builds say."""

import datetime
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import once
from marts import query
from quick_days import LEDGER, ONE_DAY, SILENT, Said, build_needed, ledger_of
from real_data import DATA_DIR, convert_online_retail, needs_data
from rule_folders import copy_of_rules, read_rows, write_rows
from spine.history.days import Days, make_days
from spine.publish.refresh import RefreshRequest, refresh
from spine.publish.store import Store
from spine.raw.currency import NO_CURRENCY
from spine.run import build as build_module
from spine.run.build import BuildRequest, checked
from spine.sample.shop import generate_sample

DAY = datetime.date(2026, 6, 30)
DAYS = int(os.environ.get("SPINE_DAYS", "20"))
# dbt builds every so many days beside the backfill; 1 builds each.
EVERY = int(os.environ.get("SPINE_DAYS_EVERY", "18"))
DAYS_OF_KNOWLEDGE = int(os.environ.get("SPINE_DAYS_KNOWN", "3"))
CAUSES = ("merge", "rule", "late", "behaviour", "population", "several", "time")
# On this day of the backfill the rules change.
CHANGES_AFTER = 1
TABLES_WITHOUT_LOADED_AT = ("exchange_rates", "products")


# The marts that a day leaves to the next hold no segment_changes, which is a view of the stays.
MOVES = """(
    select segment_key, entered_on as moved_on, true as is_entry, entry_cause as cause
    from marts.segment_membership_history
    where entry_cause <> 'start'
    union all
    select segment_key, exited_on, false, exit_cause
    from marts.segment_membership_history
    where exited_on is not null
)"""


@dataclass(frozen=True)
class Backfill:
    """What was left after each day of a backfill, and who was a member of what on it, in a file per day."""

    folder: Path
    days: list[datetime.date]
    request: BuildRequest

    def left_on(self, day: datetime.date) -> Path:
        """The tables of the source `history` as the day has left them."""
        return self.folder / f"{day}.duckdb"

    @property
    def final(self) -> Path:
        return self.left_on(self.days[-1])

    def members_of(self, day: datetime.date) -> set[tuple[str, str]]:
        """Segment and customer, of the members of a day."""
        return set(query(self.folder / f"members-{day}.duckdb", "select segment_key, customer_id from members"))


def backfill(folder: Path, request: BuildRequest, first: datetime.date, days: int) -> None:
    """Makes the days, and keeps what each has left."""
    target = folder / "days.duckdb"
    every = [first + number * ONE_DAY for number in range(days)]

    def keep(number: int) -> None:
        day = every[number - 1]
        shutil.copyfile(target, folder / f"{day}.duckdb")
        with duckdb.connect(str(folder / f"members-{day}.duckdb")) as connection:
            connection.execute(f"attach '{request.db}' as working (read_only)")
            connection.execute("create table members as from working.intermediate.int_segment_members")

    make_days(Days(every[0], every[-1], None, "of a test"), request, target, Said(keep))


def loaded_backfill(folder: Path, first: datetime.date, days: int, rules_dir: Path | None, currency: str) -> Backfill:
    request = BuildRequest(
        folder / "working.duckdb", first, raw_dir=folder / "raw", rules_dir=rules_dir, currency=currency
    )
    return Backfill(folder, [first + number * ONE_DAY for number in range(days)], request)


def built_beside(made: Backfill, day: datetime.date, folder: Path) -> Path:
    """A build of a day that goes on from what the backfill had left on the day before."""
    # The name of the backfill's own database: the project is parsed once for both.
    db = folder / "built" / made.request.db.name
    db.parent.mkdir(exist_ok=True)
    db.unlink(missing_ok=True)
    before = None if day == made.days[0] else made.left_on(day - ONE_DAY)
    request = BuildRequest(
        db, day, raw_dir=made.request.raw_dir, rules_dir=made.request.rules_dir, history_db=before,
        currency=made.request.currency,
    )  # fmt: skip
    build_needed(request)
    return db


def differing_days(made: Backfill, days: list[datetime.date], folder: Path) -> dict[datetime.date, list[str]]:
    """Per day the tables in which the backfill differs from a build."""
    found = {}
    for day in days:
        built = built_beside(made, day, folder)
        one, other = ledger_of(made.left_on(day)), ledger_of(built)
        differing = [mart for mart in LEDGER if one[mart] != other[mart]]
        if set(query(built, "select segment_key, customer_id from marts.segment_members")) != made.members_of(day):
            differing.append("segment_members")
        if differing:
            found[day] = differing
    return found


# The sample, with rules that change on one of the days


def changing_rules(folder: Path, day: datetime.date) -> Path:
    """The shipped rules; from a day on, big spenders are those who spend above 150, no longer 300."""
    copy_of_rules(folder)
    segments, clauses = (read_rows(folder / f"{table}.csv") for table in ("segments", "segment_clauses"))
    (segment,) = (row for row in segments if row["segment_key"] == "big_spender")
    (clause,) = (row for row in clauses if row["segment_key"] == "big_spender")
    segments.append(segment | {"version": "2", "valid_from": str(day)})
    segment["valid_to"] = str(day - ONE_DAY)
    clauses.append(clause | {"version": "2", "value": "150"})
    write_rows(folder / "segments.csv", segments)
    write_rows(folder / "segment_clauses.csv", clauses)
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Backfill:
    """A backfill of a sample shop up to DAY."""
    first = DAY - (DAYS - 1) * ONE_DAY

    def make(folder: Path) -> None:
        generate_sample(folder / "raw", customers=400, months=9, until=DAY + 20 * ONE_DAY)
        changing_rules(folder / "rules", first + CHANGES_AFTER * ONE_DAY)
        request = loaded_backfill(folder, first, DAYS, folder / "rules", "USD").request
        backfill(folder, checked(request, SILENT), first, DAYS)

    folder = once(tmp_path_factory, "backfill", make)
    return loaded_backfill(folder, first, DAYS, folder / "rules", "USD")


def test_each_day_of_a_backfill_is_a_build_as_of_that_day(made, tmp_path):
    """By induction: what the first day leaves dbt has built, and each day goes on from what the one before left."""
    assert differing_days(made, made.days[CHANGES_AFTER::EVERY], tmp_path) == {}


def untrue(made: Backfill) -> Iterator[str]:
    """What the final ledger says of the days, and is not so."""
    stays = query(
        made.final, "select segment_key, customer_id, entered_on, exited_on from marts.segment_membership_history"
    )
    for day in made.days:
        in_stay = {(key, who) for key, who, entered, exited in stays if entered <= day and (not exited or day < exited)}
        members = made.members_of(day)
        if in_stay != members:
            yield f"{day}: {len(in_stay - members)} stays without a member, {len(members - in_stay)} members without"
    still_open = {(key, who) for key, who, _, exited in stays if exited is None}
    if still_open != made.members_of(made.days[-1]):
        yield "open stays are not the members of the last day"
    sums = {change: " + ".join(f"{change}_{cause}" for cause in CAUSES) for change in ("entries", "exits")}
    is_odd = " or ".join(f"{change} <> {parts}" for change, parts in sums.items())
    odd = query(
        made.final,
        f"""
        select segment_key, day from marts.segment_daily
        where customers <> customers_before + entries - exits or {is_odd}
        """,
    )
    yield from (f"{key} {day}: does not add up" for key, day in odd)
    sizes = {
        (key, day): size
        for key, day, size in query(made.final, "select segment_key, day, customers from marts.segment_daily")
    }
    for day in made.days:
        counted: dict[str, int] = {}
        for key, _ in made.members_of(day):
            counted[key] = counted.get(key, 0) + 1
        yield from (
            f"{key} {day}: {size} customers"
            for (key, on), size in sizes.items()
            if on == day and size is not None and size != counted.get(key, 0)
        )


def test_the_ledger_says_who_was_a_member_on_each_day_and_its_numbers_add_up(made):
    assert list(untrue(made)) == []
    days = query(made.final, "select distinct day from marts.segment_daily order by day")
    assert days == [(day,) for day in made.days]
    causes = dict(query(made.final, f"select cause, count(*) from {MOVES} group by cause"))
    assert {"behaviour", "time", "rule"} <= causes.keys()


def test_who_enters_because_a_version_changes_enters_by_a_rule_and_by_that_version(made):
    changed_on = made.days[CHANGES_AFTER]
    stays = query(
        made.final,
        """
        select entered_on, rule_version, entry_cause from marts.segment_membership_history
        where segment_key = 'big_spender'
        """,
    )
    assert {version for entered_on, version, _ in stays if entered_on < changed_on} == {1}
    assert {version for entered_on, version, _ in stays if entered_on >= changed_on} == {2}
    assert {(entered_on, cause) for entered_on, _, cause in stays if cause == "rule"} == {(changed_on, "rule")}
    left_on = f"select count(*) from {MOVES} where segment_key = 'big_spender' and not is_entry"
    assert query(made.final, f"{left_on} and moved_on = date '{changed_on}' and cause = 'rule'") == [(0,)]
    other = f"select distinct segment_key from {MOVES} where cause = 'rule'"
    assert query(made.final, other) == [("big_spender",)]


@needs_data
def test_a_backfill_of_real_orders_is_a_build_of_each_day(tmp_path):
    last, days = datetime.date(2011, 12, 8), 4
    (tmp_path / "raw").mkdir()
    source = DATA_DIR / "online_retail" / "online_retail_2010_2011.parquet"
    convert_online_retail(source, tmp_path / "raw", is_valid_only=False)
    rules = copy_of_rules(tmp_path / "rules")
    (rules / "vars.yml").write_text("timezone: Europe/London\nreporting_currency: GBP\n", encoding="utf-8")
    first = last - (days - 1) * ONE_DAY
    real = loaded_backfill(tmp_path, first, days, rules, NO_CURRENCY)
    backfill(tmp_path, real.request, first, days)
    assert list(untrue(real)) == []
    assert query(real.final, f"select count(*) > 1000 from {MOVES}") == [(True,)]
    assert differing_days(real, real.days[2::2], tmp_path) == {}


# As known on each day


def make_late(raw: Path) -> None:
    """Has most orders and events come up to five days after they happened."""
    for table, key in (("orders", "order_id"), ("events", "event_id")):
        path = raw / f"{table}.parquet"
        delay = f"interval 1 day * (hash({key}) % 6)"
        duckdb.sql(f"select * replace (loaded_at + {delay} as loaded_at) from '{path}'").write_parquet(f"{path}.late")
        Path(f"{path}.late").replace(path)


def copy_of_known(raw: Path, folder: Path, until: str) -> None:
    """The raw rows that had been loaded by a moment."""
    folder.mkdir()
    for path in sorted(raw.glob("*.parquet")):
        is_dated = path.stem not in TABLES_WITHOUT_LOADED_AT
        known = f"where coalesce(loaded_at <= timestamp '{until}', true)" if is_dated else ""
        duckdb.sql(f"copy (from '{path}' {known}) to '{folder / path.name}' (format parquet)")


def test_a_backfill_as_known_is_what_refreshes_of_each_morning_have_published(tmp_path, monkeypatch):
    monkeypatch.setattr(build_module, "build", build_needed)
    raw, first = tmp_path / "raw", DAY - (DAYS_OF_KNOWLEDGE - 1) * ONE_DAY
    generate_sample(raw, customers=300, months=9, until=DAY + 20 * ONE_DAY)
    make_late(raw)
    daily, known = (Store(tmp_path / f"{name}.duckdb") for name in ("daily", "known"))
    for number in range(DAYS_OF_KNOWLEDGE):
        day = first + number * ONE_DAY
        copy_of_known(raw, tmp_path / f"raw-{day}", f"{day + ONE_DAY} 06:00:00")
        assert refresh(RefreshRequest(daily.db, tmp_path / f"raw-{day}", day), SILENT).is_well
    assert refresh(RefreshRequest(known.db, raw, DAY, ledger_from=first, is_as_known=True), SILENT).is_well
    assert ledger_of(known.db) == ledger_of(daily.db)
    assert query(daily.db, "select count(*) > 0 from marts.segment_changes where cause = 'late'") == [(True,)]
