-- One row per day asked for: the newest day of the ledger that is not later; null where the ledger begins later.
select asked.day as asked, max(daily.day) as day
from (select unnest($days) as day) as asked
left join marts.segment_daily as daily on daily.day <= asked.day
group by asked.day
