{{ config(materialized='incremental', unique_key='customer_id') }}
{#- Gathers: whoever publishes the customers of a day forgets them. -#}
with affected as (
    select * from {{ ref('int_affected_identifiers') }}
),

touched as (
    select identifier_type, identifier from affected
    union
    select identifier_type, identifier from {{ ref('int_touched_identifiers') }}
),

resolved as (
    select * from {{ ref('int_identifiers_resolved') }}
)

select previous_customer_id as customer_id from affected where previous_customer_id is not null
union
select resolved.customer_id
from touched
inner join resolved on touched.identifier_type = resolved.identifier_type and touched.identifier = resolved.identifier
where resolved.customer_id is not null
union
select customer_id from {{ ref('int_touched_customer_days') }}
