{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Persons of very many ids whom no single identifier joins: family tablets and kiosks may have chained strangers together. Put
-- their identifiers into junk_identifiers, or lower the limit of their type in identifier_types.
select
    affected_rows,
    total_rows
from {{ ref('data_quality') }}
where metric = 'chained_people' and affected_rows > 0
