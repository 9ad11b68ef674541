-- Two mailings a week, and ten always-on journeys after them: numbers `mailing_count` + 1 to + 10.
with placed as (
    select
        number,
        mailing_start(number) as start_second,
        is_always_on(number) as is_journey,
        is_always_on(number) and number % 5 = 0 as is_service,
        1 + whole(number, 'mailing target', 9) as target
    from range(1, getvariable('mailing_count') + 11) as numbers (number)
)

select
    campaign_name(number) as campaign_id,
    case when is_journey then 'Journey ' else 'Mailing ' end || number::varchar as name,
    mailing_channel(number) as channel,
    case
        when not is_service then [
            'rfm_champions', 'rfm_at_risk', 'lifecycle_dormant', 'inactive_30', 'cart_abandoner',
            'price_sensitive', 'new_customer_onboarding', 'replenishment_due', 'lifecycle_active'
        ][target]
    end as segment_key,
    case
        when is_service then 'service'
        when target = 4 then 'reengagement'
        when target = 5 then 'conversion'
        when target = 7 then 'onboarding'
        when target = 8 then 'replenishment'
    end as journey,
    is_service,
    at_second(start_second) as started_at,
    case when not is_journey then at_second(start_second + 3 * 86400) end as ended_at,
    (50 + whole(number, 'mailing cost', 950))::decimal(18, 2) as cost,
    case when target in (2, 3, 6) then 100 + whole(number, 'incentive', 1900) else 0 end::decimal(18, 2)
        as incentive_cost,
    at_second(start_second + 300) as loaded_at
from placed
order by campaign_id
