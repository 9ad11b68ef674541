{{ config(tags=['rules']) }}
-- Each segment of the catalogue that is a score segment, stage or tier has a rule that leads to it.
with named as (
    {%- for kind, table, column in [
        ('rfm', 'rfm_segments', 'rfm_segment'), ('lifecycle', 'lifecycle_stages', 'lifecycle_stage'),
        ('value', 'value_tiers', 'value_tier'), ('engagement', 'engagement_tiers', 'engagement_tier'),
    ] %}
    select '{{ kind }}' as segment_kind, '{{ kind }}_' || {{ column }} as segment_key
    from {{ ref(table) }}
    where {{ is_valid_as_of() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

catalogue as (
    select * from {{ ref('segments') }}
    where segment_kind <> 'behaviour' and status = 'active' and {{ is_valid_as_of() }}
)

select
    'segments' as rule_table,
    catalogue.segment_key,
    catalogue.version,
    'no rule leads to this segment of kind ' || catalogue.segment_kind as problem
from catalogue
left join named
    on catalogue.segment_key = named.segment_key and catalogue.segment_kind = named.segment_kind
where named.segment_key is null
