-- One pass over the events counts all that the quality models need of them.
with exceptions as (
    select * from {{ ref('base_events_exceptions') }}
),

usable as {{ inlined() }} (
    select
        {{ column_names('events') | join(', ') }}, unreadable_columns,
        true as is_staged
    from {{ ref('base_events') }}
    where is_known and key_hash not in (select key_hash from exceptions)
    union all
    select
        {{ column_names('events') | join(', ') }}, unreadable_columns,
        row_status = 'staged'
    from exceptions
    where row_status in ('staged', 'superseded')
),

events as {{ inlined() }} (
    select
        *,
        {{ local_date('occurred_at') }} as occurred_on
    from usable
),

products as (
    select * from {{ ref('stg_products') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
)

select
    events.event_name,
    coalesce(lower(events.source), '') as source,
    count(*) as usable_rows,
    {%- for column in optional_columns('events') %}
    count(events.{{ column.name }}) as known_{{ column.name }},
    {%- if column.data_type not in ('id', 'text') %}
    count(case when events.unreadable_columns like '%|{{ column.name }}|%' then 1 end) as unreadable_{{ column.name }},
    {%- endif %}
    {%- endfor %}
    count(case when events.is_staged then 1 end) as staged_rows,
    count(
        case when events.is_staged and coalesce(events.customer_id, events.anonymous_id) is not null then 1 end
    ) as named_rows,
    count(case when events.is_staged and events.loaded_at > events.occurred_at + interval 1 day then 1 end) as late_rows,
    max(case when events.is_staged and events.occurred_on <= {{ as_of_date() }} then events.occurred_on end) as newest_on,
    {%- for week in recent_weeks() %}
    count(
        case when events.is_staged and events.occurred_on between {{ week.first_day }} and {{ week.last_day }} then 1 end
    ) as {{ week.name }},
    {%- endfor %}
    count(case when events.is_staged then events.product_id end) as product_rows,
    count(case when events.is_staged and products.product_id is null then events.product_id end) as orphan_product_rows,
    count(case when events.is_staged then events.campaign_id end) as campaign_rows,
    count(case when events.is_staged and campaigns.campaign_id is null then events.campaign_id end) as orphan_campaign_rows
from events
left join products on events.product_id = products.product_id
left join campaigns on events.campaign_id = campaigns.campaign_id
group by events.event_name, coalesce(lower(events.source), '')
