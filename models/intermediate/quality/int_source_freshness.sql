with rules as (
    select * from {{ ref('source_freshness') }}
),

newest as (
    select
        table_name,
        max(newest_on) as newest_on
    from {{ ref('int_feed_freshness') }}
    group by table_name
)

select
    rules.table_name,
    newest.newest_on,
    {{ days_between('newest.newest_on', as_of_date()) }} as age_days,
    rules.max_age_days_warn,
    rules.max_age_days_error
from rules
left join newest on rules.table_name = newest.table_name
