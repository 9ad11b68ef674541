-- One row per thing that the raw data are found wanting in. Names that the rules do not know are told by their number alone:
-- they come from the raw data, and may hold anything. So do types of identifiers: a type that is no word is not named.
with found as (
    select
        metric,
        table_name,
        case
            when starts_with(metric, 'unmapped_') then count(*) over (partition by metric, table_name) || ' names'
            when starts_with(metric, 'identifiers_') and not regexp_full_match(subject, '[A-Za-z][A-Za-z_]{0,29}') then 'other types'
            else subject
        end as subject,
        affected_rows,
        total_rows
    from marts.data_quality
    where affected_rows > 0
)

select
    metric,
    table_name,
    subject,
    cast(sum(affected_rows) as bigint) as affected_rows,
    sum(affected_rows) / nullif(case when starts_with(metric, 'unmapped_') then any_value(total_rows) else sum(total_rows) end, 0)
        as affected_share
from found
group by metric, table_name, subject
order by affected_rows desc, metric, table_name, subject
