with channels as (
    select * from {{ ref('channels') }}
),

single_addresses as (
    select
        customer_id,
        address_type,
        min(address) as address
    from {{ ref('int_customer_addresses') }}
    where is_current
    group by customer_id, address_type
    having count(*) = 1
),

versions as (
    select
        *,
        counts_on <= {{ as_of_date() }} and row_status <> 'not_yet_known' as is_by_then
    from {{ ref('stg_consent_versions') }}
),

-- As of the day a record says what the newest of its versions by then says: one that came later takes nothing from the past.
ranked as (
    select
        *,
        row_number() over (
            partition by consent_id, is_by_then
            order by
                loaded_at desc nulls last, counts_from desc, file_dated_on desc nulls last, restrictiveness desc, row_hash asc
        ) as version_rank
    from versions
),

-- How much of what a record names is a channel of the rules: 3 channel and purpose, 2 the channel, 1 the purpose, 0 neither.
compared as (
    select
        named.channel as named_channel,
        named.purpose as named_purpose,
        channels.channel,
        channels.purpose,
        channels.address_type,
        case when named.channel = channels.channel then 2 else 0 end
        + case when named.purpose = channels.purpose then 1 else 0 end as likeness
    from (select distinct channel, purpose from versions) as named
    cross join channels
),

meant as (
    select
        *,
        max(likeness) over (partition by named_channel, named_purpose) as greatest_likeness
    from compared
),

-- A withdrawal for something that the rules do not know is one for all that it may mean; a grant for it grants nothing.
records as (
    select
        ranked.*,
        coalesce(ranked.address, single_addresses.address, 'id:' || ranked.customer_id) as stream,
        meant.channel as meant_channel,
        meant.purpose as meant_purpose
    from ranked
    inner join meant
        on ranked.channel = meant.named_channel
            and ranked.purpose = meant.named_purpose
            and (
                meant.likeness = 3
                or ranked.is_for_ever
                or (ranked.is_withdrawal and meant.likeness = meant.greatest_likeness)
            )
    left join single_addresses
        on ranked.customer_id = single_addresses.customer_id
            and meant.address_type = single_addresses.address_type
)

select
    consent_id,
    stream,
    case when has_customer_id then customer_id end as customer_id,
    address_in_id,
    meant_channel as channel,
    meant_purpose as purpose,
    counts_from,
    said_at,
    consent_status,
    restrictiveness,
    is_contactable,
    is_withdrawal,
    is_for_ever,
    is_by_then,
    is_by_then and version_rank = 1 as is_in_force,
    row_status = 'superseded'
    and max(case when row_status = 'staged' and is_contactable then 1 else 0 end) over (
        partition by consent_id, stream, meant_channel, meant_purpose
    ) = 1 as is_replaced_by_opt_in
from records
