with segment_traits as (
    select * from {{ ref('int_segment_traits') }}
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
)

-- To be mailed is nobody's own doing.
select distinct
    segment_traits.segment_key,
    activities.activity
from segment_traits
inner join activities on segment_traits.trait = activities.trait
where activities.activity not in ({{ done_to_customers() }})
