with late as (
    {%- for table, own_time in own_times().items() %}
    select
        '{{ table }}' as table_name,
        count(case when loaded_at > {{ own_time }} + interval 1 day then 1 end) as affected_rows,
        count(*) as total_rows
    from {{ ref('stg_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from late
