"""The queries of analyses/ run on a built database."""

import json

import duckdb
import pytest
from compiled import run_dbt

# What the queries are compiled for, in words that stand nowhere else in them.
ASKED = {"customer_id": "the customer asked for", "segment_key": "the segment asked for"}


@pytest.fixture(scope="module")
def compiled(built, tmp_path_factory):
    target_dir = tmp_path_factory.mktemp("analyses")
    outcome = run_dbt(
        # Read-only: other workers read the same database.
        "compile", "--target", "published", "--select", "path:analyses",
        "--vars", json.dumps({"as_of_date": "2026-06-30", **ASKED}),
        target_dir=target_dir, SPINE_DB=str(built.db), RAW_DIR="",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-2000:]
    manifest = json.loads((target_dir / "manifest.json").read_text())
    return {
        node["name"]: node["compiled_code"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "analysis"
    }


@pytest.mark.parametrize(
    "name", ["rfm_heatmap", "segment_overlap", "what_if_a_threshold_moves", "why_is_customer_here"]
)
def test_an_analysis_runs(name, compiled, built):
    assert name in compiled and len(compiled) == 4
    assert '"intermediate"' not in compiled[name]  # what is published holds the marts alone
    with duckdb.connect(str(built.db), read_only=True) as connection:
        assert connection.execute(compiled[name]).fetchall()


def test_why_names_the_clause(compiled, built):
    with duckdb.connect(str(built.db), read_only=True) as connection:
        query = "select customer_id from marts.segment_members where segment_key = 'big_spender' order by 1 limit 1"
        ((customer_id,),) = connection.execute(query).fetchall()
    rows = ask_why(compiled, built, customer_id, "big_spender")
    ((group, trait, clause, value, holds, distance),) = rows
    assert (group, trait, clause, holds) == (1, "net_revenue_90d", "above 300", True)
    assert distance == pytest.approx(float(value) - 300)


def show(built, tmp_path, name: str, **values) -> tuple[int, str]:
    """What `dbt show` prints for an analysis."""
    outcome = run_dbt(
        "show", "--target", "published", "--select", name, "--limit", "50",
        "--vars", json.dumps({"as_of_date": "2026-06-30", **values}),
        target_dir=tmp_path, SPINE_DB=str(built.db), RAW_DIR="", COLUMNS="200",
    )  # fmt: skip
    return outcome.returncode, outcome.stdout


def test_why_shows_all_of_its_columns_and_asks_for_what_it_needs(built, tmp_path):
    code, text = show(built, tmp_path, "why_is_customer_here")
    assert code == 0 and "distance" in text
    assert "give customer_id" in text and "give segment_key" in text


@pytest.mark.parametrize(
    ("segment_key", "said"),
    [("service_recovery", "no such customer"), ("rfm_champions", "has no clauses"), ("nothing", "no such segment")],
)
def test_why_says_when_it_cannot_answer(segment_key, said, compiled, built):
    assert said in {row[1] for row in ask_why(compiled, built, "nobody", segment_key)}


def test_why_knows_every_id_of_a_customer(compiled, built):
    with duckdb.connect(str(built.db), read_only=True) as connection:
        query = "select source_customer_id from marts.customer_ids where is_merged order by 1 limit 1"
        ((merged,),) = connection.execute(query).fetchall()
    assert "net_revenue_90d" in {row[1] for row in ask_why(compiled, built, merged, "big_spender")}


def ask_why(compiled, built, customer_id: str, segment_key: str) -> list[tuple]:
    """What the compiled query says of another customer and segment than those that it was compiled for."""
    query = compiled["why_is_customer_here"]
    for name, value in (("customer_id", customer_id), ("segment_key", segment_key)):
        assert f"'{ASKED[name]}'" in query
        query = query.replace(f"'{ASKED[name]}'", f"'{value}'")
    with duckdb.connect(str(built.db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_what_if_takes_any_number_and_shares(built, tmp_path):
    name = "what_if_a_threshold_moves"
    code, text = show(built, tmp_path, name, trait="discounted_order_share", low=0, high=0.5, step=0.1)
    assert code == 0 and "0.3" in text and "customers_above" in text
    code, text = show(built, tmp_path, name, trait="country")
    assert code != 0 and "var trait must be one of" in text
