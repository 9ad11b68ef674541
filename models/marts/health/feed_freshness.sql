with feeds as (
    select * from {{ ref('int_feed_freshness') }}
),

watched as (
    select * from {{ ref('int_source_freshness') }}
)

select
    feeds.table_name,
    feeds.source,
    feeds.event_name,
    {{ as_of_date() }} as as_of_date,
    feeds.newest_on,
    cast({{ days_between('feeds.newest_on', as_of_date()) }} as bigint) as age_days,
    {%- for week in recent_weeks() %}
    cast(feeds.{{ week.name }} as bigint) as {{ week.name }},
    {%- endfor %}
    coalesce(watched.age_days > watched.max_age_days_warn, false) as is_old
from feeds
left join watched on feeds.table_name = watched.table_name
