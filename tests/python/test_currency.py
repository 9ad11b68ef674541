"""The reporting currency that is left to the orders: found out where it can be known, asked for where it cannot."""

import json
from pathlib import Path

import duckdb
import pytest
from conftest import SAMPLE_DAY, run_dbt, run_spine
from spine.errors import InputRefused
from spine.raw.contract import load_contract
from spine.raw.currency import NO_CURRENCY, SeveralCurrencies, currency_of_orders
from spine.raw.folder import check_schema, prepare, release_landings

DAY = "2026-06-01"
EUR_RATES = ["EUR,2026-01-01,1.1", "EUR,2026-02-01,1.2"]


def write_orders(raw_dir: Path, currencies: list[str] | None, rates: list[str] | None = None) -> Path:
    """An order of each currency; without a column for it where there are none."""
    raw_dir.mkdir(exist_ok=True)
    names = "order_id,customer_id,ordered_at,amount" + ("" if currencies is None else ",currency")
    rows = [f"o{n},c{n},{DAY},10,{one}" for n, one in enumerate(currencies or [])] or [f"o,c,{DAY},10"]
    (raw_dir / "orders.csv").write_text("\n".join([names, *rows, ""]), encoding="utf-8")
    if rates is not None:
        (raw_dir / "exchange_rates.csv").write_text("\n".join(["currency,valid_on,rate", *rates, ""]))
    return raw_dir


def currency_of_folder(raw_dir: Path) -> str:
    landing_dir = raw_dir.parent / "landed"
    try:
        return currency_of_orders(prepare(raw_dir, landing_dir, load_contract()), landing_dir)
    finally:
        release_landings()


@pytest.mark.parametrize(
    ("currencies", "rates", "found"),
    [
        (["EUR", "EUR"], None, "EUR"),
        (["eur", " EUR ", "Eur\u00a0"], None, "EUR"),
        (["", "EUR", "  "], None, "EUR"),
        (["€", "Euro", "EUR", "n/a", "NaN", "nil", "E U"], None, "EUR"),
        (None, None, NO_CURRENCY),
        (["", " "], None, NO_CURRENCY),
        (["€", "NaN"], EUR_RATES, NO_CURRENCY),
        # The currency that the rates lead to is none of those that have one.
        (["USD", "EUR", "", "EUR"], EUR_RATES, "USD"),
        (["USD", "EUR"], [*EUR_RATES, "usd,2026-01-01,1.00"], "USD"),
        (["EUR"], EUR_RATES, "EUR"),
    ],
)
def test_one_currency_is_found_out(currencies, rates, found, tmp_path):
    assert currency_of_folder(write_orders(tmp_path / "raw", currencies, rates)) == found


@pytest.mark.parametrize(
    ("currencies", "rates", "counted"),
    [
        (["USD", "EUR", "EUR", "", "€"], None, "EUR 2, USD 1, without a code 2."),
        (["USD", "EUR", "CHF"], EUR_RATES, "CHF 1, EUR 1, USD 1."),
        (["USD", "EUR"], [*EUR_RATES, "USD,2026-01-01,0.9"], "EUR 1, USD 1."),
        # Orders without one are in the currency that the rates lead to, and nobody says which that is.
        (["EUR", ""], EUR_RATES, "EUR 1, without a code 1."),
        ([f"A{one}A" for one in "BCDEFGHIJKLM"], None, "".join(f"A{one}A 1, " for one in "BCDEFGHIJK") + "and 2 more."),
    ],
)  # fmt: skip
def test_of_several_currencies_one_is_asked_for(currencies, rates, counted, tmp_path):
    with pytest.raises(SeveralCurrencies) as refused:
        currency_of_folder(write_orders(tmp_path / "raw", currencies, rates))
    assert f"in several currencies: {counted} Choose one" in str(refused.value)
    assert refused.value.exit_code == 2
    assert isinstance(refused.value, InputRefused), "a watch tells it once, and tries again when files have changed"


def test_parquet_files_and_the_tables_of_a_schema_are_looked_at_too(tmp_path):
    columns = f"'o' || range as order_id, timestamp '{DAY}' as ordered_at, 10 as amount, 'gbp' as currency"
    query = f"select {columns} from range(3)"
    (tmp_path / "raw").mkdir()
    duckdb.sql(query).write_parquet(str(tmp_path / "raw" / "orders.parquet"))
    assert currency_of_folder(tmp_path / "raw") == "GBP"
    with duckdb.connect() as connection:
        connection.execute(f"create schema landing; create table landing.orders as {query}")
        assert currency_of_orders(check_schema(connection, "landing", load_contract()), None, connection) == "GBP"
        assert connection.execute(
            "select count(*) from information_schema.schemata where schema_name = 'raw'"
        ).fetchall() == [(0,)], "the look leaves nothing behind"


def test_a_build_asks_before_it_builds_and_reports_in_what_is_chosen(tmp_path):
    raw_dir = write_orders(tmp_path / "raw", ["USD", "EUR", "eur"])
    options = ("--raw", raw_dir, "--db", tmp_path / "shop.duckdb", "--as-of", SAMPLE_DAY)
    for run in (run_spine("build", *options, scratch=tmp_path), run_spine("check", *options[:4], scratch=tmp_path)):
        assert run.code == 2
        assert "spine: reporting_currency is auto, but the orders are in several currencies: EUR 2, USD 1." in run.err
    assert not (tmp_path / "shop.duckdb").exists()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "vars.yml").write_text("reporting_currency: USD\nmax_reject_share: 1.0\n")
    chosen = run_spine("build", *options, "--rules", tmp_path / "rules", scratch=tmp_path)
    assert chosen.code == 0, chosen.all_text
    lines = (
        "select currency, line, entries from marts.does_it_add_up where section = 'orders' and not is_total order by 1"
    )
    with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:
        assert connection.execute(lines).fetchall() == [("EUR", "set_aside", 2), ("USD", "counted", 1)]


def test_plain_dbt_is_told_the_currency(tmp_path):
    raw_dir = write_orders(tmp_path / "raw", ["EUR"])
    places = {"RAW_DIR": str(raw_dir), "SPINE_DB": str(tmp_path / "shop.duckdb")}
    arguments = ("build", "--profiles-dir", ".", "--select", "+base_orders")
    refused = run_dbt(*arguments, scratch=tmp_path, **places)
    assert refused.code == 2 and "var reporting_currency must be a three-letter code here" in refused.all_text
    told = json.dumps({"reporting_currency": "EUR"})
    assert run_dbt(*arguments, "--vars", told, scratch=tmp_path, **places).code == 0
