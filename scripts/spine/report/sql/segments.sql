-- One row per segment: what it is, how large it was on the last day of the report and before, and who may be written to now.
with sizes as (
    select
        segment_key,
        max(case when day = $last then customers end) as customers,
        max(case when day = $last then net_revenue_365d end) as net_revenue_365d,
        max(case when day = $since then customers end) as customers_since,
        max(case when day = $before then customers end) as customers_before,
        max(case when day = $long_since then customers end) as customers_long_since,
        max(case when day = $last then with_consent_email end) as with_consent_email,
        max(case when day = $last then with_consent_sms end) as with_consent_sms,
        max(case when day = $last then with_consent_push end) as with_consent_push,
        max(case when day = $last then with_consent_ads end) as with_consent_ads
    from marts.segment_daily
    group by segment_key
),

-- Each customer is in one lifecycle stage.
totals as (
    select sum(customers) as customers, sum(net_revenue_365d) as net_revenue_365d
    from marts.segment_daily
    where day = $last and segment_kind = 'lifecycle'
),

contactable as (
    select
        members.segment_key,
        count(case when customers.is_contactable_email then 1 end) as contactable_email,
        count(case when customers.is_contactable_sms then 1 end) as contactable_sms,
        count(case when customers.is_contactable_push then 1 end) as contactable_push,
        count(case when customers.is_contactable_ads then 1 end) as contactable_ads
    from marts.segment_members as members
    inner join marts.customers as customers on members.customer_id = customers.customer_id
    group by members.segment_key
),

-- The raw tables that the conditions of a behavioural segment read; a trait names them, or columns of them.
needs as (
    select clauses.segment_key, split_part(unnest(string_split(traits.needs, '|')), '.', 1) as table_name
    from marts.segment_clauses as clauses
    inner join marts.traits as traits on clauses.trait = traits.trait
),

tables as (
    select segment_key, list(distinct table_name) as rests_on
    from needs
    group by segment_key
)

select
    segments.segment_key,
    segments.segment_kind,
    segments.segment_name,
    segments.label,
    segments.description,
    segments.owner,
    segments.approver,
    segments.status,
    segments.lacks,
    segments.version,
    segments.valid_from,
    segments.valid_to,
    segments.recommended_action,
    sizes.* exclude (segment_key),
    contactable.* exclude (segment_key),
    case segments.segment_kind
        when 'behaviour' then coalesce(tables.rests_on, [])
        when 'engagement' then ['events']
        else ['orders']
    end as rests_on,
    sizes.customers / nullif(totals.customers, 0) as customer_share,
    sizes.net_revenue_365d / nullif(totals.net_revenue_365d, 0) as revenue_share
from marts.segments as segments
cross join totals
left join sizes on segments.segment_key = sizes.segment_key
left join contactable on segments.segment_key = contactable.segment_key
left join tables on segments.segment_key = tables.segment_key
order by
    min(segments.priority) over (partition by segments.segment_kind),
    segments.priority,
    segments.segment_key
