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

-- Most records have one version: only the others are worth sorting. Of two that are alike in all, the staged one counts.
several_versions as (
    select distinct consent_id from versions where row_status <> 'staged'
),

-- As of a day, a record says what its newest version by that day says: a later version changes no past day.
ranked as (
    select
        *,
        row_number() over (
            partition by consent_id, is_by_then
            order by
                loaded_at desc nulls last, counts_from desc, file_dated_on desc nulls last, restrictiveness desc, row_hash asc,
                row_status asc
        ) as version_rank
    from versions
    where consent_id in (select consent_id from several_versions)
    union all
    select
        *,
        1
    from versions
    where consent_id not in (select consent_id from several_versions)
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
),

corrected_to_opt_in as (
    select consent_id, stream, meant_channel, meant_purpose
    from records
    where
        row_status = 'staged' and is_contactable
        and consent_id in (select consent_id from several_versions)
)

select
    records.consent_id,
    records.stream,
    case when records.has_customer_id then records.customer_id end as customer_id,
    records.address_in_id,
    records.meant_channel as channel,
    records.meant_purpose as purpose,
    records.counts_from,
    records.said_at,
    records.consent_status,
    records.restrictiveness,
    records.is_contactable,
    records.is_withdrawal,
    records.is_for_ever,
    records.is_by_then,
    records.is_by_then and records.version_rank = 1 as is_in_force,
    records.row_status = 'superseded' and corrected_to_opt_in.consent_id is not null as is_replaced_by_opt_in
from records
left join corrected_to_opt_in
    on records.consent_id = corrected_to_opt_in.consent_id
        and records.stream = corrected_to_opt_in.stream
        and records.meant_channel = corrected_to_opt_in.meant_channel
        and records.meant_purpose = corrected_to_opt_in.meant_purpose
