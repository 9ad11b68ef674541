{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Consent for a channel without a row in channels says nothing about the channels there: e-mail is not email, and all is none.
-- marts.data_quality names them.
select
    table_name,
    count(*) as count_channels,
    sum(affected_rows) as affected_rows
from {{ ref('data_quality') }}
where metric = 'unmapped_consent_channel'
group by table_name
