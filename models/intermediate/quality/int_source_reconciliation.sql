with raw_counts as (
    select * from {{ ref('stg_source_row_counts') }}
),

quarantined as (
    select
        table_name,
        count(*) as quarantined_rows
    from {{ ref('int_quarantined_rows') }}
    group by table_name
),

counted as (
    {% for table in raw_tables() %}
    select
        '{{ table }}' as table_name,
        (select count(*) from {{ ref('stg_' ~ table) }}) as staged_rows,
        count(case when quarantine_reason is null and is_known then 1 end)
        - count(distinct case when quarantine_reason is null and is_known then {{ key_of(table) }} end) as superseded_rows,
        count(case when not is_known then 1 end) as not_yet_known_rows
    from {{ ref('base_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    raw_counts.table_name,
    raw_counts.raw_rows,
    counted.staged_rows,
    counted.superseded_rows,
    coalesce(quarantined.quarantined_rows, 0) as quarantined_rows,
    counted.not_yet_known_rows,
    raw_counts.raw_rows
    = counted.staged_rows + counted.superseded_rows + coalesce(quarantined.quarantined_rows, 0)
    + counted.not_yet_known_rows as is_reconciled,
    {{ ratio('coalesce(quarantined.quarantined_rows, 0)', 'raw_counts.raw_rows') }} as quarantined_share
from raw_counts
inner join counted on raw_counts.table_name = counted.table_name
left join quarantined on raw_counts.table_name = quarantined.table_name
