"""JSON that customers and events bring: which text is an object, and what stands at a key of it, whatever the key."""

import json

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracle.values import read_json
from spine.run.functions import connect_with_functions

# What would mean something else than itself in a path, a pointer, a pattern or an SQL literal.
ODD_KEYS = [
    "",
    " ",
    ".",
    "a.b",
    "a/b",
    "/a",
    "~",
    "~0",
    "~1",
    "$",
    "$.a",
    "*",
    "[0]",
    "0",
    "-",
    "#",
    'a"b',
    "it's",
    "\\",
    "é漢",
    "A",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
# Members between whose notations nothing is lost, and how each is said as text.
VALUES = st.one_of(
    TEXTS.map(lambda text: (text, text)),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: (number, str(number))),
    st.decimals(-9999, 9999, places=4).map(lambda number: (float(number), str(float(number)).removesuffix(".0"))),
    st.booleans().map(lambda answer: (answer, str(answer).lower())),
    st.none().map(lambda nothing: (nothing, nothing)),
    st.lists(st.integers(0, 9), max_size=3).map(lambda some: (some, json.dumps(some, separators=(",", ":")))),
)
KEYS = st.one_of(st.sampled_from(ODD_KEYS), TEXTS)


@pytest.fixture(scope="module")
def connection():
    with connect_with_functions() as connection:
        yield connection


def texts_at(
    connection: duckdb.DuckDBPyConnection, object_text: str | None, keys: list[str | None]
) -> list[str | None]:
    """What stands at the keys of a text, keys being a column."""
    query = """
        select spine_functions.text_at_key($1, given.key)
        from (select unnest($2::varchar[]) as key, generate_subscripts($2::varchar[], 1) as place) as given
        order by given.place
    """
    return [text for (text,) in connection.execute(query, [object_text, keys]).fetchall()]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=8), st.lists(KEYS, min_size=1, max_size=4), st.booleans())
def test_what_stands_at_a_key_is_its_value_as_text(connection, members, others, is_ascii):
    written = json.dumps({key: value for key, (value, _) in members.items()}, ensure_ascii=is_ascii, indent=1)
    keys = [*members, *others]
    assert texts_at(connection, written, keys) == [members.get(key, (None, None))[1] for key in keys]


def test_keys_are_no_paths(connection):
    """Values deeper down, or in a list, are at no key of the object itself."""
    deep = '{"a": {"b": 1, "": 2}, "c": [10, 20], "$": 3}'
    assert texts_at(connection, deep, ["a", "c", "$"]) == ['{"b":1,"":2}', "[10,20]", "3"]
    assert texts_at(connection, deep, ["$.a.b", "a.b", "a/b", "/a/b", "c/0", "c[0]", "*", "$.c", None]) == [None] * 9
    assert texts_at(connection, "[10, 20]", ["0", "1", "/0"]) == [None] * 3


@pytest.mark.parametrize(
    "text", [None, "", " ", "{", '{"a": 1', '{"a": 1} x', "a", "null", "5", '"a"', "[]", "{'a': 1}"]
)
def test_text_that_is_no_object_has_no_keys(text, connection):
    assert texts_at(connection, text, ["a", ""]) == [None, None]
    assert connection.execute("select spine_functions.to_json_object($1)", [text]).fetchall() == [(None,)]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@example(' {"a": 1.50} ')
@example("\u00a0{}\n")
@example('{"a": "\\ud83d"}')
@example('{"a": "\n"}')
@example('\ufeff{"a": 1}')
@given(st.one_of(st.text('{}[]:,"\\ \nab1.e-\u00a0', max_size=12), st.dictionaries(KEYS, TEXTS).map(json.dumps)))
def test_an_object_is_one_for_the_oracle_too(connection, text):
    # DuckDB lets a comma stand before a bracket that closes.
    if not duckdb.execute(r"select regexp_matches($1, ',\s*[}\]]')", [text]).fetchall()[0][0]:
        found = connection.execute("select spine_functions.to_json_object($1)", [text]).fetchall()
        assert found == [(read_json(text),)]
