"""The queries of analyses/ run on a built database."""

import json

import duckdb
import pytest
from compiled import run_dbt


@pytest.fixture(scope="module")
def compiled(built, tmp_path_factory):
    target_dir = tmp_path_factory.mktemp("analyses")
    outcome = run_dbt(
        # Read-only: other workers read the same database.
        "compile", "--target", "published", "--select", "path:analyses",
        "--vars", json.dumps({"as_of_date": "2026-06-30"}),
        target_dir=target_dir, SPINE_DB=str(built.db), RAW_DIR="",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-2000:]
    manifest = json.loads((target_dir / "manifest.json").read_text())
    return {
        node["name"]: node["compiled_code"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "analysis"
    }


@pytest.mark.parametrize("name", ["rfm_heatmap", "segment_overlap", "what_if_a_threshold_moves"])
def test_an_analysis_runs(name, compiled, built):
    assert name in compiled and len(compiled) == 3
    assert '"intermediate"' not in compiled[name]  # what is published holds the marts alone
    with duckdb.connect(str(built.db), read_only=True) as connection:
        assert connection.execute(compiled[name]).fetchall()


def show(built, tmp_path, name: str, **values) -> tuple[int, str]:
    """What `dbt show` prints for an analysis."""
    outcome = run_dbt(
        "show", "--target", "published", "--select", name, "--limit", "50",
        "--vars", json.dumps({"as_of_date": "2026-06-30", **values}),
        target_dir=tmp_path, SPINE_DB=str(built.db), RAW_DIR="", COLUMNS="200",
    )  # fmt: skip
    return outcome.returncode, outcome.stdout


def test_what_if_takes_any_number_and_shares(built, tmp_path):
    name = "what_if_a_threshold_moves"
    code, text = show(built, tmp_path, name, trait="discounted_order_share", low=0, high=0.5, step=0.1)
    assert code == 0 and "0.3" in text and "customers_above" in text
    code, text = show(built, tmp_path, name, trait="country")
    assert code != 0 and "var trait must be one of" in text
