with feeds as (
    select * from {{ ref('int_feed_freshness') }}
),

rules as (
    select * from {{ ref('source_freshness') }}
)

select
    feeds.table_name,
    feeds.source,
    feeds.event_name,
    {{ as_of_date() }} as as_of_date,
    feeds.newest_on,
    cast({{ days_between('feeds.newest_on', as_of_date()) }} as bigint) as age_days,
    coalesce(
        feeds.event_name = '' and {{ days_between('feeds.newest_on', as_of_date()) }} > rules.max_age_days_warn,
        false
    ) as is_old,
    {%- for week in recent_weeks() %}
    cast(feeds.{{ week.name }} as bigint) as {{ week.name }}{{ ',' if not loop.last }}
    {%- endfor %}
from feeds
left join rules on feeds.table_name = rules.table_name
