{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- E-mail addresses and phone numbers of very many ids: a till, a market place or a form may write the same one for everybody
-- (noemail@shop.example), which makes one person of strangers. Put them into junk_identifiers.
select
    affected_rows,
    total_rows
from {{ ref('data_quality') }}
where metric = 'crowded_addresses' and affected_rows > 0
