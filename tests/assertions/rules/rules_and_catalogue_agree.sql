{{ config(tags=['rules']) }}
-- Each RFM segment, stage and tier that a rule of the day leads to is an active row of the catalogue, and the other way round.
-- So is rfm_unscored, to which too few customers lead.
with named as (
    {%- for kind, table, column in [
        ('rfm', 'rfm_segments', 'rfm_segment'), ('lifecycle', 'lifecycle_stages', 'lifecycle_stage'),
        ('value', 'value_tiers', 'value_tier'), ('engagement', 'engagement_tiers', 'engagement_tier'),
    ] %}
    select distinct '{{ table }}' as rule_table, '{{ kind }}' as segment_kind, '{{ kind }}_' || {{ column }} as segment_key
    from {{ ref(table) }}
    where {{ is_valid_as_of() }}
    union all
    {%- endfor %}
    select 'rfm_min_population', 'rfm', 'rfm_unscored'
),

catalogue as (
    select * from {{ ref('segments') }}
    where segment_kind <> 'behaviour' and status = 'active' and {{ is_valid_as_of() }}
)

select
    coalesce(named.rule_table, 'segments') as rule_table,
    coalesce(named.segment_key, catalogue.segment_key) as segment_key,
    case
        when catalogue.segment_key is null then 'segments has no active row of this key and of kind ' || named.segment_kind
        else 'no rule leads to this segment of kind ' || catalogue.segment_kind
    end as problem
from named
full outer join catalogue
    on named.segment_key = catalogue.segment_key and named.segment_kind = catalogue.segment_kind
where catalogue.segment_key is null or named.segment_key is null
