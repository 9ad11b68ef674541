"""Compares the marts of two databases, built or published."""

from collections.abc import Sequence
from pathlib import Path

import duckdb


def differing_marts(one: Path, other: Path, besides: Sequence[str] = ()) -> dict[str, tuple[int, int]]:
    """Per mart, and per table named besides, the rows that only one of two databases holds; empty when all agree.

    What publishing adds of its own is passed over.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        query = """
            select table_name, list((column_name, data_type) order by column_index) from duckdb_columns()
            where schema_name = 'marts' and database_name = ? and table_name not in ('publication', 'runs')
            group by table_name order by table_name
        """
        tables = connection.execute(query, ["one"]).fetchall()
        assert tables == connection.execute(query, ["other"]).fetchall()
        assert len(tables) >= 13
        found = {}
        for table in [*(f"marts.{name}" for name, _ in tables), *besides]:
            counts = tuple(
                connection.execute(
                    f"select count(*) from (from {left}.{table} except all from {right}.{table})"
                ).fetchall()[0][0]
                for left, right in (("one", "other"), ("other", "one"))
            )
            if any(counts):
                found[table.removeprefix("marts.")] = counts
        return found
