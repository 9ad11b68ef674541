"""Within the day: touched customers are judged at once by stored cut points, and all meet at the next full run."""

import dataclasses
import datetime
import io
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from arrivals import late_shop
from marts import differing_marts
from rich.console import Console
from spine import build as build_module
from spine import fingerprint, parsed_project, publication, runs, taking_in, within_day
from spine import refresh as refresh_module
from spine import watch as watch_module
from spine.catalogue import print_segments
from spine.compiled import run_statements
from spine.database import keeping_open
from spine.errors import DiskFull, InputRefused, SpineError, UsageError
from spine.fingerprint import raw_inventory
from spine.project import SEEDS_DIR
from spine.publication import kept_versions, read_publication
from spine.raw_types import file_mark
from spine.refresh import RefreshRequest, refresh
from spine.status import print_status, status
from spine.store import Store
from spine.watch import _cycle
from spine.within_day import MARTS_OF_CUSTOMERS, WITHIN_DAY
from test_incremental import refresh as build

DAY = datetime.date(2026, 6, 30)
# What depends on the whole population, and so on the cut points: exact again after the next full run.
OF_THE_POPULATION = {
    "rfm_score", "recency_score", "frequency_score", "monetary_score", "rfm_segment", "value_tier",
    "count_behaviour_segments", "behaviour_segments",
}  # fmt: skip
KEYS = {
    "channel_eligibility": "customer_id, channel, purpose",
    "customer_ids": "source_customer_id",
    "segment_members": "segment_key, customer_id",
}


def differing_columns(one: Path, other: Path, mart: str) -> set[str]:
    """The columns in which the rows of a mart differ; the name of the mart if the keys do."""
    key = KEYS.get(mart, "customer_id")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        columns = [row[0] for row in connection.execute(f"describe one.marts.{mart}").fetchall()]
        left, right = (
            f"select * from {place}.marts.{mart}"
            + (" where segment_kind in ('lifecycle', 'engagement')" if mart == "segment_members" else "")
            for place in ("one", "other")
        )
        keys = f"select count(*) from (select {key} from ({{}}) except all select {key} from ({{}}))"
        if any(connection.execute(keys.format(*pair)).fetchall()[0][0] for pair in ((left, right), (right, left))):
            return {mart}
        joined = f"({left}) as a inner join ({right}) as b using ({key})"
        query = f"select count(*) from {joined} where a.{{0}} is distinct from b.{{0}}"
        others = [column for column in columns if column not in key.split(", ")]
        return {column for column in others if connection.execute(query.format(column)).fetchall()[0][0]}


def own_rules(tmp_path: Path) -> Path:
    """A folder of rules in which a value tier begins elsewhere."""
    rules_dir = tmp_path / "rules"
    rules_dir.mkdir()
    text = (SEEDS_DIR / "rules" / "value_tiers.csv").read_text(encoding="utf-8")
    (rules_dir / "value_tiers.csv").write_text(text.replace("0.05", "0.06"), encoding="utf-8")
    return rules_dir


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return late_shop(tmp_path_factory.mktemp("within-day") / "sample", 1500, 14, DAY, seed=5)


def test_touched_customers_move_at_once_and_all_meet_at_the_next_full_run(shop, tmp_path):
    raw_dir, store = tmp_path / "raw", Store(tmp_path / "published" / "shop.duckdb")
    whole = tmp_path / "whole" / "shop.duckdb"
    store.db.parent.mkdir()
    whole.parent.mkdir()
    rules_dir = own_rules(tmp_path)
    request = RefreshRequest(store.db, raw_dir, DAY, rules_dir=rules_dir, may_be_within_day=True)
    since = datetime.date(1990, 1, 1)
    with keeping_open():
        for step, days_before in enumerate([4, 3, 2, 0]):
            until = DAY - datetime.timedelta(days=days_before)
            assert shop.bring(raw_dir, since, until, f"batch-{step}")
            since = until
            assert refresh(request, Console(quiet=True)).is_well
            run = runs.load_all(store)[-1]
            assert run.fingerprint.startswith(WITHIN_DAY) == (step > 0)
            whole.unlink(missing_ok=True)
            build(whole, raw_dir, DAY, rules_dir=rules_dir)
            for mart in MARTS_OF_CUSTOMERS if step else ():
                assert differing_columns(store.db, whole, mart) <= OF_THE_POPULATION, mart
    with duckdb.connect(str(store.db), read_only=True) as connection:
        assert connection.execute("select distinct run_id from marts.publication").fetchall() == [(run.run_id,)]
        assert connection.execute("select count(*) from marts.runs where result = 'published'").fetchall() == [(4,)]
        assert connection.execute("select rows_in from marts.runs where run_id = ?", [run.run_id]).fetchall()[0][0][
            "orders"
        ]
    assert set(differing_marts(store.db, whole))  # the cut points are those of three days ago

    assert refresh(dataclasses.replace(request, may_be_within_day=False), Console(quiet=True)).is_well
    assert differing_marts(store.db, whole) == {}


@pytest.fixture
def published(shop, tmp_path):
    """A request whose first batch is published, and that a second one waits for."""
    raw_dir, db = tmp_path / "raw", tmp_path / "published" / "shop.duckdb"
    db.parent.mkdir()
    request = RefreshRequest(db, raw_dir, DAY, rules_dir=own_rules(tmp_path), may_be_within_day=True)
    middle = DAY - datetime.timedelta(days=3)
    shop.bring(raw_dir, datetime.date(1990, 1, 1), middle, "batch-0")
    assert refresh(request, Console(quiet=True)).is_well
    return request, lambda: shop.bring(raw_dir, middle, DAY, "batch-1")


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def last_run(request: RefreshRequest) -> runs.Run:
    return runs.load_all(Store(request.db))[-1]


def test_what_an_unpublished_run_has_left_is_not_gone_on_with(published):
    request, bring = published
    rule_table = request.rules_dir / "value_tiers.csv"
    good = rule_table.read_text(encoding="utf-8")
    rule_table.write_text("\n".join(good.splitlines()[:-1]) + "\n", encoding="utf-8")  # not everyone has a tier
    assert not refresh(request, Console(quiet=True)).is_well
    rule_table.write_text(good, encoding="utf-8")
    bring()
    assert refresh(request, Console(quiet=True)).is_well
    assert not last_run(request).fingerprint.startswith(WITHIN_DAY)


@pytest.mark.parametrize("step", ["settle_working", "_copy_to_parquet"])
def test_what_comes_after_publishing_takes_nothing_back(step, published, monkeypatch):
    request, bring = published
    bring()

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(refresh_module, step, interrupt)
        refresh(request, Console(quiet=True))
    run = last_run(request)
    assert run.result == runs.PUBLISHED and run.fingerprint.startswith(WITHIN_DAY) and run.rows_in
    assert read_publication(Store(request.db)).run_id == run.run_id

    assert refresh(dataclasses.replace(request, may_be_within_day=False), Console(quiet=True)).is_well
    assert last_run(request).run_id != run.run_id, "the scores of all are still to be found"
    assert run.run_id in kept_versions(Store(request.db))


@pytest.mark.parametrize("is_within_day", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["stop", "disk"])
def test_what_fails_while_its_version_is_written_has_not_published(is_within_day, error, published, monkeypatch):
    request, bring = published
    bring()
    request = dataclasses.replace(request, may_be_within_day=is_within_day)
    before = read_publication(Store(request.db))

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch, pytest.raises(type(error)):
        patch.setattr(publication, "_written", fail)
        refresh(request, Console(quiet=True))
    run = last_run(request)
    assert run.fingerprint.startswith(WITHIN_DAY) == is_within_day
    assert run.result == (runs.INTERRUPTED if isinstance(error, KeyboardInterrupt) else runs.FAILED)
    assert read_publication(Store(request.db)) == before
    assert refresh(request, Console(quiet=True)).is_well
    assert read_publication(Store(request.db)).run_id == last_run(request).run_id > run.run_id


def test_what_was_taken_in_but_not_published_is_not_gone_on_with(published, monkeypatch):
    request, _ = published

    orders, ghosts = request.raw_dir / "orders", request.raw_dir / "orders" / "ghosts.parquet"
    columns = "select * replace ('ghost-' || customer_id as customer_id, 'ghost-' || order_id as order_id)"
    duckdb.sql(f"{columns} from '{orders}/batch-0.parquet' limit 20").write_parquet(str(ghosts))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(within_day, "_slice", interrupt)
        refresh(request, Console(quiet=True))
    ghosts.unlink()
    events = request.raw_dir / "events"
    duckdb.sql(f"from '{events}/batch-0.parquet' limit 20").write_parquet(str(events / "batch-1.parquet"))
    assert refresh(request, Console(quiet=True)).is_well
    assert not last_run(request).fingerprint.startswith(WITHIN_DAY)
    with duckdb.connect(str(request.db), read_only=True) as connection:
        ids = connection.execute("select count(*) from marts.customer_ids where source_customer_id like 'ghost-%'")
        assert ids.fetchall() == [(0,)]


def refuse_the_last_model(statements: list, connection: duckdb.DuckDBPyConnection) -> list:
    broken = dataclasses.replace(statements[-1], sql="select no_such_column from staging.base_events")
    return run_statements(connection, [*statements[:-1], broken])


def test_what_fails_while_it_is_taken_in_leaves_nothing_and_a_full_run_follows(published, monkeypatch):
    request, bring = published
    store = Store(request.db)
    count = "select (select count(*) from staging.base_orders), * from spine_functions.refresh_progress"
    with duckdb.connect(str(store.working)) as connection:
        before = connection.execute(count).fetchall()
    bring()
    with monkeypatch.context() as patch:
        patch.setattr(taking_in, "run_statements", lambda of, all_of_them: refuse_the_last_model(list(all_of_them), of))
        assert not refresh(request, Console(quiet=True)).is_well
    assert last_run(request).fingerprint.startswith(WITHIN_DAY) and last_run(request).result == runs.FAILED
    with duckdb.connect(str(store.working)) as connection:
        assert connection.execute(count).fetchall() == before
    assert refresh(request, Console(quiet=True)).is_well
    assert not last_run(request).fingerprint.startswith(WITHIN_DAY)


def test_a_disk_that_is_full_within_the_day_is_told(published, monkeypatch):
    request, bring = published
    bring()

    def full_disk(*_: object) -> None:
        raise duckdb.IOException("IO Error: Could not write: No space left on device")

    with (
        monkeypatch.context() as patch,
        pytest.raises(DiskFull, match=r"shop\.duckdb\.spine: cannot be written: the disk is full"),
    ):
        patch.setattr(within_day, "_slice", full_disk)
        refresh(request, Console(quiet=True))
    assert last_run(request).result == runs.FAILED
    assert refresh(request, Console(quiet=True)).is_well


def test_a_new_file_that_cannot_be_read_is_set_aside_and_reported(published):
    request, bring = published
    store = Store(request.db)
    bad = request.raw_dir / "events" / "bad.parquet"
    bad.write_bytes(b"no parquet")
    line, _ = _cycle(request)
    assert line.startswith("refused: events/bad.parquet: cannot be read as Parquet"), "nothing else is new"
    bring()
    line, _ = _cycle(request)
    assert "published run" in line and "set aside: events/bad.parquet: cannot be read as Parquet" in line
    assert last_run(request).fingerprint.startswith(WITHIN_DAY)
    state = status(store, request.raw_dir, request.rules_dir)
    assert state["pending"]["new_files"] == 1 and "events/bad.parquet" in state["set_aside"]
    with pytest.raises(InputRefused, match=r"events/bad\.parquet"):
        refresh(dataclasses.replace(request, may_be_within_day=False), Console(quiet=True))
    bad.unlink()
    assert refresh(dataclasses.replace(request, may_be_within_day=False), Console(quiet=True)).is_well
    assert status(store, request.raw_dir, request.rules_dir)["set_aside"] is None


def test_a_file_of_consent_or_one_that_was_read_before_is_never_set_aside(published):
    request, bring = published
    bring()
    bad = request.raw_dir / "consent" / "bad.parquet"
    bad.write_bytes(b"no parquet")
    assert _cycle(request)[0].startswith("refused: consent/bad.parquet")
    bad.unlink()
    known = request.raw_dir / "events" / "batch-0.parquet"
    rows = known.read_bytes()
    known.write_bytes(b"no parquet")
    assert _cycle(request)[0].startswith("refused: events/batch-0.parquet")
    known.write_bytes(rows)
    assert _cycle(request)[0].startswith("published run")


def test_an_empty_file_that_goes_is_news_and_so_is_a_link_to_nothing(tmp_path):
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "empty.parquet").touch()
    (tmp_path / "orders" / "nowhere.parquet").symlink_to("/nonexistent")
    assert set(raw_inventory(tmp_path)) == {"orders/empty.parquet", "orders/nowhere.parquet"}


def test_a_withdrawal_that_cannot_be_read_holds_back_publishing_within_the_day(published):
    request, _ = published
    before = read_publication(Store(request.db))
    consent = request.raw_dir / "consent"
    unreadable = "select * replace ('w' || customer_id as consent_id, 'opted_out' as status, null as occurred_at)"
    rows = duckdb.sql(f"{unreadable} from '{consent}/batch-0.parquet' limit 3")
    rows.write_parquet(str(consent / "unreadable.parquet"))
    assert not refresh(request, Console(quiet=True)).is_well
    run = last_run(request)
    assert run.fingerprint.startswith(WITHIN_DAY) and "consent_withdrawals_are_readable" in run.reason
    assert not refresh(request, Console(quiet=True)).is_well, "nor does the full run that follows"
    assert read_publication(Store(request.db)) == before


@pytest.mark.parametrize(
    ("fault", "limit"),
    [
        ("null as ordered_at", "rejected_orders_within_limit"),
        ("'no such status' as status", "unmapped_orders_within_limit"),
    ],
)
def test_a_broken_feed_of_orders_is_held_back_within_the_day(fault, limit, published):
    request, bring = published
    before = read_publication(Store(request.db))
    orders = request.raw_dir / "orders"
    broken = duckdb.sql(f"select * replace ('b' || order_id as order_id, {fault}) from '{orders}/batch-0.parquet'")
    broken.write_parquet(str(orders / "broken.parquet"))
    withdrawal = request.raw_dir / "consent" / "new.parquet"
    duckdb.sql(f"from '{request.raw_dir}/consent/batch-0.parquet' limit 1").write_parquet(str(withdrawal))
    line, is_settled = _cycle(request)
    assert last_run(request).fingerprint.startswith(WITHIN_DAY) and not is_settled, "a full run follows"
    assert line.startswith(f"failed: {limit}") and "withdrawals may wait in consent/new.parquet" in line
    line, is_settled = _cycle(request)
    assert is_settled and f"FAIL test {limit}: 1 row" in line and "[" not in line
    assert read_publication(Store(request.db)) == before
    (orders / "broken.parquet").unlink()
    bring()
    assert "all customers judged" in _cycle(request)[0]


def test_a_line_says_who_may_be_contacted_and_which_files_are_gone(published):
    request, _ = published
    newcomer = "select * replace ('new order' as order_id, 'newcomer' as customer_id) from '{}/orders/batch-0.parquet'"
    rows = duckdb.sql(f"{newcomer.format(request.raw_dir)} limit 1")
    rows.write_parquet(str(request.raw_dir / "orders" / "newcomer.parquet"))
    line, _ = _cycle(request)
    assert "customers judged: 1; moves: " in line, "who never could be contacted has lost nothing"
    query = (
        "select customer_id, channel, purpose from marts.channel_eligibility where is_contactable order by all limit 1"
    )
    with duckdb.connect(str(request.db), read_only=True) as connection:
        ((customer_id, channel, purpose),) = connection.execute(query).fetchall()
    rows = duckdb.sql(
        f"select * replace ('w' as consent_id, '{customer_id}' as customer_id, '{channel}' as channel, "
        f"'{purpose}' as purpose, 'opted_out' as status, timestamp '{DAY}' as occurred_at, "
        f"timestamp '{DAY}' as loaded_at) from '{request.raw_dir}/consent/batch-0.parquet' limit 1"
    )
    withdrawal = request.raw_dir / "consent" / "withdrawal.parquet"
    rows.write_parquet(str(withdrawal))
    assert "may be contacted: +0 -1; " in _cycle(request)[0]
    full_run = read_publication(Store(request.db)).full_run_id
    for show in (
        lambda console: print_segments(request.db, console),
        lambda console: print_status(status(Store(request.db), request.raw_dir, request.rules_dir), console),
    ):
        show(Console(file=(said := io.StringIO())))
        assert f"run {full_run}" in said.getvalue(), "it says which run has scored all"
    withdrawal.unlink()
    assert "consent/withdrawal.parquet is gone; once published, its rows count no longer" in _cycle(request)[0]


def test_watch_outlives_a_run_that_takes_over_before_it_has_said_its_line(published, monkeypatch):
    request, bring = published
    bring()

    def followed(*given):
        outcome = refresh(*given)
        Store(request.db).version(outcome.run.run_id).unlink()
        return outcome

    monkeypatch.setattr(watch_module, "refresh", followed)
    line, is_settled = _cycle(request)
    assert is_settled and line.startswith("published run") and "another run has followed" in line


def test_watch_waits_longer_each_time_where_a_disk_fails(published, monkeypatch):
    request, _ = published
    faults = iter([None, OSError("the disk is gone"), duckdb.IOException("Could not read"), None, None])
    ends = iter([UsageError("the disk is full"), None])
    pauses = []

    def look(_):
        if fault := next(faults):
            raise fault
        return "news"

    def cycle(*_):
        if fault := next(ends):
            raise fault
        return "published", True

    def pause(_, seconds):
        pauses.append(seconds)
        if len(pauses) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(watch_module, "_look", look)
    monkeypatch.setattr(watch_module, "_pause", pause)
    monkeypatch.setattr(watch_module, "_cycle", cycle)
    with pytest.raises(KeyboardInterrupt):
        watch_module.watch(lambda: request, 0.5, Console(file=(said := io.StringIO())))
    assert pauses == [2, 4, 8, 0.5]
    for told in (
        f"failed: {Store(request.db).home}: the disk is gone",
        f"failed: {request.db}: ",
        "failed: the disk is full",
    ):
        assert told in said.getvalue().replace("\n", " "), told
    assert "published" in said.getvalue(), "what was not settled is tried again"


def test_a_disk_that_is_full_in_a_full_run_is_tried_again_by_watch(published, monkeypatch):
    request, _ = published
    (request.raw_dir / "events" / "batch-0.parquet").touch()
    real_build = build_module.build

    def build_on_full_disk(*given):
        first, *others = real_build(*given)
        return [dataclasses.replace(first, status="error", message="IO Error: No space left on device"), *others]

    with monkeypatch.context() as patch, pytest.raises(SpineError, match="the disk is full"):
        patch.setattr(build_module, "build", build_on_full_disk)
        _cycle(request)
    line, is_settled = _cycle(request)
    assert is_settled and line.startswith("published run")


def test_nothing_is_said_of_withdrawals_where_it_is_not_known_what_was_taken_in(published):
    request, _ = published
    (request.raw_dir / "events" / "bad.parquet").write_bytes(b"no parquet")
    Store(request.db).taken_in.unlink()
    line, _ = _cycle(request)
    assert line.startswith("refused: events/bad.parquet") and "withdrawals" not in line


def test_a_run_that_is_stopped_right_after_publishing_knows_what_it_took_in(published, monkeypatch):
    request, bring = published
    bring()

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(refresh_module, "settle_working", interrupt)
        patch.setattr(runs, "settle_taking_in", interrupt)
        runs_settle = refresh_module.settle
        patch.setattr(refresh_module, "settle", lambda store: read_publication(store))
        refresh(request, Console(quiet=True))
    store = Store(request.db)
    assert not any("batch-1" in path for path in runs.taken_in(store))
    runs_settle(store)
    assert any("batch-1" in path for path in runs.taken_in(store))


def test_the_first_run_within_the_day_finds_all_parsed_and_compiled(published, monkeypatch):
    request, bring = published
    bring()
    monkeypatch.setattr(parsed_project, "_PARSED", dict(parsed_project._PARSED))
    known = set(parsed_project._PARSED)
    monkeypatch.setattr(build_module, "compiled_nodes", None)
    assert refresh(request, Console(quiet=True)).is_well
    assert last_run(request).fingerprint.startswith(WITHIN_DAY) and set(parsed_project._PARSED) == known


def test_a_working_database_that_is_open_elsewhere_is_waited_for(published):
    request, bring = published
    bring()
    reading = "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True); print('open'); input()"
    command = [sys.executable, "-u", "-c", reading, str(Store(request.db).working)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "open\n"
        for is_full in (False, True):
            line, is_settled = _cycle(dataclasses.replace(request, full_refresh=is_full))
            assert line.startswith("waits: ") and "another process has the database open" in line and not is_settled
        reader.communicate("\n")
    line, is_settled = _cycle(request)
    assert "customers judged: " in line and is_settled


@pytest.mark.parametrize("is_within_day", [False, True])
def test_what_lands_while_a_run_is_at_work_waits_for_the_next(is_within_day, published, monkeypatch):
    request, bring = published
    bring()
    orders, ghosts = request.raw_dir / "orders", request.raw_dir / "orders" / "ghosts.parquet"

    def land(*_: object) -> list[str]:
        columns = "select * replace ('ghost-' || customer_id as customer_id, 'ghost-' || order_id as order_id)"
        duckdb.sql(f"{columns} from '{orders}/batch-0.parquet' limit 20").write_parquet(str(ghosts))
        return []

    def count_ghosts() -> int:
        with duckdb.connect(str(request.db), read_only=True) as connection:
            ids = "select count(*) from marts.customer_ids where source_customer_id like 'ghost-%'"
            return connection.execute(ids).fetchall()[0][0]

    with monkeypatch.context() as patch:
        patch.setattr(refresh_module, "_notes", land)
        assert refresh(dataclasses.replace(request, may_be_within_day=is_within_day), Console(quiet=True)).is_well
    assert last_run(request).fingerprint.startswith(WITHIN_DAY) == is_within_day
    assert count_ghosts() == 0 and "orders/ghosts.parquet" not in runs.taken_in(Store(request.db))
    assert refresh(request, Console(quiet=True)).is_well
    assert count_ghosts() > 0 and last_run(request).fingerprint.startswith(WITHIN_DAY)


def test_nothing_is_published_by_rules_that_change_under_the_run(published, monkeypatch):
    request, bring = published
    before = read_publication(Store(request.db))
    bring()
    rule_table = request.rules_dir / "value_tiers.csv"
    good = rule_table.read_text(encoding="utf-8")

    def change(*_: object) -> list[str]:
        rule_table.write_text(good.replace("0.06", "0.07"), encoding="utf-8")
        return []

    with monkeypatch.context() as patch:
        patch.setattr(refresh_module, "_notes", change)
        line, is_settled = _cycle(request)
    assert line.startswith("waits: rules, vars or the project have changed") and not is_settled
    assert read_publication(Store(request.db)) == before
    rule_table.write_text(good, encoding="utf-8")
    line, is_settled = _cycle(request)
    assert line.startswith("published") and is_settled and not last_run(request).fingerprint.startswith(WITHIN_DAY)


def test_full_runs_are_kept_besides_those_within_the_day(published):
    request, bring = published
    first = last_run(request).run_id
    bring()
    assert refresh(dataclasses.replace(request, keep=1), Console(quiet=True)).is_well
    assert kept_versions(Store(request.db)) == [first, last_run(request).run_id]
    assert read_publication(Store(request.db)).full_run_id == first


def test_a_run_goes_back_only_when_told(published):
    request, _ = published
    earlier = dataclasses.replace(request, as_of=DAY - datetime.timedelta(days=1), is_day_given=False)
    with pytest.raises(UsageError, match="later than 2026-06-29"):
        refresh(earlier, Console(quiet=True))


def test_a_file_that_vanishes_while_it_is_looked_at_is_not_there(published, monkeypatch):
    request, bring = published
    before = fingerprint.raw_inventory(request.raw_dir)
    bring()

    def gone(path: Path) -> tuple:
        if "batch-1" in path.name:
            raise FileNotFoundError(path)
        return file_mark(path)

    monkeypatch.setattr(fingerprint, "file_mark", gone)
    assert fingerprint.raw_inventory(request.raw_dir) == before
