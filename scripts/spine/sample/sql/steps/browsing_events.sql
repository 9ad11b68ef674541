-- One row per step of a visit.
with steps as (
    select
        *,
        unnest(range(step_count)) as step
    from visits
),

keyed as (
    select
        *,
        visit_key + step as happening_key,
        chance(visit_key + step, 'step') as step_draw,
        chance(visit_key, 'source') as source_draw,
        case when chance(number, 'second device') < 0.3 then 1 + place % 2 else 1 end as device
    from steps
)

select
    happening_key,
    case when not is_nameless then number end as customer_number,
    case when is_nameless or chance(visit_key, 'seen by browser') < 0.4 then visitor_name(number, device) end
        as anonymous_id,
    second + step * 50 + whole(happening_key, 'pause', 45) as second,
    case
        when step = 0 and chance(visit_key, 'entrance') < 0.04 then 'store_visited'
        when step = 0 then 'page_viewed'
        when is_binge and step % 2 = 0 then 'added_to_cart'
        when step_draw < 0.45 then 'product_viewed'
        when step_draw < 0.65 then 'page_viewed'
        when step_draw < 0.78 then 'searched'
        when step_draw < 0.88 then 'content_read'
        when step_draw < 0.95 then 'added_to_cart'
        when step_draw < 0.98 then 'logged_in'
        when step_draw < 0.995 then 'social_engaged'
        else ['wishlist_viewed', 'quiz_started', 'scroll'][1 + place % 3]
    end as event_name,
    case when source_draw < 0.6 then 'shop' when source_draw < 0.85 then 'ga4' else 'klaviyo' end as source,
    'web' as channel,
    product_in(category_for(happening_key, favourite), happening_key, spend) as product_number,
    null as mailing_number
from keyed
