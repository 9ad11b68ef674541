"""No customer's data in what is printed or logged: a thousand addresses and phone numbers, a dozen failures.

The values are planted everywhere a raw folder can hold text. Allowed to hold them are the database, the landed
copies of the input beside it and the raw folder itself; nothing else that a run leaves behind may.
"""

import dataclasses
import json
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import BIN_DIR, IN_DOLLARS, PROJECT_DIR, SAMPLE_DAY, Run, environment_of, once, run_dbt, run_spine
from marts import query
from spine.run.results import clean_artifact
from test_refresh import no_file_above

COUNT = 1000
DAY = "2026-06-15"


def planted() -> tuple[list[str], list[str]]:
    """Addresses and phone numbers that occur nowhere by chance."""
    draw = random.Random(20260630)
    emails = [f"{draw.choice('abcdefgh')}{draw.getrandbits(40):010x}.o'hara@mail{n}.example.org" for n in range(COUNT)]
    phones = [f"+49{draw.randrange(10**10, 10**11)}" for _ in range(COUNT)]
    return emails, phones


EMAILS, PHONES = planted()
# What tells a value: the 11 characters before the apostrophe of an address, the 11 digits of a number.
TELLTALE = {email[:11] for email in EMAILS} | {phone[3:] for phone in PHONES}
WORD = re.compile(r"[0-9a-h]{11,}")


def leaked(text: str) -> str | None:
    """A planted value that a text holds, or None."""
    for word in set(WORD.findall(text)):
        for start in range(len(word) - 10):
            if word[start : start + 11] in TELLTALE:
                return word
    return None


def rows(header: str, lines: list[str]) -> str:
    return "\n".join([header, *lines]) + "\n"


def shop(folder: Path, orders: list[str] | None = None, **files: str | bytes) -> Path:
    """A raw folder with good orders and customers whose every text is planted; more files replace or add to it."""
    good = [f"o{n},c{n},{DAY},{n}.50,completed" for n in range(COUNT)]
    content: dict[str, str | bytes] = {
        "orders.csv": rows("order_id,customer_id,ordered_at,amount,status", good + (orders or [])),
        "customers.csv": rows(
            "customer_id,email,phone,first_name,country,birth_date,loyalty_tier",
            [f"c{n},{EMAILS[n]},{PHONES[n]},{EMAILS[-n]},{PHONES[-n]},{PHONES[n]},{EMAILS[n]}" for n in range(COUNT)],
        ),
        "identities.csv": rows(
            "identifier_type,identifier,customer_id",
            [f"email,{EMAILS[n]},c{n}\nphone,{PHONES[n]},c{n}\nphone,{PHONES[0]},c{n}" for n in range(COUNT)],
        ),
        "events.csv": rows(
            "event_id,event_name,occurred_at,customer_id,anonymous_id,properties,value,channel,source",
            [
                f"e{n},{EMAILS[n] if n % 2 else 'page_viewed'},{DAY},c{n},{EMAILS[n]},"
                f'"{{""mail"": ""{EMAILS[n]}"", {PHONES[n]}",{PHONES[n]},{EMAILS[n]},{(EMAILS if n % 2 else PHONES)[n]}'
                for n in range(COUNT)
            ],
        ),
        "consent.csv": rows(
            "consent_id,customer_id,channel,status,occurred_at,purpose",
            [f"k{n},c{n},email,{EMAILS[n]},{DAY},{PHONES[n]}" for n in range(COUNT)],
        ),
    }
    for name, text in (content | files).items():
        path = folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder / "raw"


# Rows with values in the wrong columns: amounts, timestamps, statuses, currencies, keys.
MISPLACED = [
    line
    for n in range(250)
    for line in (
        f"x{n},c{n},{DAY},{EMAILS[n]},completed",
        f"y{n},c{n},{PHONES[n]},5,completed",
        f"z{n},c{n},{DAY},{PHONES[n]},{EMAILS[n]}",
        f",{EMAILS[n]},{DAY},5,{PHONES[n]}",
    )
]


HEADERLESS = "".join(f"o{n},{EMAILS[n]},{PHONES[n]},5\n" for n in range(COUNT))
RAGGED = "".join(f"r{n},c{n},{DAY},{n},completed,{EMAILS[n]},{PHONES[n]}\n" for n in range(COUNT))
QUOTED = "".join(f'q{n},"{EMAILS[n]}"{PHONES[n]},{DAY},1,x\n' for n in range(COUNT))

# Per kind of input that is refused: what the message says, and the files that make it so.
REFUSED = {
    "contract fault": ("'amount' is missing", {"orders.csv": rows("order_id,mail", EMAILS)}),
    "headerless": ("none of the 4 fields of its first line is a column", {"orders.csv": HEADERLESS}),
    "values in the header": ("'channel' is missing", {"consent.csv": f"consent_id,{EMAILS[0]},{PHONES[0]}\n"}),
    "every row ragged": ("no row that can be read", {"orders.csv": "order_id,ordered_at,amount\n" + RAGGED}),
    "unclosed quote": ("opens in line 2", {"customers.csv": 'customer_id,email\n1,"' + "\n".join(EMAILS)}),
    "not UTF-8": ("is not UTF-8", {"customers.csv": f"customer_id,email\n{EMAILS[0]}é".encode("latin-1")}),
    "unreadable Parquet": ("as Parquet", {"products.parquet": f"PAR1{EMAILS[0]}PAR1".encode()}),
    "broken gzip": ("products.csv.gz", {"products.csv.gz": b"\x1f\x8b" + "".join(PHONES).encode()}),
}


def nothing_leaked(scratch: Path, *runs: Run) -> None:
    """No planted value in what was printed, nor in any file of a run that is not there to hold data."""
    for run in runs:
        assert leaked(run.all_text) is None
    for path in scratch.rglob("*"):
        place = path.relative_to(scratch).parts
        if path.is_file() and place[0] != "raw" and ".duckdb" not in place[0]:
            found = leaked(path.read_bytes().decode("utf-8", "replace"))
            assert found is None, f"{path}: {found}"


def spine_build(scratch: Path, raw: Path, *arguments: object, **variables: str) -> Run:
    base = ("build", "--raw", raw, "--db", scratch / "shop.duckdb", "--as-of", SAMPLE_DAY)
    return run_spine(*base, *arguments, scratch=scratch, **variables)


def dbt_build(scratch: Path, raw: Path, *arguments: object, **variables: str) -> Run:
    """Plain dbt, its log file at the default level."""
    paths = {"RAW_DIR": str(raw), "SPINE_DB": str(scratch / "shop.duckdb"), "SPINE_AS_OF": SAMPLE_DAY.isoformat()}
    return run_dbt("build", "--profiles-dir", ".", *IN_DOLLARS, *arguments, scratch=scratch, **{**paths, **variables})


def test_the_values_would_be_found(tmp_path):
    text = f"Could not convert string '{EMAILS[3]}'"
    assert leaked(text) and leaked(f"x{PHONES[-1]}y") and not leaked("abcdefgh12345 12345678901")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "dbt.log").write_text(text)
    with pytest.raises(AssertionError):
        nothing_leaked(tmp_path)


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_input(kind, tmp_path):
    says, files = REFUSED[kind]
    run = spine_build(tmp_path, shop(tmp_path, **files))
    assert run.code == 4, run.all_text
    assert says in run.err
    nothing_leaked(tmp_path, run)


def test_refused_input_of_check_and_of_plain_dbt(tmp_path):
    raw = shop(tmp_path, **{"orders.csv": HEADERLESS, "customers.csv": RAGGED, "events.csv": QUOTED})
    check = run_spine("check", "--raw", raw, scratch=tmp_path)
    plain = dbt_build(tmp_path, raw)
    assert (check.code, plain.code) == (4, 2)
    assert "The raw input was refused; nothing was built." in plain.out and "Traceback" not in plain.all_text
    assert "events.csv: has a header that cannot be read: a quote in it is misplaced" in plain.out
    nothing_leaked(tmp_path, check, plain)


def built_once(factory: pytest.TempPathFactory, name: str, *more: object) -> tuple[Path, Path, Run]:
    """A shop that is built once for all workers: its folder, its raw folder, and how the build ended."""

    def make(folder: Path) -> None:
        run = spine_build(folder, shop(folder, *more))
        (folder / "run.json").write_text(json.dumps(dataclasses.astuple(run)))

    folder = once(factory, name, make)
    return folder, folder / "raw", Run(*json.loads((folder / "run.json").read_text()))


@pytest.fixture(scope="module")
def rejected(tmp_path_factory):
    """A build that fails: values in wrong columns, ragged rows, misplaced quotes, far more than may be set aside."""
    return built_once(tmp_path_factory, "rejected", MISPLACED + (RAGGED + QUOTED).splitlines())


@pytest.fixture(scope="module")
def worst(tmp_path_factory):
    """A build of the worst input that is not refused."""
    return built_once(tmp_path_factory, "worst")


def test_too_many_rows_set_aside(rejected):
    scratch, _, run = rejected
    assert run.code == 1, run.all_text
    assert "FAIL test rejected_orders_within_limit" in run.out
    assert re.search(r"orders: [\d,]+ unusable_amount", run.out)
    assert "    orders: 1,000 wrong_number_of_fields (quote values" in run.out
    nothing_leaked(scratch, run)


def test_database_that_is_locked_or_broken(rejected, tmp_path):
    scratch, raw, _ = rejected
    db = tmp_path / "shop.duckdb"
    shutil.copy(scratch / "shop.duckdb", db)
    hold = f"import duckdb, sys; c = duckdb.connect({str(db)!r}); print(1, flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    locked = [
        spine_build(tmp_path, raw),
        run_spine("segments", "--db", db, scratch=tmp_path),
        dbt_build(tmp_path, raw, "--select", "stg_customers"),
    ]
    holder.communicate()
    content = db.read_bytes()
    db.write_bytes(content[: len(content) // 2])
    broken = [spine_build(tmp_path, raw), run_spine("segments", "--db", db, scratch=tmp_path)]
    db.write_text("\n".join(EMAILS))
    broken += [spine_build(tmp_path, raw), run_spine("segments", "--db", db, scratch=tmp_path)]
    for run in [*locked, *broken[2:]]:
        assert run.code == 2, run.all_text
    # What is left of a database cut in half may open, and then it is built anew.
    assert all(run.code in (1, 2) for run in broken)
    nothing_leaked(tmp_path, *locked, *broken)


def test_wrong_selection_and_bad_setting(tmp_path):
    raw = shop(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "vars.yml").write_text("rfm_window_days: soon\n")
    selection = spine_build(tmp_path, raw, "--select", "nosuch")
    setting = spine_build(tmp_path, raw, "--rules", tmp_path / "rules")
    assert selection.code == 2
    assert selection.err.strip() == "spine: --select nosuch: matches no seed, model or test."
    assert setting.code in (1, 2), setting.all_text
    assert "rfm_window_days must be a whole number" in setting.all_text
    nothing_leaked(tmp_path, selection, setting)


def test_interrupted_build(tmp_path):
    raw = shop(tmp_path, MISPLACED)
    command = [str(BIN_DIR / "spine"), "build", "--raw", raw, "--db", tmp_path / "shop.duckdb", "--as-of", SAMPLE_DAY]
    process = subprocess.Popen(
        list(map(str, command)),
        env=environment_of(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "model stg_customers" in line:
            process.send_signal(signal.SIGINT)
            break
    text = "".join(lines) + process.stdout.read()
    assert process.wait() == 130, text
    assert text.rstrip().endswith(
        "spine: interrupted. The database may hold tables of different ages; run the same command again."
    )
    assert "Traceback" not in text
    assert query(tmp_path / "shop.duckdb", "select count(*) > 0 from duckdb_tables()") == [(True,)]
    nothing_leaked(tmp_path, Run(130, text, ""))


@pytest.fixture(scope="module")
def broken_project(tmp_path_factory) -> Path:
    """A copy of the project with models that fail on the values they read, and tests that find rows."""
    project = tmp_path_factory.mktemp("broken") / "project"
    ignored = shutil.ignore_patterns(".git", ".venv*", "target", "logs", "data", ".hypothesis", "python", "assertions")
    shutil.copytree(PROJECT_DIR, project, ignore=ignored)
    broken = {
        "conversion": "select cast(email as integer) as number from {customers}",
        "json": "select json_extract(cast(properties as json), '$.a') as a from {events}",
        "overflow": "select cast(replace(phone, '+', '') as bigint) * 1000000000 as number from {customers}",
        "narrow": "select cast(cast(replace(phone, '+', '') as bigint) as integer) as number from {customers}",
        "strptime": "select strptime(email, '%Y-%m-%d') as day from {customers}",
        "raised": "select error(email) as nothing from {customers}",
    }
    for name, model in broken.items():
        tables = {table: f"{{{{ ref('stg_{table}') }}}}" for table in ("customers", "events")}
        path = project / "models" / "staging" / f"stg_broken_{name}.sql"
        path.write_text("{{ config(materialized='table') }}\n" + model.format(**tables))
    return project


def test_models_that_fail_on_a_value(broken_project, tmp_path):
    """Whatever DuckDB says about the value it choked on, by the runner and by plain dbt with its log at debug."""
    raw = shop(tmp_path)
    scripts = {"PYTHONPATH": str(broken_project / "scripts")}
    selection = ("--select", "+stg_customers", "+stg_events", "staging.stg_broken_*")
    run = spine_build(tmp_path, raw, *selection, **scripts)
    assert run.code == 1, run.all_text
    for name in ("conversion", "json", "overflow", "narrow", "strptime", "raised"):
        assert f"ERROR model stg_broken_{name}" in run.out, run.out
    nothing_leaked(tmp_path, run)


def test_plain_dbt_on_the_worst_input(rejected, tmp_path):
    """The project's own models never let DuckDB see a value it could choke on, so that plain dbt logs none either."""
    _, raw, _ = rejected
    run = run_dbt(
        "--debug", "build", "--profiles-dir", ".", "--exclude-resource-type", "unit_test", "--vars",
        "{max_reject_share: 1, reporting_currency: USD}", scratch=tmp_path,
        RAW_DIR=str(raw), SPINE_DB=str(tmp_path / "shop.duckdb"), SPINE_AS_OF=SAMPLE_DAY.isoformat(),
    )  # fmt: skip
    assert run.code in (0, 1), run.out
    with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) > 100 from marts.segment_members").fetchall() == [(True,)]
    assert (tmp_path / "logs" / "dbt.log").stat().st_size > 100_000
    assert (tmp_path / "target" / "run_results.json").exists()
    nothing_leaked(tmp_path, run)


def test_the_report_on_the_worst_input(worst, tmp_path):
    """What the report says of unknown names, of sources and of the faults of the data holds no value of them."""
    folder, _, built = worst
    options = ("--db", folder / "shop.duckdb", "--out", tmp_path / "report.html", "--with-ids")
    reported = run_spine("report", *options, scratch=tmp_path)
    assert reported.code == 0, reported.all_text
    assert "whose names the rules do not know" in (tmp_path / "report.html").read_text(encoding="utf-8")
    nothing_leaked(folder, built)
    nothing_leaked(tmp_path, reported)
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        subjects = connection.execute("select metric, subject from marts.data_quality").fetchall()
        sources = connection.execute("select source, event_name from marts.feed_freshness").fetchall()
    assert ("unmapped_event_name", "names that hold an address") in subjects
    assert ("other", "other") in sources
    assert not any(leaked(str(row)) for row in (*subjects, *sources))


def test_failing_health_tests_show_counts_only(worst, tmp_path):
    """Marts spoilt by hand, then tested: tests of e-mail columns and customers fail, and show no row."""
    folder, raw, _ = worst
    shutil.copy(folder / "shop.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("insert into staging.base_customers select * from staging.base_customers")
        connection.execute("update marts.customers set lifecycle_stage = null, value_tier = null")
    plain = run_dbt(
        "test", "--profiles-dir", ".", "--indirect-selection", "eager", "--exclude-resource-type", "unit_test",
        "--select", "stg_customers", "marts.customers",
        scratch=tmp_path, RAW_DIR=str(raw), SPINE_DB=str(tmp_path / "shop.duckdb"), SPINE_AS_OF=SAMPLE_DAY.isoformat(),
    )  # fmt: skip
    assert plain.code == 1, plain.out
    nothing_leaked(tmp_path, plain)


def test_results_that_cannot_be_cleaned_for_want_of_room_do_not_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    entry = {"unique_id": "model.segment_spine.base_orders", "message": EMAILS[0], "compiled_code": "x" * 10_000}
    (tmp_path / "run_results.json").write_text(json.dumps({"results": [entry]}))
    with no_file_above(1_000):
        clean_artifact()
    assert list(tmp_path.iterdir()) == []
