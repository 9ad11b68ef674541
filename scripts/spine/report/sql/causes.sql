-- One row per cause that the ledger knows: entries and exits by cause are columns named entries_CAUSE and exits_CAUSE.
select column_name[9:] as cause
from duckdb_columns()
where schema_name = 'marts' and table_name = 'segment_daily' and starts_with(column_name, 'entries_')
order by column_index
