{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- A withdrawal that was set aside leaves an earlier consent in force; a row that cannot be read at all may be one. So does a
-- withdrawal of nobody's id where an address is written that cannot be read. As the test reads the customer ids, a failure
-- holds back everything about customers: nobody may be sent to before the row is mended.
with set_aside as (
    select coalesce(consent.quarantine_reason, 'unreadable_address') as quarantine_reason
    from {{ ref('base_consent') }} as consent
    left join {{ ref('int_customer_ids') }} as customer_ids on consent.customer_id = customer_ids.customer_id
    where
        consent.is_withdrawal
        and (
            consent.row_status = 'quarantined'
            or (
                consent.row_status = 'staged'
                and consent.has_misspelled_address
                and not coalesce(customer_ids.is_known_elsewhere and not customer_ids.is_junk, false)
            )
        )
    union all
    select quarantine_reason
    from {{ ref('stg_unreadable_rows') }}
    where table_name = 'consent'
)

select
    quarantine_reason,
    count(*) as affected_rows
from set_aside
group by quarantine_reason
