"""benchmarks/floor.sql yields what the models yield: a figure beside a script that does less would mean nothing."""

import importlib.util
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT_DIR


def load_compare():
    """The benchmark, which is no package, as a module."""
    spec = importlib.util.spec_from_file_location("compare", PROJECT_DIR / "benchmarks" / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = load_compare()


@pytest.fixture(scope="module")
def floor_db(built, tmp_path_factory):
    """The database that floor.sql makes; read it only."""
    path = tmp_path_factory.mktemp("floor") / "floor.duckdb"
    compare.run_floor(str(built.raw), str(path))
    return path


def test_the_floor_yields_our_rows(built, floor_db):
    members = compare.check_equal(built.db, floor_db)
    assert members > 300


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "delete from marts.segment_members where segment_key = 'value_vip'",
            r"segment_members: [1-9]\d* rows are only ours",
        ),
        ("update marts.customers set orders_life = orders_life + 1", r"customers: .* rows are only ours"),
        ("alter table marts.customers rename orders_life to orders", "customers: .* columns orders, orders_life"),
    ],
)
def test_a_floor_that_differs_is_refused(built, floor_db, tmp_path, change, message):
    changed = Path(shutil.copy(floor_db, tmp_path))
    with duckdb.connect(str(changed)) as connection:
        connection.execute(change)
    with pytest.raises(RuntimeError, match=message):
        compare.check_equal(built.db, changed)
