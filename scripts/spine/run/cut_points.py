"""The cut points of scores and tiers in words: what `frequency 4` or `VIP` is on the day."""

import textwrap
from itertools import groupby

import duckdb
from rich.console import Console

from spine.run.words import range_in_words

_WIDTH = 80
_NO_BREAK = "\u00a0"
_BY_RANK = "by rank among all customers, ties are split: no value alone says the score"
# Stages are bounded by several metrics at once; their rows say it better.
_CUT_POINTS = """
    select
        case rule_table when 'value_tiers' then 'value' when 'engagement_tiers' then 'engagement'
            else replace(metric, '_days', '') end as name,
        meaning,
        coalesce(segments.label, band),
        lowest_value,
        highest_value,
        unit
    from marts.cut_points as cut_points
    left join marts.segments as segments on cut_points.segment_key = segments.segment_key
    where rule_table = 'rfm_scores' or metric in ('value_basis', 'engagement_points')
    order by array_position(['recency', 'frequency', 'monetary', 'value', 'engagement'], name), cut_points.priority
"""
_SCORED = "select count(recency_score), count(frequency_score), count(monetary_score) from marts.customers"
_AXES = ("recency", "frequency", "monetary")


def read_cut_points(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The cut points of a database, each as (name, meaning, band, lowest, highest, unit), for `print_cut_points`.

    An axis that is scored by rank has no cut points, and one row that says so. None are found where the marts are of a
    version of spine that had none.
    """
    try:
        rows = connection.execute(_CUT_POINTS).fetchall()
    except duckdb.CatalogException:
        return []
    scored = zip(_AXES, connection.execute(_SCORED).fetchall()[0], strict=True)
    named = {name for name, *_ in rows}
    return [(name, _BY_RANK, None, None, None, None) for name, count in scored if count and name not in named] + rows


def print_cut_points(rows: list[tuple], currency: str, console: Console) -> None:
    """Prints what each score and each tier is on the day."""
    if rows:
        console.print("cut points of the day")
    for (name, meaning), group in groupby(rows, lambda row: row[:2]):
        console.print(f"  {name}: {meaning[0].lower()}{meaning[1:]}")
        bands = [f"{band} = {range_in_words(*ends, currency)}" for _, _, band, *ends in group if band is not None]
        if bands:
            unbroken = ", ".join(band.replace(" ", _NO_BREAK) for band in bands)
            filled = textwrap.fill(unbroken, _WIDTH, initial_indent="    ", subsequent_indent="    ")
            console.print(filled.replace(_NO_BREAK, " "))
