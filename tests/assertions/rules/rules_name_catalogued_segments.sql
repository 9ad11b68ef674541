{{ config(tags=['rules']) }}
-- Each segment, stage and tier that a rule leads to is an active row of the catalogue.
with named as (
    {%- for kind, table, column in [
        ('rfm', 'rfm_segments', 'rfm_segment'), ('lifecycle', 'lifecycle_stages', 'lifecycle_stage'),
        ('value', 'value_tiers', 'value_tier'), ('engagement', 'engagement_tiers', 'engagement_tier'),
    ] %}
    select distinct
        '{{ table }}' as rule_table,
        {{ column }} as name,
        '{{ kind }}_' || {{ column }} as segment_key,
        '{{ kind }}' as segment_kind
    from {{ ref(table) }}
    where {{ is_valid_as_of() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

catalogue as (
    select * from {{ ref('segments') }} where status = 'active' and {{ is_valid_as_of() }}
)

select
    named.rule_table,
    named.name,
    'segments has no active row ' || named.segment_key || ' of kind ' || named.segment_kind as problem
from named
left join catalogue
    on named.segment_key = catalogue.segment_key and named.segment_kind = catalogue.segment_kind
where catalogue.segment_key is null
