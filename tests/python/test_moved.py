"""Who moved, in lines: what `spine refresh` and `spine segments` make of marts.segment_daily."""

import datetime
import io
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from spine.run.catalogue import print_segments
from spine.run.moved import print_moved, size_changes

DAY = datetime.date(2026, 6, 30)
KEYS = "abcdefgh"


def days_before(age: int) -> datetime.date:
    return DAY - datetime.timedelta(days=age)


def make_marts(db: Path, daily: list[tuple]) -> None:
    """Segments a to h called Segment a, ...; segment_daily of (segment, day, customers, entries, exits by cause)."""
    with duckdb.connect(str(db)) as connection:
        segments = ", ".join(
            f"('{key}', 'rfm', 'Segment {key}', 'active', '', {place}, date '{DAY}')" for place, key in enumerate(KEYS)
        )
        connection.execute(f"""
            create schema marts;
            create table marts.segments as select * from (values {segments})
                as rows (segment_key, segment_kind, label, status, lacks, priority, as_of_date);
            create table marts.segment_performance as
                select segment_key, 7 as customers, 0.5 as customer_share, 1.5 as net_revenue_365d,
                    0.25 as revenue_share_365d, 'USD' as reporting_currency from marts.segments;
            create table marts.customers as select date '{DAY}' as as_of_date, 1.5 as net_revenue_365d;
            create table marts.segment_daily (
                segment_key varchar, day date, as_of_date date, customers bigint, entries bigint, exits bigint,
                entries_time bigint, exits_time bigint, entries_behaviour bigint, exits_behaviour bigint
            )
        """)
        for key, day, customers, by_time, by_behaviour in daily:
            entries, exits = (a + b for a, b in zip(by_time, by_behaviour, strict=True)) if by_time else (None, None)
            row = [key, day, DAY, customers, entries, exits, *(by_time or (None,) * 2), *(by_behaviour or (None,) * 2)]
            connection.execute(f"insert into marts.segment_daily values ({', '.join('?' * len(row))})", row)


def moved(db: Path, published: datetime.date | None = None) -> list[str]:
    out = io.StringIO()
    print_moved(db, Console(file=out, width=80), published)
    return out.getvalue().splitlines()


NOBODY = ((0, 0), (0, 0))


def test_the_segments_with_most_movement_come_first_with_their_causes(tmp_path):
    db = tmp_path / "shop.duckdb"
    before = [(key, days_before(1), 100, *NOBODY) for key in KEYS]
    moves = {
        "a": ((0, 1), (0, 0)),
        "b": ((9, 0), (11, 18)),
        "c": ((1200, 300), (0, 0)),
        "d": NOBODY,
        "e": ((0, 2), (0, 0)),
        "f": ((1, 0), (1, 0)),
        "g": ((0, 0), (3, 0)),
        "h": (None, None),
    }
    make_marts(db, before + [(key, DAY, 100, *move) for key, move in moves.items()])
    assert moved(db) == [
        "moved since 2026-06-29: 1,225 entries, 321 exits (marts.segment_daily)",
        "    Segment c +1,200 -300 (1,500 time)",
        "    Segment b +20 -18 (29 behaviour, 9 time)",
        "    Segment g +3 -0 (3 behaviour)",
        "    Segment e +0 -2 (2 time)",
        "    Segment f +2 -0 (1 behaviour, 1 time)",
        "    and 1 more segment",
    ]


def test_a_segment_that_the_catalogue_no_longer_has_goes_by_its_key(tmp_path):
    db = tmp_path / "shop.duckdb"
    make_marts(db, [("a", days_before(3), 5, *NOBODY), ("gone", DAY, 0, (0, 0), (0, 5))])
    assert moved(db) == [
        "moved since 2026-06-27: 0 entries, 5 exits (marts.segment_daily)",
        "    gone +0 -5 (5 behaviour)",
    ]


def test_a_day_without_moves_and_the_first_day_of_the_ledger_have_a_line(tmp_path):
    make_marts(tmp_path / "first.duckdb", [("a", DAY, 5, *NOBODY)])
    begins = "the ledger of stays begins on 2026-06-30: who moves is known from the next day on"
    assert moved(tmp_path / "first.duckdb") == [begins]
    make_marts(tmp_path / "still.duckdb", [("a", days_before(1), 5, *NOBODY), ("a", DAY, 5, *NOBODY)])
    assert moved(tmp_path / "still.duckdb") == ["nobody moved since 2026-06-29"]


@pytest.mark.parametrize(("published", "since"), [(None, 1), (1, 1), (2, 2), (3, 3), (40, 1), (0, 1)], ids=str)
def test_missed_days_count_since_what_was_published(tmp_path, published, since):
    db = tmp_path / "shop.duckdb"
    make_marts(db, [("a", days_before(age), 5, (1, 0), (0, 0)) for age in range(4)])
    lines = moved(db, None if published is None else days_before(published))
    assert lines == [
        f"moved since {days_before(since)}: {since} entries, 0 exits (marts.segment_daily)",
        f"    Segment a +{since} -0 ({since} time)",
    ]


def test_a_database_without_a_ledger_is_passed_over(tmp_path):
    db = tmp_path / "shop.duckdb"
    assert moved(db) == []
    make_marts(db, [])
    assert moved(db) == []
    with duckdb.connect(str(db)) as connection:
        connection.execute("drop table marts.segment_daily")
        assert size_changes(connection) == {}
    assert moved(db) == []


def test_sizes_are_held_against_the_newest_day_that_is_old_enough(tmp_path):
    db = tmp_path / "shop.duckdb"
    of_a = [(0, 110), (2, 100), (6, 90), (8, 80), (29, 70), (31, 60), (40, 50)]
    daily = [("a", days_before(age), customers, *NOBODY) for age, customers in of_a]
    daily += [("b", DAY, 5, *NOBODY), ("b", days_before(2), None, None, None), ("b", days_before(8), 9, *NOBODY)]
    daily += [("c", DAY, None, None, None), ("c", days_before(2), 4, *NOBODY)]
    make_marts(db, daily)
    with duckdb.connect(str(db), read_only=True) as connection:
        changes = size_changes(connection)
    assert changes == {"a": {1: 10, 7: 30, 30: 50}, "b": {1: None, 7: -4}, "c": {1: None}}


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (0, "0"),
        (12, "+12"),
        (-3, "-3"),
        (9_999, "+9,999"),
        (-12_345, "-12k"),
        (999_499, "+999k"),
        (999_500, "+1.0M"),
        (1_449_000, "+1.4M"),
    ],
)
def test_segments_show_how_sizes_have_changed(change, shown, tmp_path):
    db = tmp_path / "shop.duckdb"
    now = 2_000_000
    make_marts(db, [("a", DAY, now, *NOBODY), ("a", days_before(7), now - change, *NOBODY)])
    out = io.StringIO()
    print_segments(db, Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert all(len(line) <= 80 for line in lines[:-1])
    (heading,) = [line.split() for line in lines if line.startswith("segment ")]
    assert heading[-4:] == ["share", "1d", "7d", "30d"]
    (of_a,) = [line.split() for line in lines if line.startswith("  Segment a")]
    assert of_a[-3:] == [shown, shown, "-"]
    (of_b,) = [line.split() for line in lines if line.startswith("  Segment b")]
    assert of_b[-3:] == ["-", "-", "-"]
