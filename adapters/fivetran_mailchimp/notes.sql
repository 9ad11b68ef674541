with members as (
    select * from {{ source('fivetran_mailchimp', 'member') }}
),

counts as (
    select
        sum(case when lower(status) = 'subscribed' and timestamp_opt is null then 1 else 0 end) as unconfirmed,
        count(distinct list_id) as lists
    from members
)

select
    unconfirmed || ' subscribed members have no time of opting in (timestamp_opt): imported, or added by hand.' as note
from counts
where unconfirmed > 0
union all
select 'members of ' || lists || ' lists are taken together: of what a person said on them the last word counts.'
from counts
where lists > 1
