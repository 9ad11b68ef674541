with versioned as (
    select
        *,
        unnest(copies_of(happening_key)) as version
    from happenings
    where second <= last_second()
)

select
    numbered('e', versioned.happening_key, 14) as event_id,
    coalesce(source_names.source_event_name, versioned.event_name) as event_name,
    case when chance(versioned.happening_key, 'undated') >= 0.00002 then at_second(versioned.second) end as occurred_at,
    case when versioned.customer_number is not null then customer_name(versioned.customer_number) end as customer_id,
    versioned.anonymous_id,
    versioned.source,
    -- The taxonomy knows the channel of a name that only one channel uses.
    case
        when source_names.source_event_name is null and versioned.event_name not in ('store_visited', 'social_engaged')
            then versioned.channel
    end as channel,
    case
        when versioned.event_name in ('product_viewed', 'added_to_cart', 'checkout_started') then catalogue.product_id
    end as product_id,
    case
        when versioned.event_name = 'content_read' or (
            versioned.event_name = 'product_viewed' and chance(versioned.happening_key, 'category given') < 0.5
        ) then catalogue.category
    end as category,
    campaign_name(versioned.mailing_number) as campaign_id,
    case when versioned.event_name = 'added_to_cart' and version <> 2 then catalogue.price end as value,
    case
        when versioned.event_name = 'searched' then '{"query": "' || catalogue.category || '"}'
        when versioned.event_name = 'page_viewed' and versioned.source = 'shop' then '{"path": "/home"}'
        when versioned.event_name = 'feature_used' then '{"feature": "reports"}'
    end as properties,
    at_second(loaded_second(versioned.second, versioned.happening_key, version)) as loaded_at
from versioned
left join source_names
    on source_names.source = versioned.source
    and source_names.channel = versioned.channel
    and source_names.event_name = versioned.event_name
left join catalogue on catalogue.product_number = versioned.product_number
order by versioned.second, versioned.happening_key, loaded_at, version
