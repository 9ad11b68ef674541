with segments as (
    select * from {{ ref('int_segments') }} where status = 'active'
),

members as (
    select * from {{ ref('int_segment_members') }}
),

profiles as (
    select * from {{ ref('int_customer_profiles') }}
),

bounds as (
    select * from {{ ref('segment_bounds') }}
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
),

measured as (
    select
        segments.segment_key,
        segments.segment_kind,
        coalesce(sizes.customers, 0) as customers,
        totals.customers >= {{ whole_number('health_min_customers') }} as is_judged,
        {{ ratio('coalesce(sizes.customers, 0)', 'totals.customers') }} as customer_share,
        case when totals.has_customer_records then {{ ratio('sizes.complete_customers', 'sizes.customers') }} end
            as data_completeness
    from segments
    cross join totals
    left join sizes on segments.segment_key = sizes.segment_key
)

select
    measured.*,
    bounds.min_share_warn,
    bounds.max_share_warn,
    bounds.min_share_error,
    bounds.max_share_error,
    bounds.min_completeness,
    case
        when not measured.is_judged then 'ok'
        when measured.customer_share < bounds.min_share_error or measured.customer_share > bounds.max_share_error
            or measured.data_completeness < bounds.min_completeness then 'error'
        when measured.customer_share < bounds.min_share_warn or measured.customer_share > bounds.max_share_warn then 'warn'
        else 'ok'
    end as health_status,
    case
        when not measured.is_judged then 'too few customers to judge'
        when measured.customer_share < bounds.min_share_error then 'share below min_share_error'
        when measured.customer_share > bounds.max_share_error then 'share above max_share_error'
        when measured.data_completeness < bounds.min_completeness then 'completeness below min_completeness'
        when measured.customer_share < bounds.min_share_warn then 'share below min_share_warn'
        when measured.customer_share > bounds.max_share_warn then 'share above max_share_warn'
    end as reason
from measured
left join bounds on measured.segment_key = bounds.segment_key
