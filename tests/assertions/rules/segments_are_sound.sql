{{ config(tags=['rules']) }}
with segments as (
    select
        *,
        max(valid_to) over (
            partition by segment_key
            order by valid_from, version
            rows between unbounded preceding and 1 preceding
        ) as earlier_valid_to
    from {{ ref('segments') }}
),

-- Two of one label could not be told apart in any list.
compared as (
    select
        segments.*,
        (
            select min(namesakes.segment_key)
            from segments as namesakes
            where
                lower({{ to_text('namesakes.label') }}) = lower({{ to_text('segments.label') }})
                and namesakes.segment_key <> segments.segment_key
                and namesakes.status = 'active'
                and namesakes.valid_from <= segments.valid_to
                and namesakes.valid_to >= segments.valid_from
        ) as namesake
    from segments
),

judged as (
    select
        segment_key,
        version,
        case
            when segment_kind not in ('rfm', 'lifecycle', 'value', 'engagement', 'behaviour')
                then 'segment_kind is none of rfm, lifecycle, value, engagement, behaviour'
            when status not in ('draft', 'active', 'retired') then 'status is none of draft, active, retired'
            when reentry_days < 0 then 'reentry_days is below 0'
            when version < 1 then 'version is below 1'
            when translate(segment_key, 'abcdefghijklmnopqrstuvwxyz0123456789_', '') <> ''
                then 'segment_key is not in snake case: write it with a to z, 0 to 9 and _'
            when segment_kind <> 'behaviour' and position(segment_kind || '_' in segment_key) <> 1
                then 'segment_key does not begin with its kind'
            {%- for column in ['label', 'description', 'owner', 'approver', 'journey', 'recommended_action'] %}
            when position(chr(10) in {{ column }}) > 0 or position(chr(13) in {{ column }}) > 0
                then '{{ column }} holds a line break; write it in one line'
            when left({{ to_text(column) }}, 1) in ('=', '+', '-', '@', '＝', '＋', '－', '＠')
                then '{{ column }} begins with =, +, - or @, so a spreadsheet takes it for a formula; begin it with a letter'
            {%- endfor %}
            when length(label) > 60 then 'label is longer than 60 characters; shorten it, and say the rest in description'
            when valid_from <= earlier_valid_to then 'another version is valid on some of its days'
            when status = 'active' and namesake is not null
                then 'the segment ' || namesake || ' has the same label; give one of the two another'
        end as problem
    from compared
)

select
    'segments' as rule_table,
    segment_key,
    version,
    problem
from judged
where problem is not null
