{#- Customers who gained or lost an identifier: all of their days are computed anew. -#}
with affected as (
    select * from {{ ref('int_affected_identifiers') }} where identifier_type in ('customer_id', 'anonymous_id')
),

now as (
    select * from {{ ref('int_identifiers_resolved') }}
),

moves as (
    select
        affected.previous_customer_id,
        now.customer_id
    from affected
    left join now on affected.identifier_type = now.identifier_type and affected.identifier = now.identifier
    where affected.previous_customer_id is distinct from now.customer_id
)

select previous_customer_id as customer_id from moves where previous_customer_id is not null
union
select customer_id from moves where customer_id is not null
