"""Traits that are rows, as a user meets them: the README's segments, drafts, why somebody is in, what check says."""

import csv
import hashlib
import re
from pathlib import Path

import duckdb
import pytest
from conftest import MODELS_ONLY, PROJECT_DIR, SAMPLE_DAY, WITHOUT_TESTS, run_spine
from marts import query
from rule_folders import add_rows, clause_row, copy_of_rules, read_rows, segment_row, trait_row
from spine.errors import UsageError
from spine.run.drafts import _with_drafts_alone
from spine.run.why import why
from spine.sample.shop import generate_sample

# The README's two segments, read from the staged rows without a trait.
SKINCARE_FANS = """
    with persons as (
        select source_customer_id, customer_id from marts.customer_ids
    ),

    bought as (
        select distinct persons.customer_id
        from staging.stg_orders as orders
        inner join persons on orders.customer_id = persons.source_customer_id
        inner join staging.stg_order_items as lines on orders.order_id = lines.order_id
        left join staging.stg_products as products on lines.product_id = products.product_id
        where orders.is_completed and orders.ordered_on between date '2026-06-01' and date '2026-06-30'
            and coalesce(lines.category, products.category) = 'skincare'
    ),

    viewed as (
        select coalesce(persons.customer_id, visitors.customer_id) as customer_id
        from staging.stg_events as events
        left join persons on events.customer_id = persons.source_customer_id
        left join intermediate.int_identifiers_resolved as visitors
            on events.anonymous_id = visitors.identifier and visitors.identifier_type = 'anonymous_id'
        left join staging.stg_products as products on events.product_id = products.product_id
        where events.event_name = 'product_viewed'
            and events.occurred_on between date '2026-06-24' and date '2026-06-30'
            and coalesce(events.category, products.category) = 'skincare'
        group by all
        having count(*) >= 2
    )

    select customer_id from bought where customer_id in (from viewed) order by all
"""
NORTHERN_REGULARS = """
    select customers.customer_id
    from marts.customers as customers
    inner join staging.stg_customers as records on customers.customer_id = records.customer_id
    where records.other_columns ->> 'favourite_store' in ('Tromsø', 'Trondheim') and customers.orders_90d >= 2
    order by all
"""


def rows_of_the_readme(table: str) -> list[dict[str, str]]:
    """The rows that the README adds to a rule table."""
    text = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"^# {table}\.csv\n((?:.+\n)+)", text, re.MULTILINE)
    names = list(read_rows(PROJECT_DIR / "seeds" / "rules" / f"{table}.csv")[0])
    lines = [line for line in block.splitlines() if line != "```"]
    return list(csv.DictReader(lines, fieldnames=names))


def rows_of_the_guide() -> list[dict[str, str]]:
    """The traits that docs/rules.md shows."""
    text = (PROJECT_DIR / "docs" / "rules.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^# traits\.csv\n((?:.+\n)+?)```", text, re.MULTILINE)
    return list(csv.DictReader(block.splitlines(), fieldnames=list(trait_row("", "", ""))))


def readme_rules(folder: Path, **changed: str) -> Path:
    """The shipped rules with the README's rows, of which columns of the segments may be `changed`."""
    tables = {name: rows_of_the_readme(name) for name in ("traits", "segments", "segment_clauses")}
    tables["segments"] = [{**row, **changed} for row in tables["segments"]]
    add_rows(copy_of_rules(folder), **tables)
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A sample shop large enough for the README's segments, built with them."""
    folder = tmp_path_factory.mktemp("readme")
    generate_sample(folder / "raw", customers=3000, until=SAMPLE_DAY)
    rules = readme_rules(folder / "rules")
    arguments = ("--raw", folder / "raw", "--db", folder / "shop.duckdb", "--as-of", SAMPLE_DAY, "--rules", rules)
    run = run_spine("build", *arguments, *MODELS_ONLY, scratch=folder, **WITHOUT_TESTS)
    assert run.code == 0, run.all_text
    return folder / "shop.duckdb"


@pytest.mark.parametrize(
    ("segment_key", "expected"), [("skincare_fans", SKINCARE_FANS), ("northern_regulars", NORTHERN_REGULARS)]
)
def test_the_segments_of_the_readme_hold_whom_they_should(segment_key, expected, shop):
    members = query(
        shop, f"select customer_id from marts.segment_members where segment_key = '{segment_key}' order by 1"
    )
    assert members == query(shop, expected)
    assert members


def test_row_traits_in_use_are_in_a_mart_and_none_is_a_column_more(shop, built):
    in_use = query(
        shop, "select distinct trait from marts.segment_clauses where trait in (select trait from rules.traits)"
    )
    assert query(shop, "select trait from marts.traits where is_in_customer_traits order by 1") == sorted(in_use)
    held = {trait for (trait,) in query(shop, "select distinct trait from marts.customer_traits")}
    assert {"skincare_orders_30d", "favourite_store"} <= held <= {trait for (trait,) in in_use}
    columns = (
        "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = 'customers' order by 1"
    )
    assert query(shop, columns) == query(built.db, columns)
    # A column of customers and its row say the same.
    differing = """
        select
            count(*),
            count(case when customers.orders_90d is distinct from coalesce(held.number_value, 0) then 1 end)
        from marts.customers as customers
        left join marts.customer_traits as held
            on customers.customer_id = held.customer_id and held.trait = 'orders_90d'
    """
    ((customers, differing_customers),) = query(shop, differing)
    assert customers > 200 and differing_customers == 0


def test_why_shows_the_value_of_a_row_trait_or_its_default(shop):
    def conditions(customer_id: str) -> dict[str, tuple]:
        (segment,) = why(shop, customer_id, ["skincare_fans"])["segments"]
        return {one["metric"]: (one["value"], one["passes"]) for one in segment["rows"][0]["conditions"]}

    ((member,), *_) = query(shop, "select customer_id from marts.segment_members where segment_key = 'skincare_fans'")
    assert {trait: holds for trait, (_, holds) in conditions(member).items()} == {
        "skincare_orders_30d": True, "skincare_views_7d": True,
    }  # fmt: skip
    known = "select customer_id from marts.customer_traits where trait like 'skincare%'"
    ((stranger,), *_) = query(shop, f"select customer_id from marts.customers where customer_id not in ({known})")
    assert conditions(stranger) == {"skincare_orders_30d": (0, False), "skincare_views_7d": (0, False)}


def test_a_draft_has_the_size_that_it_will_have_and_nothing_is_changed(shop, tmp_path):
    rules = readme_rules(tmp_path / "rules", status="draft")
    (shop.parent / ".spine-draft-killed").mkdir()
    before = hashlib.sha256(shop.read_bytes()).hexdigest()
    run = run_spine("segments", "--db", shop, "--draft", "--rules", rules, scratch=tmp_path)
    assert run.code == 0, run.all_text
    for key, label in (("skincare_fans", "Skincare fans"), ("northern_regulars", "Northern regulars")):
        ((size,),) = query(shop, f"select count(*) from marts.segment_members where segment_key = '{key}'")
        assert re.search(rf"^ *{label} +{size} ", run.out, re.MULTILINE), run.out
    assert "Big spender" not in run.out
    assert hashlib.sha256(shop.read_bytes()).hexdigest() == before
    assert not list(shop.parent.glob(".spine-draft-*"))


def test_where_no_draft_is_valid_the_file_is_named_in_which_one_was_looked_for(tmp_path):
    no_draft = "no behavioural segment has the status draft and is valid on 2026-06-30."
    own = readme_rules(tmp_path / "own", status="active")
    (without := tmp_path / "without").mkdir()
    shipped = PROJECT_DIR / "seeds/rules/segments.csv"
    for number, (rules, said) in enumerate([
        (own, f"{own / 'segments.csv'}: {no_draft}"),
        (without, f"{shipped}: {no_draft}"),
        (None, f"{shipped}: {no_draft} If the draft stands in another folder, name that with --rules."),
    ]):  # fmt: skip
        with pytest.raises(UsageError) as caught:
            _with_drafts_alone(rules, tmp_path / str(number), SAMPLE_DAY)
        assert str(caught.value) == said


def test_drafts_that_cannot_be_computed_are_told(built, tmp_path):
    run = run_spine("segments", "--db", built.db, "--draft", scratch=tmp_path)
    assert run.code == 2
    assert "seeds/rules/segments.csv: no behavioural segment has the status draft and is valid on 2026" in run.err
    rules = readme_rules(tmp_path / "rules", status="draft")
    add_rows(rules, traits=[])  # the clauses name traits that are gone
    run = run_spine("segments", "--db", built.db, "--draft", "--rules", rules, scratch=tmp_path)
    assert run.code == 1
    assert "segment_key skincare_fans" in run.out and "there is no such trait" in run.out
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "segments.csv").write_text(
        (rules / "segments.csv").read_text() + "zz,1,behaviour,L,D,crm,h,draft\n"
    )
    run = run_spine("segments", "--db", built.db, "--draft", "--rules", tmp_path / "torn", scratch=tmp_path)
    assert run.code == 2 and f"{tmp_path}/torn/segments.csv: line" in run.err and "fields instead of" in run.err
    (tmp_path / "vars").mkdir()
    (tmp_path / "vars" / "vars.yml").write_text("rfm_window_days: 100\n")
    for path in rules.iterdir():
        (tmp_path / "vars" / path.name).write_bytes(path.read_bytes())
    run = run_spine("segments", "--db", built.db, "--draft", "--rules", tmp_path / "vars", scratch=tmp_path)
    assert (
        run.code == 2 and "was built with other vars: rfm_window_days was 365 and is now 100. Give --rules" in run.err
    )
    run = run_spine("segments", "--db", tmp_path / "none.duckdb", "--draft", "--rules", rules, scratch=tmp_path)
    assert run.code == 2 and "there is no such database" in run.err


# What `spine check` says of a faulty row, by the trait of the row.
FAULTY = {
    "of_unknown_activity": (("count", "vieved"), {}, "there is no such activity: vieved"),
    "of_no_day": (("count", "ordered"), {"window": (7, 6)}, "the window has no day: from_days is above to_days"),
    "of_unfit_measure": (("revenue", "product_viewed"), {}, "revenue is of ordered or refunded"),
    "of_unfit_scope": (("count", "refunded", "category", "skincare"), {}, "refunds name no lines"),
    "of_unfit_type": (("count", "ordered"), {"kind": "text"}, "this measure is a number"),
    "personal": (("attribute", "profile", "column", "First Name"), {"kind": "text"}, "personal data is no trait"),
    "value_tier": (("count", "ordered"), {}, "another trait has this name"),
}


def test_check_names_faulty_rows_and_warns_of_values_that_the_input_lacks(sample_raw, tmp_path):
    rules = copy_of_rules(tmp_path / "rules")
    faulty = [trait_row(trait, *given, **options) for trait, (given, options, _) in FAULTY.items()]
    twice = trait_row("told_twice", "count", "ordered")
    unseen = [
        trait_row("never_sold", "count", "ordered", "category", "skinecare|books"),
        trait_row("never_told", "attribute", "profile", "column", "favorite_store", kind="text"),
        trait_row("sold", "count", "ordered", "category", "skincare"),
    ]
    add_rows(rules, traits=[*faulty, twice, twice, *unseen])
    run = run_spine("check", "--raw", sample_raw, "--rules", rules, scratch=tmp_path)
    assert run.code == 1, run.all_text
    for trait, (*_, said) in FAULTY.items():
        assert re.search(rf"rule_table traits, trait {trait}, problem.*: {re.escape(said)}|trait {trait}: {said}|"
                         rf"{trait}.*{re.escape(said)}", run.out), (trait, run.out)  # fmt: skip
    assert re.search(r"told_twice.*rows share a key: trait", run.out), run.out
    assert "trait never_sold, scope category, scope_value skinecare" in run.out
    assert "trait never_told, scope column, scope_value favorite_store" in run.out
    assert "trait sold" not in run.out


def test_traits_of_the_guide_are_sound_and_values_that_the_input_lacks_refuse_nothing(sample_raw, tmp_path):
    rules = copy_of_rules(tmp_path / "rules")
    guide = rows_of_the_guide()
    assert len(guide) >= 8
    tutorial = {
        "source": "any", "source_event_name": "tutorial_completed", "event_name": "tutorial_completed",
        "channel": "app", "engagement_weight": "1", "is_visit": "false", "is_usage": "true",
        "affinity_interaction": "none",
    }  # fmt: skip
    add_rows(rules, traits=guide, event_taxonomy=[tutorial])
    run = run_spine("check", "--raw", sample_raw, "--rules", rules, scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert "WARN test trait_values_occur: 1 row" in run.out and "rules: all well" in run.out
    assert "trait exported_7d, scope feature, scope_value export" in run.out


def test_an_attribute_shows_no_addresses_and_says_how_many_there_were(sample_raw, tmp_path):
    """The name says nothing of them, the values do."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for path in sample_raw.iterdir():
        (raw / path.name).symlink_to(path)
    (raw / "customers.parquet").unlink()
    contact = "case when customer_id > 'c0000100' then 'ask ' || customer_id || '@example.com' else 'in the shop' end"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select *, {contact} as contact from '{sample_raw / 'customers.parquet'}') "
            f"to '{raw / 'customers.parquet'}'"
        )
    rules = copy_of_rules(tmp_path / "rules")
    add_rows(
        rules,
        traits=[trait_row("contact", "attribute", "profile", "column", "contact", kind="text")],
        segments=[segment_row("reachable", 900)],
        segment_clauses=[clause_row("reachable", "contact", "is_known", "-")],
    )
    db = tmp_path / "shop.duckdb"
    run = run_spine("build", "--raw", raw, "--db", db, "--as-of", SAMPLE_DAY, "--rules", rules, scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert "subject trait contact" in run.out and "@example.com" not in run.all_text
    assert query(db, "select distinct text_value from marts.customer_traits where trait = 'contact'") == [
        ("in the shop",)
    ]
    counted = "select affected_rows, total_rows from marts.data_quality where subject = 'trait contact'"
    ((affected, total),) = query(db, counted)
    assert 50 < affected < total
