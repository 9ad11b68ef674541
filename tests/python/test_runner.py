"""The command `spine`: what it prints, how it ends, and that mistakes are answered and never end in a traceback."""

import argparse
import datetime
import io
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from conftest import BIN_DIR, OWN_VARIABLES, PROJECT_DIR, SAMPLE_DAY, environment_of, run_dbt, run_spine
from dbt.exceptions import ContractError
from marts import query
from rich.console import Console
from rule_folders import add_rows, clause_row, segment_row
from spine.cli import commands
from spine.cli import main as cli
from spine.consoles import silent
from spine.errors import UsageError
from spine.publish.fingerprint import rule_version
from spine.run import build as build_module
from spine.run import summary
from spine.run.database import reason_of, refuse_unusable_database
from spine.run.messages import first_lines, is_of_duckdb, safe_message
from spine.run.project import (
    last_complete_business_day,
    parse_day,
    refuse_unusable_day,
    rule_vars,
    rules_over_seeds,
)
from spine.run.results import NodeResult
from spine.run.summary import problems

ORDERS = "order_id,customer_id,ordered_at,amount\n"
WEIGHT = (
    "source,source_event_name,event_name,channel,engagement_weight,is_visit,is_usage,affinity_interaction\n"
    "any,seen,page_viewed,web,{},true,false,none\n"
)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    """In-process calls see no settings of the caller, and lines are not wrapped at a terminal's width."""
    for name in OWN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def spine(capsys, *arguments: object) -> tuple[int, str]:
    """Runs the command line in this process: for what is answered before dbt starts."""
    try:
        code = cli.main([str(argument) for argument in arguments])
    except SystemExit as ended:  # argparse
        code = ended.code
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert "Traceback" not in text
    return code, text


def raw_folder(folder: Path, rows: str = "1,c1,2026-01-01,9.99\n2,c2,2026-01-02,5.00\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orders.csv").write_text(ORDERS + rows)
    return folder


# The main job


def test_build_ends_well_with_a_summary(built):
    assert built.run.code == 0, built.run.all_text
    lines = built.run.out.splitlines()
    assert any(re.fullmatch(r"\[ *\d+/\d+\] model customer_rfm: \d+\.\d s", line) for line in lines)
    assert any(re.fullmatch(r"\[ *\d+/\d+\] seed segments: \d+\.\d s", line) for line in lines)
    assert not any(" test " in line and line.startswith("[") and "WARN" not in line for line in lines)
    ((set_aside,),) = query(built.db, "select count(*) from marts.quarantined_rows")
    assert any(line.startswith(f"rows set aside: {set_aside:,}") for line in lines)
    (slowest,) = [line for line in lines if line.startswith("slowest models: ")]
    assert slowest.count(" s") >= 5
    (counts,) = [line for line in lines if line.startswith("seeds: ")]
    assert re.search(r"models: \d+ success; tests: .*\d+ pass", counts)
    assert lines[-1] == f"as of {SAMPLE_DAY}; database: {built.db}"


def test_rows_set_aside_are_counted_by_table_and_reason(built):
    for table, reason, count in query(
        built.db, "select table_name, quarantine_reason, count(*) from marts.quarantined_rows group by all"
    ):
        assert re.search(rf"^    {table}: {count:,} {reason}( \(.*\))?$", built.run.out, re.MULTILINE)


def test_rows_set_aside_are_told_with_a_remedy_that_fits_their_table(tmp_path):
    db, said = tmp_path / "shop.duckdb", io.StringIO()
    with duckdb.connect(str(db)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.quarantined_rows as "
            "select unnest(['exchange_rates', 'orders']) as table_name, reason as quarantine_reason "
            "from (values ('negative_amount'), ('unusable_amount'), ('no_remedy')) as reasons (reason)"
        )
    summary._print_quarantine(db, Console(file=said))
    assert said.getvalue().splitlines() == [
        "rows set aside: 6 (marts.quarantined_rows)",
        "    exchange_rates: 1 negative_amount (write rates above zero, in the reporting currency per unit)",
        "    exchange_rates: 1 no_remedy",
        "    exchange_rates: 1 unusable_amount (write rates as 1.0834, with a point, not a comma, before the decimals)",
        "    orders: 1 negative_amount (bring returns as rows of refunds, with the amount given back above zero)",
        "    orders: 1 no_remedy",
        "    orders: 1 unusable_amount (write amounts as 1234.50, with a point, not a comma, before the decimals, "
        "without a currency and without marks between thousands)",
    ]


def test_warnings_are_listed_and_end_well(built):
    warnings = re.findall(r"^WARN test (\w+): ([\d,]+) rows?$", built.run.out, re.MULTILINE)
    assert warnings, "the sample is made to warn (an event name without a row)"
    assert re.search(
        r"^    metric unmapped_event_name, table_name events, count_names \d+, affected_rows \d+,",
        built.run.out,
        re.MULTILINE,
    )


def test_artifacts_and_database_lie_where_they_should(built):
    assert (built.db.parent / "target" / "run_results.json").exists()
    assert not Path(f"{built.db}.landed").exists(), "Parquet is not landed"
    with duckdb.connect(str(built.db)):
        pass  # nobody holds it


def test_segments_fit_80_columns(built):
    run = run_spine("segments", "--db", built.db, scratch=built.db.parent / "segments")
    assert run.code == 0, run.all_text
    title, *lines = run.out.rstrip().splitlines()
    ((day, customers, revenue),) = query(
        built.db, "select max(as_of_date), count(*), sum(net_revenue_365d) from marts.customers"
    )
    assert title == f"Segments as of {day}: {customers:,} customers, USD {revenue:,.2f} net revenue in 365 days"
    assert all(len(line) <= 80 for line in [title, *lines[:-1]])
    assert "…" not in run.out
    for label, count, share, net, net_share in query(
        built.db,
        """
        select label, customers, customer_share, net_revenue_365d, revenue_share_365d
        from marts.segments inner join marts.segment_performance using (segment_key)
        where segment_key <> 'rfm_unscored'
        """,
    ):
        numbers = [f"{count:,}", f"{share:.1%}", f"{net:,.2f}", f"{net_share:.1%}".replace("-0.0%", "0.0%"), *"---"]
        assert any(line.split() == [*label.split(), *numbers] for line in lines), label


def test_segments_complete_when_numbers_and_labels_are_long(tmp_path, capsys):
    db = tmp_path / "big.duckdb"
    label = "Customers who bought [in bold] in every one of the last twelve seasons"
    with duckdb.connect(str(db)) as connection:
        connection.execute(f"""
            create schema marts;
            create table marts.segments as
                select 'a' as segment_key, 'rfm' as segment_kind, '{label}' as label, 'active' as status, '' as lacks,
                    1 as priority, date '2026-06-30' as as_of_date
                union all select 'b', 'behaviour', 'Not yet', 'draft', '', 2, date '2026-06-30'
                union all
                select 'c', 'behaviour', 'Blind', 'not_computable', 'events|support_tickets', 3, date '2026-06-30';
            create table marts.segment_performance as
                select 'a' as segment_key, 123456789 as customers, 1.0 as customer_share,
                    cast(123456789012.34 as decimal(18, 2)) as net_revenue_365d, -0.0001 as revenue_share_365d,
                    'USD' as reporting_currency
                union all select 'c', null, null, null, null, 'USD';
            create table marts.customers as
                select date '2026-06-30' as as_of_date, cast(123456789012.34 as decimal(18, 2)) as net_revenue_365d
        """)
    code, text = spine(capsys, "segments", "--db", db)
    assert code == 0
    lines = text.splitlines()
    assert all(len(line) <= 80 for line in lines[:-1])
    assert "123,456,789 " in text and "100.0%" in text and "123,456,789,012.34" in text and " 0.0%" in text
    assert all(word in text for word in label.split())
    assert "Not yet (draft)" in text
    assert re.search(r"^ +Blind .* - +- +- +- *$", text, re.MULTILINE)
    assert all(word in text for word in ("(needs events", "and", "support_tickets)"))


@pytest.mark.parametrize("day_of_the_catalogue", ["2026-06-30", "2026-06-29"])
def test_the_currency_is_that_of_the_build_and_marts_of_different_days_are_told(day_of_the_catalogue, tmp_path, capsys):
    db = tmp_path / "small.duckdb"
    with duckdb.connect(str(db)) as connection:
        connection.execute(f"""
            create schema marts;
            create table marts.segments as
                select 'a' as segment_key, 'rfm' as segment_kind, 'A' as label, 'active' as status, '' as lacks,
                    1 as priority, date '{day_of_the_catalogue}' as as_of_date;
            create table marts.segment_performance as
                select 'a' as segment_key, 1 as customers, 1.0 as customer_share, 2.5 as net_revenue_365d,
                    1.0 as revenue_share_365d, 'EUR' as reporting_currency;
            create table marts.customers as select date '2026-06-30' as as_of_date, 2.5 as net_revenue_365d
        """)
    code, text = spine(capsys, "segments", "--db", db)
    assert code == 0
    assert "EUR" in text and "USD" not in text
    note = f"note: the last build, as of {day_of_the_catalogue}, did not end well"
    assert (note in text) == (day_of_the_catalogue != "2026-06-30")


def test_a_build_goes_on_when_nobody_reads_its_lines(tmp_path):
    raw = raw_folder(tmp_path / "raw")
    process = subprocess.Popen(
        [str(BIN_DIR / "spine"), "build", "--raw", str(raw), "--db", str(tmp_path / "shop.duckdb")],
        env=environment_of(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(300) == 0
    assert process.stderr.read() == b""
    assert query(tmp_path / "shop.duckdb", "select count(*) from marts.customers") == [(2,)]


# Bad use


def test_help_is_worth_reading(capsys):
    for command in ([], ["sample"], ["build"], ["check"], ["segments"], ["why"]):
        code, text = spine(capsys, *command, "--help")
        assert code == 0
        assert "exit codes:" in text and "spine " in text
        assert re.search(r"^  spine .*(--out|--raw|--db)", text, re.MULTILINE), "an example"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["bulid"], "invalid choice: 'bulid'"),
        (["build", "--as-off", "2026-01-01"], "spine build: error: unrecognized arguments: --as-off"),
        (["build"], "name the folder of raw files with --raw DIR or RAW_DIR"),
        (["build", "--raw", "raw", "--as-of", "30.6.2026"], "--as-of must be a day written as YYYY-MM-DD"),
        (["build", "--raw", "raw", "--as-of", "20260630"], "--as-of must be a day written as YYYY-MM-DD"),
        (["build", "--raw", "raw", "--as-of", "1899-12-31"], "--as-of: 1899-12-31 lies before 1900-01-01"),
        (["build", "--raw", "raw", "--db", "a\udcff.duckdb"], "--db: the path is not UTF-8"),
        (["segments", "--db", "a\udcff.duckdb"], "--db: the path is not UTF-8"),
        (["build", "--raw", "raw", "--as-of", "2026-02-30"], "--as-of must be a day written as YYYY-MM-DD"),
        (
            ["build", "--raw", "raw", "--as-of", "2999-01-01"],
            "the business day 2999-01-01 is not over yet in UTC",
        ),
        (["build", "--raw", "raw", "--target", "prod"], "--target prod: profiles.yml has only dev"),
        (["build", "--raw", "raw", "--db", ":memory:"], "would be gone at the end"),
        (["build", "--raw", "raw", "--db", "none/shop.duckdb"], "the folder"),
        (["build", "--raw", "raw", "--db", "."], "is a folder; name a file in it"),
        (["build", "--raw", "raw", "--db", "marts.duckdb"], "a database file cannot be called that"),
        (["refresh", "--raw", "raw", "--db", "Marts.2.duckdb"], "a database file cannot be called that"),
        (["build", "--raw", "raw", "--rules", "none"], "none: there is no such folder"),
        (["segments", "--db", "none.duckdb"], "there is no such database; build it with"),
        (["sample", "--out", "x", "--customers", "0"], "customers must be 1 to"),
        (["sample", "--out", "x", "--until", "today"], "--until must be a day written as YYYY-MM-DD"),
    ],
)
def test_bad_use(arguments, message, tmp_path, capsys):
    raw_folder(tmp_path / "raw")
    code, text = spine(capsys, *arguments)
    assert code == 2
    assert message in text
    assert sorted(path.name for path in tmp_path.iterdir()) in (["raw"], ["raw", "raw.landed"]), "nothing is left"


def options_with_a_value() -> list[tuple[str, str]]:
    """Each command with each of its options, and arguments, that takes a value."""
    subparsers = next(one for one in cli._parser()._actions if isinstance(one, argparse._SubParsersAction))
    return [
        (command, action.option_strings[0] if action.option_strings else "")
        for command, parser in subparsers.choices.items()
        for action in parser._actions
        if action.nargs != 0
    ]


# For which an empty value is no number.
NUMBERS = ("--customers", "--months", "--seed", "--keep", "--min-volume", "--every", "--wait", "--fail-if-older-than")


def test_empty_values_are_refused(tmp_path, capsys):
    required = {"sample": ["--out", "x"], "why": ["c1"], "backfill": ["--from", "2026-01-01"], "report": ["--out", "x"]}
    given = options_with_a_value()
    assert {("rollback", "--to"), ("refresh", "--parquet"), ("build", "--as-of"), ("why", "")} <= {*given}
    for command, option in given:
        code, said = spine(capsys, command, *(required.get(command, []) if option else []), *filter(None, [option]), "")
        assert code == 2 and f"spine {command}: error: argument {option or 'CUSTOMER'}" in said, (command, option)
        assert option in NUMBERS or said.endswith(": must not be empty\n"), (command, option)
    assert not list(tmp_path.iterdir()), "nothing is written"


@pytest.mark.parametrize(
    ("command", "option", "given", "said"),
    [
        *(
            ("status", "--fail-if-older-than", given, "a number of hours, such as 26")
            for given in ("26h", "inf", "nan", "1e400", "9" * 400, "1_0", "-1", "")
        ),
        *(("rollback", "--wait", given, "a number of seconds, such as 60") for given in ("inf", "1m", "-1", "")),
        *(
            ("watch", "--every", given, "a number of seconds from 0.1 to 86400")
            for given in ("inf", "0", "0.09", "1s", "1" * 300)
        ),
        *(("refresh", "--min-volume", given, "a number from 0 to 1") for given in ("80%", "1.1", "-0.1", "nan")),
        *(("refresh", "--keep", given, "a whole number, at least 1") for given in ("0", "1.5", "five", "1_0")),
    ],
)
def test_what_is_no_number_is_told_what_it_must_be(command, option, given, said, capsys):
    code, text = spine(capsys, command, option, given)
    assert code == 2
    assert text.endswith(f"spine {command}: error: argument {option}: must be {said}\n")


def test_numbers_on_the_command_line_are_read():
    assert [cli.hours(text) for text in ("26", "0", "0.0001", ".5", "007")] == [26, 0, 0.0001, 0.5, 7]
    assert (cli.share("1"), cli.share("0.8"), cli.pause("0.1"), cli.count("5")) == (1, 0.8, 0.1, 5)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        *(("SPINE_THREADS", given, "a whole number from 1 to 99") for given in ("0", "many", "")),
        *(("SPINE_MEMORY_LIMIT", given, "a size such as 6GB") for given in ("0GB", "6", "banana", "", "-1")),
    ],
)
def test_a_limit_that_is_none(name, given, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(name, given)
    for command in ("build", "watch"):
        code, text = spine(capsys, command, "--raw", raw_folder(tmp_path / command), "--db", tmp_path / "shop.duckdb")
        assert code == 2
        assert f"{name} is {given!r}; it must be {said}" in text


@pytest.mark.parametrize(("large_from", "given", "threads"), [(10**9, None, "2"), (1, None, "1"), (1, "3", "3")])
def test_of_a_large_input_one_model_at_a_time_is_built(sample_raw, tmp_path, monkeypatch, large_from, given, threads):
    monkeypatch.setattr(build_module, "_ROWS_OF_A_LARGE_INPUT", large_from)
    monkeypatch.delenv("SPINE_THREADS", raising=False)
    if given:
        monkeypatch.setenv("SPINE_THREADS", given)
    request = build_module.BuildRequest(tmp_path / "shop.duckdb", SAMPLE_DAY, raw_dir=sample_raw)
    with build_module._environment(build_module.checked(request, silent()), None):
        assert os.environ["SPINE_THREADS"] == threads


def test_folder_and_schema_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RAW_SCHEMA", "shop")
    code, text = spine(capsys, "build", "--raw", raw_folder(tmp_path / "raw"))
    assert code == 2
    assert "RAW_SCHEMA are both given" in text


def test_defaults_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("RAW_DIR", "here")
    monkeypatch.setenv("SPINE_DB", "there.duckdb")
    monkeypatch.setenv("SPINE_AS_OF", "2026-01-31")
    options = argparse.Namespace(raw=None, db=None, as_of=None, rules=None)
    assert commands._raw_dir(options) == tmp_path / "here"
    assert commands._db(options) == tmp_path / "there.duckdb"
    assert commands._as_of(options) == datetime.date(2026, 1, 31)
    options = argparse.Namespace(raw=Path("/raw"), db=Path("/a.duckdb"), as_of="2026-02-28", rules=None)
    assert (commands._raw_dir(options), commands._db(options)) == (Path("/raw"), Path("/a.duckdb"))
    assert commands._as_of(options) == datetime.date(2026, 2, 28)


def test_last_complete_business_day_is_that_of_the_zone():
    days = {zone: last_complete_business_day(zone) for zone in ("Pacific/Kiritimati", "Pacific/Niue")}
    assert (days["Pacific/Kiritimati"] - days["Pacific/Niue"]).days >= 1
    refuse_unusable_day(days["Pacific/Niue"], "Pacific/Niue", "--as-of")
    with pytest.raises(UsageError, match="not over yet in Pacific/Niue"):
        refuse_unusable_day(days["Pacific/Kiritimati"], "Pacific/Niue", "--as-of")
    with pytest.raises(UsageError, match="not a name of the tz database"):
        last_complete_business_day("Mars/Olympus")
    with pytest.raises(UsageError, match="--x must be a day"):
        parse_day("2026-1-1", "--x")


# The database file


def holder(db: Path, read_only: bool) -> subprocess.Popen:
    """Another process that has the database open."""
    code = (
        f"import duckdb, sys; c = duckdb.connect({str(db)!r}, read_only={read_only}); "
        "print(1, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


@pytest.mark.parametrize("read_only", [False, True])
def test_database_that_another_process_has_open(read_only, tmp_path, capsys):
    db = tmp_path / "shop.duckdb"
    duckdb.connect(str(db)).close()
    other = holder(db, read_only)
    try:
        code, text = spine(capsys, "build", "--raw", raw_folder(tmp_path / "raw"), "--db", db)
        assert code == 2
        assert text.strip() == f"spine: --db {db}: another process has the database open; close it there and try again."
        code, text = spine(capsys, "segments", "--db", db)
        assert code == 2
        assert ("holds no segments" if read_only else "another process has the database open") in text
    finally:
        other.communicate()


def test_file_that_is_no_database(tmp_path, capsys):
    db = tmp_path / "notes.txt"
    db.write_text("jane.roe@example.com " * 1000)
    for command in (["build", "--raw", raw_folder(tmp_path / "raw")], ["segments"]):
        code, text = spine(capsys, *command, "--db", db)
        assert code == 2
        assert "is not a DuckDB database; name another file" in text
        assert "@" not in text
    assert db.read_text().startswith("jane"), "the file stays as it is"


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.json", "short.duckdb"])
def test_file_that_duckdb_would_open_as_a_database_in_memory(name, tmp_path, capsys):
    db, raw = tmp_path / name, raw_folder(tmp_path / "raw")
    if name == "t.parquet":
        duckdb.sql("select 1 as a").write_parquet(str(db))
    else:
        db.write_text('[{"a": 1}]' if name == "t.json" else "a\n1\n")
    before = db.read_bytes()
    publishing = [[command, "--raw", raw] for command in ("refresh", "watch")]
    backfill = ["backfill", "--raw", raw, "--from", "2026-01-01"]
    reading = [["segments"], ["segments", "--draft"], ["why", "c1"], ["report", "--out", tmp_path / "report.html"]]
    for command in (["build", "--raw", raw], *publishing, backfill, ["status"], ["rollback"], *reading):
        code, text = spine(capsys, *command, "--db", db)
        assert code == 2, command
        assert text.endswith(f"spine: --db {db}: is not a DuckDB database; name another file.\n")
    assert db.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"raw", name}, "nothing is written"


def test_damaged_database(tmp_path, capsys):
    db = tmp_path / "shop.duckdb"
    with duckdb.connect(str(db)) as connection:
        connection.execute("create table t as select * from range(10000)")
    content = db.read_bytes()
    for damaged in (content[:5000], content[:100] + b"x" * 5000 + content[5100:]):
        db.write_bytes(damaged)
        code, text = spine(capsys, "build", "--raw", raw_folder(tmp_path / "raw"), "--db", db)
        assert code == 2
        assert "is damaged; restore it from a copy, or remove it and build again" in text


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            "Trying to read a database file with storage version number 999, but we can only read storage versions "
            "between 64 and 68.",
            "was written by a newer DuckDB",
        ),
        ('Cannot open file "x": Permission denied', "may not be written by this user"),
        ("Could not write file: No space left on device", "the disk is full"),
        ("something else", "cannot be opened as a DuckDB database (IOException)"),
    ],
)
def test_reasons(message, reason):
    assert reason in reason_of(duckdb.IOException(message))


@pytest.mark.skipif(os.geteuid() != 0 and not hasattr(os, "seteuid"), reason="needs a user without permission")
def test_read_only_file_and_folder(tmp_path):
    folder = Path("/tmp") / f"spine-test-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o555)
    db = folder / "shop.duckdb"
    was_root = os.geteuid() == 0
    try:
        if was_root:
            os.seteuid(65534)
        with pytest.raises(UsageError, match=f"the folder {folder} may not be written"):
            refuse_unusable_database(db)
        if was_root:
            os.seteuid(0)
        folder.chmod(0o777)
        duckdb.connect(str(db)).close()
        db.chmod(0o444)
        if was_root:
            os.seteuid(65534)
        with pytest.raises(UsageError, match="may not be written"):
            refuse_unusable_database(db)
    finally:
        if was_root:
            os.seteuid(0)
        folder.chmod(0o777)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["spine_functions", "raw", "marts", "main", "system", "temp", "a#b"])
def test_names_that_duckdb_or_dbt_would_misread(name, tmp_path):
    with pytest.raises(UsageError, match="cannot be called that"):
        refuse_unusable_database(tmp_path / f"{name}.duckdb")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["shop", "my shop", "x-y", "a.b", "ünï", "select", "1", "it's", "a?b", "spine"])
def test_names_that_are_fine(name, tmp_path):
    refuse_unusable_database(tmp_path / f"{name}.duckdb")
    assert not list(tmp_path.iterdir())


# The raw input


def test_refused_input_builds_nothing(tmp_path, capsys):
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,customer_id,ordered_at\n1,c1,2026-01-01\n")
    (folder / "events.csv").write_text("")
    code, text = spine(capsys, "build", "--raw", folder, "--db", tmp_path / "shop.duckdb")
    assert code == 4
    assert text.startswith("The raw input was refused; nothing was built.\n")
    assert "'amount' is missing" in text and "events.csv: is empty" in text
    assert not (tmp_path / "shop.duckdb").exists()
    code, text = spine(capsys, "check", "--raw", folder)
    assert code == 4
    assert "'amount' is missing" in text and "events.csv: is empty" in text


def test_schema_as_input_is_refused_like_a_folder(tmp_path, monkeypatch, capsys):
    db = tmp_path / "shop.duckdb"
    with duckdb.connect(str(db)) as connection:
        connection.execute("create schema src; create table src.orders as select 1 as order_id, 2 as amount")
    monkeypatch.setenv("RAW_SCHEMA", "src")
    code, text = spine(capsys, "build", "--db", db)
    assert code == 4
    assert "required column 'ordered_at' is missing" in text
    monkeypatch.setenv("RAW_SCHEMA", "nosuch")
    assert spine(capsys, "build", "--db", db)[0] == 4
    code, text = spine(capsys, "build", "--db", tmp_path / "other.duckdb")
    assert code == 2
    assert "there is no such database to find RAW_SCHEMA nosuch in" in text
    with duckdb.connect(str(db)) as connection:
        connection.execute("create schema shop")
    monkeypatch.setenv("RAW_SCHEMA", "shop")
    code, text = spine(capsys, "build", "--db", db)
    assert code == 4
    assert "RAW_SCHEMA shop: is also the name of the database" in text


def test_schema_as_input_is_built(tmp_path):
    db = tmp_path / "shop.duckdb"
    with duckdb.connect(str(db)) as connection:
        connection.execute("create schema src")
        connection.execute(
            "create table src.orders as select 'o' || i as order_id, 'c' || i as customer_id, "
            "timestamp '2026-06-01' as ordered_at, 5.00 as amount from range(3) as t (i)"
        )
    run = run_spine(
        "build",
        "--db",
        db,
        "--as-of",
        SAMPLE_DAY,
        "--select",
        "+stg_orders",
        scratch=tmp_path,
        RAW_SCHEMA="src",
    )
    assert run.code == 0, run.all_text
    assert query(db, "select count(*) from staging.stg_orders") == [(3,)]
    assert "rows set aside" not in run.out, "quarantined_rows was not selected"
    assert f"note: the newest order is of 2026-06-01, 29 days before {SAMPLE_DAY}." in run.out


def test_notes_are_printed_and_a_wrong_folder_name_is_no_crash(tmp_path):
    folder = raw_folder(tmp_path / "raw")
    (folder / "custmers.csv").write_text("customer_id\nc1\n")
    run = run_spine(
        "build", "--raw", folder, "--db", tmp_path / "shop.duckdb", "--as-of", "2025-01-01", "--select", "+stg_orders",
        scratch=tmp_path,
    )  # fmt: skip
    assert "note: custmers.csv: belongs to no table" in run.out
    assert "did you mean customers?" in run.out
    assert "note: nobody had ordered by 2025-01-01: the first order is of 2026-01-01. Is --as-of right?" in run.out


# Rules


def rules_with(folder: Path, segments: list[dict], clauses: list[dict]) -> Path:
    """A rules folder with the shipped segments and clauses and some more."""
    folder.mkdir()
    add_rows(folder, segments=[segment_row(**row) for row in segments], segment_clauses=clauses)
    return folder


def test_a_segment_is_one_row_and_its_clauses(sample_raw, tmp_path):
    key = "lapsed_big_spender"
    rules = rules_with(
        tmp_path / "rules",
        [{"segment_key": key, "label": "Lapsed big spender", "priority": "900"}],
        [
            clause_row(key, "net_revenue_life", "above", "200"),
            clause_row(key, "days_since_last_order", "at_least", "91"),
        ],
    )
    db = tmp_path / "shop.duckdb"
    run = run_spine("build", "--raw", sample_raw, "--db", db, "--as-of", SAMPLE_DAY, "--rules", rules, scratch=tmp_path)
    assert run.code == 0, run.all_text
    members = query(db, f"select customer_id from marts.segment_members where segment_key = '{key}' order by all")
    expected = query(
        db,
        "select customer_id from marts.customers "
        "where net_revenue_life > 200 and days_since_last_order >= 91 order by all",
    )
    assert members == expected
    assert len(members) > 3
    assert query(db, f"select label, version from marts.segments where segment_key = '{key}'") == [
        ("Lapsed big spender", 1)
    ]
    assert query(db, f"select customers from marts.segment_performance where segment_key = '{key}'") == [
        (len(members),)
    ]
    run = run_spine("segments", "--db", db, scratch=tmp_path)
    assert re.search(rf"^ *Lapsed big spender +{len(members)} ", run.out, re.MULTILINE)


def test_gap_between_two_versions_of_a_rule_is_found_before_its_day(tmp_path):
    """Dormant customers have no stage from 2031 on."""
    shipped = (PROJECT_DIR / "seeds/rules/lifecycle_stages.csv").read_text(encoding="utf-8")
    lines = [line.replace("9999-12-31", "2030-12-31") if ",dormant," in line else line for line in shipped.splitlines()]
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "lifecycle_stages.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "orders.csv").write_text("id,sum\n1,2\n", encoding="utf-8")
    run = run_spine("check", "--raw", raw, "--rules", rules, scratch=tmp_path)
    assert run.code == 4, run.all_text
    assert "as of 2031-01-01, when rules begin or have ended:" in run.out
    assert "no row holds a customer like this" in run.out
    assert "is a column of 'orders'" in run.all_text and "the rule tables have faults" in run.all_text


def test_part_of_the_models_as_of_another_day_is_refused(tmp_path):
    """The mart would state the new day over features of the old one."""
    arguments = ["build", "--raw", raw_folder(tmp_path / "raw"), "--db", tmp_path / "shop.duckdb"]
    run = run_spine(*arguments, "--as-of", "2026-01-02", "--select", "+stg_orders", scratch=tmp_path)
    assert run.code == 0, run.all_text
    run = run_spine(*arguments, "--as-of", "2026-01-01", "--select", "stg_orders", scratch=tmp_path)
    assert run.code == 2, run.all_text
    assert "as_of_date was 2026-01-02 and is now 2026-01-01" in run.all_text
    assert "Traceback" not in run.all_text
    run = run_spine(*arguments, "--as-of", "2026-01-02", "--select", "stg_orders", scratch=tmp_path)
    assert run.code == 0, run.all_text


def test_tables_of_others_are_not_replaced(tmp_path, capsys):
    db = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(db)) as connection:
        connection.execute("create schema marts; create table marts.customers as select 1 as id")
    code, text = spine(capsys, "build", "--raw", raw_folder(tmp_path / "raw"), "--db", db)
    assert code == 2
    assert "its schema marts holds tables that this project did not make" in text
    assert query(db, "from marts.customers") == [(1,)]


FORMULAS = ("=1+1", "+1", "-1", "@sum", " =1", "\u200b=1", "\uff1d1")


@pytest.fixture(scope="module")
def faulty_rules(tmp_path_factory) -> Path:
    """A rules folder with a fault of each kind, each under a key that names it."""
    rules = tmp_path_factory.mktemp("faulty") / "rules"
    segment = {"valid_from": "1900-01-01", "valid_to": "9999-12-31"}
    draft = {"status": "draft"}
    return rules_with(
        rules,
        [
            {**segment, "segment_key": "of_unknown_trait", "priority": "901"},
            {**segment, "segment_key": "of_misspelt_trait", "priority": "900"},
            {**segment, "segment_key": "of_unfit_operator", "priority": "902"},
            {**segment, "segment_key": "without_clauses", "priority": "903"},
            {**segment, "segment_key": "overlapping", "priority": "904"},
            {**segment, "segment_key": "overlapping", "priority": "905", "version": "2"},
            {**segment, "segment_key": "of_two_lines", "priority": "906", **draft, "label": "Of two\nlines"},
            {
                **segment,
                "segment_key": "told_in_two_lines",
                "priority": "907",
                **draft,
                "description": "Told in\ntwo lines",
            },
            {**segment, "segment_key": "too_long", "priority": "908", **draft, "label": "x" * 61},
            {**segment, "segment_key": "long_enough", "priority": "909", **draft, "label": "x - " * 15},
            {**segment, "segment_key": "owned_by_a_formula", "priority": "930", **draft, "owner": "=cmd()"},
            *(
                {**segment, "segment_key": f"formula_{n}", "priority": str(910 + n), **draft, "label": label}
                for n, label in enumerate(FORMULAS)
            ),
        ],
        [
            clause_row("of_unknown_trait", "shoe_size", "above", "40"),
            clause_row("of_misspelt_trait", "orders_30", "above", "40"),
            clause_row("of_unfit_operator", "rfm_segment", "above", "3"),
            clause_row("overlapping", "orders_life", "above", "3"),
            clause_row("overlapping", "orders_life", "above", "4", version=2),
        ],
    )


FAULTS = {
    "of_unknown_trait": (
        "segment_clauses: segment_key of_unknown_trait, .*trait shoe_size.*: there is no such trait; marts.traits"
    ),
    "of_misspelt_trait": "trait orders_30.*: there is no such trait; did you mean orders_30d\\?",
    "of_unfit_operator": "segment_clauses: segment_key of_unfit_operator, .*operator above: .*not fit .* type text",
    "without_clauses": "segments: segment_key without_clauses, version 1: segment_clauses has no row for this version",
    "overlapping": "segments: segment_key overlapping, version 2: another version is valid on some of its days",
    "of_two_lines": "segments: segment_key of_two_lines, version 1: label holds a line break; write it in one line",
    "told_in_two_lines": "segments: segment_key told_in_two_lines, .*: description holds a line break",
    "owned_by_a_formula": "segments: segment_key owned_by_a_formula, version 1: owner begins with =, ",
    "too_long": "segments: segment_key too_long, version 1: label is longer than 60 characters; shorten it",
    **{
        f"formula_{number}": f"segments: segment_key formula_{number}, version 1: label begins with =, "
        for number in range(len(FORMULAS))
    },
}


def test_faulty_rules_are_named_by_check(faulty_rules, tmp_path):
    run = run_spine("check", "--rules", faulty_rules, scratch=tmp_path)
    assert run.code == 1, run.all_text
    for fault in FAULTS.values():
        assert re.search(fault, run.out), (fault, run.out)
    assert "segment_key long_enough, version 1: label" not in run.out
    assert "the rule tables have faults, see above" in run.all_text


def test_faulty_rules_build_no_segment_marts(faulty_rules, sample_raw, tmp_path):
    db = tmp_path / "shop.duckdb"
    run = run_spine(
        "build",
        "--raw",
        sample_raw,
        "--db",
        db,
        "--as-of",
        SAMPLE_DAY,
        "--rules",
        faulty_rules,
        scratch=tmp_path,
    )
    assert run.code == 1, run.all_text
    for fault in FAULTS.values():
        assert re.search(fault, run.out), (fault, run.out)
    (skipped,) = [line for line in run.out.splitlines() if line.startswith("not built because of that: ")]
    for mart in ("segment_members", "segment_performance", "customer_segments"):
        assert mart in skipped
        assert not query(db, f"select 1 from duckdb_tables() where schema_name = 'marts' and table_name = '{mart}'")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"vars.yml": "timezon: UTC\n"}, "there is no var 'timezon'; did you mean 'timezone'?"),
        ({"vars.yml": "link_customers_by_address: 'no'\n"}, "link_customers_by_address must be true or false"),
        ({"vars.yml": "raw_input: {orders: x}\n"}, "raw_input is for projects that use this one as a package"),
        ({"vars.yml": "a: [1\n"}, "cannot be read as YAML: line 2: "),
        ({"vars.yml": "a: 1\ntimezone:\tUTC\n"}, "line 2: found character '\\t' that cannot start any token"),
        ({"vars.yml": "- a\n"}, "must hold `name: value` lines"),
        ({"segment.csv": "a\n"}, "is not the name of a rule table; did you mean 'segments.csv'?"),
        (
            {"channels.csv": "channel,purpose,label,address_type\na,b,c,d\na,b,c,d,e\n"},
            "line 3 has 5 fields instead of 4; a text that holds a comma must stand in double quotes",
        ),
        (
            {"source_freshness.csv": "table_name,max_age_days_warn,max_age_days_error\norders,3,7\nevents,few,7\n"},
            "line 3: max_age_days_warn must be a whole number; found 'few'",
        ),
        (
            {"channels.csv": "channel,purpose,label,address_type\na,b\n", "value_tiers.csv": "a,b\n1,2\n"},
            "line 2 has 2 fields instead of 4; is a comma missing?",
        ),
        (
            {"channels.csv": "channel,purpose,label,address_type\na,b\n", "value_tiers.csv": "a,b\n1,2\n"},
            "value_tiers.csv: the columns",
        ),
        ({"vars.yml": "timezone: UTC\ntimezone: Europe/Berlin\n"}, "'timezone' is given twice"),
        ({"vars.yml": "known_until: 2026-06-31\n"}, "vars.yml: cannot be read as YAML: day is out of range for month"),
        ({"vars.yml": "reporting_currency: Euro\n"}, "reporting_currency is Euro; it must be a three-letter code"),
        ({"vars.yml": "rfm_methods: &a {recency: *a}\n"}, "rfm_methods must be a word, a number"),
        ({"vars.yml": "rfm_methods: {2026-01-01: ntile}\n"}, "rfm_methods must be a word, a number"),
        ({"vars.yml": 'tie_breakers: "{{ 1/0 }}"\n'}, "tie_breakers must be a word, a number"),
        (
            {"event_taxonomy.csv": WEIGHT.format("NaN")},
            "engagement_weight must be a number with at most 2 decimals; found 'NaN'",
        ),
        ({"event_taxonomy.csv": WEIGHT.format("1_000")}, "engagement_weight must be a number with at most 2 decimals"),
        ({"event_taxonomy.csv": WEIGHT.format("0.004")}, "engagement_weight must be a number with at most 2 decimals"),
        (
            {"source_freshness.csv": "table_name,max_age_days_warn,max_age_days_error\norders,\uff13,7\n"},
            "a whole number",
        ),
        ({"vars.yaml": "timezone: UTC\n"}, "did you mean 'vars.yml'?"),
        ({"vars.yml": b"timezone: UTC\n# caf\xe9\n"}, "line 2 is not UTF-8; save the file in UTF-8"),
        ({"value_tiers.csv": "a,b\n1,2\n"}, "the columns must be "),
        ({"value_tiers.csv": b"a,b\n\xff\xfe"}, "line 2 is not UTF-8; save the file as CSV in UTF-8"),
        ({"value_tiers.csv": ""}, "found no line; bring its header at least, or remove the file"),
        (
            {"channels.csv": "channel;purpose;label;address_type\n"},
            "found channel;purpose;label;address_type. Save it with commas between the fields",
        ),
        ({"channels.csv": "sep=,\nchannel,purpose,label,address_type\n"}, "the columns must be channel, purpose, "),
        (
            {"channels.csv": "channel,purpose,label,address_type,,\nsms,marketing,SMS,phone,,\n"},
            "line 1 ends with 2 commas too many; remove them in every line",
        ),
        (
            {"channels.csv": "channel,purpose,label,address_type\nsms,marketing,SMS,phone,\n"},
            "line 2 has 5 fields instead of 4; remove the commas at its end",
        ),
        ({"channels.csv": "channel,purpose,label,address_type\n,,,\n"}, "line 2 is empty; remove it"),
        ({"channels.csv": "channel,purpose,label,address_type\n\n  \n"}, "line 3 is empty; remove it"),
        (
            {"channels.csv": 'channel,purpose,label,address_type\nsms,marketing,"SMS"x,phone\n'},
            "line 2 cannot be read as CSV: ',' expected after",
        ),
        (
            {"channels.csv": 'channel,purpose,label,address_type\nsms,marketing,"SMS,phone\n'},
            "line 2 cannot be read as CSV: unexpected end of data",
        ),
    ],
)
def test_rules_folder_that_is_not_understood(files, message, tmp_path):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as error:
        rule_vars(tmp_path)
        rules_over_seeds(tmp_path)
    assert message in str(error.value)


def test_the_shipped_rules_can_be_named_as_a_folder():
    shipped = PROJECT_DIR / "seeds" / "rules"
    assert rule_version(shipped) == rule_version(None)
    overlay = PROJECT_DIR / rules_over_seeds(shipped) / "rules"
    for path in shipped.iterdir():
        assert (overlay / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("rfm_methods: {recency: fixd}", "var rfm_methods.recency must be one of ntile, quantile, fixed"),
        ("rfm_methods: {recncy: fixed}", "var rfm_methods must name recency, frequency and monetary alone; it names"),
    ],
)
def test_a_wrong_value_of_a_var_is_told_in_a_line(setting, said, tmp_path, capsys):
    (tmp_path / "vars.yml").write_text(f"{setting}\n")
    code, text = spine(capsys, "check", "--rules", tmp_path)
    assert code == 2
    (line,) = [line for line in text.splitlines() if said in line]
    assert line.endswith("(vars of dbt_project.yml, or of vars.yml in the rules folder).")
    assert "Compilation Error" not in text and "in macro" not in text


def test_vars_that_are_no_file_are_refused(tmp_path):
    (tmp_path / "vars.yml").symlink_to(tmp_path / "gone.yml")
    with pytest.raises(UsageError, match=r"vars\.yml: is a link to a file that is not there"):
        rule_vars(tmp_path)
    (tmp_path / "vars.yml").unlink()
    os.mkfifo(tmp_path / "vars.yml")
    with pytest.raises(UsageError, match="is not a file that can be read"):
        rule_vars(tmp_path)


def test_rule_tables_that_are_no_files_are_named(tmp_path):
    (tmp_path / "channels.csv").mkdir()
    (tmp_path / "segments.csv").symlink_to(tmp_path / "gone.csv")
    os.mkfifo(tmp_path / "value_tiers.csv")
    for look in (rules_over_seeds, rule_version):
        with pytest.raises(UsageError) as error:
            look(tmp_path)
        assert str(error.value).splitlines() == [
            f"{tmp_path}/channels.csv: is a folder where a file is expected; "
            "move it away, or bring its files one level up.",
            f"{tmp_path}/segments.csv: is a link to a file that is not there; mend the link or remove it.",
            f"{tmp_path}/value_tiers.csv: is not a file that can be read.",
        ]


def test_shipped_rules_and_input_are_checked(built, tmp_path):
    run = run_spine("check", scratch=tmp_path, RAW_DIR=str(built.raw))
    assert run.code == 0, run.all_text
    assert run.out.splitlines() == [
        f"raw folder {built.raw}: keeps the contract (12 tables)",
        "reporting currency: USD",
        "YAML: fits dbt's schemas",
        "rules: all well",
    ]


def test_yaml_faults_are_named(tmp_path, monkeypatch, capsys):
    from spine.run import check

    (tmp_path / "models").mkdir()
    shutil.copy(PROJECT_DIR / "dbt_project.yml", tmp_path)
    (tmp_path / "models" / "a.yml").write_text("version: 2\nmodels:\n  - name: a\n    descripton: misspelt\n")
    (tmp_path / "models" / "b.yml").write_text("version: 2\nmodels: [\n")
    monkeypatch.setattr(check, "PROJECT_DIR", tmp_path)
    code, text = spine(capsys, "check")
    assert code == 1
    assert "models/a.yml: " in text and "descripton" in text
    assert "models/b.yml: is not YAML: line 3: " in text


# Failing, interrupted, watched


def test_failing_test_fails_the_build_and_keeps_the_marts_from_being_built(tmp_path):
    folder = raw_folder(tmp_path / "raw", "".join(f"o{i},c{i},2026-06-0{i % 9 + 1},x{i}\n" for i in range(90)))
    with (folder / "orders.csv").open("a") as file:
        file.writelines(f"p{i},c{i},2026-06-01,5\n" for i in range(10))
    db = tmp_path / "shop.duckdb"
    run = run_spine("build", "--raw", folder, "--db", db, "--as-of", SAMPLE_DAY, scratch=tmp_path)
    assert run.code == 1, run.all_text
    assert re.search(r"^FAIL test rejected_orders_within_limit: 1 row$", run.out, re.MULTILINE)
    assert re.search(r"^    readable_rows \d+, quarantined_rows 90$", run.out, re.MULTILINE)
    assert "    orders: 90 unusable_amount (write amounts as " in run.out
    assert "Traceback" not in run.all_text


def test_withdrawal_that_cannot_be_used_holds_back_the_customers(tmp_path):
    reasons = {
        "unusable_timestamp": "k2,c1,email,Opted_Out,31/01/2026",
        "missing_value": "k3,c1,email,,2026-01-02",
        "wrong_number_of_fields": "k4,c1,email,opted_out",
    }
    of_nobody = "k5,a@x.example;,email,opted_out,2026-01-02"
    folder = raw_folder(tmp_path / "raw")
    rows = ["consent_id,customer_id,channel,status,occurred_at", "k1,c1,email,opted_in,2026-01-01", *reasons.values()]
    rows.append(of_nobody)
    (folder / "consent.csv").write_text("\n".join(rows) + "\n")
    db = tmp_path / "shop.duckdb"
    # Settings of dbt that somebody has for other projects: the first would leave out every test.
    of_others = {"DBT_RESOURCE_TYPES": "model seed", "DBT_WARN_ERROR": "1", "DBT_TARGET": "prod", "DBT_EMPTY": "1"}
    run = run_spine("build", "--raw", folder, "--db", db, "--as-of", "2026-01-02", scratch=tmp_path, **of_others)
    assert run.code == 1, run.all_text
    assert "FAIL test consent_withdrawals_are_readable: 4 rows" in run.out
    assert "quarantine_reason unreadable_address, affected_rows 1" in run.out
    for reason in reasons:
        assert f"quarantine_reason {reason}, affected_rows 1" in run.out
        assert f"consent: 1 {reason}" in run.out
    assert query(db, "select 1 from duckdb_tables() where table_name in ('customers', 'channel_eligibility')") == []


def watched(scratch: Path, arguments: list[object], marker: str, number: int) -> tuple[int, str]:
    """Starts `spine`, sends it a signal when a line holds `marker`, and returns the exit code and what was printed."""
    process = subprocess.Popen(
        [str(BIN_DIR / "spine"), *map(str, arguments)], env=environment_of(scratch), cwd=scratch, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines = []
    for line in process.stdout:
        lines.append(line)
        if marker in line:
            process.send_signal(number)
            break
    lines.append(process.stdout.read())
    return process.wait(), "".join(lines)


def test_a_build_ended_by_sigterm(sample_raw, tmp_path):
    db = tmp_path / "shop.duckdb"
    arguments = ["build", "--raw", sample_raw, "--db", db, "--as-of", SAMPLE_DAY]
    found, text = watched(tmp_path, arguments, "model stg_customers", signal.SIGTERM)
    assert found == 143, text
    assert text.rstrip().endswith(
        "spine: interrupted. The database may hold tables of different ages; run the same command again."
    )
    assert "Traceback" not in text
    assert query(db, "select count(*) > 0 from duckdb_tables()") == [(True,)]


def test_full_disk(tmp_path):
    """A limit on the size of files stands for the full disk: writing fails in the middle of a build."""
    folder = tmp_path / "raw"
    folder.mkdir()
    duckdb.sql(
        "select md5(i::varchar) as order_id, md5((-i)::varchar) as customer_id, timestamp '2026-06-01' as ordered_at, "
        "9.99::decimal(18, 2) as amount from range(200000) as t (i)"
    ).write_parquet(str(folder / "orders.parquet"))
    limited = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))\n"
        "from spine.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    db = tmp_path / "shop.duckdb"
    arguments = ["build", "--raw", folder, "--db", db, "--as-of", SAMPLE_DAY, "--select", "+stg_orders"]
    command = [sys.executable, "-c", limited, *map(str, arguments)]
    ended = subprocess.run(command, env=environment_of(tmp_path), capture_output=True, text=True)
    text = ended.stdout + ended.stderr
    assert ended.returncode == 1, text
    assert "Traceback" not in text
    assert "disk is full" in text and "run the same command again" in text


def test_live_bar_on_a_terminal(sample_raw, tmp_path):
    arguments = [
        "build",
        "--raw",
        sample_raw,
        "--db",
        tmp_path / "shop.duckdb",
        "--as-of",
        SAMPLE_DAY,
        "--select",
        "+stg_orders",
    ]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [str(BIN_DIR / "spine"), *map(str, arguments)], env={**environment_of(tmp_path), "TERM": "xterm"}, cwd=tmp_path,
        stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    seen, deadline = b"", time.monotonic() + 120
    while time.monotonic() < deadline and (process.poll() is None or select.select([master], [], [], 0.2)[0]):
        if select.select([master], [], [], 0.2)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
    os.close(master)
    assert process.wait() == 0, seen.decode()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert "starting dbt" in text
    assert re.search(r"\d+/\d+ 0:00:\d\d (base|stg|int)_\w+|\d+/\d+ 0:00:\d\d \w+", text)
    assert not re.search(r"^\[ *\d+/\d+\] model", text, re.MULTILINE), "no plain lines beside the bar"
    assert "models: " in text.splitlines()[-2]


def test_output_that_the_terminal_cannot_show(built, tmp_path):
    run = run_spine("segments", "--db", built.db, scratch=tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert run.code == 0, run.all_text
    assert "Champions" in run.out


def test_crash_says_where_but_not_what(monkeypatch, capsys):
    def crash(options):
        raise RuntimeError("jane.roe@example.com")

    monkeypatch.setattr(commands, "segments", crash)
    code, text = spine(capsys, "segments")
    assert code == 2
    assert "RuntimeError in test_runner.py, line" in text
    assert "jane" not in text


def test_operating_system_errors_are_told(monkeypatch, capsys):
    def full(options):
        raise OSError(28, "No space left on device", "/somewhere/manifest.json")

    monkeypatch.setattr(commands, "segments", full)
    code, text = spine(capsys, "segments")
    assert code == 1
    said = "cannot be written: the disk is full. Make room, then run the same command again."
    assert text.strip() == f"spine: /somewhere/manifest.json: {said}"


# What a summary says of contracts


def test_a_broken_contract_is_told_by_column_and_type(tmp_path):
    columns = [{"name": "kept", "data_type": "INTEGER"}, {"name": "other", "data_type": "BIGINT"}]
    agreed = [{"name": "kept", "data_type": "INTEGER"}, {"name": "other", "data_type": "DATE"}]
    error = ContractError(
        yaml_columns=[*agreed, {"name": "gone", "data_type": "BOOLEAN"}],
        sql_columns=[*columns, {"name": "new_trait", "data_type": "DECIMAL(18,2)"}],
    )
    node = SimpleNamespace(resource_type="model", name="customers", patch_path="segment_spine://models/_customers.yml")
    lines = problems([NodeResult(node, "error", 0.0, str(error), 0)], tmp_path / "shop.duckdb")
    assert lines == [
        "ERROR model customers",
        "    column gone: models/_customers.yml has it, of type BOOLEAN, but the model does not make it; "
        "take it out there",
        "    column new_trait: the model makes it, of type DECIMAL(18,2), but models/_customers.yml does not have it; "
        "add it there",
        "    column other: the model makes it BIGINT, models/_customers.yml says DATE; make them the same",
    ]


# Messages without values


CONVERSION = "Conversion Error: Could not convert string {} to INT32"
NO_COLUMN = "Binder Error: Referenced column {} not found"


@pytest.mark.parametrize(
    ("message", "known", "expected"),
    [
        (CONVERSION.format("'jane@x.org'"), "", CONVERSION.format("…")),
        (CONVERSION.format("'jane roe'"), "", CONVERSION.format("'…'")),
        (CONVERSION.format("'O'Brien, jane'"), "Brien jane", CONVERSION.split("{")[0] + "'…'"),
        (CONVERSION.format("'jane\nroe'"), "jane roe", CONVERSION.split("{")[0] + "'…'"),
        (
            'Constraint Error: Duplicate key "name: jane" violates',
            "name",
            "Constraint Error: Duplicate key '…' violates",
        ),
        (NO_COLUMN.format('"amout"'), "select amout from orders", NO_COLUMN.format('"amout"')),
        (NO_COLUMN.format('"jane"'), "select amout from orders", NO_COLUMN.format("'…'")),
        (
            "Conversion Error: value 4915112345678 can't be cast",
            "",
            "Conversion Error: value … cannot be cast",
        ),
        ("Out of Range Error: 123 456 7890 is too large", "", "Out of Range Error: … is too large"),
        ("Invalid Input Error: bad jane@x.org\n jane roe\n ^", "", "Invalid Input Error: bad …"),
        ("Invalid Input Error: o'hara, j.o'hara@x.org", "", "Invalid Input Error: o'…'"),
        (
            "Invalid Input Error: Malformed JSON: \"{'unclosed: jane",
            "",
            "Invalid Input Error: Malformed JSON: '…'",
        ),
    ],
)
def test_safe_message(message, known, expected):
    assert is_of_duckdb(message)
    assert safe_message(message, known) == expected


def test_messages_of_dbt_stay_whole():
    message = "Compilation Error in model a (models/a.sql)\n\n  'foo' is undefined"
    assert not is_of_duckdb(message)
    assert first_lines(message, 2) == ["Compilation Error in model a (models/a.sql)", "'foo' is undefined"]


# Plain dbt


def test_plain_dbt_build_without_input(tmp_path):
    run = run_dbt("build", "--profiles-dir", ".", scratch=tmp_path, SPINE_DB=str(tmp_path / "shop.duckdb"))
    assert run.code in (1, 2)
    assert "There is no raw input: set RAW_DIR to a folder of raw files, or RAW_SCHEMA" in run.out
    assert "Traceback" not in run.all_text
