with erasures as (
    select * from {{ ref('stg_consent_versions') }} where is_for_ever
),

addresses as (
    select * from {{ ref('int_customer_addresses') }}
),

-- An erasure under any id or address of a person erases the whole person.
erased_ids as (
    select customer_id as source_customer_id, consent_status, counts_from, counts_on, row_status
    from erasures
    {%- for address in ['address', 'address_in_id'] %}
    union all
    select addresses.customer_id, erasures.consent_status, erasures.counts_from, erasures.counts_on, erasures.row_status
    from erasures
    inner join addresses on erasures.{{ address }} = addresses.address
    {%- endfor %}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
)

select
    customer_ids.customer_id,
    max(erased_ids.consent_status) as consent_status,
    min(
        case
            when erased_ids.counts_on <= {{ as_of_date() }} and erased_ids.row_status <> 'not_yet_known'
                then erased_ids.counts_from
        end
    ) as erased_at
from erased_ids
inner join customer_ids on erased_ids.source_customer_id = customer_ids.source_customer_id
group by customer_ids.customer_id
