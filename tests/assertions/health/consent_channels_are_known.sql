{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Consent for a channel or purpose without a row in channels (e-mail is not email): a grant for it grants nothing, a withdrawal
-- withdraws all that it may mean. marts.data_quality names them.
select
    metric,
    table_name,
    count(*) as count_names,
    sum(affected_rows) as affected_rows
from {{ ref('data_quality') }}
where metric in ('unmapped_consent_channel', 'unmapped_consent_purpose')
group by metric, table_name
