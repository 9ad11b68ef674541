"""What the pattern of a time accepts is read: pattern and cast hold together."""

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.values import read_timestamp
from spine.run.functions import connect_with_functions, engine_functions

# The pattern itself, taken from where it stands.
FUNCTION = next(one for one in engine_functions() if "macro spine_functions.text_to_timestamp(" in one)
PATTERN = re.search(r"regexp_full_match\(\s*value,\s*'([^']+)'", FUNCTION).group(1).replace(r"\d", "[0-9]")


DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
assert PATTERN.startswith(DAY)
TIMES = st.builds(
    lambda day, rest: f"{day}{rest}",
    st.dates(date(1900, 1, 2), date(9999, 12, 30)),
    st.from_regex(PATTERN.removeprefix(DAY), fullmatch=True),
)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.lists(TIMES, min_size=50))
def test_a_time_that_the_pattern_accepts_is_read(texts):
    with connect_with_functions() as connection:
        query = """
            select given.text, spine_functions.text_to_timestamp(given.text) is not null,
                spine_functions.to_utc_timestamp(given.text)
            from (select unnest(?::varchar[]) as text) as given
        """
        for text, is_read, moment in connection.execute(query, [texts]).fetchall():
            assert is_read, text
            assert moment == read_timestamp(text), text


def test_ways_in_which_warehouses_write_utc():
    written = ["2026-06-01 11:00:00.000 Z", "2026-06-01 11:00:00UTC", "2026-06-01 11:00:00 UTC", "2026-06-01T11:00Z"]
    written += ["2026-06-01 11:00:00.000 +0000", "2026-06-01 13:00:00 +02:00", "2026-06-01 11:00"]
    with connect_with_functions() as connection:
        query = (
            "select distinct spine_functions.to_utc_timestamp(text) from (select unnest(?::varchar[]) as text) as given"
        )
        assert connection.execute(query, [written]).fetchall() == [(read_timestamp("2026-06-01 11:00:00"),)]
