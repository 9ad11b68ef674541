with persons as (
    select * from {{ source('fivetran_klaviyo', 'person') }}
),

counts as (
    select
        count(*) as persons,
        sum(
            case
                when subscriptions_email_marketing_consent is null
                    and custom_consent is null and custom_accepts_marketing is null then 1
                else 0
            end
        ) as unknown,
        sum(
            case
                when subscriptions_email_marketing_consent is null and lower(custom_consent) like '%email%'
                    and custom_consent_timestamp is null then 1
                else 0
            end
        ) as undated,
        sum(case when cast(_fivetran_deleted as boolean) then 1 else 0 end) as deleted
    from persons
)

select unknown || ' of ' || persons || ' persons say nothing of consent to e-mail; nobody may write to them.' as note
from counts
where unknown > 0
union all
select undated || ' persons consented without a date (custom_consent_timestamp); the making of their record is taken.'
from counts
where undated > 0
union all
select deleted || ' persons are deleted at the source (_fivetran_deleted): of them only withdrawals are taken.'
from counts
where deleted > 0
