-- One row: the day that the marts are of, and the first day of the ledger.
select max(as_of_date) as as_of, min(day) as began_on
from marts.segment_daily
