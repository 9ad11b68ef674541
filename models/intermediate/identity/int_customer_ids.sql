{%- set sightings = [
    ('orders', 'customer_id', 'ordered_at', 'true'),
    ('refunds', 'customer_id', 'refunded_at', 'true'),
    ('customers', 'customer_id', 'signed_up_at', 'true'),
    ('identities', 'customer_id', 'linked_at', 'true'),
    ('identities', 'identifier', 'linked_at', "identifier_type = 'customer_id'"),
    ('event_visitors', 'customer_id', 'first_occurred_at', 'true'),
    (
        'consent_versions', 'customer_id', 'counts_from',
        "row_status <> 'not_yet_known' and (has_customer_id or not is_withdrawal)"
    ),
    ('support_tickets', 'customer_id', 'opened_at', 'true'),
    ('subscriptions', 'customer_id', 'started_at', 'true'),
] %}

-- The tests of unreadable orders and consent hold back everything about customers when they fail. A test of dbt holds back only
-- what comes after all that it reads, so the two tables that these tests read must come before; no SQL reads them here.
-- depends_on: {{ ref('stg_unreadable_rows') }}, {{ ref('stg_source_row_counts') }}
with sightings as (
    {%- for table, customer_id, seen_at, is_sighting in sightings %}
    select
        {{ customer_id }} as customer_id,
        {{ seen_at }} as seen_at,
        -- A row without a time of its own was always there.
        coalesce({{ local_date(seen_at) }}, cast('1900-01-01' as date)) as seen_on,
        {{ table != 'consent_versions' }} as is_known_elsewhere
    from {{ ref('int_event_visitors' if table == 'event_visitors' else 'stg_' ~ table) }}
    where {{ customer_id }} is not null and {{ is_sighting }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

seen as (
    select
        customer_id,
        min(seen_at) as first_seen_at,
        min(seen_on) as first_seen_on,
        bool_or(is_known_elsewhere) as is_known_elsewhere
    from sightings
    group by customer_id
),

named_addresses as (
    select identifier as address from {{ ref('stg_identities') }} where identifier_type in ('email', 'phone')
    {%- for table in ['customers', 'orders'] %}
    {%- for address in ['email', 'phone'] %}
    union all
    select {{ address }} from {{ ref('stg_' ~ table) }} where {{ address }} is not null
    {%- endfor %}
    {%- endfor %}
    union all
    select {{ address_in_id('customer_id') }} from seen where is_known_elsewhere
),

junk as (
    select identifier, {{ to_address('identifier') }} as address
    from {{ ref('junk_identifiers') }}
),

known_addresses as (
    select distinct address
    from named_addresses
    where {{ is_address('address') }} and address not in (select address from junk where address is not null)
),

-- Consent that names an address speaks of the customers who have it. If nobody has it, an opt-in makes the address a customer.
address_names as (
    select seen.customer_id
    from seen
    inner join known_addresses on {{ address_in_id('seen.customer_id') }} = known_addresses.address
    where not seen.is_known_elsewhere
)

select
    seen.customer_id,
    seen.first_seen_at,
    seen.first_seen_on,
    seen.is_known_elsewhere,
    {{ is_junk_identifier('seen.customer_id', 'junk.identifier') }} as is_junk
from seen
left join junk on lower(seen.customer_id) = junk.identifier
left join address_names on seen.customer_id = address_names.customer_id
where address_names.customer_id is null
