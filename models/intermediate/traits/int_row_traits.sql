with rules as (
    select
        *,
        lower(trim(scope_value)) as attribute,
        case
            when measure = 'attribute' then 'profile'
            when activity = 'ordered' and (scope in ('category', 'product') or measure = 'quantity') then 'order_line'
            when activity in ('ordered', 'refunded') then 'order'
            else 'event'
        end as counted_in
    from {{ ref('traits') }}
)

select
    trait,
    type as trait_type,
    measure,
    activity,
    scope,
    scope_value,
    case when from_days = 'life' then 0 else {{ to_integer('from_days') }} end as from_days,
    case when to_days = 'life' then {{ days_of_a_life() }} else {{ to_integer('to_days') }} end as to_days,
    counted_in,
    case when measure in ('count', 'days', 'revenue', 'quantity') then cast(0 as decimal(24, 6)) end as default_number,
    case when measure = 'has_done' then 'false' end as default_text,
    -- The table, and the column that says whether a row of it is in the scope.
    case
        when counted_in = 'order_line' then 'orders|order_items'
        when counted_in = 'profile' then 'customers'
        when activity = 'ordered' then 'orders'
        when activity = 'refunded' then 'refunds'
        when activity = 'ticket_opened' then 'support_tickets'
        else 'events'
    end
    || case
        when counted_in = 'profile' and scope = 'key' then '|customers.attributes'
        when
            counted_in = 'profile'
            and attribute in (
                'birth_date',
                {%- for column in attribute_columns() %}
                '{{ column }}',
                {%- endfor %}
                'signed_up_at'
            )
            then '|customers.' || attribute
        when counted_in = 'order_line' and scope = 'product' then '|order_items.product_id'
        when counted_in = 'order_line' and scope = 'category' then '|order_items.category'
        when scope = 'order_channel' then '|orders.channel'
        when counted_in <> 'event' or scope in ('any', 'channel') then ''
        when scope = 'product' then '|events.product_id'
        when scope = 'campaign' then '|events.campaign_id'
        when scope in ('category', 'source') then '|events.' || scope
        else '|events.properties'
    end
    || case when counted_in = 'order_line' and measure = 'revenue' then '|order_items.unit_price' else '' end as needs,
    measure || ' ' || activity || ' ' || scope || ' ' || scope_value || ' ' || from_days || ' ' || to_days as definition,
    meaning
from rules
