with late as (
    {%- for table, own_time in own_times().items() if table != 'events' %}
    select
        '{{ table }}' as table_name,
        count(case when loaded_at > {{ own_time }} + interval 1 day then 1 end) as affected_rows,
        count(*) as total_rows
    from {{ ref('stg_' ~ table) }}
    union all
    {%- endfor %}
    select
        'events',
        coalesce(sum(late_rows), 0),
        coalesce(sum(staged_rows), 0)
    from {{ ref('int_event_name_quality') }}
)

select * from late
