"""Which file the ledger goes on from: days that were missed, made twice, interrupted, rolled back, lost or damaged."""

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT_DIR, once
from marts import query
from quick_days import DAY, LEDGER, ONE_DAY, SILENT, Quick, Said, interrupting, ledger_of, load_quick, make_quick
from rule_folders import add_rows, copy_of_rules, limit_ids, segment_row
from spine.cli.main import main
from spine.errors import UsageError
from spine.live.watch import watch
from spine.publish import runs
from spine.publish.fingerprint import ChangedMeanwhile
from spine.publish.publication import kept_versions, read_publication, rolled_back_from
from spine.publish.refresh import SHIPPED_RULES, RefreshRequest, rollback
from spine.publish.store import Store
from spine.run.compiled import opened

CUSTOMERS = 300
CHILD = Path(__file__).with_name("killed_days.py")
DAYS = [DAY + number * ONE_DAY for number in range(5)]
# What a test of a run that is refused says of the ledger that was published on DAYS[0], DAYS[1] and DAYS[2].
ANEW = f"`spine backfill --from {DAYS[0]} --to "


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """The folder of a sample shop that was built once, and of what daily refreshes have published of it.

    In `kept` the first three days are published, and `day-4.duckdb` is what was published on the fourth.
    """

    def make(folder: Path) -> None:
        make_quick(folder, CUSTOMERS)
        quick, store = load_quick(folder), Store(folder / "kept" / "shop.duckdb")
        store.db.parent.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            quick.install(patch)
            for day in DAYS[:3]:
                assert quick.refresh(store, day).is_well
            later = copy_of_store(store, folder / "later")
            assert quick.refresh(later, DAYS[3]).is_well
        shutil.copyfile(later.db, folder / "day-4.duckdb")

    return once(tmp_path_factory, "days", make)


@pytest.fixture
def quick(prepared, monkeypatch) -> Quick:
    """The sample shop, of which refreshes of this process make only what the ledger needs."""
    loaded = load_quick(prepared)
    loaded.install(monkeypatch)
    return loaded


@pytest.fixture
def kept(prepared, tmp_path) -> Store:
    """A copy of a store in which DAYS[0], DAYS[1] and DAYS[2] were published; change it."""
    return copy_of_store(Store(prepared / "kept" / "shop.duckdb"), tmp_path / "kept")


@pytest.fixture
def empty(tmp_path) -> Store:
    """A store in which nothing is published."""
    (tmp_path / "empty").mkdir()
    return Store(tmp_path / "empty" / "shop.duckdb")


@pytest.fixture(scope="session")
def daily(prepared) -> dict[str, list[tuple]]:
    """The ledger as of DAYS[3] of daily refreshes from DAYS[0] on."""
    return ledger_of(prepared / "day-4.duckdb")


def copy_of_store(store: Store, folder: Path) -> Store:
    """A copy of a published database and of the folder beside it."""
    shutil.copytree(store.db.parent, folder)
    return Store(folder / store.db.name)


def version_of(store: Store, number: int) -> Path:
    """The file of a kept version; the last is -1."""
    return store.version(kept_versions(store)[number])


def mark(store: Store) -> tuple:
    """What changes whenever another file is put in place."""
    status = store.db.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def damage(path: Path) -> None:
    """Overwrites the second half of a database file, and leaves its headers."""
    path.chmod(0o644)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))


def damage_block_of(path: Path, table: str) -> None:
    """Overwrites the blocks of a table of a database file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        query_of_blocks = "select distinct block_id from pragma_storage_info(?) where block_id >= 0"
        blocks = [block for (block,) in connection.execute(query_of_blocks, [f"marts.{table}"]).fetchall()]
        size = connection.execute("select block_size from pragma_database_size()").fetchall()[0][0]
    path.chmod(0o644)
    with path.open("r+b") as file:
        for block in blocks:
            file.seek(3 * 4096 + block * size + 64)
            file.write(b"\xff" * 64)


def refused(quick: Quick, store: Store, day: object, **more: object) -> str:
    """What is said of a run that is refused; what was published stays."""
    before = mark(store)
    with pytest.raises(UsageError) as error:
        quick.refresh(store, day, **more)
    assert mark(store) == before
    return str(error.value)


# Missed days


def test_the_days_of_daily_refreshes_are_not_empty(daily):
    assert all(daily.values())
    entered_on = {row[3] for row in daily["segment_membership_history"]}
    assert entered_on == set(DAYS[:4])


def test_missed_days_are_made_as_daily_refreshes_would_have_made_them(quick, empty, daily):
    assert quick.refresh(empty, DAYS[0]).is_well
    said = Said()
    assert quick.refresh(empty, DAYS[3], said).is_well
    assert said.days == [str(day) for day in DAYS[1:3]]
    assert ledger_of(empty.db) == daily
    again = Said()
    assert quick.refresh(empty, DAYS[3], again, full_refresh=True).is_well
    assert ledger_of(empty.db) == daily
    assert again.days == [], "the days before were kept beside the version"


def test_days_that_are_skipped_move_to_the_day_on_which_they_were_seen(quick, empty, daily):
    assert quick.refresh(empty, DAYS[0]).is_well
    assert quick.refresh(empty, DAYS[3], skips_missed=True).is_well
    seen, both = ledger_of(empty.db), [(DAYS[0],), (DAYS[3],)]
    assert query(empty.db, "select distinct changed_on from marts.segment_changes") == [(DAYS[3],)]
    assert query(empty.db, "select distinct day from marts.segment_daily order by day") == both
    entered_on = "select distinct entered_on from marts.segment_membership_history order by all"
    assert query(empty.db, entered_on) == both
    open_stays = "select customer_id, segment_key from marts.segment_membership_history where exited_on is null"
    members = {(row[0], row[1]) for row in daily["segment_membership_history"] if row[4] is None}
    assert set(query(empty.db, open_stays)) == members
    stays = "segment_membership_history"
    assert len(seen[stays]) < len(daily[stays]), "who entered and left meanwhile goes unseen"


def test_a_day_that_is_made_twice_counts_once(quick, kept, daily):
    before = ledger_of(kept.db)
    assert quick.refresh(kept, DAYS[2], full_refresh=True).is_well
    assert ledger_of(kept.db) == before
    assert quick.refresh(kept, DAYS[3]).is_well
    assert ledger_of(kept.db) == daily


def test_rules_of_ones_own_stay_until_others_are_named(quick, empty, tmp_path):
    limit_ids(rules := copy_of_rules(tmp_path / "rules"), 7)
    assert quick.refresh(empty, DAYS[1], rules_dir=rules).is_well
    before = empty.db.read_bytes()
    for day in (DAYS[1], DAYS[2]):
        with pytest.raises(UsageError, match=f"with the rules of {rules}. Name the rules: --rules {rules} goes on"):
            quick.refresh(empty, day)
    with pytest.raises(UsageError, match="Name the rules: "):
        watch(lambda: RefreshRequest(empty.db, quick.raw, DAYS[2]), 1, SILENT)
    assert empty.db.read_bytes() == before
    assert quick.refresh(empty, DAYS[2], rules_dir=SHIPPED_RULES).is_well
    assert quick.refresh(empty, DAYS[3]).is_well


def test_rules_of_ones_own_that_are_the_shipped_ones_need_not_be_named(quick, empty, tmp_path):
    assert quick.refresh(empty, DAYS[1], rules_dir=copy_of_rules(tmp_path / "rules")).is_well
    assert quick.refresh(empty, DAYS[2]).is_well


# Interrupted backfills


def test_an_interrupted_backfill_goes_on_after_the_last_whole_day(quick, empty, daily):
    with pytest.raises(KeyboardInterrupt):
        quick.refresh(empty, DAYS[3], interrupting(after=2), ledger_from=DAYS[0])
    assert not empty.db.exists() and runs.load_all(empty)[-1].result == runs.INTERRUPTED
    said = Said()
    assert quick.refresh(empty, DAYS[3], said, ledger_from=DAYS[0]).is_well
    assert said.days == [str(DAYS[2])]
    assert any(f"goes on after {DAYS[1]}" in line for line in said.lines)
    assert ledger_of(empty.db) == daily


def test_a_file_that_is_replaced_while_days_are_made_is_noticed(quick, empty, daily, tmp_path):
    raw = shutil.copytree(quick.raw, tmp_path / "raw")
    copied, (path, *_) = dataclasses.replace(quick, raw=raw), sorted(raw.rglob("*.parquet"))

    def replace_it(number: int) -> None:
        if number == 1:
            shutil.copy(path, tmp_path / "new.parquet").replace(path)

    with pytest.raises(ChangedMeanwhile, match=f"{path.name} has changed or gone while this run was at work"):
        copied.refresh(empty, DAYS[3], Said(replace_it), ledger_from=DAYS[0])
    assert not empty.db.exists() and runs.load_all(empty)[-1].result == runs.FAILED
    again = Said()
    assert copied.refresh(empty, DAYS[3], again, ledger_from=DAYS[0]).is_well
    assert again.days == [str(day) for day in DAYS[:3]], "nothing of the run that was refused is used"
    assert ledger_of(empty.db) == daily


def test_an_interrupted_backfill_is_not_gone_on_from_up_to_an_earlier_day(quick, empty, daily):
    with pytest.raises(KeyboardInterrupt):
        quick.refresh(empty, DAYS[4] + ONE_DAY, interrupting(after=5), ledger_from=DAYS[0])
    assert quick.refresh(empty, DAYS[3], said := Said(), ledger_from=DAYS[0]).is_well
    assert said.days == [str(day) for day in DAYS[:3]]
    assert ledger_of(empty.db) == daily


def test_a_backfill_begins_anew_where_files_or_rules_are_others(quick, empty, tmp_path):
    def first_day(**more: object) -> list[str]:
        with pytest.raises(KeyboardInterrupt):
            quick.refresh(empty, DAYS[3], said := interrupting(after=1), ledger_from=DAYS[0], **more)
        return said.days

    assert [first_day() for _ in range(2)] == [[str(DAYS[0])], [str(DAYS[1])]]
    rules = copy_of_rules(tmp_path / "rules")
    add_rows(rules, segments=[segment_row("of_this_test", 900, status="draft")])
    assert [first_day(rules_dir=rules) for _ in range(2)] == [[str(DAYS[0])], [str(DAYS[1])]]
    shutil.copytree(quick.raw, tmp_path / "raw")  # the same rows, in other files
    quick = dataclasses.replace(quick, raw=tmp_path / "raw")
    assert first_day(rules_dir=rules) == [str(DAYS[0])]


def start_child(prepared: Path, store: Store, how: str) -> subprocess.Popen:
    path = os.pathsep.join([str(CHILD.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(prepared), str(store.db), str(DAYS[0]), str(DAYS[3]), how],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_backfill_goes_on_after_the_last_whole_day(prepared, quick, empty, daily):
    process = start_child(prepared, empty, "waits")
    assert [process.stdout.readline() for _ in range(2)] == ["1\n", "2\n"]
    process.send_signal(signal.SIGKILL)
    process.wait()
    said = Said()
    assert quick.refresh(empty, DAYS[3], said, ledger_from=DAYS[0]).is_well
    assert [run.result for run in runs.load_all(empty)] == [runs.KILLED, runs.PUBLISHED]
    assert said.days == [str(DAYS[2])]
    assert ledger_of(empty.db) == daily


def test_what_a_killed_backfill_has_only_in_its_log_is_not_lost(prepared, quick, empty, daily):
    process = start_child(prepared, empty, "dies")
    assert process.wait() == 9
    assert Path(f"{empty.days}.wal").exists()
    said = Said()
    assert quick.refresh(empty, DAYS[3], said, ledger_from=DAYS[0]).is_well
    assert said.days == [] and ledger_of(empty.db) == daily
    again = Said()
    assert quick.refresh(empty, DAYS[3], again, full_refresh=True).is_well
    assert again.days == [], "what the version went on from is kept whole"
    assert ledger_of(empty.db) == daily
    assert not list(empty.home.rglob("*.wal"))


def test_what_an_interrupted_backfill_has_made_is_not_what_another_run_went_on_from(quick, kept, daily):
    first = DAYS[0] - 2 * ONE_DAY
    with pytest.raises(KeyboardInterrupt):
        quick.refresh(kept, DAYS[2], interrupting(after=2), ledger_from=first)
    for _ in range(2):
        said = Said()
        assert quick.refresh(kept, DAYS[3], said, full_refresh=True).is_well
        assert said.days == [] and ledger_of(kept.db) == daily
    with pytest.raises(KeyboardInterrupt):
        quick.refresh(kept, DAYS[3], resumed := interrupting(after=1), ledger_from=first)
    assert resumed.days == [str(first + 2 * ONE_DAY)]


# Lost and damaged state


def test_the_working_database_is_not_needed(quick, kept, daily):
    kept.working.unlink()
    assert quick.refresh(kept, DAYS[3]).is_well
    assert ledger_of(kept.db) == daily


def test_after_a_rollback_the_ledger_goes_on_from_what_is_in_place(quick, kept, daily):
    rollback(kept, 0)
    assert read_publication(kept).as_of_date == str(DAYS[1])
    assert quick.refresh(kept, DAYS[3]).run is None, "it stays until newer files come"
    said = Said()
    outcome = quick.refresh(kept, DAYS[3], said, ends_rollback=True)
    assert outcome.is_well and any("somebody has rolled back from run" in note for note in outcome.notes)
    assert said.days == [str(DAYS[2])] and ledger_of(kept.db) == daily
    assert rolled_back_from(kept, read_publication(kept)) is None


def test_only_the_newest_versions_are_kept_and_that_of_the_day_before(quick, kept):
    _, before, newest = kept_versions(kept)
    assert quick.refresh(kept, DAYS[2], full_refresh=True, keep=1).is_well
    first, last = kept_versions(kept)
    assert first == before
    assert quick.refresh(kept, DAYS[3], keep=1).is_well
    assert kept_versions(kept)[0] == last and len(kept_versions(kept)) == 2 and newest not in kept_versions(kept)
    assert query(kept.db, "select count(*) from marts.runs") == [(5,)]


def test_a_rollback_says_which_days_only_the_newer_version_has(quick, empty, capsys):
    for first in (None, DAYS[0]):
        assert quick.refresh(empty, DAYS[2], ledger_from=first).is_well
    assert main(["rollback", "--db", str(empty.db)]) == 0
    said = capsys.readouterr().out
    assert f"the ledger begins on {DAYS[2]} now, and on {DAYS[0]} in that version" in said
    assert f"`spine backfill --from {DAYS[0]}`" in said
    assert main(["rollback", "--db", str(empty.db), "--to", kept_versions(empty)[-1]]) == 0
    assert "the ledger begins" not in capsys.readouterr().out


def test_a_version_that_was_rolled_back_is_not_gone_on_from(quick, kept):
    rolled_back = read_publication(kept).run_id
    rollback(kept, 0)
    for _ in range(2):
        assert quick.refresh(kept, DAYS[3], skips_missed=True, ends_rollback=True, full_refresh=True).is_well
        days = "select distinct day from marts.segment_daily order by day"
        assert query(kept.db, days) == [(DAYS[0],), (DAYS[1],), (DAYS[3],)]
    rollback(kept, 0, rolled_back)
    assert quick.refresh(kept, DAYS[3], skips_missed=True, ends_rollback=True).is_well
    assert query(kept.db, days) == [(day,) for day in DAYS[:4]]


def test_an_older_copy_of_the_published_file_is_gone_on_from(quick, kept, daily):
    version_of(kept, 1).chmod(0o644)
    kept.db.unlink()
    shutil.copyfile(version_of(kept, 1), kept.db)
    outcome = quick.refresh(kept, DAYS[3])
    assert outcome.run is None and "rolled back from run" in outcome.notes[0]
    assert quick.refresh(kept, DAYS[3], said := Said(), ends_rollback=True).is_well
    assert said.days == [str(DAYS[2])] and ledger_of(kept.db) == daily


def test_without_kept_versions_the_next_day_goes_on_from_what_is_published(quick, kept, daily):
    shutil.rmtree(kept.versions)
    assert quick.refresh(kept, DAYS[3], said := Said()).is_well
    assert said.days == [] and ledger_of(kept.db) == daily


def test_without_kept_versions_the_same_day_is_refused_and_the_refusal_says_what_makes_the_ledger_anew(
    quick, kept, daily
):
    shutil.rmtree(kept.versions)
    assert f"{ANEW}{DAYS[2]}`" in refused(quick, kept, DAYS[2], full_refresh=True)
    assert quick.refresh(kept, DAYS[3], ledger_from=DAYS[0]).is_well
    assert ledger_of(kept.db) == daily


def test_an_earlier_day_goes_back_and_on_again(quick, kept, daily):
    refusal = refused(quick, kept, DAYS[1], is_day_given=False)
    assert f"--as-of {DAYS[2]} goes on with it, --as-of {DAYS[1]} goes back" in refusal
    assert quick.refresh(kept, DAYS[1]).is_well
    assert query(kept.db, "select max(day) from marts.segment_daily") == [(DAYS[1],)]
    for day in DAYS[2:4]:
        assert quick.refresh(kept, day, said := Said()).is_well
        assert said.days == []
    assert ledger_of(kept.db) == daily


def test_the_first_day_made_again_begins_the_ledger_again(quick, kept):
    assert quick.refresh(kept, DAYS[0]).is_well
    assert query(kept.db, "select distinct entered_on, entry_cause from marts.segment_membership_history") == [
        (DAYS[0], "start")
    ]


def test_an_earlier_day_of_which_nothing_is_kept_is_refused_with_a_command_that_works(quick, kept, daily, capsys):
    for number in (0, 0):
        version_of(kept, number).unlink()
    said = refused(quick, kept, DAYS[1])
    assert f"{ANEW}{DAYS[2]}`" in said, "the history must reach what is published"
    assert f"{ANEW}{DAYS[2]}`" in refused(quick, kept, DAYS[2], ledger_from=DAYS[1])
    assert main(["backfill", "--raw", str(quick.raw), "--db", str(kept.db), *said.split("`")[1].split()[2:]]) == 0
    assert quick.refresh(kept, DAYS[3]).is_well
    assert ledger_of(kept.db) == daily


def cut_short(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 100)


@pytest.mark.parametrize("spoil", [damage, cut_short])
def test_the_days_since_the_version_before_a_damaged_one_are_made_again(spoil, quick, kept):
    before = ledger_of(kept.db)
    spoil(version_of(kept, 1))
    assert quick.refresh(kept, DAYS[2], said := Said(), full_refresh=True).is_well
    assert said.days == [str(DAYS[1])]
    assert ledger_of(kept.db) == before


@pytest.mark.parametrize("table", ["cut_points", "segment_membership_history"])
def test_what_a_run_went_on_from_is_passed_over_where_a_block_is_damaged(table, quick, empty, daily):
    assert quick.refresh(empty, DAYS[3], ledger_from=DAYS[0]).is_well
    damage_block_of(empty.history(kept_versions(empty)[-1]), table)
    said = refused(quick, empty, DAYS[3], full_refresh=True)
    assert f"{ANEW}{DAYS[3]}`" in said
    assert quick.refresh(empty, DAYS[3], ledger_from=DAYS[0]).is_well
    assert ledger_of(empty.db) == daily


def test_a_damaged_newest_version_is_passed_over(quick, kept, daily):
    damage(version_of(kept, -1))
    assert quick.refresh(kept, DAYS[3], said := Said()).is_well
    assert said.days == [str(DAYS[2])] and ledger_of(kept.db) == daily


def test_the_ledger_begins_where_an_earlier_release_has_published_none(quick, kept):
    for path in (*kept.versions.iterdir(), kept.db):
        path.chmod(0o644)
        with duckdb.connect(str(path)) as connection:
            for mart in LEDGER:
                connection.execute(f"drop table marts.{mart}")
    assert quick.refresh(kept, DAYS[3]).is_well
    stays = query(kept.db, "select distinct entered_on, entry_cause from marts.segment_membership_history")
    assert stays == [(DAYS[3], "start")]
    assert query(kept.db, "select count(*) from marts.segment_changes") == [(0,)]


def test_a_ledger_that_lacks_a_column_is_refused_with_a_command_that_works(quick, kept, daily):
    for number in range(3):
        version_of(kept, number).chmod(0o644)
        with duckdb.connect(str(version_of(kept, number))) as connection:
            connection.execute("alter table marts.cut_points drop meaning")
    for last, more in ((DAYS[3], {}), (DAYS[2], {"ledger_from": DAYS[2]})):
        said = refused(quick, kept, DAYS[3], **more)
        assert "no cut_points.meaning" in said and f"{ANEW}{last}`" in said
    assert quick.refresh(kept, DAYS[3], ledger_from=DAYS[0]).is_well
    assert ledger_of(kept.db) == daily


# Bad use


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", DAYS[3], "--to", DAYS[2]], f"--from {DAYS[3]} is after {DAYS[2]}, the last day."),
        (["--from", DAYS[0], "--to", DAYS[1]], f"what is published is as of {DAYS[2]}; its history must reach that"),
        (["--from", "2026-06-31"], "--from must be a day written as YYYY-MM-DD."),
        (["--from", "yesterday"], "--from must be a day written as YYYY-MM-DD."),
        (["--from", DAYS[0], "--to", "2026-02-29"], "--to must be a day written as YYYY-MM-DD."),
        (["--from", DAYS[0], "--to", "9999-12-31"], "has not begun"),
        (["--from", "9999-12-31"], "--from 9999-12-31 is after"),
        (["--from", "0001-01-01", "--to", DAYS[2]], "--from: 0001-01-01 lies before 1900-01-01"),
    ],
)  # fmt: skip
def test_bad_use_is_told_without_a_traceback(options, said, quick, kept, capsys):
    before = mark(kept)
    arguments = ["backfill", "--raw", quick.raw, "--db", kept.db, *options]
    assert main([str(one) for one in arguments]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and "Traceback" not in shown.err and "crashed" not in shown.err
    assert mark(kept) == before


def test_without_raw_input_a_backfill_says_how_to_name_it(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("RAW_DIR", raising=False)
    arguments = ["backfill", "--db", str(tmp_path / "shop.duckdb"), "--from", str(DAYS[0]), "--to", str(DAYS[1])]
    assert main(arguments) == 2
    assert "name the folder of raw files with --raw DIR" in capsys.readouterr().err
    assert main([*arguments, "--raw", str(tmp_path / "none")]) in (2, 4)
    assert str(tmp_path / "none") in (said := capsys.readouterr().err) and "crashed" not in said
    assert not (tmp_path / "shop.duckdb").exists()


def test_days_are_made_within_the_memory_that_dbt_may_use(tmp_path, monkeypatch):
    (default,) = re.findall(r"SPINE_MEMORY_LIMIT', '(\w+)'", (PROJECT_DIR / "profiles.yml").read_text())

    def limit() -> str:
        with opened(tmp_path / "working.duckdb") as connection:
            return connection.execute("select current_setting('memory_limit')").fetchone()[0]

    monkeypatch.delenv("SPINE_MEMORY_LIMIT", raising=False)
    unset = limit()
    monkeypatch.setenv("SPINE_MEMORY_LIMIT", default)
    assert limit() == unset
    monkeypatch.setenv("SPINE_MEMORY_LIMIT", "1GB")
    assert limit() != unset
