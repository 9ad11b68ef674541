-- Records of consent that say no, and reach nobody who is known from another table. Run it on a database that `spine build` has
-- made (a published one holds marts alone; the last refresh has left `shop.duckdb.spine/working.duckdb`):
--   SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --target published --limit 50 --select withdrawals_of_strangers
with known as (
    select distinct reach.stream
    from {{ ref('int_consent_reach') }} as reach
    inner join {{ ref('int_customer_ids') }} as customer_ids on reach.customer_id = customer_ids.customer_id
    where customer_ids.is_known_elsewhere and not customer_ids.is_junk
)

select distinct
    records.consent_id,
    records.customer_id,
    case when records.stream like 'id:%' then 'customer id' when records.stream like 'email:%' then 'email' else 'phone' end as named_by,
    records.consent_status,
    records.counts_from
from {{ ref('int_consent_records') }} as records
left join known on records.stream = known.stream
where records.is_withdrawal and known.stream is null
order by records.consent_id
