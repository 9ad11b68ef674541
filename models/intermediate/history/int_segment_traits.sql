select segment_key, trait from {{ ref('int_clauses') }}
union
select segment_key, trait from {{ ref('stg_history_clauses') }}
union
select
    segment_key,
    case segment_kind
        {%- for kind, trait in traits_of_kinds().items() %}
        when '{{ kind }}' then '{{ trait }}'
        {%- endfor %}
    end
from {{ ref('int_segments') }}
where segment_kind <> 'behaviour'
