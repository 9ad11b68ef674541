with rejected as (
    {% for table in raw_tables() %}
    select
        '{{ table }}' as table_name,
        {{ row_key(table) }} as row_key,
        quarantine_reason,
        row_json
    from {{ ref(versions_table(table)) }}
    where row_status = 'quarantined'
    union all
    {% endfor %}
    select
        table_name,
        file_name || ':' || row_number,
        quarantine_reason,
        row_json
    from {{ ref('stg_unreadable_rows') }}
)

select * from rejected
