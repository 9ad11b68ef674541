"""The currency of the orders, where the setting leaves it to them."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from spine.errors import InputRefused, UsageError
from spine.raw.types import RawFolder
from spine.raw.views import raw_query

# The code of ISO 4217 for no currency: of orders that name none.
NO_CURRENCY = "XXX"
SHOWN_CURRENCIES = 10

# The currency that rates lead to has none, or 1.
_COUNTED = """
    with named as (
        select upper(regexp_replace(currency, '^[\\s\\p{{Z}}]+|[\\s\\p{{Z}}]+$', '', 'g')) as currency
        from ({orders})
    ),

    counted as (
        select {code} as code, count(*) as orders
        from named
        group by code
    ),

    rates as (
        select upper(trim(currency)) as currency, bool_or(try_cast(rate as double) <> 1) as is_foreign
        from ({exchange_rates})
        group by 1
    )

    select counted.code, counted.orders, coalesce(rates.is_foreign, false)
    from counted
    left join rates on counted.code = rates.currency
    order by counted.orders desc, counted.code
"""


class SeveralCurrencies(InputRefused):
    """Nobody has chosen in which of the currencies of the orders to report."""

    exit_code = UsageError.exit_code  # it is a setting that is missing


def code_in(text: str) -> str:
    """The SQL of the code that a text in upper case is: three letters, but for how tools write nothing; else null."""
    return f"case when regexp_full_match({text}, '[A-Z]{{3}}') and {text} not in ('NAN', 'NAT', 'NIL') then {text} end"


def currency_of_orders(
    folder: RawFolder, landing_dir: Path | None, connection: duckdb.DuckDBPyConnection | None = None
) -> str:
    """The currency in which checked orders are reported: the only one that they name, or that needs no exchange rate.

    Orders without a currency count as that one; where none names one, it is NO_CURRENCY. `landing_dir` is the folder
    given to `prepare`; a `connection` is needed for the tables of a schema.

    Raises SeveralCurrencies, with the orders of each.
    """
    queries = {name: raw_query(folder, name, landing_dir) for name in ("orders", "exchange_rates")}
    query = _COUNTED.format(code=code_in("currency"), **queries)
    with contextlib.nullcontext(connection) if connection else duckdb.connect() as reader:
        counted = reader.execute(query).fetchall()
    named = [(code, is_foreign) for code, _, is_foreign in counted if code]
    home = [code for code, is_foreign in named if not is_foreign]
    if len(home) == 1:
        return home[0]
    if len(named) == len(counted) == 1:
        return named[0][0]
    if not named:
        return NO_CURRENCY
    raise SeveralCurrencies(
        [
            f"reporting_currency is auto, but the orders are in several currencies: {_listed(counted)}. "
            "Choose one: put a vars.yml with `reporting_currency: EUR` (or another) in the folder of --rules. "
            "Orders in other currencies need rows of exchange_rates, with rates in the chosen one."
        ]
    )


def _listed(counted: Sequence[tuple]) -> str:
    named = [f"{code} {orders:,}" for code, orders, _ in counted if code]
    shown = named[:SHOWN_CURRENCIES]
    if len(named) > len(shown):
        shown.append(f"and {len(named) - len(shown):,} more")
    return ", ".join([*shown, *(f"without a code {orders:,}" for code, orders, _ in counted if not code)])
