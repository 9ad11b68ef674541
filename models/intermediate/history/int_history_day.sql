-- Null on the first day of the ledger.
select max(as_of_date) as published_on
from {{ ref('stg_history_segments') }}
