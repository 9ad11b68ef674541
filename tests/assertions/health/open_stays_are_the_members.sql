{{ config(tags=['health', 'rows_shown']) }}
-- Whoever is in a segment has an open stay in it, and nobody else has; but stays in what cannot be computed are suspended.
-- It compares counts and sums of hashes per segment: a join of all members of a large shop would take long.
with open_stays as (
    select
        segment_key,
        count(*) as customers,
        sum(cast({{ hashed('customer_id') }} as decimal(38, 0))) as customers_hash
    from {{ ref('segment_membership_history') }}
    where exited_on is null
    group by segment_key
),

members as (
    select
        segment_key,
        count(*) as customers,
        sum(cast({{ hashed('customer_id') }} as decimal(38, 0))) as customers_hash
    from {{ ref('segment_members') }}
    group by segment_key
),

compared as (
    select
        coalesce(members.segment_key, open_stays.segment_key) as segment_key,
        coalesce(members.customers, 0) as customers,
        coalesce(open_stays.customers, 0) as open_stays,
        coalesce(members.customers_hash, 0) <> coalesce(open_stays.customers_hash, 0) as are_others
    from members
    full outer join open_stays on members.segment_key = open_stays.segment_key
)

select
    compared.segment_key,
    compared.customers,
    compared.open_stays
from compared
left join {{ ref('segment_catalogue') }} as segments on compared.segment_key = segments.segment_key
where
    coalesce(segments.status <> 'not_computable', true)
    and (compared.customers <> compared.open_stays or compared.are_others)
