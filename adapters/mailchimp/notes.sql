with counted as (
    select
        count(*) as members,
        count(*) filter (confirm_time is null) as unconfirmed,
        count(*) filter ("email address" is null) as without_email
    from {{ source('mailchimp', 'members') }}
)

select
    unconfirmed || ' of ' || members || ' members in files of subscribed ones have no CONFIRM_TIME: '
    || 'they count as not subscribed.' as note
from counted
where unconfirmed > 0
union all
select without_email || ' members have no e-mail address (SMS alone), and no consent is taken from them.'
from counted
where without_email > 0
