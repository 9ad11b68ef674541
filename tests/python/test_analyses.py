"""The queries of analyses/ run on a built database."""

import json

import duckdb
import pytest
from compiled import run_dbt

VARS = {"as_of_date": "2026-06-30", "segment_key": "big_spender"}


@pytest.fixture(scope="module")
def compiled(built, tmp_path_factory):
    target_dir = tmp_path_factory.mktemp("analyses")
    with duckdb.connect(str(built.db), read_only=True) as connection:
        query = "select customer_id from marts.segment_members where segment_key = 'big_spender' order by 1 limit 1"
        ((customer_id,),) = connection.execute(query).fetchall()
    outcome = run_dbt(
        # Read-only: other workers read the same database.
        "compile", "--target", "published", "--select", "path:analyses",
        "--vars", json.dumps({**VARS, "customer_id": customer_id}),
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
        rows = connection.execute(compiled["why_is_customer_here"]).fetchall()
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


def test_why_shows_all_of_its_columns_and_says_when_it_cannot_answer(built, tmp_path):
    name = "why_is_customer_here"
    code, text = show(built, tmp_path, name, customer_id="nobody", segment_key="service_recovery")
    assert code == 0 and "distance" in text and "no such customer" in text
    code, text = show(built, tmp_path, name, customer_id="nobody", segment_key="rfm_champions")
    assert code == 0 and "has no clauses" in text
    code, text = show(built, tmp_path, name, customer_id="nobody", segment_key="nothing")
    assert code == 0 and "no such segment" in text
    code, text = show(built, tmp_path, name)
    assert code == 0 and "give customer_id" in text and "give segment_key" in text


def test_why_knows_every_id_of_a_customer(built, tmp_path):
    with duckdb.connect(str(built.db), read_only=True) as connection:
        query = "select source_customer_id from marts.customer_ids where is_merged order by 1 limit 1"
        ((merged,),) = connection.execute(query).fetchall()
    code, text = show(built, tmp_path, "why_is_customer_here", customer_id=merged, segment_key="big_spender")
    assert code == 0 and "net_revenue_90d" in text


def test_what_if_takes_any_number_and_shares(built, tmp_path):
    name = "what_if_a_threshold_moves"
    code, text = show(built, tmp_path, name, trait="discounted_order_share", low=0, high=0.5, step=0.1)
    assert code == 0 and "0.3" in text and "customers_above" in text
    code, text = show(built, tmp_path, name, trait="country")
    assert code != 0 and "var trait must be one of" in text
