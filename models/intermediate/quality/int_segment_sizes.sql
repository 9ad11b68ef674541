with segments as (
    select * from {{ ref('int_segments') }} where status in ('active', 'not_computable')
),

members as (
    select * from {{ ref('int_segment_members') }}
),

profiles as (
    select * from {{ ref('int_customer_profiles') }}
),

totals as (
    select
        count(*) as customers,
        (select count(*) from {{ ref('stg_customers') }}) > 0 as has_customer_records
    from {{ ref('int_customers') }}
),

sizes as (
    select
        members.segment_key,
        count(*) as customers,
        -- Complete: someone we could write to and know the country of.
        count(
            case when (profiles.has_email or profiles.has_phone) and profiles.country is not null then 1 end
        ) as complete_customers
    from members
    left join profiles on members.customer_id = profiles.customer_id
    group by members.segment_key
)

select
    segments.segment_key,
    segments.segment_kind,
    segments.lacks,
    case when segments.lacks is null then coalesce(sizes.customers, 0) end as customers,
    totals.customers >= {{ whole_number('health_min_customers') }} as is_judged,
    case when segments.lacks is null then {{ ratio('coalesce(sizes.customers, 0)', 'totals.customers') }} end as customer_share,
    case when totals.has_customer_records then {{ ratio('sizes.complete_customers', 'sizes.customers') }} end
        as data_completeness
from segments
cross join totals
left join sizes on segments.segment_key = sizes.segment_key
