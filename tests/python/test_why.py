"""`spine why` against the marts, the plain-Python oracle, and the models, run on values moved by its distances."""

import itertools
import json
import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import MODELS_ONLY, SAMPLE_DAY, WITHOUT_TESTS, once, run_spine
from marts import query
from oracle.rules import Clause
from oracle.segments import passes
from rule_folders import RULES_DIR, add_rows, clause_row, copy_of_rules, read_rows, segment_row, trait_row
from spine.errors import UsageError
from spine.run import why as why_module
from spine.run.why import why
from spine.run.words import distance_in_words, number_in_words, range_in_words

NUMBER_OPERATORS = {
    "equals": ("0", "2"),
    "not_equals": ("0", "2"),
    "above": ("1", "1.5"),
    "at_least": ("1", "1.5"),
    "below": ("3", "1.5"),
    "at_most": ("0", "1.5"),
    "between": ("1..2", "0..0", "1.2..1.7"),
}
NUMBERS = (
    # Columns of marts.customers: counts, days with null, money, shares, ratios and days below zero, scores.
    "orders_life", "days_since_last_order", "net_revenue_90d", "discounted_order_share", "engagement_change_7d",
    "days_past_replenishment", "recency_score", "purchase_cadence_days",
    # Rows of traits.csv: with a default of 0, and without.
    "orders_60d", "skincare_revenue", "units_bought", "days_since_coffee", "skincare_share", "age",
)  # fmt: skip
# A share above 1 is refused in a clause.
SHARES = {"skincare_share"}
TEXTS = {
    "country": {"equals": "DE", "not_equals": "DE", "in": "DE|FR", "not_in": "DE|FR"},
    "lifecycle_stage": {"equals": "active", "not_equals": "active", "in": "active|new", "not_in": "active|new"},
}
BOOLEANS = ("is_subscribed", "has_bought_coffee")
TRAITS = [
    trait_row("orders_60d", "count", "ordered", window=(0, 59)),
    trait_row("skincare_revenue", "revenue", "ordered", "category", "skincare"),
    trait_row("units_bought", "quantity", "ordered"),
    trait_row("days_since_coffee", "days_since_last", "ordered", "category", "coffee"),
    trait_row("skincare_share", "share", "ordered", "category", "skincare"),
    trait_row("age", "attribute", "profile", "column", "birth_date", kind="number"),
    trait_row("has_bought_coffee", "has_done", "ordered", "category", "coffee"),
]


def clauses_of_every_kind() -> dict[str, list[tuple[str, str]]]:
    """Per trait each operator that fits it with its values."""
    known = [("is_known", "-"), ("is_unknown", "-")]
    numbers = [(operator, value) for operator, values in NUMBER_OPERATORS.items() for value in values]
    found = {
        trait: [(operator, value) for operator, value in numbers if trait not in SHARES or _is_share(value)] + known
        for trait in NUMBERS
    }
    found |= {trait: list(operators.items()) + known for trait, operators in TEXTS.items()}
    return found | {trait: [("equals", "true"), ("equals", "false"), *known] for trait in BOOLEANS}


def _is_share(value: str) -> bool:
    return Decimal(value.split("..")[0]) <= 1


@pytest.fixture(scope="module")
def shop(tmp_path_factory, sample_raw) -> Path:
    """The sample shop, built with a segment per trait, of which each clause is a group."""

    def make(folder: Path) -> None:
        segments = [segment_row(f"why_{trait}", 1000 + place) for place, trait in enumerate(clauses_of_every_kind())]
        clauses = [
            clause_row(f"why_{trait}", trait, operator, value, group=number)
            for trait, every in clauses_of_every_kind().items()
            for number, (operator, value) in enumerate(every, start=1)
        ]
        # Two clauses of one group.
        segments.append(segment_row("why_both", 2000))
        clauses += [
            clause_row("why_both", "orders_life", "at_least", "2"),
            clause_row("why_both", "country", "is_known"),
        ]
        add_rows(copy_of_rules(folder / "rules"), traits=TRAITS, segments=segments, segment_clauses=clauses)
        places = ("--raw", sample_raw, "--db", folder / "shop.duckdb", "--rules", folder / "rules")
        run = run_spine("build", *places, "--as-of", SAMPLE_DAY, *MODELS_ONLY, scratch=folder, **WITHOUT_TESTS)
        assert run.code == 0, run.all_text

    return once(tmp_path_factory, "why", make) / "shop.duckdb"


@pytest.fixture(scope="module")
def answers(shop) -> list[dict]:
    """What is said of every customer and every segment."""
    keys = [key for (key,) in query(shop, "select segment_key from marts.segments")]
    customers = query(shop, "select customer_id from marts.customers order by 1")
    assert len(customers) > 200
    return [why(shop, customer_id, keys) for (customer_id,) in customers]


def by_table(answers: list[dict], table: str) -> list[tuple[dict, dict, dict]]:
    """Each condition of a rule table with its row and the answer."""
    return [
        (condition, row, answer)
        for answer in answers
        for segment in answer["segments"]
        if segment["rule_table"] == table
        for row in segment["rows"]
        for condition in row["conditions"]
    ]


# It agrees with membership


def test_rows_that_hold_lead_to_the_segments_that_hold_the_customer(shop, answers):
    members = set(query(shop, "select customer_id, segment_key from marts.segment_members"))
    for answer in answers:
        held = {segment["segment_key"] for segment in answer["segments"] if segment["is_member"]}
        assert held == {key for customer_id, key in members if customer_id == answer["customer_id"]}
        first = {}
        for segment in answer["segments"]:
            for row in segment["rows"]:
                if segment["segment_kind"] == "behaviour":
                    assert row["holds"] == all(condition["passes"] for condition in row["conditions"])
                elif row["holds"]:
                    place = (row["row"], segment["segment_key"])
                    first[segment["segment_kind"]] = min(first.get(segment["segment_kind"], place), place)
            if segment["segment_kind"] == "behaviour":
                assert segment["is_member"] == any(row["holds"] for row in segment["rows"]), segment
        assert {key for _, key in first.values()} == {key for key in held if not is_behaviour(answer, key)}
    kinds = {segment["segment_kind"] for answer in answers for segment in answer["segments"] if segment["is_member"]}
    assert kinds == {"rfm", "lifecycle", "value", "engagement", "behaviour"}


def is_behaviour(answer: dict, segment_key: str) -> bool:
    return any(
        segment["segment_key"] == segment_key and segment["segment_kind"] == "behaviour"
        for segment in answer["segments"]
    )


def test_without_a_segment_those_that_hold_the_customer_are_told(shop, answers):
    for answer in answers[:20]:
        expected = [segment for segment in answer["segments"] if segment["is_member"]]
        assert why(shop, answer["customer_id"])["segments"] == expected


# Its distance is true


def test_a_clause_flips_by_the_distance_and_not_by_less(shop, answers):
    steps = {
        trait: (Decimal(1).scaleb(-decimals), least, greatest)
        for trait, decimals, least, greatest in query(
            shop, "select trait, decimals, least_value, greatest_value from marts.traits where trait_type = 'number'"
        )
    }
    seen = defaultdict(set)
    for one, _, _ in by_table(answers, "segment_clauses"):
        value, clause = one["value"], Clause("1", one["metric"], one["operator"], one["threshold"])
        assert one["passes"] == passes(clause, value), one
        kind = "unknown" if value is None else type(value).__name__
        seen[one["operator"]].add((kind, one["passes"], one["distance"] is not None))
        if not isinstance(value, Decimal) or one["operator"] in ("is_known", "is_unknown"):
            assert one["distance"] is None
            continue
        step, least, greatest = steps[one["metric"]]
        numbers = [Decimal(number) for number in one["threshold"].split("..")]
        near = [number // step * step + step * shift for number in numbers for shift in range(-2, 3)]
        possible = [
            moved
            for moved in (*near, *(Decimal(end) for end in (-9, 0, 9)))
            if (least is None or moved >= least) and (greatest is None or moved <= greatest)
        ]
        # Between what passes and what does not lies one of these, so that the nearest is the nearest of all.
        flipping = [abs(moved - value) for moved in possible if passes(clause, moved) != one["passes"]]
        if one["distance"] is None:
            assert not flipping, one
            continue
        distance, towards = one["distance"], step if one["distance"] > 0 else -step
        assert value + distance in possible and passes(clause, value + distance) != one["passes"], one
        assert passes(clause, value + distance - towards) == one["passes"], one
        assert min(flipping) == abs(distance), one
    for operator in NUMBER_OPERATORS:
        assert {("Decimal", True, True), ("Decimal", False, True), ("unknown", False, False)} <= seen[operator], (
            operator
        )
    assert ("Decimal", False, False) in seen["between"], "a range without any value of the trait"
    for operator in ("equals", "not_equals", "in", "not_in"):
        assert {("str", True, False), ("str", False, False)} <= seen[operator], operator
    assert {("bool", True, False), ("bool", False, False)} <= seen["equals"]
    assert {("unknown", True, False), ("Decimal", False, False), ("str", False, False)} <= seen["is_unknown"]


def test_what_is_said_of_texts_and_unknown_values_flips_them(answers):
    said = defaultdict(set)
    for one, _, _ in by_table(answers, "segment_clauses"):
        if not isinstance(one["value"], Decimal):
            kind = "null" if one["value"] is None else type(one["value"]).__name__
            said[one["metric"], one["operator"], one["threshold"], kind, one["passes"]].add(one["flips_with"])
    expected = {
        ("country", "equals", "DE", "str", True): "any but DE",
        ("country", "equals", "DE", "str", False): "DE",
        ("country", "not_equals", "DE", "str", True): "DE",
        ("country", "not_equals", "DE", "str", False): "any but DE",
        ("country", "not_equals", "DE", "null", False): "any but DE",
        ("country", "in", "DE|FR", "str", True): "any but DE or FR",
        ("country", "in", "DE|FR", "null", False): "DE or FR",
        ("country", "not_in", "DE|FR", "str", True): "DE or FR",
        ("country", "not_in", "DE|FR", "str", False): "any but DE or FR",
        ("country", "is_known", "-", "str", True): "unknown",
        ("country", "is_known", "-", "null", False): "any value",
        ("country", "is_unknown", "-", "null", True): "any value",
        ("has_bought_coffee", "equals", "true", "bool", False): "true",
        ("has_bought_coffee", "equals", "false", "bool", True): "true",
        ("is_subscribed", "equals", "true", "bool", True): "false",
        ("days_since_coffee", "at_least", "1.5", "null", False): "2 days or more",
        ("days_since_coffee", "between", "1.2..1.7", "null", False): "never",
        ("days_since_coffee", "not_equals", "2", "null", False): "any but 2 days",
    }
    assert {key: said[key] for key in expected} == {key: {value} for key, value in expected.items()}


def test_values_are_whole_steps_within_the_limits_of_their_trait(shop, answers):
    """A distance is a number of smallest steps: no value of a trait lies between two of them, or beyond its limits."""
    limits = query(
        shop, "select trait, decimals, least_value, greatest_value from marts.traits where trait_type = 'number'"
    )
    with duckdb.connect(str(shop), read_only=True) as connection:
        columns = {name for name, *_ in connection.execute("describe marts.customers").fetchall()}
        for trait, decimals, least, greatest in limits:
            source = (
                f"select cast({trait} as decimal(24, 6)) as value from marts.customers"
                if trait in columns
                else f"select number_value as value from marts.customer_traits where trait = '{trait}'"
            )
            ((off, lowest, highest),) = connection.execute(
                f"select count(*) filter (value <> round(value, {decimals})), min(value), max(value) from ({source})"
            ).fetchall()
            assert off == 0, trait
            assert lowest is None or (
                (least is None or lowest >= least) and (greatest is None or highest <= greatest)
            ), trait


def test_a_range_of_a_stage_or_tier_flips_by_the_distance_and_not_by_less(answers):
    ranges = {
        "lifecycle_stages": {
            "orders_life": "orders", "days_since_last_order": "days_since_last_order", "gap_days": "gap_days",
            "days_since_first_order": "days_since_first_order", "days_since_gap": "days_since_gap",
        },
        "engagement_tiers": {"engagement_points": "points"},
    }  # fmt: skip
    seen = set()
    for table, metrics in ranges.items():
        rules = {int(row["priority"]): row for row in read_rows(RULES_DIR / f"{table}.csv")}
        for one, row, _ in by_table(answers, table):
            if one["metric"] not in metrics or one["value"] is None:
                continue
            name = metrics[one["metric"]]
            low, high = (Decimal(rules[row["row"]][f"{end}_{name}"]) for end in ("min", "max"))

            def is_within(value: Decimal, low=low, high=high, table=table) -> bool:
                return low <= value < high if table == "engagement_tiers" else low <= value <= high

            assert one["passes"] == is_within(one["value"]), one
            step = Decimal("0.000001") if table == "engagement_tiers" else Decimal(1)
            check_distance(one, is_within, step)
            seen.add((one["metric"], one["passes"], one["distance"] is not None))
    assert {(metric, True, True) for metrics in ranges.values() for metric in metrics} <= seen
    assert {
        ("orders_life", False, True),
        ("days_since_last_order", False, True),
        ("engagement_points", False, True),
    } <= seen


def check_distance(one: dict, is_passed, step: Decimal) -> None:
    """Moving the value by the distance flips the condition, by a step less in either direction it does not."""
    if one["distance"] is None:
        assert all(is_passed(Decimal(value)) == one["passes"] for value in (0, 1, 9, 99, 999, 9999)), one
        return
    short = abs(one["distance"]) - step
    assert is_passed(one["value"] + one["distance"]) != one["passes"], one
    for moved in (one["value"] + short, max(one["value"] - short, Decimal(0))):
        assert is_passed(moved) == one["passes"], one


@pytest.fixture(scope="module")
def models(shop, tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """A copy of the shop of the same name, in which models can be run on other rows."""
    copy = tmp_path_factory.mktemp("moved") / shop.name
    shutil.copyfile(shop, copy)
    with duckdb.connect(str(copy)) as connection:
        yield connection


def run_model(connection: duckdb.DuckDBPyConnection, shop: Path, name: str, sql: str) -> list[tuple]:
    """What a query finds in the rows that a model, as the build has compiled it, makes now."""
    nodes = json.loads((shop.parent / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    (code,) = [node["compiled_code"] for node in nodes if node["name"] == name]
    return connection.execute(f"with made as ({code}) {sql}").fetchall()


def moves(one: dict, step: Decimal) -> dict[str, Decimal]:
    """A value, and where it is moved to: by the distance, and by a step less."""
    if one["distance"] is None:
        return {"here": one["value"]}
    less = one["distance"] - (step if one["distance"] > 0 else -step)
    return {"here": one["value"], "flipped": one["value"] + one["distance"], "short": one["value"] + less}


STEPS = {"recency_days": Decimal(1), "frequency": Decimal(1), "monetary": Decimal("0.01")}


def test_a_score_and_a_cell_flip_by_the_distance_and_not_by_less(shop, answers, models):
    scores = [(score, score["score"], score["score"]) for answer in answers for score in answer["scores"]]
    rules = {int(row["priority"]): row for row in read_rows(RULES_DIR / "rfm_segments.csv")}
    axes = {"recency_days": "recency", "frequency": "frequency", "monetary": "monetary"}
    cells = [
        (one, *(int(rules[row["row"]][f"{end}_{axes[one['metric']]}_score"]) for end in ("min", "max")))
        for one, row, _ in by_table(answers, "rfm_segments")
        if one["value"] is not None
    ]
    assert len(scores) > 300 and len(cells) > 3000
    values = {
        (one["metric"], moved) for one, _, _ in scores + cells for moved in moves(one, STEPS[one["metric"]]).values()
    }
    rows = [(f"{metric} {moved}", *(moved if metric == name else 0 for name in STEPS)) for metric, moved in values]
    models.execute("""
        create or replace table intermediate.int_customer_rfm_metrics
            (customer_id varchar, recency_days bigint, frequency bigint, monetary decimal(18, 2))
    """)
    models.executemany("insert into intermediate.int_customer_rfm_metrics values (?, ?, ?, ?)", rows)
    found = run_model(
        models,
        shop,
        "int_customer_rfm_scored",
        "from made select customer_id, recency_score, frequency_score, monetary_score",
    )
    score_of = {who: dict(zip(STEPS, given, strict=True))[who.split(" ")[0]] for who, *given in found}
    seen = set()
    for one, lowest, highest in scores + cells:
        holds = {
            place: lowest <= score_of[f"{one['metric']} {moved}"] <= highest
            for place, moved in moves(one, STEPS[one["metric"]]).items()
        }
        assert holds["here"] == one["passes"] and holds.get("short", one["passes"]) == one["passes"], one
        assert holds.get("flipped") != one["passes"], one
        seen.add((one["metric"], one["passes"], one["distance"] is not None))
    assert {(metric, passed, True) for metric in STEPS for passed in (True, False)} <= seen


def test_a_value_tier_flips_by_the_distance_and_not_by_less(shop, answers, models):
    conditions = [(one, row["row"]) for one, row, _ in by_table(answers, "value_tiers")]
    values = {moved for one, _ in conditions for moved in moves(one, Decimal("0.01")).values()}
    models.execute("create or replace table intermediate.int_customers (customer_id varchar)")
    models.execute("""
        create or replace table intermediate.int_customer_orders_windowed
            (customer_id varchar, net_revenue_365d decimal(18, 2))
    """)
    for value in values:
        models.execute("insert into intermediate.int_customers values (?)", [str(value)])
        models.execute("insert into intermediate.int_customer_orders_windowed values (?, ?)", [str(value), value])
    tier_of = dict(run_model(models, shop, "int_customer_value_tiers", "select customer_id, value_tier from made"))
    tiers = {int(row["priority"]): row["value_tier"] for row in read_rows(RULES_DIR / "value_tiers.csv")}
    for one, row in conditions:
        holds = {place: tier_of[str(moved)] == tiers[row] for place, moved in moves(one, Decimal("0.01")).items()}
        assert holds["here"] == one["passes"] and holds["short"] == one["passes"] != holds["flipped"], one


def test_scores_by_rank_have_no_distance(shop, tmp_path, answers):
    """As with the tie policy split, which leaves an axis without cut points."""
    ranked = tmp_path / "ranked.duckdb"
    shutil.copyfile(shop, ranked)
    with duckdb.connect(str(ranked)) as connection:
        connection.execute("delete from marts.cut_points where rule_table = 'rfm_scores' and metric = 'frequency'")
    (expected,) = itertools.islice((one for one in answers if one["scores"]), 1)
    answer = why(ranked, expected["customer_id"], [f"rfm_{name}" for name in ("champions", "loyalists", "lost")])
    assert [score["score"] for score in answer["scores"]] == [score["score"] for score in expected["scores"]]
    (score,) = [score for score in answer["scores"] if score["axis"] == "frequency"]
    assert (score["method"], score["distance"], score["flips_with"]) == ("rank", None, "not known")
    rows = {(segment["segment_key"], row["row"]): row for segment in expected["segments"] for row in segment["rows"]}
    for segment in answer["segments"]:
        for row in segment["rows"]:
            if segment["segment_kind"] == "rfm":
                assert row["holds"] == rows[segment["segment_key"], row["row"]]["holds"]
                assert [one["metric"] for one in row["conditions"]] == ["recency_days", "frequency_score", "monetary"]
                assert row["conditions"][1]["distance"] is None and row["conditions"][1]["value"] == score["score"]
    run = run_spine("segments", "--db", ranked, scratch=tmp_path)
    assert "frequency: by rank among all customers" in run.out
    run = run_spine("why", expected["customer_id"], "--db", ranked, scratch=tmp_path)
    assert f"frequency {score['score']} = by rank" in run.out


# The command


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (" c1 ", "c1"),
        ("\u200bc1\ufeff", "c1"),
        ("17.00", "17"),
        ("\u200b-17.0 ", "-17"),
        ("1.5", "1.5"),
        ("a b", "a b"),
    ],
)
def test_an_id_is_read_as_staging_reads_it(given, read):
    assert why_module._as_read(given) == read


@pytest.mark.parametrize("given", ["", "  ", "\u200b", "(null)"])
def test_an_id_that_is_read_as_nothing_is_refused(given):
    with pytest.raises(UsageError, match="is read as nothing"):
        why_module._as_read(given)


def published(shop: Path, db: Path) -> Path:
    """A file with the marts alone, as `spine refresh` publishes it."""
    with duckdb.connect(str(db)) as connection:
        connection.execute(f"attach '{shop}' as built (read_only)")
        connection.execute("create schema marts")
        names = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'built' and schema_name = 'marts'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f"create table marts.{name} as from built.marts.{name}")
    return db


def test_it_reads_the_marts_alone_and_prints_what_it_knows(shop, tmp_path):
    db = published(shop, tmp_path / "published.duckdb")
    ((merged, customer_id),) = query(
        shop,
        """
        select source_customer_id, customer_id from marts.customer_ids
        where is_merged and customer_id in (select customer_id from marts.customer_rfm) order by 1 limit 1
        """,
    )
    run = run_spine("why", merged, "--db", db, scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert run.out.startswith(f"Customer {customer_id} ({merged} is the same person) as of {SAMPLE_DAY}\n")
    assert all(len(line) <= 80 for line in run.out.splitlines()[:-1])
    answer = why(shop, customer_id)
    for segment in answer["segments"]:
        assert f"{segment['segment_kind']}: {segment['label']}" in run.out
        if segment["segment_kind"] == "behaviour":
            assert all(one["metric"] in run.out for row in segment["rows"] for one in row["conditions"])
    for score in answer["scores"]:
        assert f"{score['axis']} {score['score']} = " in run.out
    run = run_spine("why", merged, "--db", db, "--json", scratch=tmp_path)
    assert run.code == 0, run.all_text
    plain = json.loads(json.dumps(answer, default=float)) | {"database": str(db), "asked_for": merged}
    assert json.loads(run.out) == plain


def test_a_segment_is_explained_to_who_is_not_in_it(shop, tmp_path):
    ((outside, label),) = query(
        shop,
        """
        select min(customers.customer_id), min(segments.label) from marts.customers as customers
        cross join marts.segments as segments
        where segments.segment_key = 'service_recovery' and customers.customer_id not in
            (select customer_id from marts.segment_members where segment_key = 'service_recovery')
        """,
    )
    run = run_spine("why", outside, "--db", shop, "--segment", "service_recovery", scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert f"behaviour: {label}, not in it" in run.out
    assert [f"group {number}: does not hold" in run.out for number in (1, 2, 3)] == [True] * 3
    assert run.out.count("\n  lowest_") == 2 and "open_tickets_30d at least 1 0 tickets no 1 ticket more" in " ".join(
        run.out.split()
    )


def test_a_row_that_holds_after_another_says_which_comes_first(shop, tmp_path):
    query_of_active = (
        "select customer_id from marts.segment_members where segment_key = 'lifecycle_new' order by 1 limit 1"
    )
    ((customer_id,),) = query(shop, query_of_active)
    run = run_spine("why", customer_id, "--db", shop, "--segment", "lifecycle_active", scratch=tmp_path)
    assert "lifecycle: Active, not in it" in run.out
    assert "row 7 of lifecycle_stages: holds, but row 6 comes first" in run.out


def test_a_segment_that_lacks_what_it_needs_holds_nobody_and_says_what_to_bring(shop, tmp_path):
    db = published(shop, tmp_path / "lacking.duckdb")
    ((customer_id,),) = query(
        db, "select min(customer_id) from marts.segment_members where segment_key = 'big_spender'"
    )
    with duckdb.connect(str(db)) as connection:
        connection.execute("""
            delete from marts.segment_members where segment_key = 'big_spender';
            update marts.segment_clauses set is_computable = false where segment_key = 'big_spender';
            update marts.segments set status = 'not_computable', lacks = 'orders' where segment_key = 'big_spender'
        """)
    (segment,) = why(db, customer_id, ["big_spender"])["segments"]
    assert not segment["is_member"] and [row["holds"] for row in segment["rows"]] == [False]
    run = run_spine("why", customer_id, "--db", db, "--segment", "big_spender", scratch=tmp_path)
    assert "behaviour: Big spender, is not computable, needs orders, not in it" in run.out


def test_what_cannot_be_explained_is_told_with_its_remedy(shop, tmp_path):
    ((customer_id,),) = query(shop, "select min(customer_id) from marts.customers")

    def said(db: Path, customer: str, *keys: str) -> str:
        with pytest.raises(UsageError) as caught:
            why(db, customer, keys)
        return str(caught.value)

    assert (
        said(shop, "nobody") == f"nobody: no such customer in --db {shop}. Ids compare exactly; junk ids are nobody's."
    )
    assert f"did you mean '{customer_id}'?" in said(shop, f" {customer_id.upper()}")
    assert said(shop, "kim@x.example").endswith(". Addresses are kept hashed, so a customer is asked for by an id.")
    assert "no such customer" in said(shop, "\udcff")  # what a terminal gives of bytes that are no text
    for spelled in (f" {customer_id} ", f"\u200b{customer_id}\ufeff\u00a0"):
        assert why(shop, spelled)["asked_for"] == customer_id
    assert said(shop, customer_id, "big_spenders").endswith("there is no such segment; did you mean 'big_spender'?")
    (by_label,) = why(shop, customer_id, ["big SPENDER"])["segments"]
    assert by_label["segment_key"] == "big_spender"
    assert "there is no such database; build it with" in said(tmp_path / "none.duckdb", customer_id)
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    assert "holds no marts; build them with `spine build" in said(tmp_path / "empty.duckdb", customer_id)
    older = published(shop, tmp_path / "older.duckdb")
    for change in ("alter table marts.customer_lifecycle drop gap_days", "drop table marts.cut_points"):
        with duckdb.connect(str(older)) as connection:
            connection.execute(change)
        assert "its marts are of an earlier version of spine" in said(older, customer_id)
    run = run_spine("why", "nobody", "--db", shop, scratch=tmp_path)
    assert run.code == 2 and run.err.startswith("spine: nobody: no such customer")
    run = run_spine("segments", "--db", older, scratch=tmp_path)
    assert run.code == 0 and "cut points" not in run.out


def test_segments_are_shown_with_the_cut_points_of_the_day(shop, tmp_path):
    run = run_spine("segments", "--db", shop, scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert all(len(line) <= 80 for line in run.out.splitlines()[:-1])
    text = " ".join(run.out.split())
    rows = query(
        shop,
        """
        select coalesce(segments.label, band), lowest_value, highest_value, unit, metric
        from marts.cut_points left join marts.segments using (segment_key)
        where rule_table = 'rfm_scores' or metric = 'value_basis' order by cut_points.priority
        """,
    )
    assert len(rows) >= 15
    for band, lowest, highest, unit, metric in rows:
        assert f"{band} = {range_in_words(lowest, highest, unit, 'USD')}" in text, metric
    assert "frequency: orders in 365 days" in text and " = 5 to below 20 points" in text


@pytest.mark.parametrize(
    ("lowest", "highest", "unit", "words"),
    [
        (2, 3, "orders", "2 or 3 orders"),
        (2, 4, "orders", "2 to 4 orders"),
        (1, 1, "orders", "1 order"),
        (None, 1, "categories", "1 category or less"),
        (4, None, "days", "4 days or more"),
        ("50.00", "149.99", "reporting currency", "EUR 50.00 to 149.99"),
        (None, "0.00", "reporting currency", "EUR 0.00 or less"),
        ("0.5", None, "share", "0.5 or more"),
        ("5", "19.999999", "points", "5 to below 20 points"),
        (None, "4.999999", "ratio", "below 5"),
        (None, None, "days", "any"),
        (1, 0, "days", "none"),
    ],
)
def test_ranges_read_as_people_say_them(lowest, highest, unit, words):
    ends = (None if end is None else Decimal(end) for end in (lowest, highest))
    assert range_in_words(*ends, unit, "EUR") == words


def test_numbers_and_distances_read_as_people_say_them():
    assert number_in_words(Decimal("1204.500000"), "reporting currency", "EUR") == "EUR 1,204.50"
    assert distance_in_words(Decimal("-12"), "days", "EUR") == "12 days less"
    assert distance_in_words(Decimal("0.01"), "reporting currency", "EUR") == "EUR 0.01 more"
    assert distance_in_words(Decimal("-1.000000"), "events", "EUR") == "1 event less"
