with clauses as (
    select segment_key, trait from {{ ref('int_clauses') }}
    union
    select segment_key, trait from {{ ref('stg_history_clauses') }}
),

kinds as (
    select
        segment_key,
        case segment_kind
            when 'rfm' then 'rfm_segment'
            when 'lifecycle' then 'lifecycle_stage'
            when 'value' then 'value_tier'
            when 'engagement' then 'engagement_tier'
        end as trait
    from {{ ref('int_segments') }}
    where segment_kind <> 'behaviour'
),

activities as (
    {%- for trait in traits() if not trait.row_default %}
    {%- for activity in trait.rests_on %}
    select '{{ trait.name }}' as trait, '{{ activity }}' as activity
    union all
    {%- endfor %}
    {%- endfor %}
    select trait, {{ each_entry('activity') }} from {{ ref('int_row_traits') }}
    union all
    -- Refunds lessen net revenue; that of lines they do not.
    select trait, 'refunded' from {{ ref('int_row_traits') }} where measure = 'revenue' and counted_in = 'order'
),

traits_of_segments as (
    select segment_key, trait from clauses
    union all
    select segment_key, trait from kinds
)

-- To be mailed is nobody's own doing.
select distinct
    traits_of_segments.segment_key,
    activities.activity
from traits_of_segments
inner join activities on traits_of_segments.trait = activities.trait
where activities.activity not in ({{ done_to_customers() }})
