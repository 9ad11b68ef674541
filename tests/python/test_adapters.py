"""From exports to a raw folder: what every adapter keeps to, one of one's own, several at once, and what is refused."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from adapting import adapt
from conftest import PROJECT_DIR, run_spine
from spine.errors import InputRefused, UsageError
from spine.raw.adapted import adapted
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
        (raw / f"{table.file_word}{table.name}.csv").write_text(header_of(name, table.name) + row)
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


def test_check_says_the_command_for_several_exports(tmp_path):
    for name, table in (("stripe", "payments"), ("mailchimp", "nonsubscribed")):
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "export.csv").write_text(header_of(name, table))
    run = run_spine("check", "--raw", tmp_path / "raw", scratch=tmp_path)
    assert f"run `spine check --raw {tmp_path / 'raw'} --source " in run.err
    assert "--source stripe" in run.err and "--source mailchimp" in run.err


def test_a_source_is_published_and_told_in_its_own_words(own, tmp_path):
    """Refresh, nothing new, `status`, a new export, and one that is too small."""
    orders = "".join(f"A{number};{number % 40};2026-05-{number % 28 + 1:02};{number},50\n" for number in range(200))
    export = tmp_path / "raw" / "whatever.csv"
    export.write_text(ORDERS.splitlines()[0] + "\n" + orders)
    given = ("--raw", tmp_path / "raw", "--source", own, "--db", tmp_path / "shop.duckdb")
    refresh = ("refresh", *given, "--as-of", "2026-06-01")
    first = run_spine(*refresh, scratch=tmp_path)
    assert first.code == 0 and "200 counted" in first.out, first.all_text
    assert "nothing is new" in run_spine(*refresh, scratch=tmp_path).out
    (tmp_path / "raw" / "more.csv").write_text(ORDERS.replace("A", "B"))
    assert "pending: 0 new, 1 changed, 0 missing" in run_spine("status", *given, scratch=tmp_path).out
    export.unlink()
    refused = run_spine(*refresh, scratch=tmp_path)
    assert refused.code == 4
    assert f"spine refresh --raw {tmp_path / 'raw'} --source {own} --db" in refused.all_text


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


def test_a_raw_folder_that_another_run_reads_stays(own, tmp_path):
    def adapted_again(net: str) -> Path:
        (tmp_path / "raw" / "whatever.csv").write_text(ORDERS.replace("10,50", net))
        return adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0]

    before = adapted_again("1")
    reader = os.open(before, os.O_RDONLY)  # as another process holds it
    fcntl.flock(reader, fcntl.LOCK_SH)
    assert adapted_again("2") != before and before.is_dir()
    os.close(reader)
    assert made(adapted_again("3"), "orders", "amount") == [("3",), ("4.00",)] and not before.exists()


def test_exports_behind_a_link_and_beside_the_database_are_seen(own, tmp_path):
    (tmp_path / "raw").rename(tmp_path / "elsewhere")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "exports").symlink_to(tmp_path / "elsewhere")
    out_dir = tmp_path / "raw" / "shop.duckdb.adapted"
    (tmp_path / "raw" / "shop.duckdb").write_bytes(b"a database")
    first, _ = adapt(tmp_path / "raw", str(own), out_dir=out_dir)
    assert len(made(first, "orders", "order_id")) == 2
    assert adapt(tmp_path / "raw", str(own), out_dir=out_dir)[0] == first
    (tmp_path / "elsewhere" / "more.csv").write_text(ORDERS.replace("A", "B"))
    assert len(made(adapt(tmp_path / "raw", str(own), out_dir=out_dir)[0], "orders", "order_id")) == 4


def test_a_damaged_record_is_made_again(own, tmp_path):
    for text in ("[]", "null", '"x"', "{"):
        adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
        (tmp_path / "out" / "adapted.json").write_text(text)
    raw_dir, _ = adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert len(made(raw_dir, "orders", "order_id")) == 2


def test_new_rows_in_the_log_of_a_database_are_seen(own, tmp_path):
    database = tmp_path / "shop.duckdb"
    script = (
        f"import duckdb, os; c = duckdb.connect({str(database)!r}); c.execute('create schema if not exists landing');"
        'c.execute(\'create or replace table landing.orders_list as select 1 as "order no", 2 as client, now() as date,'
        " unnest(range({})) as net'); os._exit(0)"
    )
    adapters = [load_adapter(str(own), project_vars())]
    for rows in (3, 1):
        subprocess.run([sys.executable, "-c", script.replace("{}", str(rows))], check=True)
        raw_dir, _ = adapted(None, adapters, tmp_path / "out", (database, "landing"))
        assert len(made(raw_dir, "orders", "order_id")) == rows


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


def test_a_file_in_no_folder_of_a_source_and_a_source_named_twice(own, tmp_path):
    other = own.parent / "more" / "my_shop"
    shutil.copytree(own, other)
    with pytest.raises(UsageError, match="two of my_shop, my_shop have one name"):
        adapt(tmp_path, str(own), str(other), out_dir=tmp_path / "out")
    other = shutil.copytree(ADAPTERS_DIR / "mailchimp", tmp_path / "mailing")
    (other / "_mailchimp.yml").rename(other / "_mailing.yml")
    for path in other.iterdir():
        path.write_text(
            path.read_text().replace("'mailchimp'", "'mailing'").replace("name: mailchimp", "name: mailing")
        )
    raw = tmp_path / "both"
    for name, text in (("my_shop", ORDERS), ("mailing", header_of("mailchimp", "nonsubscribed"))):
        (raw / name).mkdir(parents=True)
        (raw / name / "nonsubscribed.csv").write_text(text)
    (raw / "stray.csv").write_text(ORDERS)
    _, notes = adapt(raw, str(own), str(other), out_dir=tmp_path / "out")
    assert "stray.csv: is in no source's folder, and is not read." in notes
    assert any("nonsubscribed.csv: is read as" in note and "by its name" in note for note in notes)


@pytest.mark.parametrize("end", [";", " -- done", "\n;\n-- done\n", "\n/* done */"])
def test_a_select_may_end_as_people_end_it(end, own, tmp_path):
    (own / "orders.sql").write_text((own / "orders.sql").read_text().rstrip() + end)
    assert len(made(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0], "orders", "order_id")) == 2


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
    assert len(made(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0], "orders", "order_id")) == 2
    (raw_dir / "orders" / "my_shop.parquet").write_bytes(b"half")
    assert len(made(adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")[0], "orders", "order_id")) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["adapted.json", "landed", raw_dir.name]


FAULTS = [
    (
        "orders.sql",
        "select amount from {{ source('my_shop', 'orders') }}",
        "reads 'my_shop.orders', which _my_shop.yml does not",
    ),
    ("orders.sql", "select {{ var('no_such_var') }} as order_id", "names the var 'no_such_var', which is not set"),
    ("orders.sql", "select {{ nothing() }}", "orders.sql: cannot be read: 'nothing' is undefined."),
    ("orders.sql", "select 1 from {{ ref('_no') }}", "refers to '_no'; there is no _no.sql before it"),
    ("orders.sql", "selekt 1 from {{ source('my_shop', 'orders_list') }}", "orders.sql: Parser Error"),
    ("orders.sql", "select {{ source('orders_list') }}", "orders.sql: cannot be read: "),
    ("orders.sql", "select {{ 1 / 0 }}", "orders.sql: cannot be read: division by zero."),
    ("orders.sql", "select 1 as order_id", "orders.sql: reads no table of the export"),
    ("orders.sql", "select * from {{ source('other', 'orders_list') }}", "reads 'other.orders_list', which"),
    ("orders.sql", "select 1 from {{ source('my_shop', 'orders_list') }}; select 2", "holds 2 statements"),
    ("_my_shop.yml", "", "it describes no source of that name"),
    (
        "_my_shop.yml",
        "sources: [{name: my_shop, tables: [{name: a, columns: [{name: b, data_type: c}]}]}]",
        "none of id",
    ),
    ("bestellungen.sql", "select 1", "bestellungen.sql: is named after no table of the raw contract"),
    ("_my_shop.yml", "version: 2\n", "the tables of source 'my_shop' cannot be read from it"),
    ("_my_shop.yml", b"# \xff\n", "the tables of source 'my_shop' cannot be read from it"),
]


@pytest.mark.parametrize(("name", "text", "told"), FAULTS, ids=[told for _, _, told in FAULTS])
def test_faults_of_an_adapter_are_told_with_its_file(name, text, told, own, tmp_path):
    (own / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=re.escape(told)) as fault:
        adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    assert name in str(fault.value)


def test_a_select_that_fails_on_a_value_does_not_show_it(own, tmp_path):
    (tmp_path / "raw" / "whatever.csv").write_text(ORDERS.replace("10,50", "secret-value"))
    text = (own / "orders.sql").read_text().replace("replace(net, ',', '.')", "cast(net as decimal(18, 2))")
    (own / "orders.sql").write_text(text)
    (own / "notes.sql").write_text("select 'a note', client from {{ source('my_shop', 'orders_list') }}\n")
    with pytest.raises(UsageError, match=r"orders\.sql: Conversion Error on a value of the export") as fault:
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
    "a column less": ({"whatever.csv": "order no,date\n1,2\n"}, "is like orders_list, but lacks its column 'client'."),
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
    assert not list((tmp_path / "out").glob("raw-*"))


def test_a_table_that_the_source_makes_itself_is_not_passed_over(own, tmp_path):
    """Its rows would be lost. A file of the export may be called like a table of the contract."""
    (tmp_path / "raw" / "whatever.csv").rename(tmp_path / "raw" / "orders.csv")
    adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")
    (tmp_path / "raw" / "orders").mkdir()
    (tmp_path / "raw" / "orders" / "more.csv").write_text("order_id,ordered_at,amount\n1,2026-06-01 10:00:00,5\n")
    with pytest.raises(InputRefused, match=r"^orders: has the columns of the contract's orders, which my_shop makes"):
        adapt(tmp_path / "raw", str(own), out_dir=tmp_path / "out")


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
