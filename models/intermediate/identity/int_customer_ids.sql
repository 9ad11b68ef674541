-- What the tests of unreadable records read must come before, so that a failure holds back everything about customers.
-- depends_on: {{ ref('stg_unreadable_rows') }}, {{ ref('stg_source_row_counts') }}
with sightings as (
    select customer_id, ordered_at as seen_at, ordered_on as seen_on from {{ ref('stg_orders') }}
    union all
    select customer_id, refunded_at, refunded_on from {{ ref('stg_refunds') }}
    union all
    select customer_id, signed_up_at, signed_up_on from {{ ref('stg_customers') }}
    union all
    select customer_id, linked_at, linked_on from {{ ref('stg_identities') }}
    union all
    select identifier, linked_at, linked_on from {{ ref('stg_identities') }} where identifier_type = 'customer_id'
    union all
    select customer_id, occurred_at, occurred_on from {{ ref('stg_events') }}
    union all
    select customer_id, occurred_at, occurred_on from {{ ref('stg_consent') }}
    union all
    select customer_id, opened_at, opened_on from {{ ref('stg_support_tickets') }}
    union all
    select customer_id, started_at, started_on from {{ ref('stg_subscriptions') }}
),

junk as (
    select * from {{ ref('junk_identifiers') }}
),

-- A row without a time of its own was always there.
seen as (
    select
        customer_id,
        min(seen_at) as first_seen_at,
        min(coalesce(seen_on, cast('1900-01-01' as date))) as first_seen_on
    from sightings
    where customer_id is not null
    group by customer_id
)

select
    seen.customer_id,
    seen.first_seen_at,
    seen.first_seen_on,
    {{ is_junk_identifier('seen.customer_id', 'junk.identifier') }} as is_junk
from seen
left join junk on lower(seen.customer_id) = junk.identifier
