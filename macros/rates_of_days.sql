{% macro rates_of_days(rows_of_days, exchange_rates) -%}
    {#- The rate of a day is the newest one valid on or before it; the reporting currency needs none. -#}
    select
        foreign_days.currency_code,
        foreign_days.ordered_on,
        rates.rate,
        row_number() over (
            partition by foreign_days.currency_code, foreign_days.ordered_on
            order by rates.valid_on desc
        ) as rate_rank
    from (
        select distinct
            currency_code,
            ordered_on
        from {{ rows_of_days }}
        where currency_code <> '{{ segment_spine.reporting_currency() }}'
    ) as foreign_days
    inner join {{ exchange_rates }} as rates
        on foreign_days.currency_code = rates.currency_code and foreign_days.ordered_on >= rates.valid_on
{%- endmacro %}
