"""Compares the marts of two databases, built or published."""

from pathlib import Path

import duckdb


def differing_marts(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Per mart the rows that only one of two databases holds; empty when all are the same.

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
        for table, _ in tables:
            counts = tuple(
                connection.execute(
                    f"select count(*) from (from {left}.marts.{table} except all from {right}.marts.{table})"
                ).fetchall()[0][0]
                for left, right in (("one", "other"), ("other", "one"))
            )
            if any(counts):
                found[table] = counts
        return found
