{{ config(tags=['health'], group='spine') }}
-- No raw row is lost: raw = staged + superseded + quarantined + not yet known, and the quarantine holds those it counts.
with quarantined as (
    select
        table_name,
        count(*) as quarantined_rows
    from {{ ref('int_quarantined_rows') }}
    group by table_name
)

select
    reconciliation.table_name,
    reconciliation.raw_rows,
    reconciliation.staged_rows,
    reconciliation.superseded_rows,
    reconciliation.quarantined_rows,
    reconciliation.not_yet_known_rows
from {{ ref('int_source_reconciliation') }} as reconciliation
left join quarantined on reconciliation.table_name = quarantined.table_name
where
    reconciliation.raw_rows
    <> reconciliation.staged_rows + reconciliation.superseded_rows + coalesce(quarantined.quarantined_rows, 0)
    + reconciliation.not_yet_known_rows
    or reconciliation.quarantined_rows <> coalesce(quarantined.quarantined_rows, 0)
    or not reconciliation.is_reconciled
