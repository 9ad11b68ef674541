-- One row per raw table that was brought: where its rows went.
select table_name, raw_rows, staged_rows, superseded_rows, quarantined_rows, not_yet_known_rows
from marts.source_reconciliation
where raw_rows > 0
order by table_name
