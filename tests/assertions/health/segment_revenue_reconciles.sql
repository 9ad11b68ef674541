{{ config(tags=['health']) }}
-- The net revenue of the segments of a kind is that of the customers they divide, to the cent, unless they cannot be computed.
with customers as (
    {%- for kind in ['lifecycle', 'value', 'engagement', 'rfm'] %}
    select
        '{{ kind }}' as segment_kind,
        coalesce(sum(net_revenue_365d), 0) as net_revenue_365d,
        coalesce(sum(net_revenue_life), 0) as net_revenue_life
    from {{ ref('customers') }}
    {{ "where rfm_segment is not null" if kind == 'rfm' else 'union all' }}
    {%- endfor %}
),

segments as (
    select
        segment_kind,
        sum(net_revenue_365d) as net_revenue_365d,
        sum(net_revenue_life) as net_revenue_life
    from {{ ref('segment_performance') }}
    group by segment_kind
)

select
    customers.segment_kind,
    customers.net_revenue_365d as customers_net_revenue_365d,
    segments.net_revenue_365d as segments_net_revenue_365d,
    customers.net_revenue_life as customers_net_revenue_life,
    segments.net_revenue_life as segments_net_revenue_life
from customers
left join segments on customers.segment_kind = segments.segment_kind
where
    customers.segment_kind in (select segment_kind from {{ ref('segment_catalogue') }} where status = 'active')
    and (
        customers.net_revenue_365d <> coalesce(segments.net_revenue_365d, 0)
        or customers.net_revenue_life <> coalesce(segments.net_revenue_life, 0)
    )
