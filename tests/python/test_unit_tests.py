"""The dbt unit tests, which stand in the YAML beside their models; no other test runs them."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT_DIR, SAMPLE_DAY, once, run_dbt

UNIT_TESTS = sorted(
    unit_test["name"]
    for path in (PROJECT_DIR / "models").rglob("_*.yml")
    for unit_test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
)


@pytest.fixture(scope="session")
def results(tmp_path_factory, built) -> dict[str, dict]:
    """How each unit test ended, by name; all run at once over the built sample, for the columns of its tables."""

    def run(folder: Path) -> None:
        shutil.copy(built.db, folder / "shop.duckdb")
        ended = run_dbt(
            "test", "--select", "test_type:unit", "--no-partial-parse", "--profiles-dir", ".", scratch=folder,
            RAW_DIR=str(built.raw), SPINE_DB=str(folder / "shop.duckdb"), SPINE_AS_OF=SAMPLE_DAY.isoformat(),
        )  # fmt: skip
        assert ended.code in (0, 1), ended.all_text[-3000:]

    folder = once(tmp_path_factory, "unit_tests", run)
    stated = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    by_name = {result["unique_id"]: result for result in stated}
    # The hooks of the project are among the results.
    return {name.rsplit(".", 1)[-1]: result for name, result in by_name.items() if name.startswith("unit_test.")}


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_the_dbt_unit_test_passes(name, results):
    assert results[name]["status"] == "pass", results[name]["message"]


def test_no_unit_test_is_left_out(results):
    assert sorted(results) == UNIT_TESTS
