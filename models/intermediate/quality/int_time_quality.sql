with times as (
    select 'orders' as table_name, 'ordered_at' as subject, ordered_at as moment, ordered_on as local_day
    from {{ ref('base_orders') }}
    where row_status = 'staged'
    union all
    select 'refunds', 'refunded_at', refunded_at, {{ local_date('refunded_at') }}
    from {{ ref('base_refunds') }}
    where row_status = 'staged'
    union all
    select 'subscriptions', 'started_at', started_at, {{ local_date('started_at') }}
    from {{ ref('base_subscriptions') }}
    where row_status = 'staged'
)

-- Many tools write a day as its midnight in UTC, which in a zone west of it is of the day before.
select
    table_name,
    subject,
    count(case when moment = cast(cast(moment as date) as timestamp) and local_day < cast(moment as date) then 1 end)
        as affected_rows,
    count(*) as total_rows
from times
group by table_name, subject
