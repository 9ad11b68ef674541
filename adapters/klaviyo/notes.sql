with profiles as (
    select
        lower("email marketing consent") as word,
        "email marketing consent timestamp" is null as is_undated,
        regexp_matches("email suppressions", '[[:alnum:]]') as is_suppressed
    from {{ source('klaviyo', 'profiles_export') }}
),

counted as (
    select
        count(*) as profiles,
        count(*) filter (word = 'subscribed') as subscribed,
        count(*) filter (word = 'subscribed' and is_suppressed) as suppressed,
        count(*) filter (word = 'subscribed' and is_undated) as undated,
        count(*) filter (word not in ('subscribed', 'unsubscribed', 'never_subscribed')) as unknown
    from profiles
),

deleted as (
    select count(*) as persons from {{ source('klaviyo', 'person') }} where lower(_fivetran_deleted) = 'true'
)

select
    format('{} of {} profiles are subscribed to e-mail, {} of them suppressed.', subscribed, profiles, suppressed) as note
from counted
where profiles > 0
union all
select format('{} subscriptions have no date: they count from when their profile was made.', undated)
from counted
where undated > 0
union all
select format('{} profiles have a word of consent that is not known here; consent_statuses.csv decides, or it is a no.', unknown)
from counted
where unknown > 0
union all
select format('{} deleted rows of person are left away.', persons)
from deleted
where persons > 0
