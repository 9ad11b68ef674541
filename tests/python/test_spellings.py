"""Texts, ids and addresses in any spelling, with characters that nobody sees: SQL reads what the oracle reads."""

import duckdb
import pytest
from compiled import connect_with_functions
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.addresses import email_of, phone_of
from oracle.traits import holds_address
from oracle.values import is_shortened, read_id, read_text

UNSEEN = [" ", "\t", "\n", "\x00", "\x01", "\x1f", "\x7f", "\x85", "\xa0", "\xad", "\u034f", "\u061c", "\u115f"]
UNSEEN += ["\u1680", "\u17b4", "\u180e", "\u2000", "\u200b", "\u200d", "\u2028", "\u202a", "\u202f", "\u205f", "\u2066"]
UNSEEN += ["\u2800", "\u3000", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\U000e0001"]
SEEN = ["c1", "C 1", "17.0", "-3.00", "17.5", "5.01E+12", "5e+9", r"\N", "<NA>", "(blank)", "#N/A", "", "é", "漢", "😀"]
SEEN += ["a@x.example", "A@X.Example", "e\u0301@x.example", "a?b@x.example", "a@x.example; b@x.example", "a@x.example;"]
SEEN += ["mailto:a@x.example", "mailto:a@x.example?subject=%20Stop", "mailto:a%2Bb@x.example", "mailto://a@x.example"]
SEEN += ["Some One <a@x.example>", "<mailto:a@x.example?body=x>", "a@x.example?subject=No", "o'brien@x.example"]
SEEN += ["'a@x.example", "'a@x.example'", "`a@x.example", "=a@x.example", "a@x.example/", "a@x\u3002example"]
SEEN += ["a@x.example|", "{a@x.example}", "\u201ca@x.example\u201d", "\u2018a@x.example\u2019"]
SEEN += ["\u00aba@x.example\u00bb", "a@x.example_", "a@x.example*", "a@x.example\u2026", "$a@x.example"]
SEEN += ["a@x.example\uff0c", "a@x.example\uff1bb", "\uff1ca@x.example\uff1e", "\uff08a@x.example\uff09"]
SEEN += ["b|a@x.example", "\u00e4.\u00f6@m\u00fcnchen.example"]
SEEN += ["A B a@x.example", "a@x.example off", "a @ x.example", "A B < a@x.example >", "mailto: a@x.example ?subject=b"]
SEEN += ["0170 1000005 / 0171 2000005", "+4917012345678/00491712345678", "+123456789012345", "+1234567890123456"]
SEEN += ["+49 170 1234567", "+49 (0)170/123-4567", "0049170\u20101234567", "+49\u2013170\u22121234567", "0170 123456"]
SEEN += ["(+49) 170 1234567", "(+49) (0)170 1234567", "(0049)170 1234567", "tel:+49-170-1234567", "TEL:0170123456"]
SEEN += ["+49\xb7170_1234567", "+49\ufe63170\uff0d1234567", "\uff0b49 170 1234567", "+49 170 1234567 ext 2"]
SEEN += ["A <b@x.example>", "a@x.example, A <b@x.example>", "a@x.example <b@x.example>"]
SEEN += ["mailto:a@x.example?cc=b@x.example", "mailto:a@x.example?cc=b%40x.example"]
SEEN += ["mailto:a@x.example?subject=a&body=b&", "mailto:a@x.example?"]
SEEN += ["\uff41@x.example", "a%2Bb@x.example", "a@x.example-", "a@-x.example", "a@x..example", "(+49) 1700000002"]
SEEN += ["555-0123 / 555-0199", "5550123\n5550199", "0170 / 1234567", "0170 1234567 / 5550199", "+49 5251 1 / 234567"]
SEEN += ["0049 170/1234567", "0049/170/1234567", "(0049) 5251/1234567", "555012/3\n5550199", "555 0123/5550199"]
SEEN += ["a\uff20x.example", "+49170", "4711", "000-0000", "491701234567.00", "1 2 3 4", "call +49 170 1234567 now"]
SPELLED = st.builds(
    lambda before, seen, place, within, after: before + seen[:place] + within + seen[place:] + after,
    st.text(UNSEEN, max_size=2),
    st.sampled_from(SEEN),
    st.integers(0, 12),
    st.text(UNSEEN, max_size=1),
    st.text(UNSEEN, max_size=2),
)
READ = """
    select
        spine_functions.to_text(given.text),
        spine_functions.to_id(given.text),
        coalesce(spine_functions.is_shortened_id(given.text), false),
        spine_functions.email_of(given.text),
        spine_functions.phone_of(given.text),
        coalesce(spine_functions.holds_address(given.text), false)
    from (select unnest(?::varchar[]) as text, generate_subscripts(?::varchar[], 1) as place) as given
    order by given.place
"""


@pytest.fixture(scope="module")
def connection():
    with connect_with_functions() as connection:
        yield connection


def read(connection: duckdb.DuckDBPyConnection, texts: list[str]) -> list[tuple]:
    """One row per text: as text, as id, whether shortened, as e-mail address, as phone number, whether it holds one."""
    return connection.execute(READ, [texts, texts]).fetchall()


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(SPELLED, min_size=20, max_size=20))
def test_texts_are_read_as_the_oracle_reads_them(connection, texts):
    for text, found in zip(texts, read(connection, texts), strict=True):
        expected = (
            read_text(text), read_id(text), is_shortened(text), email_of(text), phone_of(text), holds_address(text),
        )  # fmt: skip
        assert found == expected, ascii(text)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_nobody_sees_makes_no_other_id_and_no_other_address(unseen, connection):
    ids = [f"{unseen}c1", f"c1{unseen}", f"{unseen}c1{unseen}{unseen}"]
    assert {row[0] for row in read(connection, ids)} == {row[1] for row in read(connection, ids)} == {"c1"}
    addresses = [f"a@{unseen}x.example{unseen}", f"{unseen}a{unseen}@x.example", f"A B <a@x.example{unseen}>"]
    assert {row[3] for row in read(connection, addresses)} == {"a@x.example"}
    assert {row[4] for row in read(connection, [f"{unseen}+49{unseen}170 1234567"])} == {"+491701234567"}
