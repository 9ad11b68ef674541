{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Nearly no id of this column is one of the table that it refers to: the two write their ids differently.
select
    table_name,
    subject,
    affected_rows,
    total_rows
from {{ ref('data_quality') }}
where metric = 'orphan_ids' and affected_share > 0.9
