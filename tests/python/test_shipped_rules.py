"""The shipped rule rows and vars are those that docs/definitions.md states: who edits one alone is told.

The models and their oracle read the same rule rows, so that no other test can tell a right threshold from a wrong one.
"""

import csv
import shutil
from pathlib import Path

import pytest
from documented_rules import DOCUMENT, RULES, VARS, WORDS, contradictions, documented_tables

PROJECT_DIR = Path(__file__).resolve().parents[2]
FILES = [VARS, *sorted(path.name for path in (PROJECT_DIR / RULES).glob("*.csv"))]


@pytest.mark.parametrize("file", FILES)
def test_the_shipped_rows_are_those_of_the_document(file):
    faults = contradictions(PROJECT_DIR, file)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("file", [name for name in FILES if name != VARS])
def test_every_column_that_draws_a_line_is_in_the_document(file):
    with (PROJECT_DIR / RULES / file).open(encoding="utf-8", newline="") as lines:
        columns = set(next(csv.reader(lines)))
    stated = {name for table in documented_tables(PROJECT_DIR) if file in table.files for name in table.columns}
    assert columns - WORDS == stated, f"the tables of {file} in {DOCUMENT} name other columns than the file has"


# What is changed in which file, and what is said of it.
EDITS = {
    "a threshold": (
        f"{RULES}/segment_clauses.csv", "net_revenue_90d,above,300", "net_revenue_90d,above,3000",
        "trait net_revenue_90d, operator above, value 3000): value is 3000, and 300 in docs/definitions.md line",
    ),
    "a threshold in the document": (
        DOCUMENT, "| `net_revenue_90d` | above | 300 |", "| `net_revenue_90d` | above | 200 |",
        "trait net_revenue_90d, operator above, value 300): value is 300, and 200 in docs/definitions.md line",
    ),
    "an end of a range": (
        f"{RULES}/segment_bounds.csv", "value_vip,0,0.06", "value_vip,0,0.6",
        "(segment_key value_vip, min_share_warn 0, max_share_warn 0.6, min_share_error 0, max_share_error 0.10, "
        "min_completeness 0): max_share_warn is 0.6, and 0.06 in docs/definitions.md line",
    ),
    "one of several names": (
        f"{RULES}/order_statuses.csv", "complete,completed,true", "complete,completed,false",
        "seeds/rules/order_statuses.csv line 3 (order_status completed, is_revenue false, source_status complete)",
    ),
    "the last day of one row": (
        f"{RULES}/value_tiers.csv", "0.05,1,1900-01-01,9999-12-31", "0.05,1,1900-01-01,2026-12-31",
        "seeds/rules/value_tiers.csv line 2 (valid_from 1900-01-01, valid_to 2026-12-31) is not in docs/definitions.md",
    ),
    "a row more": (
        f"{RULES}/affinity_weights.csv", "view,1", "view,1\nwish,2",
        "seeds/rules/affinity_weights.csv line 3 (interaction wish, weight 2) is not in docs/definitions.md: add it",
    ),
    "a row more in the document": (
        DOCUMENT, "| `cart` | 3 |", "| `cart` | 3 |\n| `wish` | 2 |",
        "(interaction wish, weight 2) is not in seeds/rules/affinity_weights.csv: remove it there, or add it here",
    ),
    "a var": (
        VARS, "health_min_customers: 100", "health_min_customers: 10",
        "(var health_min_customers, value 10): value is 10, and 100 in docs/definitions.md line",
    ),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path) -> Path:
    """The document, the vars and the rule tables in a folder of their own, to be edited."""
    shutil.copytree(PROJECT_DIR / RULES, tmp_path / RULES)
    for name in (DOCUMENT, VARS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT_DIR / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_one_alone_is_named(edit, copy):
    file, before, after, said = EDITS[edit]
    text = (copy / file).read_text(encoding="utf-8")
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    assert said in "\n".join(fault for name in FILES for fault in contradictions(copy, name))


def test_the_words_and_the_spelling_of_numbers_may_change(copy):
    document = copy / DOCUMENT
    text = document.read_text(encoding="utf-8")
    changed = text.replace("| never ordered |", "| nothing bought |").replace("| 0.05 to 0.20 |", "| 0.050 to  0.2 |")
    assert changed != text
    document.write_text(changed, encoding="utf-8")
    assert not [fault for name in FILES for fault in contradictions(copy, name)]
