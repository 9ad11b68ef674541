"""Bad and odd raw input: what is refused, what is set aside, what is read, and what is never shown."""

import datetime
import fcntl
import gzip
import json
import os
import random
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from spine.errors import InputRefused, SpineError
from spine.raw import csv_landing, csv_records
from spine.raw import parquet as raw_parquet
from spine.raw.contract import load_contract
from spine.raw.folder import RawFolder, check_schema, prepare, view_statements
from spine.raw.views import quoted_text

CONTRACT = load_contract()
EMAIL = "jane.roe@example.com"
HEADER = "order_id,customer_id,ordered_at,amount\n"
GOOD = HEADER + "1,c1,2026-01-01,9.99\n2,c2,2026-01-02,5.00\n"
ORDER = "'1' as order_id, 'c1' as customer_id, timestamp '2026-01-01' as ordered_at, 9.99 as amount"


def parquet(query: str) -> bytes:
    """The bytes of a Parquet file with the rows of a query."""
    path = Path(os.environ["PYTEST_SCRATCH"]) / "scratch.parquet"
    duckdb.sql(f"copy ({query}) to {quoted_text(str(path))} (format parquet)")
    return path.read_bytes()


def write_plain(path: Path, query: str, rows_of_a_group: int = 122880) -> None:
    """A Parquet file in which texts stand as they are, so that they can be damaged."""
    options = f"format parquet, compression uncompressed, row_group_size {rows_of_a_group}"
    duckdb.execute(f"copy ({query}) to '{path}' ({options})")


def damage_text(path: Path, text: bytes = b"Mxller", damaged: bytes = b"M\xfcller") -> None:
    """Puts something else of the same length in the place of a text of a file."""
    assert text in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(text, damaged))


@pytest.fixture(autouse=True, scope="session")
def _scratch(tmp_path_factory):
    os.environ["PYTEST_SCRATCH"] = str(tmp_path_factory.mktemp("scratch"))


def write(folder: Path, files: dict) -> Path:
    """A raw folder with these files; text is written as UTF-8, a callable gives the bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content() if callable(content) else content
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def prepared(folder: Path) -> RawFolder:
    """What is found in a folder that is not refused."""
    return prepare(folder, folder.parent / "landed", CONTRACT)


def connect(folder: Path, landing: Path) -> duckdb.DuckDBPyConnection:
    """A database whose schema `raw` shows the folder."""
    checked = prepare(folder, landing, CONTRACT)
    connection = duckdb.connect()
    for statement in view_statements(checked, landing):
        connection.execute(statement)
    return connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def refused(folder: Path, landing: Path) -> list[str]:
    with pytest.raises(InputRefused) as refusal:
        prepare(folder, landing, CONTRACT)
    assert refusal.value.exit_code == 4
    assert EMAIL not in str(refusal.value)
    return refusal.value.faults


@dataclass
class Refused:
    """Files that are refused; each fault must hold all the texts of its entry, and there are no others."""

    name: str
    files: dict
    faults: list[tuple[str, ...]]


REFUSED = [
    Refused("no orders", {"customers.csv": "customer_id\nc1\n"}, [("orders", "required and is missing")]),
    Refused("empty folder", {}, [("orders", "required and is missing")]),
    Refused(
        "missing column",
        {"orders.csv": "order_id,customer_id,ordered_at,subtotal\n1,c1,2026-01-01,9.99\n"},
        [
            (
                "orders.csv: required column 'amount' is missing; found: order_id, customer_id, ordered_at, ",
                "(did you mean 'subtotal'?)",
                "Rename the column or select it as 'amount' (Merchandise after discounts",
            )
        ],
    ),
    Refused(
        "missing column in Parquet",
        {"orders.parquet": lambda: parquet("select 1 as order_id, 9.99 as amount, 'x' as orderd_at")},
        [("orders.parquet", "'ordered_at'", "did you mean 'orderd_at'?")],
    ),
    Refused(
        "every fault of every file at once",
        {
            "orders.csv": "order_id,customer_id\n1,c1\n",
            "customers.csv": "",
            "events.parquet": b"not parquet at all, really not",
            "products.csv": 'product_id,name\np1,"never closed\np2,b\np3,c\n',
        },
        [
            ("customers.csv", "is empty (0 bytes)"),
            ("orders.csv", "'ordered_at' is missing"),
            ("orders.csv", "'amount' is missing"),
            ("events.parquet", "cannot be read as Parquet"),
            ("products.csv", "opens in line 2"),
        ],
    ),
    Refused(
        "ids of seven digits",
        {
            "orders.parquet": lambda: parquet(
                "select 123456789::float as order_id, 1 as customer_id, '2026-01-01' as ordered_at, 9.99 as amount"
            )
        },
        [("orders.parquet: column 'order_id' is of type FLOAT", "Write ids as text or as whole numbers.")],
    ),
    Refused(
        "no header",
        {"orders.csv": f"1,{EMAIL},2026-01-01,9.99\n2,c2,2026-01-02,5\n"},
        [("orders.csv: none of the 4 fields", "no header", "order_id, ordered_at, amount")],
    ),
    Refused(
        "header that is a row by chance",
        {"orders.csv": f"1,{EMAIL},status,2026-01-01\n"},
        [("'order_id' is missing",), ("'ordered_at' is missing",), ("'amount' is missing",)],
    ),
    Refused(
        "names that are no header",
        {"orders.csv": GOOD, "customers.csv": "c42,Jane,Doemuster,DE,email,Hauptstrasse 5\n"},
        [("customers.csv: required column 'customer_id' is missing; found: email and 5 other fields (not shown",)],
    ),
    Refused(
        "Parquet name that is not UTF-8",
        {"orders/a\udcff.parquet": lambda: parquet(f"select {ORDER}")},
        [("that is not UTF-8. Rename it",)],
    ),
    Refused(
        "doubled column",
        {"orders.csv": "order_id,ordered_at,amount,Amount \n1,2026-01-01,1,2\n"},
        [("orders.csv: column 'amount' occurs 2 times",)],
    ),
    Refused(
        "doubled column in Parquet",
        {"orders.parquet": lambda: parquet(f'select {ORDER}, 5 as "amount "')},
        [("orders.parquet: column 'amount' occurs 2 times",)],
    ),
    Refused("0 bytes", {"orders.csv": ""}, [("orders.csv: is empty (0 bytes), not even a header",)]),
    Refused("0 bytes of Parquet", {"orders.parquet": b""}, [("orders.parquet: is empty (0 bytes)",)]),
    Refused("0 bytes of an optional table", {"orders.csv": GOOD, "events.csv": ""}, [("events.csv: is empty",)]),
    Refused("white space only", {"orders.csv": " \n\n"}, [("orders.csv: has no header",)]),
    Refused("header only", {"orders.csv": HEADER}, [("orders.csv: 'orders' is required and holds no rows",)]),
    Refused(
        "no rows in Parquet",
        {"orders.parquet": lambda: parquet(f"select {ORDER} where false")},
        [("orders.parquet: 'orders' is required and holds no rows",)],
    ),
    Refused("every row broken", {"orders.csv": HEADER + "1\n2\n"}, [("holds no row that can be read (2 set",)]),
    Refused(
        "truncated Parquet",
        {"orders.parquet": lambda: parquet(f"select {ORDER}")[:-40]},
        [("orders.parquet: cannot be read as Parquet",)],
    ),
    Refused("CSV called Parquet", {"orders.parquet": GOOD}, [("orders.parquet: cannot be read as Parquet",)]),
    Refused(
        "Parquet called CSV",
        {"orders.csv": lambda: parquet(f"select {ORDER}")},
        [("orders.csv: ",)],
    ),
    Refused(
        "types that cannot serve",
        {
            "orders.parquet": lambda: parquet(
                "select 'a'::blob as order_id, [1] as customer_id, true as ordered_at, {'a': 1} as amount,"
                " map {'a': 1} as status, interval 1 day as loaded_at, '\"web\"'::json as channel"
            )
        },
        [
            ("'order_id' is of type BLOB", "as text."),
            ("'customer_id' is of type INTEGER[]",),
            ("'ordered_at' is of type BOOLEAN", "serve as timestamp", "timestamp or as text"),
            ("'amount' is of type STRUCT",),
            ("'status' is of type MAP",),
            ("'channel' is of type JSON", "as text."),
            ("'loaded_at' is of type INTERVAL",),
        ],
    ),
    Refused(
        "types that are no attributes",
        {
            "orders.csv": GOOD,
            "customers/a.parquet": lambda: parquet("select 'c1' as customer_id, [1] as attributes"),
            "customers/b.parquet": lambda: parquet("select 'c1' as customer_id, 1 as attributes"),
        },
        [
            ("customers/a.parquet: column 'attributes' is of type INTEGER[], which cannot serve as json", "or as text"),
            ("customers/b.parquet: column 'attributes' is of type INTEGER",),
        ],
    ),
    Refused(
        "two kinds of one table",
        {"orders.csv": GOOD, "orders.parquet": lambda: parquet(f"select {ORDER}")},
        [("orders: found orders.csv and orders.parquet", "Keep one")],
    ),
    Refused("two cases of one name", {"orders.csv": GOOD, "Orders.csv": GOOD}, [("Orders.csv and orders.csv",)]),
    Refused(
        "two kinds in one folder",
        {"orders/a.csv": GOOD, "orders/b.parquet": lambda: parquet(f"select {ORDER}")},
        [("orders: found orders/**/*.csv and orders/**/*.parquet",)],
    ),
    Refused(
        "Delta table",
        {"orders/_delta_log/0.json": "{}", "orders/a.parquet": lambda: parquet(f"select {ORDER}")},
        [("orders/: is a Delta Lake table",)],
    ),
    Refused(
        "Latin-1",
        {"orders.csv": HEADER.encode() + f"1,{EMAIL},2026-01-01,9\n2,J\u00fcrgen,".encode("latin-1")},
        [("orders.csv: is not UTF-8", f"offset {len(HEADER) + len(EMAIL) + 19}")],
    ),
    Refused(
        "Latin-1 beyond the first megabyte, after a byte order mark",
        {"orders.csv": b"\xef\xbb\xbf" + GOOD.encode() + b"3,c3,2026-01-01,1\n" * 70_000 + b"4,J\xfc,,\n"},
        [("orders.csv: is not UTF-8", f"offset {3 + len(GOOD) + 18 * 70_000 + 3}")],
    ),
    Refused(
        "UTF-8 cut within a character",
        {"orders.csv": GOOD.encode() + b"3,J\xc3"},
        [("orders.csv: is not UTF-8", f"offset {len(GOOD) + 3}")],
    ),
    Refused("UTF-16", {"orders.csv": GOOD.encode("utf-16")}, [("orders.csv: is UTF-16",)]),
    Refused("UTF-32", {"orders.csv": GOOD.encode("utf-32")}, [("orders.csv: is UTF-32",)]),
    Refused("UTF-16 without a mark", {"orders.csv": GOOD.encode("utf-16-le")}, [("orders.csv: ",)]),
    Refused("no gzip, by name only", {"orders.csv.gz": GOOD}, [("orders.csv.gz: is not a gzip file",)]),
    Refused(
        "gzip cut short",
        {"orders.csv.gz": gzip.compress((HEADER + "1,c1,2026-01-01,9.99\n" * 9000).encode())[:-20]},
        [("orders.csv.gz: cannot be unpacked: it ends too early",)],
    ),
    Refused(
        "gzip damaged",
        {"orders.csv.gz": gzip.compress(GOOD.encode())[:-8] + b"\0" * 8},
        [("orders.csv.gz: cannot be unpacked: its compressed bytes are corrupt",)],
    ),
    Refused(
        "unclosed quote over more lines",
        {"orders.csv": GOOD + f'3,"{EMAIL},2026-01-01,1\n4,c4,2026-01-01,1\n'},
        [("orders.csv: the quoted field that opens in line 4 ", "runs to line 5")],
    ),
    Refused(
        "quote that swallows twenty rows and then closes",
        {"orders.csv": GOOD + '3,"c3,2026-01-01,1\n' + "4,c4,2026-01-01,1\n" * 20 + '5,"c5",2026-01-01,1\n'},
        [("orders.csv: the quoted field that opens in line 4 ", "runs to line 25")],
    ),
    Refused(
        "endless quote beyond the longest field",
        {"orders.csv": GOOD + '3,"c3,2026-01-01,1\n' + "4,c4,2026-01-01,1\n" * 70_000},
        [("orders.csv: the quoted field that opens in line 4 ",)],
    ),
    Refused(
        "unclosed quote in the header",
        {"orders.csv": 'order_id,"amount\n1,2\n'},
        [("orders.csv: has a header that cannot be read",)],
    ),
    Refused(
        "one bad file among many",
        {"orders/a.csv": GOOD, "orders/b/c.csv": "order_id,amount\n1,2\n"},
        [("orders/b/c.csv: required column 'ordered_at' is missing",)],
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case, tmp_path):
    folder = write(tmp_path / "raw", case.files)
    faults = refused(folder, tmp_path / "landed")
    assert len(faults) == len(case.faults), faults
    for fault, wanted in zip(faults, case.faults, strict=True):
        assert all(text in fault for text in wanted), fault


@dataclass
class Accepted:
    """Files that are read: the ids of the orders, in the order of the input, and the rows set aside."""

    name: str
    files: dict
    ids: list[str]
    unreadable: list[tuple[int, str]]


ROW = "3,c3,2026-01-01,1"
ACCEPTED = [
    Accepted("plain", {"orders.csv": GOOD}, ["1", "2"], []),
    Accepted("no line end at the end", {"orders.csv": GOOD.rstrip("\n")}, ["1", "2"], []),
    Accepted("CRLF", {"orders.csv": GOOD.replace("\n", "\r\n")}, ["1", "2"], []),
    Accepted("CR", {"orders.csv": GOOD.replace("\n", "\r")}, ["1", "2"], []),
    Accepted("byte order mark", {"orders.csv": "\ufeff" + GOOD}, ["1", "2"], []),
    Accepted("quoted names after a mark", {"orders.csv": '\ufeff"order_id"' + GOOD[8:]}, ["1", "2"], []),
    Accepted("odd case and spaces", {"ORDERS.CSV": " Order_ID " + GOOD[8:]}, ["1", "2"], []),
    Accepted("semicolons", {"orders.csv": GOOD.replace(",", ";")}, ["1", "2"], []),
    Accepted("tabs", {"orders.tsv": GOOD.replace(",", "\t")}, ["1", "2"], []),
    Accepted("bars", {"orders.csv": GOOD.replace(",", "|")}, ["1", "2"], []),
    Accepted("gzip", {"orders.csv.gz": gzip.compress(GOOD.encode())}, ["1", "2"], []),
    Accepted("gzip without the name", {"orders.csv": gzip.compress(GOOD.encode())}, ["1", "2"], []),
    Accepted("blank lines", {"orders.csv": "\n" + GOOD.replace("\n", "\n\n  \n")}, ["1", "2"], []),
    Accepted("leading zeros", {"orders.csv": HEADER + "007,c1,2026-01-01,1\n"}, ["007"], []),
    Accepted("NULL stays text", {"orders.csv": HEADER + "NULL,c1,2026-01-01,1\n"}, ["NULL"], []),
    Accepted("quoted empty", {"orders.csv": HEADER + '"","",2026-01-01,1\n'}, [None], []),
    Accepted("commas in quotes", {"orders.csv": HEADER + '"a,b",c,2026-01-01,1\n'}, ["a,b"], []),
    Accepted("doubled quotes", {"orders.csv": HEADER + '"a""b",c,2026-01-01,1\n'}, ['a"b'], []),
    Accepted("lines in quotes", {"orders.csv": HEADER + '"a\r\nb\nc",c,2026-01-01,1\n'}, ["a\r\nb\nc"], []),
    Accepted(
        "a text of fifty lines is no swallowed row",
        {"orders.csv": HEADER + '"' + "x\n" * 50 + '",c,2026-01-01,1\n'},
        ["x\n" * 50],
        [],
    ),
    Accepted("quote inside a field", {"orders.csv": HEADER + 'a"b,c,2026-01-01,1\n'}, ['a"b'], []),
    Accepted("any script", {"orders.csv": HEADER + "Ж漢\u2028é😀,c,2026-01-01,1\n"}, ["Ж漢\u2028é😀"], []),
    Accepted("comment sign", {"orders.csv": HEADER + "#1,c,2026-01-01,1\n"}, ["#1"], []),
    Accepted("spaces are kept", {"orders.csv": HEADER + " a ,c,2026-01-01,1\n"}, [" a "], []),
    Accepted(
        "extra column",
        {"orders.csv": "é x,order_id,ordered_at,amount,,\n5,1,2026-01-01,1,,\n"},
        ["1"],
        [],
    ),
    Accepted("too few fields", {"orders.csv": GOOD + "3,c3\n"}, ["1", "2"], [(4, "wrong_number_of_fields")]),
    Accepted(
        "too many fields",
        {"orders.csv": HEADER + "1,c,2026-01-01,1,234\n" + ROW},
        ["3"],
        [(2, "wrong_number_of_fields")],
    ),
    Accepted("NUL byte", {"orders.csv": GOOD + "3,c\0,2026-01-01,1\n" + ROW}, ["1", "2", "3"], [(4, "nul_byte")]),
    Accepted(
        "misplaced quote",
        {"orders.csv": GOOD + '3,"c"x,2026-01-01,1\n' + ROW},
        ["1", "2", "3"],
        [(4, "misplaced_quote")],
    ),
    Accepted(
        "quote swallowing one row",
        {"orders.csv": GOOD + '9,"c,2026-01-01,1\n9,"c",2026-01-01,1\n' + ROW},
        ["1", "2", "3"],
        [(4, "misplaced_quote")],
    ),
    Accepted(
        "unclosed quote in the last line",
        {"orders.csv": GOOD + '3,c,2026-01-01,"1\n'},
        ["1", "2"],
        [(4, "unclosed_quote")],
    ),
    Accepted(
        "field too long",
        {"orders.csv": GOOD + "x" * (csv_records.MAX_FIELD_CHARACTERS + 1) + ",c,2026-01-01,1\n" + ROW},
        ["1", "2", "3"],
        [(4, "field_too_long")],
    ),
    Accepted(
        "very long field that is allowed",
        {"orders.csv": HEADER + "é" * csv_records.MAX_FIELD_CHARACTERS + ',"' + '""' * 1_000_000 + '",2026-01-01,1\n'},
        ["é" * csv_records.MAX_FIELD_CHARACTERS],
        [],
    ),
    Accepted(
        "numbers of records, not of lines",
        {"orders.csv": HEADER + '\n"a\nb",c,2026-01-01,1\n\nbad\n' + ROW + "\nworse\n"},
        ["a\nb", "3"],
        [(3, "wrong_number_of_fields"), (5, "wrong_number_of_fields")],
    ),
    Accepted(
        "files with other columns in another order",
        {"orders/a.csv": GOOD, "orders/b.csv": "amount;x;ordered_at;order_id\n1;y;2026-01-01;3\n1;2\n"},
        ["1", "2", "3"],
        [(3, "wrong_number_of_fields")],
    ),
    Accepted("folder as Spark writes it", {"orders.csv/part-0.csv": GOOD}, ["1", "2"], []),
    Accepted(
        "bookkeeping files",
        {"orders/a.csv": GOOD, "orders/_SUCCESS": "", "orders/.x.csv": ""},
        ["1", "2"],
        [],
    ),
]


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_accepted(case, tmp_path):
    connection = connect(write(tmp_path / "raw", case.files), tmp_path / "landed")
    assert [row[0] for row in rows(connection, "select order_id from raw.orders")] == case.ids
    unreadable = rows(connection, "select row_number, reason, table_name, row_json from raw.unreadable_rows")
    assert [row[:2] for row in unreadable] == case.unreadable
    for _, _, table_name, row_json in unreadable:
        assert table_name == "orders"
        assert json.loads(row_json)["text"]


def test_row_set_aside_is_kept_as_it_stands(tmp_path):
    folder = write(tmp_path / "raw", {"orders/x.csv": GOOD + '9,"c\n9,c",\0"x"\n'})
    connection = connect(folder, tmp_path / "landed")
    [(file_name, row_json)] = rows(connection, "select file_name, row_json from raw.unreadable_rows")
    assert file_name == "orders/x.csv"
    assert json.loads(row_json) == {"text": '9,"c\n9,c",\0"x"', "lines": 2, "characters": 14}


def test_random_text_arrives_unchanged(tmp_path):
    """Every clean record is landed field by field as Python wrote it, whatever its characters."""
    import csv

    chance = random.Random(7)
    pieces = [
        "a",
        " ",
        '"',
        '""',
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "é",
        "漢",
        "#",
        "\\",
        "'",
        "NULL",
        "0",
        "\u2028",
    ]
    written = [["".join(chance.choices(pieces, k=chance.randrange(6))) for _ in range(4)] for _ in range(5000)]
    path = write(tmp_path / "raw", {}) / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, quoting=csv.QUOTE_ALL).writerows([HEADER.strip().split(","), *written])
    connection = connect(path.parent, tmp_path / "landed")
    landed = rows(connection, "select order_id, customer_id, ordered_at, amount from raw.orders")
    assert landed == [tuple(field or None for field in row) for row in written]
    assert rows(connection, "select count(*) from raw.unreadable_rows") == [(0,)]


def test_header_only_optional_table_is_empty(tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD, "customers.csv": "customer_id,email\n"})
    assert rows(connect(folder, tmp_path / "landed"), "select * from raw.customers") == []


def test_schema_raw_is_the_contract(tmp_path):
    """Every table is there with the contract's columns in its order, brought or not, extra columns or not."""
    content = "Extra,status," + HEADER + "x,y,1,c1,2026-01-01,9.99\n"
    connection = connect(write(tmp_path / "raw", {"orders.csv": content}), tmp_path / "landed")
    for table in CONTRACT:
        columns = rows(connection, f"select column_name from (describe raw.{table.name})")
        own = () if table.internal else ("clean_columns", "file_dated_on")
        assert tuple(name for (name,) in columns) == table.column_names + own
    types = dict(rows(connection, "select column_name, column_type from (describe raw.events)"))
    assert types["event_id"] == "VARCHAR" and types["occurred_at"] == "TIMESTAMP"
    assert rows(connection, "select order_id, status, channel from raw.orders") == [("1", "y", None)]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("order_id", "17", "17"),
        ("order_id", "17.0::double", "17"),
        ("order_id", "17.5::double", "17.5"),
        ("order_id", "17::decimal(38, 10)", "17"),
        ("order_id", "17.5::decimal(10, 2)", "17.50"),
        ("order_id", "'nan'::double", None),
        ("order_id", "'00000000-0000-0000-0000-000000000001'::uuid", "00000000-0000-0000-0000-000000000001"),
        ("customer_id", "null", None),
        ("status", "'paid'::enum('paid')", "paid"),
        ("status", "timestamptz '2026-01-01 10:00:00+05'", "2026-01-01 05:00:00"),
        ("loaded_at", "timestamptz '2026-01-01 10:00:00+05'", "2026-01-01 05:00:00"),
        ("loaded_at", "timestamp_ns '2026-01-01 23:59:59.9999999'", "2026-01-01 23:59:59.999999"),
        ("loaded_at", "timestamp_ms '2026-01-01 10:00:00.5'", "2026-01-01 10:00:00.5"),
        ("loaded_at", "timestamp 'infinity'", "infinity"),
        ("loaded_at", "timestamp_ns 'infinity'", "infinity"),
        ("loaded_at", "make_timestamp(-9223372022400000000)", "290309-12-22 (BC) 00:00:00"),
        ("loaded_at", "date '2026-01-01'", "2026-01-01"),
        ("loaded_at", "date '294250-01-01'", "294250-01-01"),
        ("loaded_at", "1767225600", "1767225600"),
        ("loaded_at", "1767225600.9::double", "1767225600"),
        ("loaded_at", "1767225600000::ubigint", "1767225600000"),
        ("loaded_at", "'2026-01-01T10:00:00Z'", "2026-01-01T10:00:00Z"),
        ("amount", "0.1::double", "0.1"),
        ("amount", "0.1::float", "0.1"),
        ("amount", "-0.00006::double", "-0.000060000000000000"),
        ("amount", "9.99::decimal(18,2)", "9.99"),
        ("amount", "7", "7"),
        ("amount", "'1,5'", "1,5"),
        ("amount", "'nan'::double", "nan"),
    ],
)
def test_parquet_value(column, value, expected, tmp_path):
    others = {"order_id": "'1'", "ordered_at": "'2026-01-01'", "amount": "1"} | {column: value}
    query = "select " + ", ".join(f'{text} as "{name.upper()} "' for name, text in others.items())
    connection = connect(write(tmp_path / "raw", {"orders.parquet": parquet(query)}), tmp_path / "landed")
    connection.execute("set TimeZone = 'America/New_York'")
    assert rows(connection, f"select cast({column} as varchar) from raw.orders") == [(expected,)]


def test_double_beyond_its_digits_is_a_shortened_id(tmp_path):
    ids = "(9007199254740993::bigint)::double as order_id, 17::double as customer_id"
    query = f"select {ids}, 1 as ordered_at, 1 as amount"
    connection = connect(write(tmp_path / "raw", {"orders.parquet": parquet(query)}), tmp_path / "landed")
    assert rows(connection, "select order_id, customer_id from raw.orders") == [("9.007199e+15", "17")]


def test_parquet_files_of_different_shapes(tmp_path):
    """Files may differ in columns, in their order and in types; nothing is lost or misread."""
    files = {
        "orders/day=1/a.parquet": lambda: parquet(f"select {ORDER}"),
        "orders/day=2/b.parquet": lambda: parquet(
            "select 'USD' as currency, 5::double as amount, 1767225600 as Ordered_At, 2 as order_id"
        ),
        "orders/day=3/c.parquet": lambda: parquet(f"select {ORDER}, '2026-01-05' as loaded_at"),
    }
    connection = connect(write(tmp_path / "raw", files), tmp_path / "landed")
    query = "select order_id, cast(ordered_at as varchar), cast(amount as varchar), currency, loaded_at"
    assert sorted(rows(connection, f"{query} from raw.orders"), key=str) == [
        ("1", "2026-01-01 00:00:00", "9.99", None, "2026-01-05"),
        ("1", "2026-01-01 00:00:00", "9.99", None, None),
        ("2", "1767225600", "5.0", "USD", None),
    ]


def others_of(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The columns of `customers` that the contract does not name, per customer."""
    return rows(connection, "select customer_id, other_columns from raw.customers order by all")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'Oslo'", "Oslo"),
        ("' a \"b\"\\ ' || chr(10)", ' a "b"\\ \n'),
        ("''", None),
        ("null", None),
        ("17.0::double", "17"),
        ("'nan'::double", None),
        ("17.50::decimal(10, 2)", "17.50"),
        ("17::decimal(38, 10)", "17"),
        ("9007199254740993::bigint", "9007199254740993"),
        ("true", "true"),
        ("date '2026-01-01'", "2026-01-01"),
        ("timestamptz '2026-01-01 10:00:00+05'", "2026-01-01 05:00:00"),
        ("timestamp_ns '2026-01-01 10:00:00'", "2026-01-01 10:00:00"),
        ("'paid'::enum('paid')", "paid"),
        ("interval 2 day", "2 days"),
        ("'{\"a\": 1}'::json", '{"a": 1}'),
        ("['a', null, 'é']", '["a",null,"é"]'),
        ("{'a': 1, 'b': ['x']}", '{"a":1,"b":["x"]}'),
        ("map {'a b': true}", '{"a b":true}'),
        ("'bytes'::blob", None),
    ],
)
def test_unknown_column_of_customers_by_type(value, expected, tmp_path):
    query = f'select \'c1\' as customer_id, {value} as " It\'s.A/""Name "'
    folder = write(tmp_path / "raw", {"orders.csv": GOOD, "customers.parquet": parquet(query)})
    connection = connect(folder, tmp_path / "landed")
    connection.execute("set TimeZone = 'America/New_York'")
    ((_, found),) = others_of(connection)
    assert (found and json.loads(found)) == ({"it's.a/\"name": expected} if expected else None)


def test_unknown_columns_of_customers_in_files_of_different_shapes(tmp_path):
    """One object per row, of its own file's columns: written alike, whatever their order, case and types."""
    files = {
        "customers/a.parquet": lambda: parquet("select 'a' as customer_id, 7 as Points, 'Oslo' as store"),
        "customers/b.parquet": lambda: parquet("select 'Oslo' as \"Store \", '7' as points, 'b' as customer_id"),
        "customers/c.parquet": lambda: parquet("select 'c' as customer_id, 7.0::double as points, ['x'] as store"),
        "customers/d.parquet": lambda: parquet("select 'd' as customer_id, null as points"),
        # DuckDB writes no two names that differ in case alone, and gives the second another one where it reads them.
        "customers/e.parquet": lambda: parquet(
            "select 'e' as customer_id, 1 as \"twice \", 2 as twice, 3 as twicx"
        ).replace(b"twicx", b"TWICE"),
        # Nobody can bring what the views write.
        "customers/f.parquet": lambda: parquet("select 'f' as customer_id, 'x' as other_columns, 'y' as file_dated_on"),
    }
    write(tmp_path / "raw", {"orders.csv": GOOD, **files})
    assert others_of(connect(tmp_path / "raw", tmp_path / "landed")) == [
        ("a", '{"points":"7","store":"Oslo"}'),
        ("b", '{"points":"7","store":"Oslo"}'),
        ("c", '{"points":"7","store":"[\\"x\\"]"}'),
        ("d", None),
        ("e", '{"twice":"1"}'),
        ("f", '{"file_dated_on":"y","other_columns":"x"}'),
    ]


def test_unknown_columns_of_customers_may_have_the_name_that_a_scan_gives_to_the_path(tmp_path):
    query = "select 'a' as customer_id, 'x' as SPINE_path_of_the_file, 1 as \"Ä Größe\""
    write(tmp_path / "raw", {"orders.csv": GOOD, "customers/2026-06-01.parquet": lambda: parquet(query)})
    connection = connect(tmp_path / "raw", tmp_path / "landed")
    assert others_of(connection) == [("a", '{"spine_path_of_the_file":"x","Ä größe":"1"}')]
    dated = connection.execute("select file_dated_on from raw.customers").fetchall()
    assert dated == [(datetime.date(2026, 6, 1),)]


@pytest.mark.parametrize("count", [300, 301])
def test_unknown_columns_of_customers_have_a_limit(count, tmp_path):
    header = ",".join(f"c{number}" for number in range(count))
    row = ",".join("1" * count)
    customers = f"customer_id,{header}\na,{row}\n"
    write(tmp_path / "raw", {"orders.csv": GOOD, "customers.csv": customers})
    if count == 300:
        assert len(prepared(tmp_path / "raw").tables) == 2
    else:
        (fault,) = refused(tmp_path / "raw", tmp_path / "landed")
        assert fault == (
            "customers.csv: has 301 columns that the contract does not name; at most 300 are read as attributes. "
            "Leave out those that no trait names."
        )


def test_unknown_columns_of_customers_in_csv(tmp_path):
    files = {
        "customers/a.csv": "Points,customer_id,store,\n7,a,Oslo,nameless\n,b,,\n",
        "customers/b.csv": "customer_id;Store ;POINTS;store\nc;Oslo;7;second\n",
        "customers/c.csv": 'customer_id\tother_columns\tfile_dated_on\nd\tx\t"say ""hi"""\n',
        "customers/d.csv": "customer_id\ne\n",
    }
    write(tmp_path / "raw", {"orders.csv": GOOD, **files})
    assert others_of(connect(tmp_path / "raw", tmp_path / "landed")) == [
        ("a", '{"points":"7","store":"Oslo"}'),
        ("b", None),
        ("c", '{"points":"7","store":"Oslo"}'),
        ("d", '{"file_dated_on":"say \\"hi\\"","other_columns":"x"}'),
        ("e", None),
    ]


def test_unknown_columns_of_customers_are_the_same_from_csv_and_parquet(tmp_path):
    query = """
        select 'c' || i as customer_id, nullif('Stra' || chr(223) || i % 5, 'Straß3') as "Store",
            'a, "b"' || chr(10) || chr(9) || chr(92) || i as note, '{"k": ' || i || '}' as attributes
        from range(500) as r(i)
    """
    write(tmp_path / "one", {"orders.csv": GOOD, "customers.parquet": parquet(query)})
    write(tmp_path / "two", {"orders.csv": GOOD})
    duckdb.sql(f"copy ({query}) to {quoted_text(str(tmp_path / 'two' / 'customers.csv'))} (format csv, header)")
    found = [
        rows(
            connect(tmp_path / name, tmp_path / f"landed-{name}"),
            "select customer_id, attributes, other_columns from raw.customers order by all",
        )
        for name in ("one", "two")
    ]
    assert found[0] == found[1]
    assert len({others for _, _, others in found[0]}) == 500
    assert {tuple(json.loads(others)) for _, _, others in found[0]} == {("note", "store"), ("note",)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("' {\"a\": 1.50} '", ' {"a": 1.50} '),
        ("'{\"a\": 1}'::json", '{"a": 1}'),
        ("{'a': 1, 'b': null, 'c': [true]}", '{"a":1,"b":null,"c":[true]}'),
        ("map {'a': 'x'}", '{"a":"x"}'),
        ("null::varchar", None),
    ],
)
def test_attributes_in_parquet(value, expected, tmp_path):
    query = f"select 'c1' as customer_id, {value} as Attributes"
    folder = write(tmp_path / "raw", {"orders.csv": GOOD, "customers.parquet": parquet(query)})
    found = rows(connect(folder, tmp_path / "landed"), "select attributes, other_columns from raw.customers")
    assert found == [(expected, None)]


def test_unknown_columns_of_other_tables_are_not_read(tmp_path):
    """Nor looked through: what is no text in them is no fault."""
    folder = write(tmp_path / "raw", {})
    path = folder / "orders.parquet"
    write_plain(path, f"select {ORDER}, 'Mxller' as extra")
    damage_text(path)
    columns = rows(connect(folder, tmp_path / "landed"), "select column_name from (describe raw.orders)")
    assert not {"extra", "other_columns"} & {name for (name,) in columns}


def test_csv_and_parquet_give_the_same_rows(tmp_path):
    query = """
        select lpad(i::varchar, 5, '0') as order_id, nullif('c' || i % 7, 'c3') as customer_id,
            timestamp '2026-01-01' + interval (i) hour as ordered_at, (i * 1.25)::decimal(18, 2) as amount,
            'a, "b"' || chr(10) || i as status
        from range(2000) as r(i)
    """
    write(tmp_path / "one", {"orders.parquet": parquet(query)})
    write(tmp_path / "two", {})
    duckdb.sql(f"copy ({query}) to {quoted_text(str(tmp_path / 'two' / 'orders.csv'))} (format csv, header)")
    found = []
    for name in ("one", "two"):
        connection = connect(tmp_path / name, tmp_path / f"landed-{name}")
        casts = ", ".join(f"cast({column} as varchar)" for column in CONTRACT.table("orders").column_names)
        found.append(rows(connection, f"select {casts} from raw.orders order by 1"))
    assert len(found[0]) == 2000
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["it's", "a b", "Ж漢é", "[1]", "a*b?", "{x}", "k=5", 'say "hi"', "a\\b", "~", "%s"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_odd_paths(name, kind, tmp_path):
    content = GOOD if kind == "csv" else parquet(f"select {ORDER}")
    decoy = GOOD.replace("2,c2", "9,c9") if kind == "csv" else parquet(f"select {ORDER} union all select {ORDER}")
    folder = write(tmp_path / name / "raw", {f"orders/{name}/{name}.{kind}": content})
    write(tmp_path / "1" / "raw", {f"orders/1/1.{kind}": decoy})
    connection = connect(folder, tmp_path / name / "landed")
    ids = rows(connection, "select order_id from raw.orders")
    assert ids == ([("1",), ("2",)] if kind == "csv" else [("1",)])


def test_path_that_duckdb_cannot_name_is_refused(tmp_path):
    folder = write(tmp_path / "raw", {"orders/a\\[b].csv": GOOD})
    assert "backslash" in refused(folder, tmp_path / "landed")[0]


@pytest.mark.parametrize(
    ("files", "note"),
    [
        (
            {"order.csv": GOOD},
            "order.csv: belongs to no table of the contract and is not read (did you mean orders?)",
        ),
        ({"weather.csv": "a\n"}, "weather.csv: belongs to no table"),
        (
            {"events.json": "{}"},
            "events.json: belongs to no table of the contract and is not read (only .parquet",
        ),
        ({"unreadable_rows.csv": "a\n"}, "unreadable_rows.csv: belongs to no table"),
        ({"events/readme.md": "x"}, "events/: holds no .parquet or .csv file"),
        (
            {"order_item/a.csv": "x"},
            "order_item: belongs to no table of the contract and is not read (did you mean order_items?",
        ),
        ({"consent_2026_06/a.csv": "x"}, "consent_2026_06: belongs to no table of the contract and is not read."),
        ({"old/2025/orders.parquet": "x"}, "old: belongs to no table of the contract and is not read."),
        ({"old/orders.xlsx": "x"}, "old: belongs to no table of the contract and is not read."),
        (
            {"orders.old/a.csv": "x"},
            "orders.old: belongs to no table of the contract and is not read (did you mean orders?",
        ),
    ],
)
def test_strangers_are_noted(files, note, tmp_path):
    folder = prepared(write(tmp_path / "raw", {"orders.csv": GOOD, "README.md": "x", ".DS_Store": "x"} | files))
    assert len(folder.notes) == 1 and folder.notes[0].startswith(note)


def test_folders_that_hold_no_data_or_lie_beside_a_database_are_left_alone(tmp_path):
    names = ("notes/readme.md", "_old/a.csv", "old/.a.csv", "shop.duckdb.landed/a.parquet", "shop.duckdb.spine/a.csv")
    assert prepared(write(tmp_path / "raw", {"orders.csv": GOOD} | dict.fromkeys(names, "x"))).notes == []


def test_missing_folder_file_as_folder_and_no_permission(tmp_path, monkeypatch):
    assert "there is no such folder" in refused(tmp_path / "nowhere", tmp_path / "landed")[0]
    (tmp_path / "file").write_text("x")
    assert "is not a folder" in refused(tmp_path / "file", tmp_path / "landed")[0]

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    write(tmp_path / "raw", {"orders.csv": GOOD})
    monkeypatch.setattr(os, "listdir", denied)
    assert "cannot be opened: Permission denied" in refused(tmp_path / "raw", tmp_path / "landed")[0]


def test_unreadable_file_is_refused(tmp_path, monkeypatch):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    (folder / "events.csv").symlink_to(tmp_path / "nowhere.csv")
    (folder / "consent").symlink_to(tmp_path / "share that is not mounted")
    real_open = Path.open

    def denied(path, *args, **kwargs):
        if path.name == "orders.csv":
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", denied)
    faults = refused(folder, tmp_path / "landed")
    assert [fault.split(":")[0] for fault in faults] == ["consent", "events.csv", "orders.csv"]
    assert faults[0] == "consent: is not a file that can be read (a broken link?)."


def test_link_that_leads_back_is_walked_once(tmp_path):
    folder = write(tmp_path / "raw", {"orders/a.csv": GOOD})
    (folder / "orders" / "again").symlink_to(folder / "orders")
    assert len(prepared(folder).tables["orders"].parts) == 1


def test_unchanged_files_are_not_landed_again(tmp_path, monkeypatch):
    folder, landing = (
        write(tmp_path / "raw", {"orders.csv": GOOD + "bad\n", "products.csv": "product_id\np\n"}),
        tmp_path / "l",
    )
    connect(folder, landing)
    landed = []
    real = csv_landing._land_table
    monkeypatch.setattr(csv_landing, "_land_table", lambda job, table: landed.append(table.name) or real(job, table))
    connect(folder, landing)
    assert landed == []
    (folder / "products.csv").write_text("product_id\np\nq,r\n")
    connection = connect(folder, landing)
    assert landed == ["products"]
    kept = rows(connection, "select table_name, row_number from raw.unreadable_rows order by all")
    assert kept == [("orders", 4), ("products", 3)]
    (folder / "products.csv").unlink()
    connection = connect(folder, landing)
    assert rows(connection, "select table_name from raw.unreadable_rows") == [("orders",)]
    assert not (landing / "products.parquet").exists()
    monkeypatch.setattr(csv_landing, "LANDING_VERSION", 999)
    connect(folder, landing)
    assert landed == ["products", "orders"]


def test_a_mislaid_folder_loses_no_landing(tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD}), tmp_path / "landed"
    connect(folder, landing)
    before = (landing / "landed.json").read_bytes()
    refused(tmp_path / "nowhere", landing)
    assert (landing / "landed.json").read_bytes() == before and (landing / "orders.parquet").exists()


def test_csv_replaced_by_parquet_leaves_no_rows_set_aside(tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD + "bad\n"})
    connect(folder, tmp_path / "landed")
    (folder / "orders.csv").unlink()
    write(folder, {"orders.parquet": parquet(f"select {ORDER}")})
    connection = connect(folder, tmp_path / "landed")
    assert rows(connection, "select * from raw.unreadable_rows") == []


@pytest.mark.parametrize("broken_step", ["_copy", "_replace_unreadable", "read_records", "_load_state"])
def test_a_crash_leaves_no_half_landing(broken_step, tmp_path, monkeypatch):
    """After a crash at any step the next run lands again and has the rows of the new files."""
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD + "bad\n"}), tmp_path / "landed"
    connect(folder, landing)
    before = (landing / "orders.parquet").read_bytes()
    (folder / "orders.csv").write_text(GOOD + ROW + "\n")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(csv_landing, broken_step, crash)
        prepare(folder, landing, CONTRACT)
    assert not [path for path in landing.iterdir() if path.name.startswith(".landing")]
    if broken_step != "_replace_unreadable":
        assert (landing / "orders.parquet").read_bytes() == before
    connection = connect(folder, landing)
    assert rows(connection, "select count(*) from raw.orders") == [(3,)]
    assert rows(connection, "select count(*) from raw.unreadable_rows") == [(0,)]


STRANGERS = ["b.csv.zst", "000000_0", "part-0", "x.pq", "x.data", "x.psv", "z.csv.1", "y.csv ", "p.csv?a=1"]


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_in_the_folder_of_a_table_are_refused(name, tmp_path):
    """Unloads of warehouses and downloads that have not ended are called so."""
    folder = write(tmp_path / "raw", {"orders/a.csv": GOOD, f"orders/{name}": GOOD, "orders/notes.md": "x"})
    (fault,) = refused(folder, tmp_path / "landed")
    assert fault.startswith(f"orders/{name}: is of a format that is not read")


# A date is none within a longer number, unless that is a time of day.
DATED = {
    "2026-06-01.csv": True, "shop_1001_2026-06-01.csv": True, "p-0001-20260601.csv": True, "k47_2026_06_01.csv": True,
    "orders_12345678_2026-06-01.csv": True, "export_1719792000_2026-06-01.csv": True, "shop_2001_2026-06-01.csv": True,
    "20260601120000.csv": True, "2026-06-01T1200.csv": True, "202606011200-a.csv": True, "a20260601.csv": True,
    "2026-05-01_2026-06-01.csv": True, "20991231-20260601.csv": True, "2026-06-01_to_1.csv": True,
    "a_2026-06-01_200612_01.csv": True, "20260601_191201-04.csv": True, "20260601T200512-07.csv": True,
    "1719792000.csv": False, "120260601.csv": False, "2026-06-011.csv": False, "2026-13-01.csv": False, "a.csv": False,
}  # fmt: skip


@pytest.mark.parametrize("name", DATED)
def test_the_date_in_the_name_of_a_file_is_found_beside_other_numbers(name, tmp_path):
    write(tmp_path / "raw", {"orders.csv": GOOD, f"customers/{name}": "customer_id\na\n"})
    dated = rows(connect(tmp_path / "raw", tmp_path / "landed"), "select file_dated_on from raw.customers")
    assert dated == [(datetime.date(2026, 6, 1) if DATED[name] else None,)]


def test_parquet_text_that_is_not_utf8_is_refused_by_column(tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    path = folder / "customers.parquet"
    query = "select 'c1' as customer_id, 'Mxller' as last_name"
    write_plain(path, query)
    damage_text(path)
    (fault,) = refused(folder, tmp_path / "landed")
    assert fault.startswith("customers.parquet: column 'last_name' holds text that is not UTF-8")


@pytest.mark.parametrize("others", ["format('A{}', range)", "format('{}', 'ABCD'[range % 4 + 1])"])
@pytest.mark.parametrize("name", ["customer_id", "last_name", "store"])
def test_one_unreadable_text_among_many_is_found_whatever_the_footer_says(name, others, tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    path = folder / "customers.parquet"
    values = f"select if(range = 15000, 'Axller', {others}) as text from range(20000)"
    query = f"select text as {name} {'' if name == 'customer_id' else ', text[2:] as customer_id'} from ({values})"
    write_plain(path, query, rows_of_a_group=4096)
    assert prepared(folder).tables["customers"].parts[0].rows == 20000
    damage_text(path, b"Axller", b"A\xfcller")
    assert refused(folder, tmp_path / "landed") == [
        f"customers.parquet: column '{name}' holds text that is not UTF-8. Write the file anew with UTF-8 text."
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("store", "'Mxller'"),
        ("stores", "['Mxller']"),
        ("nested", "{'a': [{'b': 'Mxller'}]}"),
        ("document", '\'{"a": "Mxller"}\'::json'),
        ("attributes", '\'{"a": "Mxller"}\'::json'),
        ("attributes", "map {'a': 'Mxller'}"),
        ("variant", "'Mxller'::variant"),
        ("variant", "{'a': 'Mxller'}::variant"),
    ],
)
def test_unknown_text_of_customers_that_is_not_utf8_is_refused(name, value, tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    path = folder / "customers.parquet"
    query = f"select 'c1' as customer_id, 'good' as other, {value} as {name}"
    write_plain(path, query)
    assert prepared(folder).tables["customers"].parts[0].rows == 1
    damage_text(path)
    assert refused(folder, tmp_path / "landed") == [
        f"customers.parquet: column '{name}' holds text that is not UTF-8. Write the file anew with UTF-8 text."
    ]


TIMES_NOT_READ = (
    "customers.parquet: column '{}' holds times, or text, that cannot be read; some tools write missing times so. "
    "Write the file anew with null instead."
)


@pytest.mark.parametrize("made", ["make_timestamp", "make_timestamptz"])
@pytest.mark.parametrize("name", ["signed_up_at", "seen"])
def test_moments_before_all_that_can_be_written_are_refused(name, made, tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    values = f"if(range = 1500, {made}(-9223372036854775808), {made}(1700000000000000))"
    write_plain(folder / "customers.parquet", f"select range as customer_id, {values} as {name} from range(3000)", 2048)
    assert refused(folder, tmp_path / "landed") == [
        f"customers.parquet: column '{name}' holds a moment before 290309 BC, as some tools write a missing one. "
        "Write the file anew with null instead."
    ]


@pytest.mark.parametrize("name", ["attributes", "seen"])
def test_moments_within_structs_that_cannot_be_written_are_refused(name, tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    path = folder / "customers.parquet"
    query = "select range as customer_id, {{'at': [make_timestamp(if(range = 1500, {}, 0))]}} as {} from range(3000)"
    write_plain(path, query.format(1, name), 2048)
    assert prepared(folder).tables["customers"].parts[0].rows == 3000
    write_plain(path, query.format(-9223372036854775808, name), 2048)
    assert refused(folder, tmp_path / "landed") == [TIMES_NOT_READ.format(name)]


@pytest.mark.parametrize("value", ["time '00:00:01'", "[time '00:00:01']", "{'at': time '00:00:01'}"])
def test_times_of_day_that_there_are_not_are_refused(value, tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    path = folder / "customers.parquet"
    write_plain(path, f"select 'c' || range as customer_id, {value} as seen from range(3000)")
    assert prepared(folder).tables["customers"].parts[0].rows == 3000
    damage_text(path, (1_000_000).to_bytes(8, "little"), b"\xff" * 7 + b"\x7f")
    assert refused(folder, tmp_path / "landed") == [TIMES_NOT_READ.format("seen")]


@pytest.mark.parametrize("written", [b'{"a":1 ', b"nothing"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("attributes", "{}::json"), ("other", "{}::json"), ("others", "[{}::json]"), ("nested", "{{'a': {}::json}}")],
)
def test_json_that_cannot_be_read_is_refused(name, value, written, tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    path = folder / "customers.parquet"
    document = value.format("""'{"a":1}'""")
    query = f"select 'c' || range as customer_id, {document} as {name} from range(3000)"
    write_plain(path, query)
    assert prepared(folder).tables["customers"].parts[0].rows == 3000
    damage_text(path, b'{"a":1}', written)
    assert refused(folder, tmp_path / "landed") == [
        f"customers.parquet: column '{name}' holds JSON that cannot be read. Write the file anew with valid JSON."
    ]


@pytest.mark.parametrize("damage", ["", "not JSON", "[]", '{"duckdb": "0", "files": {}}', '{"files": {"a": 1}}'])
def test_what_is_known_of_parquet_files_is_used_only_for_the_same_files(damage, tmp_path, monkeypatch):
    folder, record = write(tmp_path / "raw", {"orders.csv": GOOD}), tmp_path / "checked.json"
    path = folder / "customers.parquet"
    query = "select 'c1' as customer_id, 'Mxller' as last_name"
    write_plain(path, query)
    prepare(folder, tmp_path / "landed", CONTRACT, record)
    if damage:
        record.write_text(damage)
    monkeypatch.setattr(raw_parquet.CheckedFiles, "_of_this_process", {})
    with monkeypatch.context() as patch:
        if not damage:
            patch.setattr(raw_parquet, "_count_of_unclean", lambda *_: pytest.fail("is known"))
        assert prepare(folder, tmp_path / "landed", CONTRACT, record).tables["customers"].parts[0].rows == 1
    damage_text(path)
    for _ in range(2):
        with pytest.raises(InputRefused, match="'last_name' holds text that is not UTF-8"):
            prepare(folder, tmp_path / "landed", CONTRACT, record)
    csv_landing.release_landings()


def test_landing_folder_that_another_run_uses(tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD}), tmp_path / "landed"
    landing.mkdir()
    other = os.open(landing, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(SpineError, match="another run of spine or dbt on this database is using it"):
        prepare(folder, landing, CONTRACT)
    os.close(other)
    prepare(folder, landing, CONTRACT)
    csv_landing.release_landings()


@pytest.mark.parametrize("name", ["orders.parquet", "unreadable_rows.parquet"])
def test_damaged_landing_is_landed_again(name, tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD + "bad\n"}), tmp_path / "landed"
    connect(folder, landing)
    (landing / name).write_bytes(b"PAR1")
    connection = connect(folder, landing)
    assert rows(connection, "select count(*) from raw.orders, raw.unreadable_rows") == [(2,)]


def test_replaced_file_of_the_same_size_and_time_is_landed_again(tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": HEADER + "1,c1,2026-01-01,10\n"}), tmp_path / "landed"
    path = folder / "orders.csv"
    os.utime(path, ns=(0, 0))
    connect(folder, landing)
    (folder / "new").write_text(HEADER + "1,c1,2026-01-01,99\n")
    os.utime(folder / "new", ns=(0, 0))
    os.replace(folder / "new", path)
    assert rows(connect(folder, landing), "select amount from raw.orders") == [("99",)]


def test_leftovers_of_a_killed_landing_are_removed(tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD}), tmp_path / "landed"
    write(landing, {".landing-999999999-x/orders-0.csv": "x", f".landing-{os.getpid()}-x/orders-0.csv": "x"})
    connect(folder, landing)
    assert [path.name for path in landing.glob(".landing-*")] == [f".landing-{os.getpid()}-x"]


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"tables": {"orders": 5}}', '{"tables": null}', "\xff"])
def test_damaged_record_of_landings_means_landing_again(content, tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD}), tmp_path / "landed"
    write(landing, {"landed.json": content.encode("latin-1")})
    assert rows(connect(folder, landing), "select count(*) from raw.orders") == [(2,)]


@pytest.mark.parametrize("name", ["orders.parquet", "unreadable_rows.parquet", "landed.json"])
def test_a_lost_file_of_the_landing_is_made_again(name, tmp_path):
    folder, landing = write(tmp_path / "raw", {"orders.csv": GOOD + "bad\n"}), tmp_path / "landed"
    connect(folder, landing)
    (landing / name).unlink()
    connection = connect(folder, landing)
    assert rows(connection, "select count(*) from raw.orders") == [(2,)]
    assert rows(connection, "select row_number from raw.unreadable_rows") == [(4,)]


def test_a_refused_table_is_landed_by_nobody_and_the_others_once(tmp_path):
    folder, landing = (
        write(
            tmp_path / "raw",
            {"orders.csv": GOOD, "events.csv": 'event_id,event_name,occurred_at\n"1,a,b\n2\n'},
        ),
        tmp_path / "landed",
    )
    refused(folder, landing)
    assert (landing / "orders.parquet").exists() and not (landing / "events.parquet").exists()
    assert list(json.loads((landing / "landed.json").read_text())["tables"]) == ["orders"]


def test_counts_that_differ_are_a_fault(tmp_path, monkeypatch):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    real = csv_landing._copy
    monkeypatch.setattr(csv_landing, "_copy", lambda *args: real(*args) - 1)
    assert refused(folder, tmp_path / "landed") == ["orders: 2 records were read, but 1 were landed."]


def test_landing_folder_that_cannot_be_written(tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    (tmp_path / "landed").write_text("a file")
    with pytest.raises(SpineError, match="cannot be landed in"):
        prepare(folder, tmp_path / "landed", CONTRACT)


def test_no_landing_folder_for_parquet(tmp_path):
    folder = write(tmp_path / "raw", {"orders.parquet": parquet(f"select {ORDER}")})
    prepare(folder, tmp_path / "landed", CONTRACT)
    assert not (tmp_path / "landed").exists()


def schema(*statements: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for statement in ("create schema shop", *statements):
        connection.execute(statement)
    return connection


def test_schema_of_a_database(tmp_path):
    connection = schema(
        f'create table shop."Orders" as select {ORDER}, 5 as extra',
        "create view shop.customers as select 7 as CUSTOMER_ID, 3.0::double as \"Points \", 'Oslo' as store",
    )
    for statement in view_statements(check_schema(connection, "SHOP", CONTRACT)):
        connection.execute(statement)
    assert rows(connection, "select order_id, amount from raw.orders")[0][0] == "1"
    assert rows(connection, "select customer_id, email from raw.customers") == [("7", None)]
    assert others_of(connection) == [("7", '{"points":"3","store":"Oslo"}')]
    assert rows(connection, "select * from raw.events union all select * from raw.events") == []


@pytest.mark.parametrize(
    ("statements", "name", "fault"),
    [
        ((), "nowhere", "there is no such schema"),
        ((), "shop", "shop.orders: the table is required and is missing"),
        (("create schema raw",), "raw", "Bring the tables in another schema"),
        ((f"create table shop.orders as select {ORDER} where false",), "shop", "holds no rows"),
        (
            ("create table shop.orders as select 1 as order_id, now() as ordered_at, 5 as price",),
            "shop",
            "mean 'price'",
        ),
        (
            (
                "create table shop.t as select 1 as a",
                "create view shop.orders as from shop.t",
                "drop table shop.t",
            ),
            "shop",
            "shop.orders: cannot be read",
        ),
    ],
)
def test_schema_refused(statements, name, fault):
    with pytest.raises(InputRefused, match=fault):
        check_schema(schema(*statements), name, CONTRACT)


class Credentials:
    path = ":memory:"


def plugin(tmp_path: Path, **config):
    module = pytest.importorskip("spine.run.dbt_plugin")
    made = module.Plugin(name="spine", plugin_config=config, credentials=Credentials())
    made.creds.path = str(tmp_path / "spine.duckdb")
    return made


def test_plugin_registers_the_folder(tmp_path):
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    made = plugin(tmp_path, raw_dir=str(folder), raw_schema="")
    with duckdb.connect(made.creds.path) as connection:
        made.configure_connection(connection)
        assert rows(connection, "select count(*) from raw.orders") == [(2,)]
    assert (tmp_path / "spine.duckdb.landed" / "orders.parquet").exists()
    with duckdb.connect(made.creds.path, read_only=True) as connection:
        made.configure_connection(connection)


def test_plugin_with_nothing_does_nothing(tmp_path):
    with duckdb.connect() as connection:
        plugin(tmp_path, raw_dir="", raw_schema="").configure_connection(connection)
        assert rows(connection, "select * from duckdb_schemas() where schema_name = 'raw'") == []


def test_plugin_refuses_with_a_message(tmp_path):
    exceptions = pytest.importorskip("dbt_common.exceptions")
    folder = write(tmp_path / "raw", {"orders.csv": GOOD})
    with duckdb.connect() as connection:
        with pytest.raises(exceptions.DbtRuntimeError, match="there is no such folder"):
            plugin(tmp_path, raw_dir=str(tmp_path / "nowhere")).configure_connection(connection)
        with pytest.raises(exceptions.DbtRuntimeError, match="set one of them"):
            plugin(tmp_path, raw_dir="a", raw_schema="b").configure_connection(connection)
        connection.execute("create schema raw; create table raw.orders (a int)")
        with pytest.raises(exceptions.DbtRuntimeError, match="The views of schema 'raw' cannot be made over the input"):
            plugin(tmp_path, raw_dir=str(folder)).configure_connection(connection)


def test_no_customer_data_in_any_message(tmp_path):
    """Emails stand in every kind of broken place; no message shows one."""
    contents = {
        "orders.csv": f'{HEADER}1,"{EMAIL}"x,2026-01-01,1\n2,"{EMAIL}\n\n\n',
        "customers.csv": f"c1,{EMAIL}\n",
        "consent.csv": f'consent_id,{EMAIL},"x\n',
        "events.csv": f"event_id,{EMAIL},event_name\n1,2,3\n",
        "refunds.csv": f"refund_id,amount\n{EMAIL},\xfc\n".encode("latin-1"),
        "products.parquet": f"PAR1 {EMAIL} PAR1",
    }
    folder = write(tmp_path / "raw", contents)
    faults = refused(folder, tmp_path / "landed")
    assert {fault.split(":")[0] for fault in faults} == set(contents)


def test_columns_that_are_passed_over_are_named(tmp_path):
    header = "order_id,ordered_at,amount,Financial Status,Discount\n"
    folder = write(tmp_path / "raw", {"orders.csv": header + "1,2026-01-01,9.99,voided,1\n"})
    (note,) = prepare(folder, tmp_path / "landed", load_contract()).notes
    assert "orders: columns not read: Financial Status, Discount." in note
    assert "status (did you mean 'Financial Status'?)" in note
    assert "discount_amount (did you mean 'Discount'?)" in note


def test_a_currency_that_is_not_read_is_told_though_nothing_is_missing(tmp_path):
    whole = "refund_id,order_id,customer_id,refunded_at,amount,loaded_at"
    row = "r1,o1,c1,2026-06-02,1,2026-06-02"
    for more, told in (("", []), (",note", []), (",Currency", ["refunds: column currency is not read; "])):
        content = f"{whole}{more}\n{row}{',GBP' if more else ''}\n"
        folder = write(tmp_path / f"raw{more}", {"orders.csv": GOOD, "refunds.csv": content})
        notes = [note for note in prepared(folder).notes if note.startswith("refunds")]
        assert len(notes) == len(told) and all(map(str.startswith, notes, told))


def test_columns_that_are_taken_as_attributes_are_named(tmp_path):
    """A misspelt column of customers is kept, but is not the column that was meant."""
    header = "customer_id,E-Mail,first_name,favourite_store,other_columns,attribute\n"
    folder = write(tmp_path / "raw", {"orders.csv": GOOD, "customers.csv": header + "c1,a@b.c,Ada,Oslo,x,{}\n"})
    (note,) = prepare(folder, tmp_path / "landed", load_contract()).notes
    assert note.startswith(
        "customers: columns taken as attributes: E-Mail, favourite_store, other_columns, attribute. "
        "Not given, taken as empty: email (did you mean 'E-Mail'?), phone, "
    )
    assert "attributes (did you mean 'attribute'?), loaded_at." in note
