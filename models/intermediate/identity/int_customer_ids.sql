{%- set sightings = [
    ('orders', 'customer_id', 'ordered_at', 'true'),
    ('refunds', 'customer_id', 'refunded_at', 'true'),
    ('customers', 'customer_id', 'signed_up_at', 'true'),
    ('identities', 'customer_id', 'linked_at', 'true'),
    ('identities', 'identifier', 'linked_at', "identifier_type = 'customer_id'"),
    ('events', 'customer_id', 'occurred_at', 'true'),
    ('consent', 'customer_id', 'occurred_at', 'true'),
    ('support_tickets', 'customer_id', 'opened_at', 'true'),
    ('subscriptions', 'customer_id', 'started_at', 'true'),
] %}

-- The tests of unreadable orders and consent hold back everything about customers when they fail. A test of dbt holds back only
-- what comes after all that it reads, so the two tables that these tests read must come before; no SQL reads them here.
-- depends_on: {{ ref('stg_unreadable_rows') }}, {{ ref('stg_source_row_counts') }}
with sightings as (
    {%- for table, customer_id, seen_at, is_sighting in sightings %}
    select {{ customer_id }} as customer_id, {{ seen_at }} as seen_at
    from {{ ref('stg_' ~ table) }}
    where {{ is_sighting }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

dated as (
    -- A row without a time of its own was always there.
    select *, coalesce({{ local_date('seen_at') }}, cast('1900-01-01' as date)) as seen_on from sightings
),

junk as (
    select * from {{ ref('junk_identifiers') }}
),

seen as (
    select
        customer_id,
        min(seen_at) as first_seen_at,
        min(seen_on) as first_seen_on
    from dated
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
