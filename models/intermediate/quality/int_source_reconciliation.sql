with raw_counts as (
    select * from {{ ref('stg_source_row_counts') }}
),

row_statuses as (
    {%- for table in raw_tables() %}
    select '{{ table }}' as table_name, row_status, count(*) as versions
    from {{ ref(versions_table(table)) }}
    {%- if table == 'events' %}
    where row_status <> 'staged'
    {%- endif %}
    group by row_status
    union all
    {%- endfor %}
    -- The other rows of the large tables. int_event_name_quality has counted the staged events in its pass.
    select 'order_items', case when is_known then 'staged' else 'not_yet_known' end, count(*)
    from {{ ref('base_order_items') }}
    where key_hash not in (select key_hash from {{ ref('base_order_items_exceptions') }})
    group by is_known
    union all
    select 'events', 'staged', coalesce(sum(staged_rows), 0)
    from {{ ref('int_event_name_quality') }}
    union all
    select 'events', 'not_yet_known', count(*)
    from {{ ref('base_events') }}
    where not is_known and key_hash not in (select key_hash from {{ ref('base_events_exceptions') }})
    union all
    select table_name, 'quarantined', count(*)
    from {{ ref('stg_unreadable_rows') }}
    group by table_name
),

counted as (
    select
        {%- for row_status in ['staged', 'superseded', 'quarantined', 'not_yet_known'] %}
        cast(sum(case when row_status = '{{ row_status }}' then versions else 0 end) as bigint) as {{ row_status }}_rows,
        {%- endfor %}
        table_name
    from row_statuses
    group by table_name
)

select
    raw_counts.table_name,
    raw_counts.raw_rows,
    {%- for row_status in ['staged', 'superseded', 'quarantined', 'not_yet_known'] %}
    coalesce(counted.{{ row_status }}_rows, 0) as {{ row_status }}_rows,
    {%- endfor %}
    raw_counts.raw_rows
    = coalesce(counted.staged_rows + counted.superseded_rows + counted.quarantined_rows + counted.not_yet_known_rows, 0)
        as is_reconciled,
    {{ ratio('coalesce(counted.quarantined_rows, 0)', 'raw_counts.raw_rows') }} as quarantined_share
from raw_counts
left join counted on raw_counts.table_name = counted.table_name
