"""From exports to a raw folder: what every adapter keeps to, one of one's own, several at once, and what is refused."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from adapting import adapt
from conftest import PROJECT_DIR, run_spine
from spine.errors import InputRefused, UsageError
from spine.raw.adapters import ADAPTERS_DIR, NOTES, adapter_names, load_adapter, recognised
from spine.raw.contract import load_contract, load_export
from spine.raw.csv_landing import hold, release_landings
from spine.run.project import project_vars

DOCS = (PROJECT_DIR / "docs" / "adapters.md").read_text()
CONTRACT = load_contract()
TABLES = {table.name for table in CONTRACT.user_tables}
ORDERS = "Order No;Client;Date;Net\nA1;7;2026-05-01;10,50\nA2;8;2026-05-02;4,00\n"


def described(name: str) -> dict:
    return yaml.safe_load((ADAPTERS_DIR / name / f"_{name}.yml").read_text())


def header_of(name: str, table_name: str) -> str:
    export = load_export(ADAPTERS_DIR / name / f"_{name}.yml", name)
    return ",".join(f'"{column.name}"' for column in export.table(table_name).columns if not column.is_rest) + "\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The adapter that the docs show, and an export for it."""
    folder = tmp_path / "my_shop"
    folder.mkdir()
    for name, text in re.findall(r"```\n(?:#|--) my_shop/(\S+)\n(.*?)```", DOCS, re.DOTALL):
        (folder / name).write_text(text)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "whatever.csv").write_text(ORDERS)
    return folder


def made(raw_dir: Path, table: str, columns: str) -> list[tuple]:
    scan = f"select {columns} from read_parquet('{raw_dir}/{table}/*.parquet') order by all"
    return duckdb.execute(scan).fetchall()


@pytest.mark.parametrize("name", adapter_names())
def test_what_an_adapter_makes_is_in_the_contract_and_described(name):
    adapter = load_adapter(name, project_vars())
    models = {model["name"]: model for model in described(name)["models"] if model["name"] in TABLES}
    made_tables = [table for table in adapter.selects if table != NOTES and not table.startswith("_")]
    assert sorted(models) == sorted(made_tables)
    for table, model in models.items():
        assert model["description"].startswith("One row per "), table
        columns = {column["name"]: column["description"] for column in model["columns"]}
        assert all(columns.values()), table
        assert table == "customers" or set(columns) <= set(CONTRACT.table(table).names_to_bring), table
        assert {column.name for column in CONTRACT.table(table).columns if column.required} <= set(columns), table


@pytest.mark.parametrize("name", adapter_names())
def test_selects_make_the_columns_that_are_described(name, tmp_path):
    """Every table of the export with its header and a row: each select runs, and makes what is described."""
    (tmp_path / "orders.csv").write_text("order_id,ordered_at,amount\n1,2026-05-01,1\n")
    raw = tmp_path / "raw"
    raw.mkdir()
    export = load_export(ADAPTERS_DIR / name / f"_{name}.yml", name)
    for table in export.user_tables:
        row = ",".join("" if "deleted" in column.name else "1" for column in table.columns if not column.is_rest) + "\n"
        (raw / f"{table.file_prefix}{table.name}.csv").write_text(header_of(name, table.name) + row)
    if not load_adapter(name, project_vars()).selects.get("orders"):
        (tmp_path / "orders.csv").rename(raw / "orders.csv")
    raw_dir, _ = adapt(raw, name, out_dir=tmp_path / "out")
    for model in (model for model in described(name)["models"] if model["name"] in TABLES):
        files = f"describe select * from read_parquet('{raw_dir}/{model['name']}/*.parquet')"
        names = [row[0] for row in duckdb.execute(files).fetchall()]
        assert sorted(names) == sorted(column["name"] for column in model["columns"]), model["name"]


@pytest.mark.parametrize("name", adapter_names())
def test_an_export_is_recognised(name, tmp_path):
    export = load_export(ADAPTERS_DIR / name / f"_{name}.yml", name)
    needed = sorted(export.user_tables, key=lambda table: not table.required)[0]
    (tmp_path / "some name.csv").write_text(header_of(name, needed.name) + "1\n")
    assert next(iter(recognised(tmp_path))) == name


def test_the_docs_and_the_readme_name_every_adapter():
    readme = (PROJECT_DIR / "README.md").read_text()
    for name in adapter_names():
        assert f"\n## {name}\n" in DOCS and f"`{name}`" in readme, name


def test_check_says_the_command_for_an_export(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "export.csv").write_text(header_of("stripe", "payments"))
    run = run_spine("check", "--raw", tmp_path / "raw", scratch=tmp_path)
    assert run.code == 4
    assert (
        f"export.csv is like an export of stripe; run `spine check --raw {tmp_path / 'raw'} --source stripe`."
        in run.err
    )


def test_the_adapter_of_the_docs(own, tmp_path):
    raw_dir, notes = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    columns = "order_id, customer_id, ordered_at, amount"
    assert made(raw_dir, "orders", columns) == [("A1", "7", "2026-05-01", "10.50"), ("A2", "8", "2026-05-02", "4.00")]
    assert notes == []


def test_what_has_not_changed_is_not_made_again(own, tmp_path):
    def mark_of(raw_dir: Path) -> int:
        return (raw_dir / "orders" / "my_shop.parquet").stat().st_mtime_ns

    before = mark_of(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0])
    assert mark_of(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0]) == before
    (tmp_path / "raw" / "more.csv").write_text(ORDERS.replace("A", "B"))
    raw_dir, _ = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert mark_of(raw_dir) != before and len(made(raw_dir, "orders", "order_id")) == 4
    (tmp_path / "raw" / "more.csv").unlink()
    assert len(made(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0], "orders", "order_id")) == 2
    (own / "orders.sql").write_text((own / "orders.sql").read_text() + "limit 1\n")
    assert len(made(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0], "orders", "order_id")) == 1


def test_keys_of_several_sources_carry_their_source(own, tmp_path):
    other = own.with_name("other")
    other.mkdir()
    (other / "_other.yml").write_text((own / "_my_shop.yml").read_text().replace("my_shop", "other"))
    (other / "orders.sql").write_text((own / "orders.sql").read_text().replace("my_shop", "other"))
    raw = tmp_path / "both"
    for name, client in (("my_shop", "7"), ("other", "kim@x.example")):
        (raw / name).mkdir(parents=True)
        (raw / name / "a.csv").write_text(ORDERS.replace("7", client))
    (raw / "exchange_rates.csv").write_text("currency,valid_on,rate\nUSD,2026-01-01,0.9\n")
    raw_dir, notes = adapt(raw, str(own), str(other), out_dir=tmp_path / "out")
    assert made(raw_dir, "orders", "order_id, customer_id") == [
        ("my_shop:A1", "my_shop:7"),
        ("my_shop:A2", "my_shop:8"),
        ("other:A1", "kim@x.example"),
        ("other:A2", "other:8"),
    ]
    assert (raw_dir / "exchange_rates.csv").read_text().startswith("currency")
    assert notes == [
        "orders come from more than one source; a sale that stands in two of them counts twice.",
        "exchange_rates.csv: is taken as it is, a table of the contract.",
    ]


def test_a_table_for_other_selects(own, tmp_path):
    (own / "_orders.sql").write_text((own / "orders.sql").read_text())
    (own / "orders.sql").write_text("select *, 'EUR' as currency from {{ ref('_orders') }}\n")
    raw_dir, _ = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert made(raw_dir, "orders", "order_id, currency") == [("A1", "EUR"), ("A2", "EUR")]


def test_a_select_whose_tables_were_not_brought_is_left_out(own, tmp_path):
    text = (own / "_my_shop.yml").read_text()
    (own / "_my_shop.yml").write_text(
        f"{text}      - name: people\n        columns:\n"
        "          - {name: nickname, data_type: text, config: {meta: {required: true}}}\n"
    )
    (own / "customers.sql").write_text("select nickname as customer_id from {{ source('my_shop', 'people') }}\n")
    raw_dir, _ = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert [path.name for path in raw_dir.iterdir()] == ["orders"]
    (tmp_path / "raw" / "people.csv").write_text("nickname\nkim\n")
    assert made(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0], "customers", "*") == [("kim",)]


def test_what_was_killed_is_made_again(own, tmp_path):
    (tmp_path / "out" / ".making-left" / "orders").mkdir(parents=True)
    raw_dir, _ = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    (tmp_path / "out" / "adapted.json").unlink()
    (raw_dir / "orders" / "my_shop.parquet").write_bytes(b"half")
    raw_dir, _ = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert len(made(raw_dir, "orders", "order_id")) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["adapted.json", "landed", "raw"]


FAULTS = [
    (
        "orders.sql",
        "select amount from {{ source('my_shop', 'orders') }}",
        "reads 'orders', which _my_shop.yml does not",
    ),
    ("orders.sql", "select {{ var('no_such_var') }} as order_id", "names the var 'no_such_var', which is not set"),
    ("orders.sql", "select {{ nothing() }}", "orders.sql: cannot be read: 'nothing' is undefined."),
    ("orders.sql", "select 1 from {{ ref('_no') }}", "refers to '_no'; there is no _no.sql before it"),
    ("orders.sql", "selekt 1 from {{ source('my_shop', 'orders_list') }}", "orders.sql: Parser Error"),
    ("bestellungen.sql", "select 1", "bestellungen.sql: is named after no table of the raw contract"),
    ("_my_shop.yml", "version: 2\n", "the tables of source 'my_shop' cannot be read from it"),
]


@pytest.mark.parametrize(("name", "text", "told"), FAULTS, ids=[told for _, _, told in FAULTS])
def test_faults_of_an_adapter_are_told_with_its_file(name, text, told, own, tmp_path):
    (own / name).write_text(text)
    with pytest.raises(UsageError, match=re.escape(told)) as fault:
        adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert name in str(fault.value)


def test_a_select_that_fails_on_a_value_does_not_show_it(own, tmp_path):
    (tmp_path / "raw" / "whatever.csv").write_text(ORDERS.replace("10,50", "secret-value"))
    text = (own / "orders.sql").read_text().replace("replace(net, ',', '.')", "cast(net as decimal(18, 2))")
    (own / "orders.sql").write_text(text)
    with pytest.raises(UsageError, match=r"orders\.sql: Conversion Error") as fault:
        adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert "secret" not in str(fault.value)


def test_unknown_sources_are_told(own, monkeypatch):
    with pytest.raises(UsageError, match="--source shopifi: there is no such adapter; there are fivetran_klaviyo"):
        load_adapter("shopifi", {})
    monkeypatch.chdir(own.parent)
    with pytest.raises(UsageError, match=r"A folder of your own is named by its path, as in \./my_shop"):
        load_adapter("my_shop", {})
    with pytest.raises(UsageError, match=r"_raw\.yml is missing"):
        load_adapter("./raw", {})


REFUSED = {
    "no file of the source": (
        {"whatever.csv": "a,b\n1,2\n"},
        "no file has the columns of a table that this source knows",
    ),
    "a column less": ({"whatever.csv": "order no,date\n1,2\n"}, "It is nearest to orders_list, but lacks client."),
    "a record that is no row": (
        {"whatever.csv": ORDERS + "A3;9;x;1;too;many\n"},
        "whatever.csv: record 4 cannot be read",
    ),
    "two kinds": ({"whatever.csv": ORDERS, "b.parquet": b"PAR1"}, "b.parquet: cannot be read"),
    "no rows": ({"whatever.csv": "order no;client\n"}, "'orders_list' is required and holds no rows"),
    "another encoding": ({"whatever.csv": ORDERS.encode("utf-16")}, "whatever.csv: is UTF-16"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_exports_with_faults_are_refused(name, own, tmp_path):
    files, told = REFUSED[name]
    for file, content in files.items():
        (tmp_path / "raw" / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputRefused, match=re.escape(told)):
        adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert not (tmp_path / "out" / "raw").exists()


def test_sources_without_orders_are_refused(tmp_path):
    (tmp_path / "raw").mkdir()
    [first, *_] = load_export(ADAPTERS_DIR / "mailchimp" / "_mailchimp.yml", "mailchimp").user_tables
    header = header_of("mailchimp", first.name)
    (tmp_path / "raw" / "subscribed.csv").write_text(header + ",".join("1" for _ in header.split(",")) + "\n")
    with pytest.raises(InputRefused, match="no orders: mailchimp brings"):
        adapt(tmp_path / "raw", "mailchimp", out_dir=tmp_path / "out")


def test_another_run_that_adapts_is_not_disturbed(own, tmp_path):
    hold(tmp_path / "out")
    try:
        script = f"from adapting import *; adapt(Path('{tmp_path}/raw'), '{own}', out_dir=Path('{tmp_path}/out'))"
        run = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, text=True)
        assert "another run of spine or dbt on this database is using it" in run.stderr
    finally:
        release_landings()
