with counted as (
    select
        count(*) as members,
        count(*) filter (confirm_time is null) as unconfirmed,
        count(*) filter ("email address" is null) as without_email
    from {{ source('mailchimp', 'members') }}
)

select
    'the files of subscribed and of nonsubscribed members have the same columns: of ' || members || ' members '
    || unconfirmed || ' without CONFIRM_TIME count as not subscribed, the others as subscribed. '
    || 'Leave the file of nonsubscribed members away if its members have a CONFIRM_TIME.' as note
from counted
where members > 0
union all
select without_email || ' members have no e-mail address (SMS alone), and no consent is taken from them.'
from counted
where without_email > 0
