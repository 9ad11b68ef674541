{{ config(materialized='view') }}
{%- set columns = [
    'segment_key', 'segment_kind', 'day', 'customers', 'customers_before', 'entries', 'exits', 'churn_in_rate', 'churn_out_rate',
] %}
{%- for cause in causes() %}{% do columns.extend(['entries_' ~ cause, 'exits_' ~ cause]) %}{% endfor %}
{%- for channel in contact_channels() %}{% do columns.append('with_consent_' ~ channel) %}{% endfor %}
{%- do columns.append('net_revenue_365d') %}

select
    {{ columns | join(',\n    ') }}
from {{ ref('stg_history_days') }}
union all
select
    {{ columns | join(',\n    ') }}
from {{ ref('int_segment_days') }}
