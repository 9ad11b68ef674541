{% macro at_exchange_rate(amount, exchange_rate) -%}
    {#- Widened first: a product of two decimals is no wider than they are, and would overflow at a million. -#}
    cast({{ amount }} as decimal(38, 4)) * cast({{ exchange_rate }} as decimal(38, 8))
{%- endmacro %}

{% macro in_reporting_currency(amount, exchange_rate) -%}
    {#- Wide decimals are slow, and most amounts need no product. -#}
    case
        when {{ exchange_rate }} = 1 then cast(round({{ amount }}, 2) as decimal(18, 2))
        else cast(round({{ segment_spine.at_exchange_rate(amount, exchange_rate) }}, 2) as decimal(18, 2))
    end
{%- endmacro %}

{% macro is_beyond_money(amount, exchange_rate) -%}
    {#- A trillion and more in the reporting currency is no order: sums would leave the range of money. -#}
    abs({{ segment_spine.at_exchange_rate(amount, exchange_rate) }}) >= 1000000000000
{%- endmacro %}
