{{ config(tags=['rules']) }}
-- On no day is a segment valid in two versions.
select
    'segments' as rule_table,
    earlier.segment_key,
    earlier.version,
    later.version as overlapping_version,
    'both versions are valid from ' || greatest(earlier.valid_from, later.valid_from) as problem
from {{ ref('segments') }} as earlier
inner join {{ ref('segments') }} as later
    on earlier.segment_key = later.segment_key
        and earlier.version < later.version
        and earlier.valid_from <= later.valid_to
        and later.valid_from <= earlier.valid_to
