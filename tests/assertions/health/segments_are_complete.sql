{{ config(tags=['health', 'rows_shown']) }}
-- Enough members of a segment can be written to and have a country.
select
    segment_key,
    customers,
    data_completeness,
    min_completeness
from {{ ref('segment_health') }}
where coalesce(reason, '') <> 'too few customers to judge' and data_completeness < min_completeness
