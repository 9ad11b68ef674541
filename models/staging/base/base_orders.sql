with source as {{ inlined() }} (
    select * from {{ raw_rows('orders', source('raw', 'orders')) }}
),

statuses as (
    select * from {{ ref('order_statuses') }}
),

junk as (
    select * from {{ ref('junk_identifiers') }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('order_id') }} as order_id,
        {{ id_of('customer_id') }} as customer_id,
        {{ to_address('email') }} as email,
        {{ to_address('phone') }} as phone,
        {{ id_of('anonymous_id') }} as anonymous_id,
        {{ to_utc_timestamp('ordered_at') }} as ordered_at,
        {{ to_money('amount') }} as amount,
        {{ text_of('status') }} as status,
        abs({{ to_money('discount_amount') }}) as discount_amount,
        {{ text_of('currency') }} as currency,
        {{ text_of('channel') }} as channel,
        {{ to_money('tax') }} as tax,
        {{ to_money('shipping') }} as shipping,
        {{ to_money('total') }} as total,
        {{ to_boolean('is_test') }} as is_test,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('orders') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when {{ says_nothing('order_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when ordered_at is null then 'unusable_timestamp'
            when amount is null then 'unusable_amount'
            when amount < 0 then 'negative_amount'
            when ordered_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('orders', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('orders', 'judged', 'doubled') }}
),

localised as {{ inlined() }} (
    select
        *,
        {{ local_date('ordered_at') }} as ordered_on,
        upper(case when {{ says_nothing('currency') }} then '{{ reporting_currency() }}' else currency end) as currency_code
    from versions
),

rates as (
    {{ rates_of_days('localised', ref('stg_exchange_rates')) }}
),

priced as {{ inlined() }} (
    select
        localised.*,
        greatest(
            localised.amount, coalesce(localised.discount_amount, 0), abs(coalesce(localised.tax, 0)),
            abs(coalesce(localised.shipping, 0)), abs(coalesce(localised.total, 0))
        ) as greatest_amount,
        case when localised.currency_code = '{{ reporting_currency() }}' then 1 else rates.rate end as exchange_rate,
        lower(coalesce(localised.status, 'completed')) as source_status,
        case when localised.is_test then 'test' else coalesce(statuses.order_status, 'unmapped') end as order_status,
        coalesce(statuses.is_revenue and not coalesce(localised.is_test, false), false) as is_completed,
        coalesce(
            case when not {{ is_junk_identifier('localised.customer_id', 'junk.identifier') }} then localised.customer_id end,
            localised.email, localised.phone, localised.customer_id
        ) as buyer_id
    from localised
    left join junk on lower(localised.customer_id) = junk.identifier
    left join statuses on lower(coalesce(localised.status, 'completed')) = statuses.source_status
    left join rates
        on localised.currency_code = rates.currency_code
            and localised.ordered_on = rates.ordered_on
            and rates.rate_rank = 1
),

rejudged as {{ inlined() }} (
    select
        *,
        case
            when quarantine_reason is not null then quarantine_reason
            when exchange_rate is null then 'no_exchange_rate'
            when {{ is_beyond_money('greatest_amount', 'exchange_rate') }} then 'beyond_money'
        end as final_reason
    from priced
),

ranked as (
    {{ newest_per_key(
        'orders', 'rejudged', reason='final_reason',
        careful=['is_completed asc', at_exchange_rate('amount', 'exchange_rate') ~ ' asc']
    ) }}
)

select
    {{ version_columns('orders', reason='final_reason') }},
    ordered_on,
    currency_code,
    exchange_rate,
    source_status,
    order_status,
    is_completed,
    buyer_id
from ranked
