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
                lower(trim(namesakes.label)) = lower(trim(segments.label))
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
            when segment_key <> lower(segment_key) or position(' ' in segment_key) > 0
                then 'segment_key is not in snake case'
            when segment_kind <> 'behaviour' and position(segment_kind || '_' in segment_key) <> 1
                then 'segment_key does not begin with its kind'
            when position(chr(10) in label) > 0 or position(chr(13) in label) > 0
                then 'label holds a line break; write it in one line'
            when length(label) > 60 then 'label is longer than 60 characters; shorten it, and say the rest in description'
            when left(trim(label), 1) in ('=', '+', '-', '@')
                then 'label begins with =, +, - or @, so a spreadsheet takes it for a formula; begin it with a letter'
            when position(chr(10) in description) > 0 or position(chr(13) in description) > 0
                then 'description holds a line break; write it in one line'
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
