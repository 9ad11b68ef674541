with records as (
    select * from {{ ref('int_consent_records') }}
),

addresses as (
    select * from {{ ref('int_customer_addresses') }}
),

-- A customer whose own record of consent names an address, beside an id or another address, is reached by what that address
-- said; by its opt-ins only if the record is an opt-in itself. An address that a customer had once carries withdrawals only.
reached as (
    select stream, customer_id, true as carries_status, true as carries_opt_ins
    from records
    where stream = 'id:' || customer_id
    union all
    select stream, customer_id, is_by_then, is_in_force and is_contactable
    from records
    where customer_id is not null
    union all
    select records.stream, addresses.customer_id, records.is_by_then, records.is_in_force and records.is_contactable
    from records
    inner join addresses on records.address_in_id = addresses.address and records.stream <> addresses.address
    union all
    select address, customer_id, true, is_current
    from addresses
    where address in (select stream from records)
)

select
    stream,
    customer_id,
    bool_or(carries_status) as carries_status,
    bool_or(carries_opt_ins) as carries_opt_ins
from reached
group by stream, customer_id
