"""Queries a database, and compares the marts of two, built or published."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb


def query(db: Path, sql: str, *parameters: object) -> list[tuple]:
    """The rows of a query of a database."""
    with duckdb.connect(str(db), read_only=True) as connection:
        return connection.execute(sql, parameters).fetchall()


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
        query = "select view_name from duckdb_views() where schema_name = 'marts' and database_name in ('one', 'other')"
        views = {f"marts.{name}" for (name,) in connection.execute(query).fetchall()}
        found = {}
        for table in [*(f"marts.{name}" for name, _ in tables), *besides]:
            if table in views:
                left, right = _rows_of(one, table), _rows_of(other, table)
                counts = ((left - right).total(), (right - left).total())
            else:
                counts = tuple(
                    connection.execute(
                        f"select count(*) from (from {left}.{table} except all from {right}.{table})"
                    ).fetchall()[0][0]
                    for left, right in (("one", "other"), ("other", "one"))
                )
            if any(counts):
                found[table.removeprefix("marts.")] = counts
        return found


def _rows_of(db: Path, table: str) -> Counter:
    """The rows of a view, which DuckDB 1.5 finds only in a database under its own name."""
    with duckdb.connect(str(db), read_only=True) as connection:
        return Counter(connection.execute(f"from {table}").fetchall())
