{% macro in_reporting_currency(amount, exchange_rate) -%}
    {#- Widened first: a product of two decimals is no wider than they are, and would overflow at a million. -#}
    cast(round(cast({{ amount }} as decimal(38, 4)) * cast({{ exchange_rate }} as decimal(38, 8)), 2) as decimal(18, 2))
{%- endmacro %}

{% macro is_beyond_money(amount, exchange_rate) -%}
    {#- A trillion and more in the reporting currency is no order: sums would leave the range of money. -#}
    abs(cast({{ amount }} as decimal(38, 4))) * cast({{ exchange_rate }} as decimal(38, 8)) >= 1000000000000
{%- endmacro %}
