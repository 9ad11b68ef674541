"""`spine refresh`, `rollback` and `status`: what is published is whole, tested, and stays until something better is."""

import contextlib
import ctypes
import dataclasses
import datetime
import fcntl
import io
import json
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import BIN_DIR, SAMPLE_DAY, Run, environment_of, once, run_spine
from killing import wait_for
from marts import differing_marts
from rich.console import Console
from spine.cli.main import main
from spine.errors import DiskFull, InputRefused, UsageError
from spine.live import watch as watch_module
from spine.publish import fingerprint
from spine.publish import refresh as refresh_module
from spine.publish import runs as runs_module
from spine.publish.parquet_copies import copy_to_parquet
from spine.publish.publication import (
    kept_versions,
    mart_names,
    mart_views,
    read_publication,
    refuse_damaged,
    switch_to,
    write_version,
)
from spine.publish.readable import DamagedPublication
from spine.publish.refresh import Outcome, RefreshRequest, tidy_up
from spine.publish.rolled_back import newer_input, note_rollback
from spine.publish.run_lock import holder, only_run
from spine.publish.runs import load_all, new_run
from spine.publish.store import Store
from spine.run.database import connect_read_only

REFRESHES = int(os.environ.get("SPINE_REFRESHES", "4"))
REPORT = os.environ.get("SPINE_READERS_REPORT")
READ = """\
# Readers during refreshes

Written by `make readers`. Eight processes opened and read the published file without pause during {refreshes}
refreshes: {reads:,} reads, each of them of tables of one run and one day. They saw {seen} versions, and never an older
one after a newer. {reopened} times a version was put in place while DuckDB opened the file, which had to be opened
again.
"""
READER = Path(__file__).with_name("published_reader.py")
# A file of DuckDB begins with three headers; blocks follow, each with a checksum of its own. In bytes.
FILE_HEADERS, BLOCK = 3 * 4096, 256 * 1024
OF_DUCKDB_1_1 = 64  # the number of the storage version in the header of a file


@dataclass(frozen=True)
class Shop:
    """A raw folder and the database that is published from it."""

    folder: Path

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def store(self) -> Store:
        return Store(self.folder / "shop.duckdb")

    def refresh(self, *options: object, day: datetime.date = SAMPLE_DAY, **variables: str) -> Run:
        arguments = ("--raw", self.raw, "--db", self.store.db, "--as-of", day, *options)
        return run_spine("refresh", *arguments, scratch=self.folder / "scratch", **variables)

    def spine(self, command: str, *options: object) -> Run:
        return run_spine(command, "--db", self.store.db, *options, scratch=self.folder / "scratch")

    def start_refresh(self, *options: object, day: datetime.date = SAMPLE_DAY) -> subprocess.Popen:
        """A refresh in a process group of its own, to be killed."""
        arguments = ["--raw", self.raw, "--db", self.store.db, "--as-of", day, *options]
        return subprocess.Popen(
            [str(BIN_DIR / "spine"), "refresh", *map(str, arguments)],
            env=environment_of(self.folder / "scratch"),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def status(self) -> dict:
        run = self.spine("status", "--raw", self.raw, "--json")
        assert run.code == 0, run.all_text
        return json.loads(run.out)

    def mark(self) -> tuple:
        """What changes whenever another file is put in place."""
        status = self.store.db.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.store.db), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def no_traces(self) -> None:
        """No lock, and nothing half written."""
        assert not self.store.lock.exists() and not self.store.watch_lock.exists()
        hidden = [path for path in self.folder.rglob(".*") if path.parent.name != "scratch" and path.is_file()]
        assert not hidden
        assert not list(self.folder.rglob("*.wal"))


@pytest.fixture(scope="session")
def published_once(tmp_path_factory, sample_raw) -> Shop:
    """The sample shop, published as of the day before SAMPLE_DAY and then as of SAMPLE_DAY; copy it to change it."""

    def make(folder: Path) -> None:
        shop = Shop(folder / "shop")
        shutil.copytree(sample_raw, shop.raw)
        for day in (SAMPLE_DAY - datetime.timedelta(days=1), SAMPLE_DAY):
            run = shop.refresh(day=day)
            assert run.code == 0, run.all_text
        (folder / "out").write_text(run.out)

    return Shop(once(tmp_path_factory, "published", make) / "shop")


@pytest.fixture
def shop(published_once, tmp_path) -> Shop:
    """A copy of the published shop that may be changed; files keep their times, but their places are new."""
    copy = Shop(tmp_path / "shop")
    shutil.copytree(published_once.folder, copy.folder, ignore=shutil.ignore_patterns("scratch", "working.duckdb"))
    for account in copy.store.runs.iterdir():
        account.write_text(account.read_text().replace(str(published_once.raw), str(copy.raw)))
    return copy


# What is published


def test_the_published_file_holds_the_marts_and_nothing_else(published_once):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published_once.store.db}' as published (read_only)")
        connection.execute(f"attach '{published_once.store.working}' as working (read_only)")
        schemas = "select distinct schema_name from duckdb_tables() where database_name = 'published'"
        assert connection.execute(schemas).fetchall() == [("marts",)]
        published, working = (set(mart_names(connection, name)) for name in ("published", "working"))
        assert published == working | {"publication", "runs"}
        views, of_working = (mart_views(connection, name) for name in ("published", "working"))
        assert set(views) == set(of_working) == {"segment_changes"}
    assert differing_marts(published_once.store.db, published_once.store.working) == {}


def test_the_published_file_says_what_it_is(published_once):
    ((run_id, as_of, rules, published_at, full_run_id),) = published_once.query("from marts.publication")
    assert full_run_id == run_id
    assert as_of == SAMPLE_DAY and len(rules) == 12
    *_, newest = published_once.query("select * from marts.runs order by run_id")
    columns = [name for (name,) in published_once.query("select column_name from (describe marts.runs)")]
    account = dict(zip(columns, newest, strict=True))
    assert account["run_id"] == run_id and account["as_of_date"] == as_of and account["rule_version"] == rules
    assert account["result"] == "published"
    assert account["started_at"] < account["ended_at"] <= published_at
    assert {"check", "build", "models", "tests"} <= account["stage_seconds"].keys()
    assert account["nodes"]["models success"] > 80 and account["nodes"]["tests pass"] > 100
    reconciliation = published_once.query(
        "select table_name, raw_rows, quarantined_rows from marts.source_reconciliation"
    )
    assert account["files"] == {"new": 0, "changed": 0, "missing": 0}  # only the day was new
    assert account["rows_in"] == {table: rows for table, rows, _ in reconciliation}
    assert account["rows_set_aside"] == {table: rows for table, _, rows in reconciliation}


def test_older_readers_can_open_the_published_file(published_once):
    header = published_once.store.db.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == OF_DUCKDB_1_1


def test_every_mart_is_as_of_the_day_of_the_publication(published_once):
    marts = published_once.query("""
        select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'as_of_date'
    """)
    assert len(marts) > 12
    for (mart,) in marts:
        if mart != "runs":
            assert published_once.query(f"select distinct as_of_date from marts.{mart}") in ([], [(SAMPLE_DAY,)]), mart


def test_a_refresh_says_who_moved_before_it_says_that_it_has_published(published_once):
    stamped = (published_once.folder.parent / "out").read_text().splitlines()
    lines = [line.split(" ", 1)[1] for line in stamped]
    (moved,) = [place for place, line in enumerate(lines) if line.startswith("moved since 2026-06-29: ")]
    assert lines[moved - 1].startswith("seeds: ") and lines[-1].startswith("published; ")


def test_nothing_is_left_behind(published_once):
    published_once.no_traces()


# Who can read what


@contextlib.contextmanager
def umask_of(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes_below(folder: Path, pattern: str = "*") -> dict[str, int]:
    paths = [path for path in folder.rglob(pattern) if not path.is_symlink()]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in paths}


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o027, 0o077], ids=oct)
def test_what_is_published_can_be_read_by_whom_the_umask_lets_and_written_by_nobody(mask, published_once, tmp_path):
    store = Store(tmp_path / "shop.duckdb")
    store.home.mkdir()
    shutil.copy(published_once.store.working, store.working)
    (run,) = [run for run in load_all(published_once.store) if run.as_of_date == SAMPLE_DAY.isoformat()]
    with umask_of(mask):
        write_version(store, run, [])
        switch_to(store, run.run_id)
        copy_to_parquet(store, run.run_id, tmp_path / "copies", keep=1)
    published = {**modes_below(store.versions), **modes_below(tmp_path, "shop.duckdb")}
    copies = modes_below(tmp_path / "copies", "*.parquet")
    assert len(published) == 2 and len(copies) > 12
    assert set(published.values()) | set(copies.values()) == {0o444 & ~mask}


def test_nothing_that_a_refresh_writes_is_wider_than_the_umask(published_once, tmp_path):
    shop = Shop(tmp_path / "shop")
    shutil.copytree(published_once.raw, shop.raw)
    duckdb.sql(f"from '{shop.raw}/customers.parquet'").write_csv(str(shop.raw / "customers.csv"))
    (shop.raw / "customers.parquet").unlink()
    with umask_of(0o027):
        run = shop.refresh("--parquet", shop.folder / "copies")
    assert run.code == 0, run.all_text
    modes = {
        place: mode for place, mode in modes_below(shop.folder).items() if not place.startswith(("raw", "scratch"))
    }
    home = shop.store.home.name
    assert {f"{home}/working.duckdb", f"{home}/working.duckdb.checked.json"} <= modes.keys()
    assert any(place.startswith(f"{home}/working.duckdb.landed/") for place in modes)
    assert {place: oct(mode) for place, mode in modes.items() if mode & 0o027} == {}


# When nothing is new

STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def says(run: Run, text: str) -> bool:
    """Whether what is printed begins so, after the time that begins each line."""
    return all(re.match(f"{STAMP} .", line) for line in run.all_text.splitlines()) and text in run.out.split("\n")[0]


def test_a_refresh_with_nothing_new_changes_nothing(shop):
    first = shop.refresh()  # the copied files are at new places
    assert first.code == 0, first.all_text
    warned = first.out.count(" WARN test ")
    assert shop.status()["warnings"] == warned > 0
    assert f"warnings: {warned} test" in shop.spine("status").out
    before, accounts = shop.mark(), len(load_all(shop.store))
    again = shop.refresh()
    assert again.code == 0
    assert says(again, "nothing is new; ")
    assert shop.mark() == before and len(load_all(shop.store)) == accounts
    assert shop.status()["pending"] == {
        "new_files": 0, "changed_files": 0, "missing_files": 0, "consent_files": [], "newer_than_rollback": [],
        "rules_changed": False,
    }  # fmt: skip
    shop.no_traces()

    (shop.raw / "weather.csv").write_text("belongs to no table\n")
    assert shop.status()["pending"]["new_files"] == 0
    newer = shop.raw / "products.parquet"
    duckdb.sql(f"copy (from '{newer}' order by 1 desc) to '{newer}.new' (format parquet)")
    Path(f"{newer}.new").replace(newer)
    assert shop.status()["pending"]["changed_files"] == 1


def test_parquet_copies_are_complete_sets(published_once, tmp_path):
    folder, others = tmp_path / "copies", tmp_path / "copies" / "mine"
    others.mkdir(parents=True)
    for _ in range(2):
        run = published_once.refresh("--parquet", folder, "--keep", 1)
        assert run.code == 0 and says(run, "nothing is new; "), run.all_text
    run_id = read_publication(published_once.store).run_id
    assert (folder / "latest").resolve() == folder / run_id
    assert sorted(path.name for path in folder.iterdir()) == sorted(["latest", "mine", run_id])
    marts = published_once.query("select table_name from information_schema.tables where table_schema = 'marts'")
    assert {path.stem for path in (folder / run_id).iterdir()} == {name for (name,) in marts}
    for (mart,) in marts:
        copied = duckdb.sql(f"from '{folder}/latest/{mart}.parquet'").fetchall()
        # A view has no order of its own.
        assert sorted(copied, key=repr) == sorted(published_once.query(f"from marts.{mart}"), key=repr)

    (tmp_path / "file").write_text("x")
    run = published_once.refresh("--parquet", tmp_path / "file")
    assert run.code == 2 and "--parquet " in run.err and "cannot be written" in run.err


# What is refused leaves the published file as it is


def test_a_feed_that_is_much_too_small_is_refused(shop):
    before = shop.mark()
    (shop.raw / "events.parquet").unlink()
    orders = shop.raw / "orders.parquet"
    duckdb.sql(f"copy (from '{orders}' limit 10) to '{orders}.new' (format parquet)")
    Path(f"{orders}.new").replace(orders)
    run = shop.refresh()
    assert run.code == 4, run.all_text
    assert "orders: 10 rows where the published run had" in run.err
    assert "events: 0 rows where the published run had" in run.err
    assert "--min-volume 0" in run.err
    assert shop.mark() == before
    assert [failure["result"] for failure in shop.status()["last_failures"]] == ["refused"]
    shop.no_traces()


def test_each_table_must_bring_its_own_rows(shop):
    """A table that is much too small is refused also where others bring so many more that the sum is as great."""
    before = shop.mark()
    tickets, events = shop.raw / "support_tickets.parquet", shop.raw / "events.parquet"
    for path, query in ((tickets, f"from '{tickets}' limit 3"), (events, f"from '{events}' union all from '{events}'")):
        duckdb.sql(f"copy ({query}) to '{path}.new' (format parquet)")
        Path(f"{path}.new").replace(path)
    run = shop.refresh()
    assert run.code == 4, run.all_text
    assert "support_tickets: 3 rows where the published run had" in run.err
    assert "events: " not in run.err
    assert shop.mark() == before


def test_input_that_breaks_the_contract_is_refused(shop):
    before = shop.mark()
    (shop.raw / "orders.parquet").unlink()
    (shop.raw / "orders.csv").write_text("order_id,customer_id\n1,c1\n")
    run = shop.refresh()
    assert run.code == 4
    assert "required column 'ordered_at' is missing" in run.err
    assert shop.mark() == before
    assert shop.status()["last_failures"][0]["reason"].startswith("orders.csv: ")
    shop.no_traces()


def test_what_fails_its_tests_is_not_published(shop):
    before = shop.mark()
    rules = shop.folder / "rules"
    rules.mkdir()
    bounds = (Path(__file__).parents[2] / "seeds/rules/segment_bounds.csv").read_text().splitlines()
    header, row = bounds[0].split(","), bounds[1].split(",")
    wrong = {"min_share_error": "0.99", "min_share_warn": "0.99", "max_share_error": "1", "max_share_warn": "1"}
    (shop.folder / "rules" / "segment_bounds.csv").write_text(
        "\n".join([bounds[0], ",".join(wrong.get(name, value) for name, value in zip(header, row, strict=True))]) + "\n"
    )
    run = shop.refresh("--rules", rules)
    assert run.code == 1, run.all_text
    assert "FAIL test segment_shares_within_error_bounds" in run.out
    assert "not published; " in run.out
    assert shop.mark() == before
    (failure,) = shop.status()["last_failures"]
    assert failure["result"] == "failed" and "segment_shares_within_error_bounds" in failure["reason"]
    shop.no_traces()


def test_a_database_of_another_kind_is_not_replaced(tmp_path):
    shop = Shop(tmp_path)
    shop.raw.mkdir()
    with duckdb.connect(str(shop.store.db)) as connection:
        connection.execute("create table mine as select 1")
    before = shop.mark()
    for command in ("rollback", "status"):
        run = shop.spine(command)
        assert run.code == 2 and "was not published by `spine refresh`" in run.err
        assert "Name one that was published; `refresh`, `watch` and `backfill` also take a name that" in run.err
    run = shop.spine("watch", "--raw", shop.raw)
    assert run.code == 2 and "was not published by `spine refresh`" in run.err
    assert not shop.store.home.exists()
    run = shop.refresh()
    assert run.code == 2 and "was not published by `spine refresh`" in run.err
    assert shop.mark() == before


def test_a_published_database_is_not_built_into(published_once):
    run = run_spine(
        "build", "--raw", published_once.raw, "--db", published_once.store.db, scratch=published_once.folder / "scratch"
    )
    assert run.code == 2 and "is published by `spine refresh`" in run.err


def test_a_log_beside_the_published_file_is_not_overwritten(shop):
    log = Path(f"{shop.store.db}.wal")
    log.write_bytes(b"x")
    run = shop.spine("rollback")
    assert run.code == 2 and "has opened the published database for writing" in run.err
    assert log.read_bytes() == b"x"


# Versions


def test_rollback_puts_the_version_before_in_place(shop):
    older, newer = kept_versions(shop.store)
    with duckdb.connect(str(shop.store.db), read_only=True) as reader:
        run = shop.spine("rollback")
        assert run.code == 0, run.all_text
        assert "withdrawals of consent since then are out of force" in run.out and f"rollback --to {newer}`" in run.out
        assert reader.execute("select run_id from marts.publication").fetchall() == [(newer,)]  # undisturbed
    assert read_publication(shop.store).run_id == older
    assert shop.query("select distinct as_of_date from marts.customers") == [(SAMPLE_DAY - datetime.timedelta(days=1),)]
    run = shop.spine("rollback")
    assert run.code == 2
    assert f"there is no version before {older}; those that can be read are {older}, {newer}." in run.err
    run = shop.spine("rollback", "--to", "nonsense")
    assert run.code == 2 and "there is no version nonsense" in run.err
    run = shop.spine("rollback", "--to", newer)
    assert run.code == 0 and "out of force" not in run.out
    assert read_publication(shop.store).run_id == newer
    shop.no_traces()


def test_of_three_versions_the_one_before_or_the_named_one_is_put_in_place(shop):
    oldest, older = kept_versions(shop.store)
    newest = f"{older}-again"
    version = shop.store.version(newest)
    shutil.copyfile(shop.store.version(older), version)
    with duckdb.connect(str(version)) as connection:
        connection.execute("update marts.publication set run_id = ?", [newest])
    assert shop.spine("rollback", "--to", newest).code == 0
    assert shop.spine("rollback").code == 0
    assert read_publication(shop.store).run_id == older
    assert shop.spine("rollback", "--to", newest).code == 0
    run = shop.spine("rollback", "--to", oldest)
    assert run.code == 0 and f"rollback --to {newest}`" in run.out
    assert read_publication(shop.store).run_id == oldest
    assert kept_versions(shop.store) == [oldest, older, newest]


def test_rollback_helps_where_the_published_file_is_damaged_or_gone(shop):
    older, newer = kept_versions(shop.store)
    run = shop.spine("rollback", "--to", older)
    assert run.code == 0, run.all_text
    shop.store.version(newer).chmod(0o644)
    shop.store.version(newer).write_bytes(b"spoiled" * 1000)
    run = shop.spine("rollback", "--to", newer)
    assert run.code == 2 and f"version {newer}: is not a DuckDB database" in run.err
    assert read_publication(shop.store).run_id == older

    shop.store.db.unlink()
    shop.store.db.write_bytes(b"spoiled" * 1000)
    run = shop.spine("status")
    assert run.code == 1 and "published: nothing" not in run.out
    assert f"`spine rollback --to {older}` puts a kept version in its place" in run.out
    for _ in ("damaged", "gone"):
        assert shop.spine("rollback", "--to", older).code == 0
        assert read_publication(shop.store).run_id == older
        shop.store.db.unlink()
    said = shop.spine("status").out
    assert f"published: nothing; `spine rollback --to {older}` puts a kept version in its place" in said
    run = shop.spine("status", "--verify")
    assert run.code == 1 and "published: nothing; " in run.out and f"cannot be read: version {newer}: " in run.out
    shop.store.version(older).chmod(0o644)
    shop.store.version(older).write_bytes(b"spoiled" * 1000)
    assert "published: nothing\n" in shop.spine("status").out


def test_nothing_of_an_earlier_working_database_is_used(shop):
    older, _ = kept_versions(shop.store)
    shop.store.working.write_bytes(b"spoiled" * 1000)
    run = shop.refresh(day=SAMPLE_DAY - datetime.timedelta(days=1))
    assert run.code == 0, run.all_text
    assert differing_marts(shop.store.db, shop.store.version(older)) == {}
    shop.no_traces()


def damage(db: Path, table: str, in_silence: bool = False) -> None:
    """Overwrites a part of a block that holds rows of a table; `in_silence` as a bad disk does it, without a trace."""
    with duckdb.connect(str(db), read_only=True) as connection:
        query = f"select min(block_id) from pragma_storage_info('{table}') where block_id >= 0"
        (block,) = connection.execute(query).fetchall()[0]
    before = db.stat()
    db.chmod(0o644)
    with db.open("r+b") as file:
        file.seek(FILE_HEADERS + block * BLOCK + BLOCK // 2)
        file.write(b"spoiled" * 10)
    db.chmod(stat.S_IMODE(before.st_mode))
    if in_silence:
        os.utime(db, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_published_file_damaged_in_the_middle_is_told_and_never_gone_back_to(shop):
    older, newer = kept_versions(shop.store)
    shop.store.db.unlink()
    shop.store.db.hardlink_to(shop.store.version(newer))  # as publishing leaves them: damaged together
    damage(shop.store.db, "marts.customers")
    said = f"--db {shop.store.db}: marts.customers cannot be read: the file is damaged."
    for command in ("status", "refresh"):
        run = shop.refresh() if command == "refresh" else shop.spine(command)
        assert run.code == (2 if command == "refresh" else 1), run.all_text
        assert f"{said} `spine rollback --to {older}` puts a kept version in its place." in run.all_text
        assert "nothing is new" not in run.out

    run = shop.spine("rollback", "--to", newer)
    assert run.code == 2 and f"those that can be read are {older}." in run.err, run.all_text
    run = shop.spine("rollback")
    assert run.code == 0, run.all_text
    assert f"passed over: version {newer}: marts.customers cannot be read" in run.out
    assert read_publication(shop.store).run_id == older
    for said in (run.out, shop.spine("status").out):
        assert f"version {newer} cannot be read" in said and "rollback --to" not in said
    run = shop.spine("rollback")
    assert run.code == 2 and f"those that can be read are {older}." in run.err


def test_damage_without_a_trace_is_found_by_verifying(shop):
    older, newer = kept_versions(shop.store)
    run = shop.spine("status", "--verify")
    assert run.code == 0 and "verified: the published file and all versions were read whole" in run.out
    damage(shop.store.db, "marts.segment_members", in_silence=True)
    damage(shop.store.version(older), "marts.channel_eligibility", in_silence=True)
    assert shop.spine("status").code == 0, "as docs/refresh.md says"
    run = shop.spine("status", "--verify", "--json")
    assert run.code == 1
    assert [fault.split(": the file")[0] for fault in json.loads(run.out)["unreadable"]] == [
        f"--db {shop.store.db}: marts.segment_members cannot be read",
        f"version {older}: marts.channel_eligibility cannot be read",
    ]
    before = shop.mark()
    run = shop.spine("rollback")
    assert run.code == 2 and f"those that can be read are {newer}." in run.err, run.all_text
    assert shop.mark() == before


def test_a_version_is_read_whole_before_it_is_put_in_place(shop):
    older, _ = kept_versions(shop.store)
    before = shop.mark()
    damage(shop.store.version(older), "marts.customers", in_silence=True)
    with pytest.raises(DamagedPublication, match=f"version {older}: marts.customers cannot be read"):
        switch_to(shop.store, older)
    assert shop.mark() == before


def test_a_published_file_that_was_copied_back_is_read_once(shop):
    shutil.copy(shop.store.db, shop.folder / "copy")
    (shop.folder / "copy").replace(shop.store.db)
    published = read_publication(shop.store)
    refuse_damaged(shop.store, published)
    damage(shop.store.db, "marts.customers", in_silence=True)
    refuse_damaged(shop.store, published)  # not read again
    with pytest.raises(DamagedPublication):
        refuse_damaged(shop.store, published, is_anew=True)


def test_where_no_version_can_be_read_the_way_on_is_told(shop):
    for run_id in kept_versions(shop.store):
        damage(shop.store.version(run_id), "marts.customers")
    damage(shop.store.db, "marts.customers")
    for run in (shop.spine("status"), shop.refresh()):
        assert run.code and "remove the file, and `spine refresh` builds and publishes all anew" in run.all_text
    run = shop.spine("rollback")
    assert run.code == 2 and "no kept version can be read" in run.err


def test_what_was_rolled_back_to_stays_until_newer_input_comes(shop, monkeypatch, capsys, tmp_path):
    def refresh(*options: object, day: datetime.date = SAMPLE_DAY) -> tuple[bool, str]:
        """Whether a refresh goes on to look at its input, and what it says."""
        arguments = ["--raw", shop.raw, "--db", shop.store.db, "--as-of", day, *options]
        return main(["refresh", *map(str, arguments)]) == 4, capsys.readouterr().out

    def stop_there(*_: object) -> None:
        raise InputRefused(["it goes on"])

    monkeypatch.setattr(refresh_module, "_listed", stop_there)
    older, newer = kept_versions(shop.store)
    assert "stays until newer raw files come" in shop.spine("rollback").out
    assert shop.status()["rolled_back_from"] == newer
    assert "rolled back from: run" in shop.spine("status").out
    before, rules = shop.mark(), tmp_path / "rules"
    rules.mkdir()
    (rules / "vars.yml").write_text("reporting_currency: EUR\n")
    earlier = SAMPLE_DAY - datetime.timedelta(days=2)
    monkeypatch.setattr(fingerprint, "project_version", lambda: "another")
    for options, day in (
        ((), SAMPLE_DAY),
        ((), earlier),
        (("--rules", rules), SAMPLE_DAY),
        (("--full-refresh",), SAMPLE_DAY),
    ):
        is_going_on, said = refresh(*options, day=day)
        assert not is_going_on and shop.mark() == before
        assert f"run {older}), rolled back from run {newer}: it stays until newer raw files come" in said
        assert "`spine refresh --end-rollback`" in said and f"`spine rollback --to {newer}`" in said
    assert refresh("--end-rollback")[0]

    second, is_delta = shop.raw / "products.csv", shop.raw / "subscriptions/_delta_log"
    second.write_text("product_id,category\np1,shoes\n")
    assert refresh()[0], "a table that is brought twice is refused, not passed over"
    assert shop.status()["pending"]["newer_than_rollback"] == ["products.csv"]
    second.unlink()
    is_delta.mkdir(parents=True)
    assert refresh()[0]
    shutil.rmtree(is_delta.parent)
    (shop.raw / "events.parquet").unlink()
    assert not refresh()[0], "what is gone is no newer input"
    assert shop.status()["pending"]["newer_than_rollback"] == []
    products = shop.raw / "products.parquet"
    shutil.copy(products, shop.folder / "replaced")
    (shop.folder / "replaced").replace(products)
    assert refresh()[0]
    assert shop.status()["pending"]["newer_than_rollback"] == ["products.parquet"]
    assert "newer raw files have come: products.parquet" in shop.spine("status", "--raw", shop.raw).out


def test_a_version_that_was_rolled_back_to_before_it_was_noted_stays_too(shop):
    older, newer = kept_versions(shop.store)
    switch_to(shop.store, older)
    published, files = read_publication(shop.store), runs_module.files_read(shop.store)
    assert newer_input(shop.store, published, files) == []
    assert newer_input(shop.store, published, {**files, "events/new.parquet": [1]}) == ["events/new.parquet"]
    note_rollback(shop.store, newer, None)  # of another version
    assert newer_input(shop.store, published, {}) == []


def test_a_link_to_the_database_stays_a_link(shop):
    link = shop.folder / "link.duckdb"
    link.symlink_to(shop.store.db)
    run = run_spine("rollback", "--db", link, scratch=shop.folder / "scratch")
    assert run.code == 0, run.all_text
    assert link.is_symlink() and read_publication(Store(link)) == read_publication(shop.store)
    assert shop.query("select as_of_date from marts.publication") == [(SAMPLE_DAY - datetime.timedelta(days=1),)]


def test_runs_are_in_order_also_where_the_clock_goes_back(shop):
    later = "20990101T000000-000000"
    (shop.store.runs / f"{later}.json").write_text(
        json.dumps({"run_id": later, "command": "refresh", "started_at": "2099-01-01T00:00:00Z", "result": "failed"})
    )
    assert new_run(shop.store, "refresh").run_id == "20990101T000000-000001"


@pytest.mark.parametrize("spoiled", ["[]", '{"files": []}', "{", "", '{"run_id": "../../x"}'])
def test_spoiled_notes_are_no_notes(shop, spoiled):
    store = shop.store
    for path in (store.files_read, store.files_being_read, store.runs / "20200101T000000-000000.json"):
        path.write_text(spoiled)
    assert tidy_up(store) == read_publication(store)
    assert runs_module.files_read(store) == {}
    state = shop.status()
    assert state["pending"]["new_files"] > 0 and state["pending"]["missing_files"] == 0
    assert not (store.home / "x.json").exists()


def test_spoiled_accounts_are_left_out(shop):
    accounts = load_all(shop.store)
    spoiled = json.loads((shop.store.runs / f"{accounts[-1].run_id}.json").read_text(encoding="utf-8"))
    run_id = "20990101T000000-000000"
    for name, text in {
        "99999999T999999-999999": "{}",
        run_id: json.dumps({**spoiled, "run_id": run_id, "files": None, "fingerprint": 5}),
    }.items():
        (shop.store.runs / f"{name}.json").write_text(text, encoding="utf-8")
    for number, wrong in enumerate([{"rows_in": {"orders": "many"}}, {"started_at": "noon"}, {"as_of_date": "today"}]):
        path = shop.store.runs / f"20200101T000000-00000{number}.json"
        path.write_text(json.dumps({**spoiled, "run_id": path.stem, **wrong}), encoding="utf-8")
    assert load_all(shop.store) == accounts
    assert new_run(shop.store, "refresh").run_id == "20990101T000000-000001"


def test_rules_that_are_forgotten_are_told_before_the_day_that_follows_from_their_time_zone(tmp_path):
    store = Store(tmp_path / "shop.duckdb")
    with only_run(store, "refresh"):
        run = new_run(store, "refresh", SAMPLE_DAY)
        run.rules_dir = "/data/rules"
        run.end(runs_module.PUBLISHED)
        runs_module.save(store, run)
    with duckdb.connect(str(store.db)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.publication as select "
            "? as run_id, cast(? as date) as as_of_date, 'own' as rule_version, now() as published_at",
            [run.run_id, SAMPLE_DAY],
        )
    day_before = SAMPLE_DAY - datetime.timedelta(days=1)
    request = RefreshRequest(store.db, tmp_path, day_before, is_day_given=False)
    with pytest.raises(UsageError, match="Name the rules: --rules /data/rules goes on with them"):
        refresh_module.refresh(request, Console(quiet=True))
    with pytest.raises(UsageError, match=f"Name the day: --as-of {SAMPLE_DAY} goes on with it"):
        refresh_module.refresh(dataclasses.replace(request, rules_dir=tmp_path), Console(quiet=True))


@pytest.mark.parametrize("spoiled", ["[1]", "{}", '{"process": 1}'])
def test_a_spoiled_lock_names_nobody(shop, spoiled):
    with only_run(shop.store, "refresh"):
        shop.store.lock.write_text(spoiled)
        run = shop.spine("rollback")
        assert run.code == 3 and "another process is at work" in run.err
        assert shop.spine("status").code == 0


# For schedulers


def test_a_quiet_run_says_only_what_is_wrong(published_once, shop, capsys, monkeypatch):
    run = published_once.refresh("--quiet")
    assert (run.code, run.all_text) == (0, "")
    (shop.raw / "orders.parquet").unlink()
    run = shop.refresh("--quiet")
    assert run.code == 4 and run.out == "" and "the table is required and is missing" in run.err
    assert all(re.match(f"{STAMP} .", line) for line in run.err.splitlines())

    failed = new_run(shop.store, "refresh")
    failed.end(runs_module.FAILED, "a_test")
    outcome = Outcome(failed, None, problems=["FAIL test a_test: 1 row", "    a_row"])
    monkeypatch.setattr(refresh_module, "refresh", lambda *_: outcome)
    assert main(["refresh", "--raw", str(shop.raw), "--db", str(shop.store.db), "--quiet"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("Z ", 1)[1] for line in lines] == [*outcome.problems, "not published: a_test"]


def test_a_quiet_watch_says_only_what_is_wrong(shop, monkeypatch):
    said = iter(["published run 1", "refused: a", "waits: b", "published run 2; set aside: c", "failed: d"])
    looks = iter("abcdef")

    def pause(*_: object) -> None:
        if next(looks) == "e":
            raise KeyboardInterrupt

    monkeypatch.setattr(watch_module, "_look", lambda _: object())
    monkeypatch.setattr(watch_module, "_cycle", lambda *_: (next(said), True))
    monkeypatch.setattr(watch_module.time, "sleep", pause)
    request = RefreshRequest(shop.store.db, shop.raw, SAMPLE_DAY)
    with pytest.raises(KeyboardInterrupt):
        watch_module.watch(lambda: request, 1, Console(file=(printed := io.StringIO())), is_quiet=True)
    assert printed.getvalue().splitlines() == ["refused: a", "published run 2; set aside: c", "failed: d"]


def test_a_watch_whose_report_has_no_place_ends_at_once(shop, tmp_path):
    (tmp_path / "file").write_text("no folder")
    for out, fault in ((tmp_path, "is a folder"), (tmp_path / "file" / "page.html", "Not a directory")):
        request = RefreshRequest(shop.store.db, shop.raw, SAMPLE_DAY, report_file=out)
        with pytest.raises(UsageError, match=fault):
            watch_module.watch(lambda request=request: request, 1, Console(quiet=True))


@pytest.mark.parametrize(
    ("said_of_the_day_over", "begins_next"), [("published run 1", False), ("waits: b", False), ("nothing is new", True)]
)
def test_watch_ends_a_day_in_full_before_it_begins_next(published_once, monkeypatch, said_of_the_day_over, begins_next):
    asked = []

    def refreshed(_store: Store, _before: object, request: RefreshRequest) -> tuple[str, bool]:
        asked.append((request.as_of, request.may_slice))
        return (said_of_the_day_over if request.as_of == SAMPLE_DAY else "published run 2"), True

    monkeypatch.setattr(watch_module, "_refreshed", refreshed)
    next_day = SAMPLE_DAY + datetime.timedelta(days=1)
    request = RefreshRequest(published_once.store.db, published_once.raw, next_day, may_slice=True)
    line, is_final = watch_module._cycle(request)
    assert asked == [(SAMPLE_DAY, False), *([(next_day, True)] if begins_next else [])]
    assert (line, is_final) == (("published run 2", True) if begins_next else (said_of_the_day_over, False))
    # Of the day that is running nothing is over.
    asked.clear()
    watch_module._cycle(dataclasses.replace(request, as_of=SAMPLE_DAY))
    assert asked == [(SAMPLE_DAY, True)]


def test_status_fails_when_what_is_published_is_old_or_the_last_run_did_not_end_well(shop):
    def status(hours: str) -> Run:
        return shop.spine("status", "--fail-if-older-than", hours)

    assert status("1").code == 0
    run = status("0.0001")
    assert run.code == 1 and "ago; at most 0.0001 hours are allowed" in run.err and "published: run" in run.out
    for result, code in ((runs_module.INTERRUPTED, 0), (runs_module.REFUSED, 1)):
        ended = new_run(shop.store, "refresh")
        ended.end(result, "orders.csv: is not UTF-8")
        runs_module.save(shop.store, ended)
        assert status("1").code == code
    run = status("1")
    assert f"the last run did not end well: refused: run {ended.run_id}: orders.csv: is not UTF-8" in run.err
    run = run_spine("status", "--db", shop.folder / "new.duckdb", "--fail-if-older-than", "1", scratch=shop.folder)
    assert run.code == 1 and "nothing is published" in run.err


# One run at a time


def test_what_lies_where_the_folder_of_runs_must_be_is_told(tmp_path):
    store = Store(tmp_path / "x.duckdb")
    store.home.write_text("in the way")
    with pytest.raises(UsageError, match="move it away"), only_run(store, "refresh"):
        pass


def test_who_only_asks_for_the_holder_holds_nobody_off(tmp_path):
    store = Store(tmp_path / "x.duckdb")
    store.home.mkdir()
    with store.lock.open("w") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        threading.Timer(0.3, lambda: fcntl.flock(asking, fcntl.LOCK_UN)).start()
        with only_run(store, "refresh"):
            assert holder(store.lock)["command"] == "refresh"


def test_a_second_run_is_refused_or_waits(shop, monkeypatch):
    with only_run(shop.store, "refresh"):
        assert holder(shop.store.lock)["process"] == os.getpid()
        for command in ("refresh", "rollback"):
            run = shop.refresh() if command == "refresh" else shop.spine(command)
            assert run.code == 3
            assert f"process {os.getpid()} (spine refresh since " in run.err
        assert shop.status()["at_work"]["process"] == os.getpid()
        waited = shop.spine("rollback", "--wait", "0.5")
        assert waited.code == 3
    held, pauses = contextlib.ExitStack(), []
    held.enter_context(only_run(shop.store, "refresh"))

    def end_the_other(seconds: float) -> None:
        pauses.append(seconds)
        held.close()

    monkeypatch.setattr(time, "sleep", end_the_other)
    assert main(["rollback", "--wait", "--db", str(shop.store.db)]) == 0 and pauses
    assert holder(shop.store.lock) is None
    shop.no_traces()


# Watching


def test_watch_publishes_what_lands_and_stops_when_told(shop):
    process = subprocess.Popen(
        [
            str(BIN_DIR / "spine"), "watch", "--raw", str(shop.raw), "--db", str(shop.store.db),
            "--as-of", SAMPLE_DAY.isoformat(), "--every", "0.2", "--keep", "1",
        ],
        env=environment_of(shop.folder / "scratch"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    assert "nobody moved" in process.stdout.readline()  # the copied files are at new places

    (shop.raw / "products.csv").write_text("x")  # a table brought twice
    assert "refused: products: found products.csv and products.parquet" in process.stdout.readline()
    orders = shop.raw / "orders.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table orders as from '{orders}'")
        connection.execute(f"""
            insert into orders by name
            select 'new order' as order_id, 'new customer' as customer_id, max(ordered_at) as ordered_at, 5 as amount
            from orders where ordered_at < timestamp '{SAMPLE_DAY}'
        """)
        connection.execute(f"copy orders to '{shop.folder}/orders.new' (format parquet)")
    (shop.folder / "orders.new").replace(orders)
    (shop.raw / "products.csv").unlink()
    line = next(line for line in process.stdout if "published run" in line)
    assert f"published run {read_publication(shop.store).run_id} as of {SAMPLE_DAY}: " in line and " moves: " in line
    assert shop.query("select customer_id from marts.customers where customer_id = 'new customer'")

    assert shop.status()["watched_by"]["process"] == process.pid
    second = shop.spine("watch", "--raw", shop.raw)
    assert second.code == 3 and f"process {process.pid} (spine watch since " in second.err

    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - started < 10
    assert re.fullmatch(f"{STAMP} stopped\n", process.stdout.read())
    shop.no_traces()


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def obey_permissions() -> None:
    """In the child only: root, who may read and write everywhere, becomes a user like others."""
    if os.geteuid() == 0:
        library = ctypes.CDLL(None)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            assert library.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0


@pytest.mark.parametrize(
    ("locked", "mode", "said"),
    [
        ("shop.duckdb.spine", 0o555, "lock: Permission denied"),
        ("shop.duckdb.spine/versions", 0o555, "may not be written"),
        ("raw", 0o000, "raw: Permission denied"),
        ("raw/orders.parquet", 0o000, "orders.parquet"),
    ],
)
def test_what_may_not_be_written_or_read_is_named(shop, locked, mode, said):
    before = shop.mark()
    (shop.folder / "scratch").mkdir()
    (shop.folder / locked).chmod(mode)
    arguments = ("refresh", "--raw", shop.raw, "--db", shop.store.db, "--as-of", SAMPLE_DAY, "--full-refresh")
    ended = subprocess.run(
        [str(BIN_DIR / "spine"), *map(str, arguments)],
        env=environment_of(shop.folder / "scratch"),
        cwd=shop.folder,
        capture_output=True,
        text=True,
        preexec_fn=obey_permissions,
    )
    (shop.folder / locked).chmod(0o755)
    assert ended.returncode in (2, 4), ended.stdout + ended.stderr
    assert said in ended.stderr and "Traceback" not in ended.stderr, ended.stderr
    assert shop.mark() == before


# Crashes


def test_a_terminated_run_ends_soon_and_leaves_nothing(shop):
    before = shop.mark()
    shop.store.working.unlink(missing_ok=True)
    process = shop.start_refresh()
    wait_for(process, shop.store.working.parent, shop.store.working.name)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    assert shop.mark() == before
    assert shop.status()["last_failures"][0]["result"] == "interrupted"
    shop.no_traces()


def test_a_full_disk_is_told_and_publishes_nothing(shop):
    before = shop.mark()
    limit = 2_000_000  # bytes in one file; the working database needs more

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    ended = subprocess.run(
        [
            str(BIN_DIR / "spine"),
            "refresh",
            "--raw",
            str(shop.raw),
            "--db",
            str(shop.store.db),
            "--as-of",
            "2026-06-30",
        ],
        env=environment_of(shop.folder / "scratch"),
        preexec_fn=small_files,
        capture_output=True,
        text=True,
    )
    text = ended.stdout + ended.stderr
    assert ended.returncode == 1, text
    assert f"{shop.store.working}: cannot be written: the disk is full. Make room, then run" in ended.stderr
    assert "Traceback" not in text
    assert shop.mark() == before
    shop.no_traces()


def test_a_full_disk_is_accounted_as_a_run_that_failed(shop):
    run = new_run(shop.store, "refresh", SAMPLE_DAY)
    with pytest.raises(duckdb.IOException), refresh_module._accounted(shop.store, run):
        raise duckdb.IOException("Could not write file: No space left on device")
    assert run.result == runs_module.FAILED and "the disk is full. Make room" in run.reason


@contextlib.contextmanager
def no_file_above(limit: int) -> Iterator[None]:
    """A limit on the size of files, in bytes, stands for the full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [100, 40_000, 2_000_000], ids="{:,} bytes".format)
def test_a_disk_that_is_full_while_the_version_is_written_is_told(limit, published_once, shop):
    store, before = shop.store, (shop.mark(), kept_versions(shop.store))
    shutil.copy(published_once.store.working, store.working)
    run = new_run(store, "refresh", SAMPLE_DAY)
    with pytest.raises(DiskFull) as full, no_file_above(limit):
        write_version(store, run, [])
    assert full.value.exit_code == 1
    assert str(full.value).startswith(f"{store.version(run.run_id)}: cannot be written: the disk is full. Make room")
    assert (shop.mark(), kept_versions(store)) == before
    shop.no_traces()


def test_a_disk_that_is_full_while_the_account_is_written_is_told(shop):
    run = new_run(shop.store, "refresh", SAMPLE_DAY)
    with pytest.raises(DiskFull, match=rf"{run.run_id}\.json: cannot be written: the disk is full"), no_file_above(100):
        runs_module.save(shop.store, run)
    shop.no_traces()


@pytest.mark.parametrize("limit", [0, 3_000, 20_000], ids="{:,} bytes".format)
def test_a_disk_that_is_full_while_parquet_copies_are_written_is_told(limit, published_once, tmp_path, capsys):
    folder = tmp_path / "copies"
    arguments = ["--raw", published_once.raw, "--db", published_once.store.db, "--as-of", SAMPLE_DAY]

    def full(*given: object) -> None:
        with no_file_above(limit):
            copy_to_parquet(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refresh_module, "copy_to_parquet", full)
        assert main(["refresh", *map(str, arguments), "--parquet", str(folder)]) == 1
    said = (
        f"spine: --parquet {folder}: cannot be written: the disk is full. Make room, then run the same command again."
    )
    assert capsys.readouterr().err.strip().endswith(said)
    assert list(folder.iterdir()) == []
    assert main(["refresh", *map(str, arguments), "--parquet", str(folder)]) == 0
    assert (folder / "latest").resolve().is_dir()


WRITE_AND_DIE = """\
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("set wal_autocheckpoint = '1GB'; create table left_behind as from range(1000)")
os._exit(9)
"""


def test_what_a_killed_run_has_half_built_is_removed(tmp_path):
    store = Store(tmp_path / "shop.duckdb")
    store.home.mkdir()
    assert subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(store.working)]).returncode == 9
    log, spilled = Path(f"{store.working}.wal"), Path(f"{store.working}.tmp")
    assert log.exists()
    spilled.mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
    tidy_up(store)
    assert not (log.exists() or spilled.exists() or store.working.exists())


def test_a_version_put_in_place_while_duckdb_opens_the_file_is_read(tmp_path, monkeypatch):
    published, following, opened = tmp_path / "shop.duckdb", tmp_path / "next.duckdb", []
    for path in (published, following):
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create table found as select '{path.stem}' as name")
    connect = duckdb.connect

    def put_in_place_meanwhile(path: str, read_only: bool) -> duckdb.DuckDBPyConnection:
        opened.append(path)
        if len(opened) == 1:
            following.replace(published)
            raise duckdb.InternalException("Failed to load metadata pointer")
        return connect(path, read_only=read_only)

    monkeypatch.setattr(duckdb, "connect", put_in_place_meanwhile)
    with connect_read_only(published) as connection:
        assert connection.execute("select name from found").fetchall() == [("next",)]
    assert opened == [str(published)] * 2


def test_a_file_that_cannot_be_opened_is_opened_once(tmp_path, monkeypatch):
    published, opened = tmp_path / "shop.duckdb", []
    published.write_bytes(b"damaged")

    def fail(path: str, read_only: bool) -> duckdb.DuckDBPyConnection:
        opened.append(path)
        raise duckdb.IOException("not a valid DuckDB database")

    monkeypatch.setattr(duckdb, "connect", fail)
    with pytest.raises(duckdb.IOException):
        connect_read_only(published)
    assert len(opened) == 1


def test_readers_never_notice_a_refresh(shop):
    days = (SAMPLE_DAY - datetime.timedelta(days=1), SAMPLE_DAY)
    stop = shop.folder / "stop"
    readers = [
        subprocess.Popen(
            # The refresh goes first: eight readers without pause would leave it a fifth of the machine.
            ["nice", "-n", "19", sys.executable, str(READER), str(shop.store.db), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(8)
    ]
    for number in range(REFRESHES):
        run = shop.refresh(day=days[number % 2])
        assert run.code == 0, run.all_text
        run_id = read_publication(shop.store).run_id
        give_up_at = time.monotonic() + 60
        while not (shop.folder / f"seen-{run_id}").exists():
            assert time.monotonic() < give_up_at, "no reader has come to it"
            time.sleep(0.01)
    stop.touch()
    seen, reads, reopened = set(), 0, 0
    for reader in readers:
        said, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0, said.decode()
        count, again, *run_ids = said.decode().split()
        reads, reopened = reads + int(count), reopened + int(again)
        assert run_ids == sorted(run_ids)  # nobody goes back
        seen |= set(run_ids)
    assert len(seen) >= REFRESHES
    if REPORT:
        report = READ.format(refreshes=REFRESHES, seen=len(seen), reads=reads, reopened=reopened)
        Path(REPORT).write_text(report, encoding="utf-8")
