{{ config(materialized='incremental', meta={'replaced':
    {'by': 'int_touched_identifiers', 'where': {'identifier_type': "'customer_id'", 'identifier': 'customer_id'}}
}) }}
{%- set tables = [
    ('orders', 'ordered_at', 'ordered_on'),
    ('refunds', 'refunded_at', 'refunded_on'),
    ('customers', 'signed_up_at', 'signed_up_on'),
    ('identities', 'linked_at', 'linked_on'),
    ('events', 'occurred_at', 'occurred_on'),
    ('consent', 'occurred_at', 'occurred_on'),
    ('support_tickets', 'opened_at', 'opened_on'),
    ('subscriptions', 'started_at', 'started_on'),
] %}

-- What the tests of unreadable records read must come before, so that a failure holds back everything about customers.
-- depends_on: {{ ref('stg_unreadable_rows') }}, {{ ref('stg_source_row_counts') }}, {{ ref('int_touched_identifiers') }}
with linked_ids as (
    select identifier as customer_id, linked_at, linked_on
    from {{ ref('stg_identities') }}
    where identifier_type = 'customer_id'
),

sightings as (
    {%- for table, seen_at, seen_on in tables %}
    select customer_id, {{ seen_at }} as seen_at, {{ seen_on }} as seen_on
    from {{ ref('stg_' ~ table) }}
    where {{ is_replaced() }}
    union all
    {%- endfor %}
    select customer_id, linked_at, linked_on
    from linked_ids
    where {{ is_replaced() }}
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
