with versioned as (
    select
        *,
        unnest(copies_of(happening_key)) as version
    from happenings
),

named as (
    select
        versioned.*,
        source_names.source_event_name,
        catalogue.product_id,
        catalogue.category,
        catalogue.price
    from versioned
    left join source_names
        on source_names.source = versioned.source
        and source_names.channel = versioned.channel
        and source_names.event_name = versioned.event_name
    left join catalogue on catalogue.product_number = versioned.product_number
)

select
    event_id_of(happening_key) as event_id,
    coalesce(source_event_name, event_name) as event_name,
    case when chance(happening_key, 'undated') >= 0.00002 then at_second(second) end as occurred_at,
    case when customer_number is not null then customer_name(customer_number) end as customer_id,
    anonymous_id,
    source,
    -- The taxonomy knows the channel of a source's own name, and these two have another than the web.
    case
        when source_event_name is null and event_name not in ('store_visited', 'social_engaged') then channel
    end as channel,
    case when event_name in ('product_viewed', 'added_to_cart', 'checkout_started') then product_id end
        as product_id,
    case
        when event_name = 'content_read' then category
        when event_name = 'product_viewed' and chance(happening_key, 'category given') < 0.5 then category
    end as category,
    campaign_name(mailing_number) as campaign_id,
    case when event_name = 'added_to_cart' and version <> 2 then price end as value,
    case
        when event_name = 'searched' then '{"query": "' || category || '"}'
        when event_name = 'page_viewed' and source = 'shop' then '{"path": "/home"}'
        when event_name = 'feature_used' then '{"feature": "reports"}'
    end as properties,
    at_second(loaded_second(second, happening_key, version)) as loaded_at
from named
order by second, happening_key, loaded_at, version
