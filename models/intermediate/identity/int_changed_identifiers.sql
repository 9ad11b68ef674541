{#- What these two held after the last run: read by name, for they are built from this. -#}
{%- set resolved_before = this.incorporate(path={'identifier': 'int_identifiers_resolved'}) -%}
{%- set ids_before = this.incorporate(path={'identifier': 'int_customer_ids_resolved'}) -%}

-- depends_on: {{ ref('int_customer_ids') }}, {{ ref('int_identity_links') }}
with touched as (
    select * from {{ ref('int_touched_identifiers') }}
)

{%- if goes_on('int_identifiers_resolved') -%}
,

resolved as (
    select * from {{ resolved_before }}
),

links as (
    select
        identifier_type,
        identifier,
        max(count_customer_ids) as count_customer_ids
    from {{ ref('int_identity_links') }}
    where (identifier_type, identifier) in (select identifier_type, identifier from touched)
    group by identifier_type, identifier
),

-- As now, and as after the last run.
sighted as (
    select ids.customer_id
    from {{ ref('int_customer_ids') }} as ids
    inner join {{ ids_before }} as known
        on
            ids.customer_id = known.source_customer_id
            and ids.first_seen_at is not distinct from known.first_seen_at
            and ids.first_seen_on = known.first_seen_on
    where ids.customer_id in (select identifier from touched where identifier_type = 'customer_id')
)
{%- endif %}

select
    touched.identifier_type,
    touched.identifier
from touched
{%- if goes_on('int_identifiers_resolved') %}
left join resolved on touched.identifier_type = resolved.identifier_type and touched.identifier = resolved.identifier
left join links on touched.identifier_type = links.identifier_type and touched.identifier = links.identifier
left join sighted on touched.identifier_type = 'customer_id' and touched.identifier = sighted.customer_id
where
    touched.has_lost_rows
    or touched.is_alias
    or resolved.identifier is null
    -- Links that have lost none are the same if they are as many.
    or (touched.identifier_type <> 'customer_id' and coalesce(links.count_customer_ids, 0) <> resolved.count_customer_ids)
    or (touched.identifier_type = 'customer_id' and sighted.customer_id is null)
{%- else %}
where false
{%- endif %}
