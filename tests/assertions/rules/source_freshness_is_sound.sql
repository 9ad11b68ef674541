{{ config(tags=['rules']) }}
with tables as (
    {%- for table in own_times() %}
    select '{{ table }}' as table_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'source_freshness' as rule_table,
    rules.table_name,
    case
        when tables.table_name is null then 'there is no such raw table, or its rows have no time of their own'
        when rules.max_age_days_warn < 0 then 'max_age_days_warn is below 0'
        else 'max_age_days_error is below max_age_days_warn'
    end as problem
from {{ ref('source_freshness') }} as rules
left join tables on rules.table_name = tables.table_name
where tables.table_name is null or rules.max_age_days_warn < 0 or rules.max_age_days_error < rules.max_age_days_warn
