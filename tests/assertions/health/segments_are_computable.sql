{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Segments rest on a table or column that was not brought, is empty, or cannot be read: nobody can be in them. Bring it, mend
-- it, or retire them.
select
    lacks,
    {{ joined_text('segment_key') }} as not_computable
from {{ ref('segment_catalogue') }}
where status = 'not_computable'
group by lacks
