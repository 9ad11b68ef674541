-- Lists overlap: a profile counts once.
with profiles as (
    select distinct
        "klaviyo id" as profile_id,
        lower("email marketing consent") as word,
        "email marketing consent timestamp" is null as is_undated,
        regexp_matches("email suppressions", '[[:alnum:]]') as is_suppressed
    from {{ source('klaviyo', 'profiles_export') }}
),

counted as (
    select
        count(distinct profile_id) as profiles,
        count(distinct profile_id) filter (word = 'subscribed') as subscribed,
        count(distinct profile_id) filter (word = 'subscribed' and is_suppressed) as suppressed,
        count(distinct profile_id) filter (word = 'subscribed' and is_undated) as undated,
        count(distinct profile_id) filter (word not in ('subscribed', 'unsubscribed', 'never_subscribed')) as unknown
    from profiles
),

deleted as (
    select 'profiles' as things, count(*) as entries from {{ source('klaviyo', 'person') }}
    where lower(_fivetran_deleted) = 'true'
    union all
    select 'events', count(*) from {{ source('klaviyo', 'event') }} where lower(_fivetran_deleted) = 'true'
)

select
    subscribed || ' of ' || profiles || ' profiles are subscribed to e-mail, '
    || suppressed || ' of them suppressed.' as note
from counted
where profiles > 0
union all
select undated || ' subscriptions by e-mail have no date: they count from when their profile was made.'
from counted
where undated > 0
union all
select
    unknown || ' profiles have a word of consent to e-mail that is neither SUBSCRIBED, UNSUBSCRIBED nor '
    || 'NEVER_SUBSCRIBED: it is a no, unless consent_statuses.csv knows it.'
from counted
where unknown > 0
union all
select entries || ' deleted ' || things || ' are left away.'
from deleted
where entries > 0
