"""`spine refresh`, `rollback` and `status`: what is published is whole, tested, and stays until something better is."""

import ctypes
import datetime
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import BIN_DIR, SAMPLE_DAY, Run, environment_of, once, run_spine
from marts import differing_marts
from spine import runs as runs_module
from spine.errors import UsageError
from spine.publication import kept_versions, mart_names, read_publication
from spine.refresh import settle
from spine.run_lock import holder, only_run
from spine.runs import load_all, new_run, timestamp
from spine.store import Store

REFRESHES = int(os.environ.get("SPINE_REFRESHES", "10"))
REPORT = os.environ.get("SPINE_READERS_REPORT")
READ = """\
# Readers during refreshes

Written by `make readers`. Eight processes opened and read the published file without pause during {refreshes}
refreshes: {reads:,} reads, each of them of tables of one run and one day, none with an error. They saw {seen} versions,
and never an older one after a newer.
"""
READER = Path(__file__).with_name("published_reader.py")
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

    return Shop(once(tmp_path_factory, "published", make) / "shop")


@pytest.fixture
def shop(published_once, tmp_path) -> Shop:
    """A copy of the published shop that may be changed; files keep their times, but their places are new."""
    copy = Shop(tmp_path / "shop")
    shutil.copytree(published_once.folder, copy.folder, ignore=shutil.ignore_patterns("scratch", "working.duckdb"))
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
    assert account["nodes"]["models success"] > 80 and account["nodes"]["tests pass"] > 150
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


def test_nothing_is_left_behind(published_once):
    published_once.no_traces()


# When nothing is new


def test_a_refresh_with_nothing_new_changes_nothing(shop):
    first = shop.refresh()  # the copied files are at new places
    assert first.code == 0, first.all_text
    before, accounts = shop.mark(), len(load_all(shop.store))
    again = shop.refresh()
    assert again.code == 0
    assert again.out.startswith("nothing is new; ")
    assert shop.mark() == before and len(load_all(shop.store)) == accounts
    assert shop.status()["pending"] == {
        "new_files": 0, "changed_files": 0, "missing_files": 0, "consent_files": [], "rules_changed": False,
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
        assert run.code == 0 and run.out.startswith("nothing is new; "), run.all_text
    run_id = read_publication(published_once.store).run_id
    assert (folder / "latest").resolve() == folder / run_id
    assert sorted(path.name for path in folder.iterdir()) == sorted(["latest", "mine", run_id])
    marts = published_once.query("select table_name from duckdb_tables() where schema_name = 'marts'")
    assert {path.stem for path in (folder / run_id).iterdir()} == {name for (name,) in marts}
    for (mart,) in marts:
        assert duckdb.sql(f"from '{folder}/latest/{mart}.parquet'").fetchall() == published_once.query(
            f"from marts.{mart}"
        )

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
    assert run.code == 2 and f"there is no version before {older}; those kept are {older}, {newer}" in run.err
    run = shop.spine("rollback", "--to", "nonsense")
    assert run.code == 2 and "there is no version nonsense" in run.err
    run = shop.spine("rollback", "--to", newer)
    assert run.code == 0 and "out of force" not in run.out
    assert read_publication(shop.store).run_id == newer
    shop.no_traces()


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
    assert run.code == 2 and "`spine rollback` puts a kept version in its place" in run.err
    for _ in ("damaged", "gone"):
        assert shop.spine("rollback", "--to", older).code == 0
        assert read_publication(shop.store).run_id == older
        shop.store.db.unlink()


def test_nothing_of_an_earlier_working_database_is_used(shop):
    older, _ = kept_versions(shop.store)
    shop.store.working.write_bytes(b"spoiled" * 1000)
    run = shop.refresh(day=SAMPLE_DAY - datetime.timedelta(days=1))
    assert run.code == 0, run.all_text
    assert differing_marts(shop.store.db, shop.store.version(older)) == {}
    shop.no_traces()


def test_a_named_day_is_computed_also_after_a_rollback(shop):
    assert shop.spine("rollback").code == 0
    state = shop.status()
    assert state["rolled_back_from"] == kept_versions(shop.store)[-1]
    assert "rolled back from: run" in shop.spine("status").out
    run = shop.refresh()
    assert run.code == 0 and "published" in run.out
    assert read_publication(shop.store).as_of_date == SAMPLE_DAY.isoformat()
    assert shop.status()["rolled_back_from"] is None


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
    for path in (store.taken_in, store.taking_in, store.runs / "20200101T000000-000000.json"):
        path.write_text(spoiled)
    assert settle(store) == read_publication(store)
    assert runs_module.taken_in(store) == {}
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


@pytest.mark.parametrize("spoiled", ["[1]", "{}", '{"process": 1}'])
def test_a_spoiled_lock_names_nobody(shop, spoiled):
    with only_run(shop.store, "refresh", timestamp()):
        shop.store.lock.write_text(spoiled)
        run = shop.spine("rollback")
        assert run.code == 3 and "another process is at work" in run.err
        assert shop.spine("status").code == 0


def test_only_the_newest_versions_are_kept(shop):
    older, newer = kept_versions(shop.store)
    run = shop.refresh("--keep", 2)
    assert run.code == 0, run.all_text
    kept = kept_versions(shop.store)
    assert kept[0] == newer and len(kept) == 2 and older not in kept
    assert len(shop.query("from marts.runs")) == 3


# One run at a time


def test_what_lies_where_the_folder_of_runs_must_be_is_told(tmp_path):
    store = Store(tmp_path / "x.duckdb")
    store.home.write_text("in the way")
    with pytest.raises(UsageError, match="move it away"), only_run(store, "refresh", timestamp()):
        pass


def test_who_only_asks_for_the_holder_holds_nobody_off(tmp_path):
    store = Store(tmp_path / "x.duckdb")
    store.home.mkdir()
    with store.lock.open("w") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        threading.Timer(0.3, lambda: fcntl.flock(asking, fcntl.LOCK_UN)).start()
        with only_run(store, "refresh", timestamp()):
            assert holder(store.lock)["command"] == "refresh"


def test_a_second_run_is_refused_or_waits(shop):
    with only_run(shop.store, "refresh", timestamp()):
        assert holder(shop.store.lock)["process"] == os.getpid()
        for command in ("refresh", "rollback"):
            run = shop.refresh() if command == "refresh" else shop.spine(command)
            assert run.code == 3
            assert f"process {os.getpid()} (spine refresh since " in run.err
        assert shop.status()["at_work"]["process"] == os.getpid()
        waited = shop.spine("rollback", "--wait", "0.5")
        assert waited.code == 3
        waiting = subprocess.Popen(
            [str(BIN_DIR / "spine"), "rollback", "--wait", "--db", str(shop.store.db)],
            env=environment_of(shop.folder / "scratch"),
        )
        time.sleep(2)
        assert waiting.poll() is None
    assert waiting.wait(30) == 0
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
    assert process.stdout.read() == "stopped\n"
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
    process = shop.start_refresh()
    time.sleep(6)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    assert shop.mark() == before
    assert shop.status()["last_failures"][0]["result"] == "interrupted"
    shop.no_traces()


def test_a_full_disk_is_told_and_publishes_nothing(shop):
    before = shop.mark()
    limit = 4_000_000  # bytes in one file; the working database needs more

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
    assert ended.returncode in (1, 2), text
    assert "disk is full" in text and "Traceback" not in text
    assert shop.mark() == before
    shop.no_traces()


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
    settle(store)
    assert not (log.exists() or spilled.exists() or store.working.exists())


SECONDS_TO_READ = 2  # on a slow machine the readers come to little while a refresh is at work


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
        time.sleep(SECONDS_TO_READ)
    stop.touch()
    seen, reads = set(), 0
    for reader in readers:
        said, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0, said.decode()
        count, *run_ids = said.decode().split()
        reads += int(count)
        assert run_ids == sorted(run_ids)  # nobody goes back
        seen |= set(run_ids)
    assert len(seen) > REFRESHES / 2
    if REPORT:
        Path(REPORT).write_text(READ.format(refreshes=REFRESHES, seen=len(seen), reads=reads), encoding="utf-8")
