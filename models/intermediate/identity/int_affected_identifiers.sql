{#- What int_identifiers_resolved held after the last run: read by name, for it is built from this. -#}
{%- set resolved_before = this.incorporate(path={'identifier': 'int_identifiers_resolved'}) -%}

{%- if goes_on('int_identifiers_resolved') -%}
with changed as (
    select * from {{ ref('int_changed_identifiers') }}
),

links as {{ inlined() }} (
    select * from {{ ref('int_identity_links') }}
),

before as {{ inlined() }} (
    select identifier_type, identifier, customer_id from {{ resolved_before }}
),

changed_ids as (
    select identifier as customer_id from changed where identifier_type = 'customer_id'
    union
    select links.customer_id
    from links
    inner join changed on links.identifier_type = changed.identifier_type and links.identifier = changed.identifier
),

-- Persons merge and part as a whole: with one of their ids all of them.
affected_ids as (
    select customer_id from changed_ids
    union
    select identifier
    from before
    where
        identifier_type = 'customer_id'
        and customer_id in (
            select before.customer_id
            from before
            inner join changed_ids on before.identifier = changed_ids.customer_id
            where before.identifier_type = 'customer_id'
        )
),

affected as (
    select 'customer_id' as identifier_type, customer_id as identifier from affected_ids
    union
    select identifier_type, identifier from changed
    union
    select identifier_type, identifier from links where customer_id in (select customer_id from affected_ids)
),

-- Only theirs: nobody may be affected at all, and all others are many.
owned_before as {{ inlined() }} (
    select identifier_type, identifier, customer_id
    from before
    where (identifier_type, identifier) in (select identifier_type, identifier from affected)
)

select
    affected.identifier_type,
    affected.identifier,
    owned_before.customer_id as previous_customer_id,
    owned_before.identifier is not null as was_known
from affected
left join owned_before
    on affected.identifier_type = owned_before.identifier_type and affected.identifier = owned_before.identifier
{%- else -%}
select identifier_type, identifier, identifier as previous_customer_id, false as was_known
from {{ ref('int_changed_identifiers') }}
where false
union all
select identifier_type, identifier, customer_id, false
from {{ ref('int_identity_links') }}
where false
{%- endif %}
