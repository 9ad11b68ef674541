-- One row per thing that the raw data are found wanting in.
select metric, table_name, subject, affected_rows, total_rows, affected_share
from marts.data_quality
where affected_rows > 0
order by metric, affected_rows desc, table_name, subject
