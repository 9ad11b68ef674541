with customers as (
    select * from {{ ref('base_customers') }}
),

versions as (
    {{ newest_per_key('customers', 'customers') }}
),

newest as (
    select
        versions.customer_id,
        versions.email,
        versions.phone,
        versions.first_name,
        versions.last_name,
        versions.country,
        versions.language,
        versions.timezone,
        versions.birth_date,
        versions.loyalty_tier,
        versions.signed_up_at,
        {{ local_date('versions.signed_up_at') }} as signed_up_on,
        versions.acquisition_channel,
        versions.acquisition_cost,
        versions.loaded_at
    from versions
    where versions.version_rank = 1
)

select * from newest
