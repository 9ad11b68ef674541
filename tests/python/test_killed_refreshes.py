"""SIGKILL at any instant of a refresh: nothing is lost, and nothing half-done is ever published."""

import dataclasses
import datetime
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from arrivals import late_shop
from conftest import SAMPLE_DAY
from killing import MOMENTS, kill_refreshes
from marts import differing_marts
from spine.publish.publication import kept_versions, read_publication
from spine.publish.runs import load_all
from test_refresh import Shop

KILLS = int(os.environ.get("SPINE_KILLS", "6"))
SEED = int(os.environ.get("SPINE_KILLS_SEED", "20"))
REPORT = os.environ.get("SPINE_KILLS_REPORT")
KILLED = """\
# Killed refreshes

Written by `make kills`: refreshes of late, doubled and corrected rows (orders as CSV), each ended by SIGKILL. Between
one and the next the day changes, and a batch of files comes or goes. After each kill the published file was the old
version or the new one, row for row; after every fifth run a plain refresh gave the marts of a database never killed.

| killed while | runs |
|---|---|"""
SECOND_BATCH = "batch-1"


@dataclass(frozen=True)
class TwoDays:
    """A shop whose second batch of files comes and goes, with the marts as of each of the two days."""

    shop: Shop
    held_back: Path
    expected: dict[datetime.date, Path]
    seconds_of_a_run: float

    def set_day(self, number: int) -> datetime.date:
        """Brings the raw folder to the state of a day: the first batch alone, or both."""
        for file in self.held_back.rglob("*.*"):
            place = self.shop.raw / file.relative_to(self.held_back)
            place.unlink(missing_ok=True)
            if number % 2:
                os.link(file, place)
        return list(self.expected)[number % 2]

    def start(self, number: int) -> subprocess.Popen:
        """A refresh of the day of a number."""
        return self.shop.start_refresh(day=self.set_day(number))

    def check(self) -> None:
        """What is published is one of the two, whole."""
        as_of = datetime.date.fromisoformat(read_publication(self.shop.store).as_of_date)
        assert differing_marts(self.shop.store.db, self.expected[as_of]) == {}

    def recover(self, number: int) -> None:
        """A plain refresh leads to what it leads to without kills."""
        day = self.set_day(number)
        run = self.shop.refresh(day=day)
        assert run.code == 0, run.all_text
        assert read_publication(self.shop.store).as_of_date == day.isoformat()
        self.check()
        assert not any(run.result == "running" for run in load_all(self.shop.store))
        self.shop.no_traces()


@pytest.fixture
def two_days(tmp_path) -> TwoDays:
    """Published as of the second day; with the marts of each day."""
    shop, held_back = Shop(tmp_path / "shop"), tmp_path / "held-back"
    days = (SAMPLE_DAY - datetime.timedelta(days=1), SAMPLE_DAY)
    late = late_shop(tmp_path / "sample", 300, 14, SAMPLE_DAY, seed=20)
    late.bring(shop.raw, datetime.date(1990, 1, 1), days[0], "batch-0")
    late.bring(shop.raw, days[0], days[1], SECOND_BATCH)
    for file in (shop.raw / "orders").iterdir():
        duckdb.sql(f"copy (from '{file}') to '{file.with_suffix('.csv')}' (header)")
        file.unlink()
    for file in list(shop.raw.rglob(f"{SECOND_BATCH}.*")):
        place = held_back / file.relative_to(shop.raw)
        place.parent.mkdir(parents=True)
        file.rename(place)
    two_days = TwoDays(shop, held_back, {day: tmp_path / f"as-of-{day}.duckdb" for day in days}, 0)
    for number, day in enumerate(days):
        two_days.set_day(number)
        started = time.monotonic()
        run = shop.refresh(day=day)
        assert run.code == 0, run.all_text
        two_days = dataclasses.replace(two_days, seconds_of_a_run=time.monotonic() - started)
        two_days.expected[day].hardlink_to(shop.store.version(kept_versions(shop.store)[-1]))
    assert differing_marts(*two_days.expected.values())
    return two_days


def test_a_killed_run_loses_nothing_and_publishes_nothing_partial(two_days):
    tally = kill_refreshes(
        count=KILLS,
        seed=SEED,
        start=two_days.start,
        store=two_days.shop.store,
        seconds_of_a_run=two_days.seconds_of_a_run,
        check=two_days.check,
        recover=two_days.recover,
    )
    assert min(tally[moment] for moment in MOMENTS) > KILLS / 10
    assert len(kept_versions(two_days.shop.store)) <= 5
    if REPORT:
        lines = [f"| {moment} | {tally[moment]} |" for moment in MOMENTS]
        Path(REPORT).write_text("\n".join([KILLED, *lines]) + "\n", encoding="utf-8")
