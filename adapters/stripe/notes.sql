with payments as (
    select
        *,
        coalesce(
            id, "paymentintent id",
            concat_ws('|', "created date (utc)", amount, currency, "customer id", "customer email")
        ) as payment
    from {{ source('stripe', 'payments') }}
),

counted as (
    select
        count(distinct payment) as payments,
        count(distinct case when id is null then payment end) as without_id,
        count(distinct case when lower(mode) = 'test' then payment end) as tests,
        count(mode) as with_mode,
        count(distinct case when lower("dispute status") = 'lost' then payment end) as lost,
        count(distinct case when "refunded date (utc)" is null and regexp_matches("amount refunded", '[1-9]') then payment end)
            as undated
    from payments
)

select
    'amounts of payments are what was paid, tax and shipping included, which the export does not tell apart.' as note
from counted
where payments > 0
union all
select without_id || ' of ' || payments || ' payments have no id: they were begun and left, and do not count.'
from counted
where without_id > 0
union all
select tests || ' of ' || payments || ' payments were made in test mode, and do not count.'
from counted
where tests > 0
union all
select 'payments do not say whether they were made in test mode: export with the column Mode, or from live mode only.'
from counted
where payments > 0 and with_mode = 0
union all
select lost || ' payments were lost in a dispute: they count as refunds, on the day of the dispute.'
from counted
where lost > 0
union all
select
    undated || ' refunds have no date, and count on the day of the payment: export with the column Refunded date (UTC).'
from counted
where undated > 0
