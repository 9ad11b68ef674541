"""Plants one fault at a time in the models, the rule rows and their files and counts how many the tests notice.

Usage: make mutation [MUTANTS=150]. The compiled SQL of the models is changed (a comparison made strict or
loose, an order turned round, a number off by one, a filter dropped, columns swapped, a left join made inner)
or a number of a rule row is. First the dbt unit tests of the changed model run; then it and all that reads it
are rebuilt over a fixed set of raw tables, and as the last of several days of a few shops. A mutant is caught
when a unit test fails, when the marts or the ledger differ from the independent reading of the definitions,
when a data test finds rows that it did not find before, or when the build breaks or never ends. Then one value
at a time is edited in the rule files themselves, in a copy of the project: models and definitions would read the
edited row alike, so that only a test that knows the shipped rows can notice. Writes benchmarks/mutation.md, with
why each known survivor survives.
"""

import csv
import dataclasses
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from fnmatch import fnmatch
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, Phase, given, settings

PROJECT_DIR = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT_DIR / "tests" / "python"))

from comparison import differences  # noqa: E402
from compiled import CompiledProject, Node, run_dbt  # noqa: E402
from documented_rules import RULES, shipped_rows  # noqa: E402
from documented_rules import WORDS as READ_BY_PERSONS  # noqa: E402
from edge_cases import edge_cases  # noqa: E402
from ladders import ladders  # noqa: E402
from ledger_days import Built, Days, Rules, Shop, all_stays, ledger_faults, left_in, shipped  # noqa: E402
from oracle import Config, Result, evaluate  # noqa: E402
from oracle.causes import Ledger  # noqa: E402
from rule_folders import add_rows, copy_of_rules  # noqa: E402
from spine.sample.shop import generate_sample  # noqa: E402
from strategies import several_shops  # noqa: E402
from test_causes import STORIES  # noqa: E402
from test_causes_of_random_shops import D, for_examples  # noqa: E402
from trait_strategies import every_kind  # noqa: E402
from versioned_rules import versioned_rules  # noqa: E402

AS_OF = date(2024, 3, 10)
TIMEZONE = "America/New_York"
EXAMPLES = 8
HISTORIES = 2
SEED = 20240310
REPORT = PROJECT_DIR / "benchmarks" / "mutation.md"

# What is changed, by kind of fault: (pattern, replacement). What only says how fast rows are read stays as it is:
# `not materialized`, and that even the first column may be clean, for mending leaves a clean one alone.
FAULTS = {
    "comparison": [
        (r" <= ", " < "), (r" < ", " <= "), (r" >= ", " > "), (r" > ", " >= "), (r" <> ", " = "),
    ],
    "order": [(r"\bdesc\b", "asc"), (r"\basc\b", "desc"), (r"\bmin\(", "max("), (r"\bmax\(", "min(")],
    "number": [
        (r"\b30\b", "31"), (r"\b90\b", "91"), (r"\b365\b", "364"), (r"\b7\b", "8"), (r"\b14\b", "15"),
        (r"\b6\b and", "7 and"), (r"\b89\b", "90"), (r"\b0\.40\b", "0.41"), (r"= 1\b", "= 2"),
        (r"(?<!in clean_columns\)) > 0\b", " > 1"),
    ],
    "filter": [(r"\bwhere (?=[a-z])", "where true or "), (r"\bhaving (?=[a-z])", "having true or ")],
    "join": [(r"\bleft join\b", "inner join"), (r"\binner join\b", "left join")],
    "logic": [(r"\band\b(?! [0-9'])", "or"), (r"\bnot\b (?!materialized)", ""), (r", false\)", ", true)")],
    "column": [
        (r"\boccurred_at\b", "loaded_at"), (r"\bordered_on\b", "refunded_on"), (r"\bopened\b", "clicked"),
        (r"\bfirst_ordered_on\b", "last_ordered_on"), (r"\bnet_revenue\b", "gross_revenue"), (r"_30d\b", "_90d"),
        (r"\bmessages_opened", "messages_clicked"), (r"\bnps\b", "satisfaction"),
    ],
}  # fmt: skip
# Columns of rule rows whose figures draw no line.
WORDS = (
    "segment_key",
    "version",
    "priority",
    "clause_group",
    "trait",
    "label",
    "description",
    "valid_from",
    "valid_to",
)
# Edits that changed who belongs to a segment while every test passed, before the rows were written down.
KNOWN_EDITS = {
    "big_spender from 300 to 3000": ("segment_clauses", {"net_revenue_90d,above,300": "net_revenue_90d,above,3000"}),
    "inactive_60 from 60 to 6": ("segment_clauses", {"interaction,at_least,60": "interaction,at_least,6"}),
    "vip_fatigue from 5 to 50": ("segment_clauses", {"messages_sent_7d,at_least,5": "messages_sent_7d,at_least,50"}),
    "fulfilled no revenue": ("order_statuses", {"fulfilled,fulfilled,true": "fulfilled,fulfilled,false"}),
    "failed revenue": ("order_statuses", {"failed,failed,false": "failed,failed,true"}),
    "engagement from 20 to 25": (
        "engagement_tiers",
        {"high,true,20,": "high,true,25,", "medium,true,5,20,": "medium,true,5,25,"},
    ),
    "bounds of value_vip": ("segment_bounds", {"value_vip,0,0.06,": "value_vip,0,0.09,"}),
}
# The fast tests that know the shipped rows, in a copy of the project.
FAST_TESTS = "tests/python/test_shipped_rules.py::test_the_shipped_rows_are_those_of_the_document"
# Of so many mutants one is an edit of a file.
MUTANTS_PER_EDIT = 5
# Not planted in: figures about the input, which the oracle does not read and pytest checks one by one
# (test_bad_input, test_data_quality), and the catalogue of traits, which holds words.
UNTOUCHED = {
    "int_column_quality", "int_orphan_ids", "int_unmapped_names", "int_late_rows", "int_differing_versions",
    "int_source_freshness", "traits", *CompiledProject.left_out,
}  # fmt: skip
# Why a mutant is not to be caught: model or rule table, change, what its line holds (`¦` is the place), the reason.
LOOKED_AT = [
    ("base_*", "`>` -> `>=`", r"having count\(\*\)", "keys that come once are ranked, too, which takes longer"),
    ("base_*", "`having` -> `having true or`", "", "keys that come once are ranked, too, which takes longer"),
    ("base_*", "`<` -> `<=`", r"length\(.*\)¦ < 10", "no word for nothing has ten letters"),
    ("base_*", "`, false)` -> `, true)`", r"is_shortened_id\((campaign|product)_id\)¦",
     "a row without its only id is set aside before"),
    ("base_campaigns", "`and` -> `or`", "partition by", "the rows of a key are all set aside, or none"),
    ("base_consent", "`left join` -> `inner join`", "as unmapped", "a rule test demands the row of opted_out"),
    ("*", "`> 0` -> `> 1`", r"position\('@'", "nothing that begins with an @ is an address"),
    ("int_identity_links", "`and` -> `or`", "anonymous_id is not null",
     "a row without either id drops out of the inner join or the test of junk"),
    ("int_identity_links", "`where` -> `where true or`", "as address|address, customer_id",
     "what is no address drops out of the sightings"),
    ("int_customer_id_components", "`inner join` -> `left join`", "",
     "every node of an edge has a label from the start"),
    ("int_identifiers_resolved", "`min(` -> `max(`", "resolved", "the ids that share an identifier are one person"),
    ("int_customers", "`inner join` -> `left join`", "",
     "what belongs to nobody, or shows on no day, drops out at the end"),
    ("int_shared_withdrawals", "`inner join` -> `left join`", "consent.source_customer_id",
     "whom no identifier links, none links in the last join"),
    ("int_customer_consent", "`inner join` -> `left join`", "", "whoever has a record by the day is a customer"),
    ("int_segment_members", "`where` -> `where true or`", "", "rule tests demand that grids and tiers hold everyone"),
    ("int_consent_reach", "`and` -> `or`", "is_contactable|is_in_force", "test_consent notices, on random streams"),
    ("int_customer_id_consent", "`and` -> `or`", "carries_opt_ins", "test_consent notices, on random streams"),
    ("int_consent_records", "`not` -> ``", "corrected_to_opt_in", "test_consent notices, on random streams"),
    ("int_customer_id_consent", "`inner join` -> `left join`", "reach", "test_consent notices, on random streams"),
    ("int_shared_withdrawals", "`desc` -> `asc`", "consent", "test_consent notices, on random streams"),
    ("int_customer_value_paths", "`>` -> `>=`", "began_on", "one loop writes both ages; a unit test has the other"),
    ("int_trait_needs", "`max(` -> `min(`", "to_bring", "a unit test with traits of its own notices"),
    ("int_customer_clause_results", "`> 0` -> `> 1`", "when 'not_in'", "a unit test with traits of its own notices"),
    ("int_row_trait_targets", "`inner join` -> `left join`", "activities", "every target has an activity"),
    ("int_customer_order_targets", "`max(` -> `min(`", r"¦max\(first_age\)",
     "only a trait that counts days has several units, and it asks for no first one"),
    ("int_cut_points", "`where` -> `where true or`", "where true", "all rows are taken already"),
    ("int_segment_traits", "`where` -> `where true or`", "segment_kind <>", "a row without a trait meets none"),
    ("int_history_day", "`max(` -> `min(`", "as_of_date", "all rows of a published mart are as of one day"),
    ("int_customer_state_hashes", "`left join` -> `inner join`", "contactability", "every customer has a row there"),
    ("int_customer_activity_hashes", "`inner join` -> `left join`", "tickets", "what belongs to nobody changes nobody"),
    ("int_customer_recent_activities", "`inner join` -> `left join`", "customer_ids",
     "what belongs to nobody changes nobody"),
    ("int_customer_state_changes", "`inner join` -> `left join`", "before", "a newcomer always has behaved"),
    ("int_premise_scores", "`where` -> `where true or`", "rule_table", "no other table draws lines on these metrics"),
    ("int_premise_segments", "`where` -> `where true or`", "text_value is not null", "a null key joins nothing"),
    ("int_feed_freshness", "`<=` -> `<`", "_on¦", "one loop writes all tables; a unit test notices in that of orders"),
    ("int_segment_activities", "`_30d` -> `_90d`", "as trait", "each name is that of a documented column"),
    ("int_segment_measures", "`inner join` -> `left join`", "gaps", "a median leaves nulls out"),
    ("int_segment_sizes", "`<` -> `<=`", "< 100000000000", "no share is as large"),
    ("customer_activity_hashes", "`left join` -> `inner join`", "", "the next day reads it, where test_causes notices"),
    ("lifecycle_stages", "min_days_since_gap 0 -> 1", "", "read only by rows that ask for a gap"),
    ("lifecycle_stages", "max_days_since_last_order 99999 -> 100000", "", "an open end"),
    ("segments", "reentry_days 7 -> 8", "",
     "no example comes back after a week; the tests of rule files know the number"),
    ("segment_performance", "`where` -> `where true or`", "status in",
     "every shipped segment is in use, so none more shows"),
    ("segment_bounds", "max_share_error 0.40 -> 0.41", "",
     "no example has a share between; a unit test holds the bounds"),
    ("segment_bounds", "max_share_warn 0.50 -> 0.51", "",
     "no example has a share between; a unit test holds the bounds"),
    ("value_tiers", "max_share 1.00 -> 1.01", "", "the row of those outside all bands, whose limits are not read"),
]  # fmt: skip
NOT_LOOKED_AT = "not looked at yet"
# A build of the small tables takes a second or two; a mutant that takes so long never ends.
PATIENCE_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One planted fault: `sql` replaces that of the node (a model) or is run against its table (a seed)."""

    node: str
    kind: str
    what: str
    sql: str
    change: "Change | None" = None
    line: str = ""


@dataclasses.dataclass(frozen=True)
class Change:
    """What was changed in a model: the match of `pattern` that has so many matches behind it."""

    pattern: str
    replacement: str
    from_end: int

    def made_in(self, sql: str) -> str:
        """The SQL with the change."""
        match = list(re.finditer(self.pattern, sql))[-1 - self.from_end]
        return sql[: match.start()] + match.expand(self.replacement) + sql[match.end() :]


@dataclasses.dataclass(frozen=True)
class Edit:
    """A change of a rule file: texts and what they become."""

    node: str
    what: str
    replaced: dict[str, str]
    kind: str = "rule file"
    line: str = ""

    def is_noticed(self, copy: Path) -> bool:
        """Whether the fast tests fail on a copy of the project with the edit; the copy is whole again afterwards."""
        path = copy / RULES / f"{self.node}.csv"
        text = path.read_text(encoding="utf-8")
        edited = text
        for before, after in self.replaced.items():
            assert before in text, f"{path.name}: {before} is not there to be edited"
            edited = edited.replace(before, after, 1)
        path.write_text(edited, encoding="utf-8")
        try:
            return _fast_tests(copy) != 0
        finally:
            path.write_text(text, encoding="utf-8")


@dataclasses.dataclass
class Example:
    """A database built from one set of raw tables, with what is true of it."""

    connection: duckdb.DuckDBPyConnection
    expected: Result
    test_rows: dict[str, int]


@dataclasses.dataclass
class LastDay:
    """The last of the days on which a shop was built, each over the one before, with what is true of the ledger."""

    nodes: dict[str, Node]
    connection: duckdb.DuckDBPyConnection
    before: Built
    now: Built
    ledger: Ledger

    def is_told(self, now: Built) -> bool:
        """Whether a build of the day says what is true."""
        told = now.causes() == self.ledger.causes and now.all_stays() == all_stays(self.ledger)
        return told and not ledger_faults(self.before, now)

    def catches(self, mutant: Mutant) -> bool:
        """Whether the ledger of the mutant is another one."""
        if mutant.change is None or mutant.node not in self.nodes:  # rule rows are judged by the examples of one day
            return False
        node, names = self.nodes[mutant.node], list(self.nodes)
        later = [self.nodes[name] for name in names[names.index(mutant.node) + 1 :]]
        changed = dataclasses.replace(mutant, sql=mutant.change.made_in(node.sql))
        try:
            with undone(self.connection):
                if not _changes_rows(self.connection, changed, node, later):
                    return False
                return not self.is_told(dataclasses.replace(self.now, marts=left_in(self.connection)))
        except BREAKS:
            return True


def model_mutants(node: Node) -> Iterator[Mutant]:
    """Every fault that can be planted in a model."""
    for kind, changes in FAULTS.items():
        for pattern, replacement in changes:
            matches = list(re.finditer(pattern, node.sql))
            for number, match in enumerate(matches):
                line = node.sql[: match.start()].count("\n") + 1
                text = node.sql.splitlines()[line - 1].strip()
                begins = node.sql.rfind("\n", 0, match.start()) + 1
                marked = f"{node.sql[begins : match.start()]}¦{node.sql[match.start() :]}".split("\n", 1)[0]
                if "unreadable_columns" in text or text.startswith("--"):
                    continue
                change = Change(pattern, replacement, len(matches) - 1 - number)
                what = f"line {line}: `{match.group(0).strip()}` -> `{match.expand(replacement).strip()}`"
                yield Mutant(node.name, kind, what, change.made_in(node.sql), change, marked)


def rule_mutants(node: Node) -> Iterator[Mutant]:
    """Every number of a rule row, off by one (or by a hundredth, where it has decimals)."""
    with node.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        for column, value in row.items():
            if column in WORDS or row.get("version", "1") != "1" or not re.search(r"\d", value):
                continue
            changed = re.sub(r"-?\d+(\.\d+)?", lambda found: _off_by_one(found.group(0)), value, count=1)
            where = " and ".join(
                f"cast({name} as varchar) = '{text.replace(chr(39), chr(39) * 2)}'"
                for name, text in _identity(row).items()
            )
            sql = f"update {node.relation} set {column} = '{changed}' where {where}"
            yield Mutant(node.name, "rule", f"row {number + 2}: {column} {value} -> {changed}", sql)


def known_edits() -> list[Edit]:
    """The edits that nobody noticed once."""
    return [Edit(table, what, replaced) for what, (table, replaced) in KNOWN_EDITS.items()]


def file_edits() -> Iterator[Edit]:
    """Every value of every shipped rule row changed, one at a time."""
    for path in sorted((PROJECT_DIR / RULES).glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for line, row in shipped_rows(PROJECT_DIR, path.name):
            for place, (column, value) in enumerate(row.items()):
                if column in READ_BY_PERSONS:
                    continue
                changed = [_other_value(one) if at == place else one for at, one in enumerate(row.values())]
                edited = f"\n{_csv_line(changed)}\n"
                what = f"row {line}: {column} {value} -> {changed[place]}"
                yield Edit(path.stem, what, {f"\n{lines[line - 1]}\n": edited})


def _other_value(value: str) -> str:
    """Another number, truth value or word."""
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    changed = re.sub(r"\d+(\.\d+)?", lambda found: _off_by_one(found.group(0)), value, count=1)
    return f"{value}x" if changed == value else changed


def _csv_line(values: list[str]) -> str:
    return ",".join(f'"{value}"' if "," in value else value for value in values)


def copied_project(folder: Path) -> Path:
    """A copy of the project whose fast tests pass; an edit is planted there and not in the project itself."""
    copy = folder / "project"
    shutil.copytree(PROJECT_DIR, copy, ignore=shutil.ignore_patterns(".venv*", ".git", "target", "logs", "data"))
    assert _fast_tests(copy) == 0, "the shipped rules must be as documented before they are edited"
    return copy


def _fast_tests(copy: Path) -> int:
    """How pytest ends there; raises AssertionError where it cannot run the tests."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--exitfirst", FAST_TESTS], cwd=copy, capture_output=True, text=True
    )
    assert ended.returncode in (0, 1), ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.returncode


def _identity(row: dict[str, str]) -> dict[str, str]:
    """The columns that tell a rule row from the others."""
    names = (
        "segment_key",
        "version",
        "clause_group",
        "trait",
        "priority",
        "axis",
        "score",
        "interaction",
        "source",
        "source_event_name",
        "source_status",
    )
    return {name: row[name] for name in names if name in row}


def _off_by_one(number: str) -> str:
    return f"{float(number) + 0.01:.2f}" if "." in number else str(int(number) + 1)


def descendants(project: CompiledProject, parents: dict[str, list[str]], name: str) -> list[Node]:
    """The models that read a node, directly or not, each after what it reads."""
    reached = {name}
    for node in project.models():
        if reached & set(parents[node.name]):
            reached.add(node.name)
    return [node for node in project.models() if node.name in reached - {name}]


@dataclasses.dataclass(frozen=True)
class UnitTest:
    """A dbt unit test: the query of the rows that came and those that were expected, and the model in it."""

    model: str
    query: str
    model_query: str

    def fails_on(self, mutant: Mutant, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the test fails once the change is made; it passes without."""
        changed = mutant.change.made_in(self.model_query)
        try:
            return not passes(connection, self.query.replace(self.model_query, changed))
        except duckdb.Error:
            return True


def passes(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether the rows that came are those that were expected."""
    rows: dict[str, Counter] = {"actual": Counter(), "expected": Counter()}
    cursor = connection.execute(query)
    at = [column[0] for column in cursor.description].index("actual_or_expected")
    for row in cursor.fetchall():
        rows[row[at]][row[:at] + row[at + 1 :]] += 1
    return rows["actual"] == rows["expected"]


def unit_tests(folder: Path, nodes: dict[str, Node]) -> list[UnitTest]:
    """The dbt unit tests whose model compiles to the same SQL, but for names and days, as it does here."""
    generate_sample(folder / "raw", customers=300, months=12, until=AS_OF)
    given = {"as_of_date": AS_OF.isoformat(), "reporting_currency": "USD"}
    outcome = run_dbt(
        "build", "--vars", json.dumps(given), target_dir=folder / "built",
        SPINE_DB=str(folder / "built.duckdb"), RAW_DIR=str(folder / "raw"),
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    manifest = json.loads((folder / "built" / "manifest.json").read_text(encoding="utf-8"))
    found = []
    for test in manifest["unit_tests"].values():
        ends = f"{Path(test['original_file_path']).parent}/{test['name']}.sql"
        [query] = [path.read_text() for path in (folder / "built" / "run").rglob("*.sql") if str(path).endswith(ends)]
        [model_query] = [
            path.read_text() for path in (folder / "built" / "compiled").rglob("*.sql") if str(path).endswith(ends)
        ]
        model = nodes[test["model"]]
        if model_query in query and _bare(model_query).endswith(_bare(model.sql).removeprefix("with ")):
            found.append(UnitTest(model.name, query, model_query))
    return found


def _bare(sql: str) -> str:
    """SQL without what differs between a unit test and a build: relations, days, zones, other settings, line breaks."""
    sql = re.sub(r'("\w+"\.)*"(\w+)"', r"\2", sql.replace("__dbt__cte__", ""))
    sql = re.sub(r"'(\d{4}-\d\d-\d\d|UTC|[A-Z]\w+/\w+)'", "'_'", sql)
    return " ".join(re.sub(r"\b\d+(\.\d+)?\b", "0", sql).split())


# What a mutant raises that breaks, or that lacks a column or a value.
BREAKS = (duckdb.Error, AssertionError, KeyError, TypeError)


@contextmanager
def undone(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Whatever is done in a database is undone at the end, and interrupted where it never ends."""
    connection.execute("begin")
    impatience = threading.Timer(PATIENCE_SECONDS, connection.interrupt)
    impatience.start()
    try:
        yield
    finally:
        impatience.cancel()
        connection.execute("rollback")


def _caught_by(example: Example, mutant: Mutant, node: Node, later: list[Node], tests: dict[str, str]) -> bool:
    """Whether an example tells the mutant from the original."""
    connection = example.connection
    try:
        with undone(connection):
            if not _changes_rows(connection, mutant, node, later):
                return False
            if differences(connection, example.expected):
                return True
            return any(count_rows(connection, sql) > example.test_rows[name] for name, sql in tests.items())
    except BREAKS:
        return True


def _changes_rows(connection: duckdb.DuckDBPyConnection, mutant: Mutant, node: Node, later: list[Node]) -> bool:
    """Makes the mutant, and again what reads a table that came out otherwise; whether any did."""
    changed: set[str] = set()
    for one in (node, *later):
        if one is not node and not changed & {*one.parents}:
            continue
        before = None if one is not node and one.is_view else _rows_of(connection, one)
        if one is node and node.kind == "seed":
            connection.execute(mutant.sql)
        elif one is node or not one.is_view:
            sql = mutant.sql if one is node else one.sql
            connection.execute(f"create or replace {'view' if one.is_view else 'table'} {one.relation} as {sql}")
        if before is None or _rows_of(connection, one) != before:
            changed.add(one.name)
    return bool(changed)


def _rows_of(connection: duckdb.DuckDBPyConnection, node: Node) -> tuple:
    """The columns of a table and a sum over its rows that differs where they do."""
    cursor = connection.execute(f"select * from {node.relation} limit 0")
    columns = [tuple(map(str, column[:2])) for column in cursor.description]
    query = f"select count(*), sum(hash(one)) from {node.relation} as one"
    return columns, connection.execute(query).fetchall()


def count_rows(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """How many rows a data test finds."""
    return connection.execute(f"select count(*) from ({sql}) as found").fetchall()[0][0]


def build_examples(project: CompiledProject, tests: dict[str, str], rules_dir: Path, folder: Path) -> list[Example]:
    """Builds the fixed set of raw tables."""
    examples: list[Example] = []

    def collect(raw: dict, rules_dir: Path) -> None:
        connection = project.open_database()
        project.load_rules(connection, rules_dir, {node.name for node in project.nodes if node.kind == "seed"})
        project.replay(connection, raw)
        expected = evaluate(raw, AS_OF, Config(timezone=TIMEZONE), rules_dir)
        assert not differences(connection, expected), (
            "the models must agree with the definitions before mutants are planted"
        )
        examples.append(
            Example(connection, expected, {name: count_rows(connection, sql) for name, sql in tests.items()})
        )

    collect(ladders(AS_OF, rules_dir), rules_dir)
    collect(edge_cases(), rules_dir)
    rules, raw = every_kind(AS_OF, TIMEZONE)
    with_traits = copy_of_rules(folder / "with_traits")
    add_rows(with_traits, **rules)
    collect(raw, with_traits)
    settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(given(several_shops(AS_OF, TIMEZONE))(lambda raw: collect(raw, rules_dir)))()  # fmt: skip
    return examples


def build_ledgers(folder: Path) -> list[LastDay]:
    """Builds the days of the stories of causes that need no settings, and of some random shops."""
    days, found = Days(folder / "days"), []

    def collect(history: tuple[Shop, list[int], list[Rules]]) -> None:
        shop, agos, rules = history
        ledger, before, now = Ledger(), None, None
        for ago, of_the_day in zip(agos, rules, strict=True):
            before, now = now, days.build(D - timedelta(days=ago), shop.raw(ago), of_the_day, after=now)
            segments = of_the_day.get("segments") or shipped("segments")
            reentry = {row["segment_key"]: int(row["reentry_days"]) for row in segments}
            ledger.move_on(now.as_read(), reentry.__getitem__)
        project, connection = days.let_go(D)
        needed = project.needed_for(*now.marts)
        nodes = {node.name: node for node in project.models() if node.name in needed}
        found.append(LastDay(nodes, connection, before, now, ledger))
        assert found[-1].is_told(now), "the ledger must agree with the definitions before mutants are planted"

    for story in (told() for told in STORIES):
        if not (story.vars or story.vars_before):
            collect((story.shop, [story.gap, 0], [story.rules_before, story.rules]))
    for_examples(HISTORIES, collect)
    return found


def main(wanted: int) -> int:
    """Runs `wanted` mutants and writes the report; exits with 1 if fewer than 90 % or not all edits were caught.

    Survivors that have a reason are not counted among those that were to be caught.
    """
    folder = Path(tempfile.mkdtemp(prefix="spine-mutation-"))
    rules_dir = versioned_rules(folder)
    settings_of_day = {"as_of_date": AS_OF.isoformat(), "timezone": TIMEZONE}
    project = CompiledProject(folder / "target", settings_of_day, rules_dir, compiled=("resource_type:test",))
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    names = {unique_id: node["name"] for unique_id, node in manifest["nodes"].items()}
    parents = {
        node["name"]: [names[parent] for parent in node["depends_on"]["nodes"] if parent in names]
        for node in manifest["nodes"].values() if node["resource_type"] == "model"
    }  # fmt: skip
    tests, tested = _replayable_tests(manifest), _tested_nodes(manifest, names)
    examples, ledgers = build_examples(project, tests, rules_dir / "rules", folder), build_ledgers(folder)
    candidates = [
        mutant
        for node in project.nodes if node.name not in UNTOUCHED
        for mutant in (rule_mutants(node) if node.kind == "seed" else model_mutants(node))
    ]  # fmt: skip
    chosen = _spread(candidates, wanted)
    by_name = {node.name: node for node in project.nodes}
    units: dict[str, list[UnitTest]] = {}
    for test in unit_tests(folder, by_name):
        units.setdefault(test.model, []).append(test)
    units_database = project.open_database()
    assert all(passes(units_database, test.query) for tests_of in units.values() for test in tests_of)
    survivors = []
    for number, mutant in enumerate(chosen, 1):
        node = by_name[mutant.node]
        later = descendants(project, parents, node.name)
        touched = {node.name, *(follower.name for follower in later)}
        concerned = {name: sql for name, sql in tests.items() if tested[name] & touched}
        alive = not any(test.fails_on(mutant, units_database) for test in units.get(node.name, []) if mutant.change)
        alive = alive and not any(_caught_by(example, mutant, node, later, concerned) for example in examples)
        alive = alive and not any(day.catches(mutant) for day in ledgers)
        survivors += [mutant] if alive else []
        print(f"[{number}/{len(chosen)}] {'SURVIVED' if alive else 'caught'} {mutant.node} {mutant.what}", flush=True)
    excused = [one for one in survivors if _reason(one) != NOT_LOOKED_AT]
    share = 1 - (len(survivors) - len(excused)) / (len(chosen) - len(excused))
    edits = [*known_edits(), *_spread(list(file_edits()), wanted // MUTANTS_PER_EDIT)]
    unnoticed = unnoticed_edits(edits, folder)
    REPORT.write_text(_report(chosen, survivors, edits, unnoticed), encoding="utf-8")
    caught, due = len(chosen) - len(survivors), len(chosen) - len(excused)
    print(f"caught {caught} of {due} mutants ({share:.1%}); {len(excused)} more survive for a reason")
    print(f"noticed {len(edits) - len(unnoticed)} of {len(edits)} edits; {REPORT.relative_to(PROJECT_DIR)}")
    return 0 if share >= 0.9 and not unnoticed else 1


def unnoticed_edits(edits: list[Edit], folder: Path) -> list[Edit]:
    """The edits of rule files that the fast tests do not notice."""
    copy, unnoticed = copied_project(folder), []
    for number, edit in enumerate(edits, 1):
        is_noticed = edit.is_noticed(copy)
        unnoticed += [] if is_noticed else [edit]
        said = "noticed" if is_noticed else "UNNOTICED"
        print(f"[edit {number}/{len(edits)}] {said} {edit.node}.csv {edit.what}", flush=True)
    return unnoticed


def _replayable_tests(manifest: dict) -> dict[str, str]:
    """The data tests whose tables a replay builds."""
    return {
        node["name"]: node["compiled_code"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and not any(
            name in parent for parent in node["depends_on"]["nodes"] for name in UNTOUCHED | CompiledProject.left_out
        )
    }


def _tested_nodes(manifest: dict, names: dict[str, str]) -> dict[str, set[str]]:
    """The nodes that each data test reads."""
    return {
        node["name"]: {names[parent] for parent in node["depends_on"]["nodes"] if parent in names}
        for node in manifest["nodes"].values() if node["resource_type"] == "test"
    }  # fmt: skip


def _spread(candidates: list, wanted: int) -> list:
    """A fixed choice that takes nodes in turn, so that no long model crowds out the others."""
    generator = random.Random(SEED)
    by_node: dict[str, list] = {}
    for mutant in candidates:
        by_node.setdefault(mutant.node, []).append(mutant)
    queues = [generator.sample(mutants, len(mutants)) for mutants in by_node.values()]
    chosen: list = []
    while len(chosen) < wanted and any(queues):
        for queue in queues:
            if queue and len(chosen) < wanted:
                chosen.append(queue.pop())
    return chosen


def _report(mutants: list[Mutant], survivors: list[Mutant], edits: list[Edit], unnoticed: list[Edit]) -> str:
    caught, noticed = len(mutants) - len(survivors), len(edits) - len(unnoticed)
    excused = sum(_reason(one) != NOT_LOOKED_AT for one in survivors)
    lines = [
        "# Mutation test", "",
        f"{len(mutants)} mutants, {caught} caught ({caught / len(mutants):.1%}); {excused} of the others survive for a "
        f"reason that is known. {len(edits)} edits of rule files, {noticed} noticed by the fast tests. Written by "
        "`make mutation`.", "",
        "| kind of fault | planted | caught |", "|---|---|---|",
    ]  # fmt: skip
    planted = Counter(one.kind for one in (*mutants, *edits))
    alive = Counter(one.kind for one in (*survivors, *unnoticed))
    lines += [f"| {kind} | {count} | {count - alive[kind]} |" for kind, count in sorted(planted.items())]
    lines += ["", "Survivors:", ""] + [f"- `{one.node}` {one.what}: {_reason(one)}" for one in (*survivors, *unnoticed)]
    return "\n".join(lines) + "\n"


def _reason(survivor: Mutant | Edit) -> str:
    change = survivor.what.split(": ", 1)[-1]
    for node, known, place, reason in LOOKED_AT:
        if fnmatch(survivor.node, node) and change == known and re.search(place, survivor.line):
            return reason
    return NOT_LOOKED_AT


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 150))
