"""Near real time: a slice says of every customer what a full build says that is scored by the same cut points."""

import dataclasses
import datetime
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from arrivals import late_shop
from conftest import MODELS_ONLY, OTHER_SETTINGS, PROJECT_DIR, WITHOUT_TESTS
from marts import differing_marts
from quick_days import build_needed, ledger_of
from rich.console import Console
from rule_folders import add_rows, clause_row, copy_of_rules, segment_row, trait_row
from spine.errors import DiskFull, InputRefused
from spine.history.day_before import day_before
from spine.live import slice as slice_module
from spine.live import watch as watch_module
from spine.live.slice import MARTS_OF_A_SLICE, build_slice, files_to_slice, prepare_slices
from spine.live.touched import TABLES_OF_CUSTOMERS
from spine.live.watch import _cycle
from spine.publish import runs
from spine.publish.fingerprint import inputs_of
from spine.publish.publication import read_publication
from spine.publish.refresh import SLICE, RefreshRequest, refresh, rollback
from spine.publish.status import print_status, status
from spine.publish.store import Store
from spine.raw.contract import load_contract
from spine.raw.currency import SeveralCurrencies
from spine.raw.folder import prepare
from spine.run import build as build_module
from spine.run.build import BuildRequest, build
from spine.run.compiled import run_statements
from spine.sample.shop import TABLES, generate_sample
from test_refresh import damage, no_file_above

DAY = datetime.date(2026, 6, 30)
CUSTOMERS = int(os.environ.get("SPINE_SLICE_CUSTOMERS", "20000"))
BATCHES = int(os.environ.get("SPINE_SLICE_BATCHES", "2"))
SEED = int(os.environ.get("SPINE_SLICE_SEED", "5"))
CUT_POINTS = ("int_rfm_cut_points", "int_value_tier_cut_points")
SILENT = Console(quiet=True)


def differing_rows(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Per mart of a slice the rows that only one of two databases holds."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        found = {
            mart: tuple(
                connection.execute(
                    f"select count(*) from (from {left}.marts.{mart} except all from {right}.marts.{mart})"
                ).fetchall()[0][0]
                for left, right in (("one", "other"), ("other", "one"))
            )
            for mart in MARTS_OF_A_SLICE
        }
    return {mart: counts for mart, counts in found.items() if any(counts)}


def build_scored_as(db: Path, raw_dir: Path, scored: Path, rules: Path | None = None) -> None:
    """Builds all models, with the cut points of another database."""
    db.unlink(missing_ok=True)
    request = BuildRequest(db, DAY, raw_dir=raw_dir, rules_dir=rules)
    build_models(request)
    with duckdb.connect(str(db)) as connection:
        connection.execute(f"attach '{scored}' as scored (read_only)")
        for name in CUT_POINTS:
            connection.execute(f"create or replace table intermediate.{name} as from scored.intermediate.{name}")
    scored_anew = ("int_customer_rfm_scored+", "int_customer_value_tiers+")
    build_models(dataclasses.replace(request, select=scored_anew))


def build_models(request: BuildRequest) -> None:
    """Builds what is selected, or all models, without data tests."""
    _, *models_only = MODELS_ONLY
    with patch.dict(os.environ, WITHOUT_TESTS):
        build(dataclasses.replace(request, select=request.select or tuple(models_only)), SILENT)


def every_kind_of_row_trait(folder: Path) -> Path:
    """The shipped rules, and segments on row traits of orders, refunds, lines, events, tickets and attributes."""
    traits = [
        trait_row("skincare_orders_90d", "count", "ordered", "category", "skincare", (0, 89)),
        trait_row("skincare_share", "share", "ordered", "category", "skincare|coffee"),
        trait_row("spent_on_coffee", "revenue", "ordered", "category", "coffee"),
        trait_row("units", "quantity", "ordered"),
        trait_row("web_days", "days", "ordered", "order_channel", "web"),
        trait_row("has_refund", "has_done", "refunded"),
        trait_row("reports_90d", "count", "feature_used", "feature", "reports", (0, 89)),
        trait_row("emails", "days_since_last", "message_opened|message_clicked", "channel", "email"),
        trait_row("tickets", "count", "ticket_opened"),
        trait_row("favourite_store", "attribute", "profile", "column", "favourite_store", kind="text"),
        trait_row("household", "attribute", "profile", "key", "household_size", kind="number"),
        trait_row("student", "attribute", "profile", "key", "is_student", kind="boolean"),
    ]
    clauses = [clause_row(f"on_{row['trait']}", row["trait"], "is_known") for row in traits]
    clauses += [clause_row("without_skincare", "skincare_orders_90d", "equals", "0")]
    segments = [segment_row(row["segment_key"], 1000 + number) for number, row in enumerate(clauses)]
    add_rows(copy_of_rules(folder), traits=traits, segments=segments, segment_clauses=clauses)
    return folder


def test_after_each_batch_all_customers_are_as_in_a_full_build_with_the_same_cut_points(tmp_path, monkeypatch):
    # The last batch brings all that is late: it touches more customers than a slice is worth its while for.
    monkeypatch.setattr(slice_module, "FEW_CUSTOMERS", 2 * CUSTOMERS)
    shop = late_shop(tmp_path / "sample", CUSTOMERS, 14, DAY, seed=SEED)
    raw_dir, store = tmp_path / "raw", Store(tmp_path / "published" / "shop.duckdb")
    whole = tmp_path / "whole" / "shop.duckdb"
    store.db.parent.mkdir()
    whole.parent.mkdir()
    rules = every_kind_of_row_trait(tmp_path / "rules")
    # The small shops of the tests below have the default settings.
    (rules / "vars.yml").write_text(OTHER_SETTINGS, encoding="utf-8")
    request = RefreshRequest(store.db, raw_dir, DAY, may_slice=True, rules_dir=rules)
    since = datetime.date(1990, 1, 1)
    # What is about everybody is there from the start: news of it is for a full build.
    assert shop.bring(raw_dir, since, DAY, "all", [table for table in TABLES if table not in TABLES_OF_CUSTOMERS])
    for batch in range(BATCHES + 1):
        until = DAY - datetime.timedelta(days=BATCHES - batch)
        assert shop.bring(raw_dir, since, until, f"batch-{batch}", TABLES_OF_CUSTOMERS)
        since = until
        assert refresh(request, SILENT).is_well
        run = runs.load_all(store)[-1]
        assert run.fingerprint.startswith(SLICE) == (batch > 0), "only the first batch needs a full build"
        if batch:
            build_scored_as(whole, raw_dir, store.working, rules)
            assert differing_rows(store.db, whole) == {}, batch
    full_run = runs.full_build(store)
    assert read_publication(store).full_run_id == full_run.run_id != run.run_id

    # A full refresh has something to do, though no file is new since the slice.
    assert refresh(RefreshRequest(store.db, raw_dir, DAY, rules_dir=rules), SILENT).is_well
    build_models(BuildRequest(whole, DAY, raw_dir=raw_dir, rules_dir=rules))
    assert differing_marts(store.db, whole) == {}
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A sample shop that a full build has published; its raw folder, and its store."""
    folder = tmp_path_factory.mktemp("slices")
    generate_sample(folder / "raw", customers=300, until=DAY, in_folders=True)
    (folder / "raw" / "products").mkdir()
    (folder / "raw" / "products.parquet").rename(folder / "raw" / "products" / "all.parquet")
    store = Store(folder / "published" / "shop.duckdb")
    store.db.parent.mkdir()
    assert refresh(RefreshRequest(store.db, folder / "raw", DAY), SILENT).is_well
    return folder / "raw", store


@pytest.fixture
def copied(shop, tmp_path):
    """A copy of the store, and how to bring rows of a table; what a test brings goes with it."""
    raw_dir, original = shop
    shutil.copytree(original.db.parent, tmp_path / "published")
    brought = []

    def bring(table: str, columns: str, rows: str = "limit 1", name: str = "new.parquet") -> Path:
        path = raw_dir / table / name
        duckdb.sql(f"select * replace ({columns}) from '{raw_dir}/{table}/*.parquet' {rows}").write_parquet(str(path))
        brought.append(path)
        return path

    yield RefreshRequest(tmp_path / "published" / "shop.duckdb", raw_dir, DAY, may_slice=True), bring
    for path in brought:
        path.unlink(missing_ok=True)


def last_run(request: RefreshRequest) -> runs.Run:
    return runs.load_all(Store(request.db))[-1]


def is_sliced(request: RefreshRequest) -> bool:
    return (last_run(request).fingerprint or "").startswith(SLICE)


def query(request: RefreshRequest, sql: str) -> list[tuple]:
    with duckdb.connect(str(request.db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def one_contact(request: RefreshRequest) -> tuple[str, str, str]:
    """A customer, with a channel and purpose by which they may be contacted."""
    sql = (
        "select customer_id, channel, purpose from marts.channel_eligibility where is_contactable order by all limit 1"
    )
    return query(request, sql)[0]


def test_a_withdrawal_and_a_newcomer_are_published_at_once_and_nobody_else_changes(copied):
    request, bring = copied
    customer_id, channel, purpose = one_contact(request)
    before = dict(query(request, "select customer_id, hash(customers) from marts.customers"))
    bring("orders", "'new order' as order_id, 'newcomer' as customer_id")
    said = f"'w' as consent_id, '{customer_id}' as customer_id, '{channel}' as channel, '{purpose}' as purpose"
    bring("consent", f"{said}, 'opted_out' as status, timestamp '{DAY}' as occurred_at, null as loaded_at")
    line, _ = _cycle(request)
    assert is_sliced(request)
    assert "may be contacted: +0 -1; " in line and "only the customers were judged whom new files touch" in line
    after = dict(query(request, "select customer_id, hash(customers) from marts.customers"))
    assert {name for name in after if after[name] != before.get(name)} <= {"newcomer", customer_id}
    assert after.keys() - before.keys() == {"newcomer"} and not before.keys() - after.keys()
    full_run = read_publication(Store(request.db)).full_run_id
    assert full_run != last_run(request).run_id
    print_status(status(Store(request.db), request.raw_dir, None), Console(file=(said := io.StringIO())))
    assert f"all customers judged by: run {full_run}" in said.getvalue().replace("\n", " ")


def test_watch_counts_no_contact_as_lost_whose_id_is_another_s_now(copied):
    request, bring = copied
    alike = """
        select min(customer_id), max(customer_id)
        from (
            select customer_id, list((channel, purpose) order by channel, purpose) as contacts
            from marts.channel_eligibility where is_contactable group by customer_id
        )
        group by contacts having count(*) > 1 order by count(*) desc, contacts limit 1
    """
    ((one, other),) = query(request, alike)
    bring("identities", f"'customer_id' as identifier_type, '{one}' as identifier, '{other}' as customer_id")
    line, _ = _cycle(request)
    assert is_sliced(request) and line.startswith("published") and "may be contacted" not in line
    ids = f"select distinct customer_id from marts.customer_ids where source_customer_id in ('{one}', '{other}')"
    assert len(query(request, ids)) == 1


@pytest.mark.parametrize(("further", "said"), [([], ""), (["refunds: too."], " (and 1 more; see `spine status`)")])
def test_watch_counts_faults_and_no_notes(further, said, copied, monkeypatch):
    def refused(*_: object) -> None:
        raise InputRefused(["orders: cannot be read.", *further, "note: customers: not given."])

    request, _ = copied
    monkeypatch.setattr(watch_module, "refresh", refused)
    assert _cycle(request)[0] == f"refused: orders: cannot be read.{said}"


def test_an_id_that_no_row_names_any_more_goes(copied):
    request, bring = copied
    bring("orders", "'once' as order_id, 'mistyped' as customer_id, timestamp '2026-06-02' as loaded_at")
    assert refresh(request, SILENT).is_well and is_sliced(request)
    bring(
        "orders",
        "'once' as order_id, 'right' as customer_id, timestamp '2026-06-03' as loaded_at",
        name="later.parquet",
    )
    assert refresh(request, SILENT).is_well and is_sliced(request)
    ids = "select source_customer_id from marts.customer_ids where source_customer_id in ('mistyped', 'right')"
    assert query(request, ids) == [("right",)]


def test_what_a_slice_cannot_judge_is_left_to_a_full_build(copied, monkeypatch):
    request, bring = copied
    store = Store(request.db)

    def plan(**changes: object) -> bool:
        asked = dataclasses.replace(request, **changes)
        inputs = inputs_of(asked.raw_dir, asked.rules_dir, asked.as_of)
        full = files_to_slice(store, inputs, read_publication(store))
        if full is None:
            return False
        folder = prepare(asked.raw_dir, asked.db.parent / "landed", load_contract())
        return build_slice(store, runs.new_run(store, "watch"), folder, full, inputs, asked.rules_dir) is not None

    assert not plan(), "nothing is new"
    bring("orders", "'new order' as order_id")
    assert plan()
    assert not plan(as_of=DAY - datetime.timedelta(days=1))
    with monkeypatch.context() as patch:
        patch.setattr(slice_module, "FEW_CUSTOMERS", 0)
        patch.setattr(slice_module, "MOST_TOUCHED_SHARE", 0)
        assert not plan(), "too many are touched"
    with monkeypatch.context() as patch:
        patch.setattr(slice_module, "run_statements", refuse_the_last)
        assert not plan(), "a model fails"
    products = bring("products", "'new' as product_id")
    assert not plan(), "products are about everybody"
    products.unlink()
    dated = bring("events", "'new' as event_id", name="2026-06-30.parquet")
    assert not plan(), "the dates in names count only where all files have one"
    dated.unlink()
    store.working.write_bytes(store.working.read_bytes())
    assert not plan(), "somebody has written to the working database"


def test_a_currency_that_no_order_had_is_left_to_a_full_build(copied):
    """Which one to report in, only a look at all orders can tell; so a full build refuses, and says why."""
    request, bring = copied
    bring("orders", "'new' as order_id, ' eur ' as currency, 'e' as status")
    assert refresh(request, SILENT).is_well and is_sliced(request), "there were orders in EUR, with rates"
    bring("orders", "'newer' as order_id, 'CHF' as currency", name="newer.parquet")
    with pytest.raises(SeveralCurrencies, match="CHF 1"):
        refresh(request, SILENT)
    assert last_run(request).result == runs.REFUSED
    line, is_final = _cycle(request)
    assert is_final and line.startswith("refused: reporting_currency is auto")


def test_watch_says_that_a_run_is_published_whose_report_cannot_be_written(copied, tmp_path):
    request, bring = copied
    bring("orders", "'new' as order_id")
    (tmp_path / "page.html").mkdir()
    line, is_final = _cycle(dataclasses.replace(request, report_file=tmp_path / "page.html"))
    published = read_publication(Store(request.db))
    assert line == (
        f"failed: {tmp_path / 'page.html'}: is a folder; name a file in it, such as "
        f"{tmp_path / 'page.html' / 'report.html'}. Run {published.run_id} as of {published.as_of_date} "
        "is published all the same."
    )
    assert not is_final and published.run_id == last_run(request).run_id


def refuse_the_last(connection: duckdb.DuckDBPyConnection, statements: list) -> list:
    broken = [dataclasses.replace(one, sql="select no_such_column from staging.base_orders") for one in statements[-1:]]
    return run_statements(connection, [*statements[:-1], *broken])


def test_a_stopped_slice_leaves_what_was_published_and_the_next_one_is_well(copied, monkeypatch):
    request, bring = copied
    bring("orders", "'new order' as order_id")
    before = read_publication(Store(request.db))
    for step in ("cut_raw", "run_statements", "note_replaced"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(slice_module, step, interrupt)
            refresh(request, SILENT)
        assert last_run(request).result == runs.INTERRUPTED
        assert read_publication(Store(request.db)) == before
        assert not Store(request.db).slice.exists()
    assert refresh(request, SILENT).is_well and is_sliced(request)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_full_build_follows_a_slice_that_is_not_well_and_says_why(copied):
    request, bring = copied
    before = read_publication(Store(request.db))
    unreadable = "'w' as consent_id, 'opted_out' as status, cast(null as timestamp) as occurred_at"
    bring("consent", unreadable)
    line, _ = _cycle(request)
    assert not is_sliced(request) and "consent_withdrawals_are_readable" in line
    assert read_publication(Store(request.db)) == before


def test_a_slice_runs_the_tests_that_would_stop_a_full_build(copied):
    request, _ = copied
    inputs = inputs_of(request.raw_dir, None, request.as_of)
    names = {test.node.name for test in prepare_slices(Store(request.db), inputs, None).tests}
    tests = (PROJECT_DIR / "tests" / "assertions" / "health").glob("*.sql")
    stopping = {path.stem for path in tests if "severity='error'" in path.read_text(encoding="utf-8")}
    # These look at all customers or at the day, and the full build has passed them.
    assert stopping - names == {"orders_have_begun", "segment_shares_within_error_bounds", "sources_are_fresh_error"}


def test_no_slice_is_cut_from_a_version_that_is_damaged(copied):
    """Of the copy that a slice is, the marts that it writes are read again, and no others."""
    request, bring = copied
    bring("orders", "'new order' as order_id")
    assert refresh(request, SILENT).is_well and is_sliced(request)
    store = Store(request.db)
    damage(store.version(read_publication(store).full_run_id), "marts.segment_membership_history")
    bring("orders", "'newer order' as order_id", name="newer.parquet")
    assert refresh(request, SILENT).is_well and not is_sliced(request)


def as_built(request: RefreshRequest, folder: Path) -> dict[str, tuple[int, int]]:
    """What differs between the published marts of a slice and a full build with the same cut points."""
    whole = folder / "whole" / "shop.duckdb"
    whole.parent.mkdir()
    build_scored_as(whole, request.raw_dir, Store(request.db).working)
    return differing_rows(request.db, whole)


def bringer(raw_dir: Path) -> Callable:
    """How to bring rows of a table: its name, that of the file, the columns, the rows."""

    def bring(table: str, name: str, columns: str, *rows: tuple) -> None:
        (raw_dir / table).mkdir(parents=True, exist_ok=True)
        values = ", ".join(f"({', '.join('null' if one is None else repr(one) for one in row)})" for row in rows)
        text = f"select * from (values {values}) as given ({columns})"
        duckdb.sql(text).write_parquet(str(raw_dir / table / f"{name}.parquet"))

    return bring


@pytest.fixture
def odd_shop(tmp_path):
    """A small shop with rows of junk ids, and versions of refunds that name different orders, published in full."""
    raw_dir = tmp_path / "raw"
    bring = bringer(raw_dir)
    orders = [(f"o{n}", f"c{n}", "2026-06-01 10:00:00", f"{10 + n}.00", "completed") for n in range(40)]
    bring("orders", "all", "order_id, customer_id, ordered_at, amount, status", *orders)
    refunds = [("r", "o1", "5.00", "2026-06-02 10:00:00"), ("r", "o2", "5.00", "2026-06-01 12:00:00")]
    refunds += [("s", "o3", "7.00", "2026-06-02 10:00:00"), ("s", "late", "9.00", "2026-06-02 12:00:00")]
    refunds = [(one, order, "2026-06-01 11:00:00", amount, loaded) for one, order, amount, loaded in refunds]
    bring("refunds", "all", "refund_id, order_id, refunded_at, amount, loaded_at", *refunds)
    bring("customers", "all", "customer_id, email", ("guest", "solo@x.example"), ("c3", "three@x.example"))
    bring(
        "identities", "all", "identifier_type, identifier, customer_id, linked_at",
        ("customer_id", "c5", "unknown", "2020-01-01 10:00:00"), ("device", "d", "c5", "2026-06-01 10:00:00"),
        ("device", "d", "c6", "2026-06-01 10:00:00"), ("email", "solo2@x.example", "n/a", "2026-06-01 10:00:00"),
    )  # fmt: skip
    said = "consent_id, customer_id, channel, status, occurred_at"
    bring("consent", "all", said, ("k1", "solo@x.example", "email", "opted_in", "2026-06-01 10:00:00"))
    bring("support_tickets", "all", "ticket_id, customer_id, opened_at", ("t", "c9", "2026-06-01 10:00:00"))
    request = RefreshRequest(tmp_path / "published" / "shop.duckdb", raw_dir, DAY, may_slice=True, min_volume=0)
    request.db.parent.mkdir()
    assert refresh(request, SILENT).is_well
    return request, bring


def test_rows_of_junk_ids_and_versions_that_name_different_orders_are_judged_as_in_a_full_build(odd_shop, tmp_path):
    request, bring = odd_shop
    said = "consent_id, customer_id, channel, status, occurred_at"
    bring("consent", "new", said, ("k2", "solo@x.example", "sms", "opted_in", "2026-06-02 10:00:00"),
          ("k3", "solo2@x.example", "sms", "opted_in", "2026-06-02 10:00:00"))  # fmt: skip
    # Brings the order of a refund that was set aside, and was to replace that of c3.
    late = ("late", "c31", "2026-06-01 09:00:00", "20.00", "completed")
    bring("orders", "new", "order_id, customer_id, ordered_at, amount, status", late)
    tickets = [(f"t{one}", one, "2026-06-02 10:00:00") for one in ("c2", "c6")]
    bring("support_tickets", "new", "ticket_id, customer_id, opened_at", *tickets)
    assert refresh(request, SILENT).is_well and is_sliced(request)
    assert as_built(request, tmp_path) == {}


def test_guests_and_addresses_of_orders_are_judged_as_in_a_full_build(tmp_path):
    bring = bringer(tmp_path / "raw")
    columns = "order_id, customer_id, email, phone, anonymous_id, ordered_at, amount, status"

    def order(name: str, who: str | None = None, email: str | None = None, **more: str) -> tuple:
        values = {"phone": None, "anonymous_id": None, "status": "completed"} | more
        return (
            name,
            who,
            email,
            values["phone"],
            values["anonymous_id"],
            "2026-06-10 10:00:00",
            "9.00",
            values["status"],
        )

    orders = [order(f"o{n}", f"c{n}", f"c{n}@x.example") for n in range(40)]
    orders += [order("g1", None, "Guest@x.example"), order("g2", "-1", "other@x.example"), order("g3")]
    bring("orders", "all", columns, *orders, order("v1", "c7", anonymous_id="v"), order("p1", phone="+49 170 1234567"))
    bring("customers", "all", "customer_id, email", ("c3", "three@x.example"))
    request = RefreshRequest(
        tmp_path / "published" / "shop.duckdb", tmp_path / "raw", DAY, may_slice=True, min_volume=0
    )
    request.db.parent.mkdir()
    assert refresh(request, SILENT).is_well
    buyers = query(request, "select count(*) from marts.customers where orders_life > 0")
    bring(
        "orders", "new", columns, order("n1", None, "guest@x.example "), order("n2", None, "unseen@x.example"),
        order("n3", "newcomer", "other@x.example"), order("n4", "c9", "three@x.example", status="refunded"),
        order("n5", None, None, phone="0049170 1234567", anonymous_id="v"), order("n6", None, None),
    )  # fmt: skip
    bring("customers", "new", "customer_id, email", ("late", "c11@x.example"))
    assert refresh(request, SILENT).is_well and is_sliced(request)
    assert as_built(request, tmp_path) == {}
    # The unseen guest is one more; newcomer has joined a guest, c9 c3, and the guest with a phone the visitor c7.
    now = query(request, "select count(*) from marts.customers where orders_life > 0")
    assert (buyers, now) == ([(43,)], [(42,)])


def test_what_the_full_build_had_no_rows_of_is_unknown_and_what_it_had_is_0(odd_shop):
    """The tables of a slice hold the rows of a few customers: they do not say what the shop brings."""
    request, bring = odd_shop
    order = ("new", "newcomer", "2026-06-02 10:00:00", "9.00", "completed")
    bring("orders", "new", "order_id, customer_id, ordered_at, amount, status", order)
    assert refresh(request, SILENT).is_well and is_sliced(request)
    columns = "messages_sent_90d, engagement_tier, lowest_nps_30d, open_tickets_30d, refunded_amount_life, orders_life"
    said = query(request, f"select {columns} from marts.customers where customer_id = 'newcomer'")
    assert said == [(None, None, None, 0, 0, 1)]
    compiled = prepare_slices(Store(request.db), inputs_of(request.raw_dir, None, DAY), None)
    assert "intermediate.int_feeds" in compiled.of_all_customers
    assert "int_column_quality" not in {one.node.name for one in compiled.models}


def test_a_broken_feed_of_orders_is_left_to_a_full_build_which_refuses_it(odd_shop):
    request, bring = odd_shop
    before = read_publication(Store(request.db))
    orders = [(f"n{n}", "c1", "2026-06-02 10:00:00", "9.00", "no such status") for n in range(10)]
    bring("orders", "new", "order_id, customer_id, ordered_at, amount, status", *orders)
    outcome = refresh(request, SILENT)
    assert not outcome.is_well and "unmapped_orders_within_limit" in outcome.run.reason
    assert read_publication(Store(request.db)) == before


def test_ties_that_are_split_by_rank_are_not_judged_in_slices(copied, tmp_path):
    request, _ = copied
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "vars.yml").write_text("tie_policies: {recency: split, frequency: split, monetary: split}\n")
    inputs = inputs_of(request.raw_dir, tmp_path / "rules", DAY)
    assert prepare_slices(Store(request.db), inputs, tmp_path / "rules") is None
    assert prepare_slices(Store(request.db), inputs_of(request.raw_dir, None, DAY), None) is not None


def test_a_full_disk_in_a_slice_is_told_and_the_next_one_is_well(copied):
    request, bring = copied
    bring("orders", "'new order' as order_id")
    # dbt has parsed the project for slices: what its own files would say to a full disk is not asked here.
    assert prepare_slices(Store(request.db), inputs_of(request.raw_dir, None, DAY), None) is not None
    slice_module._COMPILED.clear()
    Store(request.db).slice_rules.unlink(missing_ok=True)
    for limit in (100_000, 1_500_000):
        with no_file_above(limit), pytest.raises(DiskFull):
            refresh(request, SILENT)
        assert not Store(request.db).slice.exists()
    assert refresh(request, SILENT).is_well and is_sliced(request)


def test_after_a_rollback_no_slice_is_cut(copied):
    request, bring = copied
    bring("orders", "'new order' as order_id")
    assert refresh(request, SILENT).is_well and is_sliced(request)
    rollback(Store(request.db), 0)
    bring("orders", "'newer order' as order_id", name="newer.parquet")
    inputs = inputs_of(request.raw_dir, None, DAY)
    assert files_to_slice(Store(request.db), inputs, read_publication(Store(request.db))) is None


def test_a_slice_leaves_the_ledger_as_it_is_and_the_next_full_build_goes_on_from_full_builds(copied, monkeypatch):
    request, bring = copied
    monkeypatch.setattr(build_module, "build", build_needed)
    next_day = DAY + datetime.timedelta(days=1)
    before, first = ledger_of(request.db), read_publication(Store(request.db)).run_id
    bring("orders", "'new order' as order_id, 'newcomer' as customer_id")
    shutil.copytree(request.db.parent, request.db.parent.with_name("at-once"))
    assert refresh(request, SILENT).is_well and is_sliced(request)
    assert ledger_of(request.db) == before
    found = day_before(Store(request.db), read_publication(Store(request.db)), next_day)
    assert (found.run_id, found.day) == (first, DAY)

    at_once = RefreshRequest(request.db.parent.with_name("at-once") / request.db.name, request.raw_dir, next_day)
    for one in (dataclasses.replace(request, as_of=next_day, may_slice=False), at_once):
        assert refresh(one, SILENT).is_well and not is_sliced(one)
    assert ledger_of(request.db) == ledger_of(at_once.db) != before
    assert query(request, "select count(*) > 0 from marts.segment_changes where customer_id = 'newcomer'") == [(True,)]
