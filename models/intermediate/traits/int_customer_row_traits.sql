with parts as (
    select * from {{ ref('int_row_trait_parts') }}
),

counted as {{ inlined() }} (
    select
        customer_id,
        target_id,
        occurrences,
        last_age,
        first_age,
        cast(null as decimal(38, 2)) as amount,
        cast(null as decimal(38, 4)) as units
    from {{ ref('int_customer_event_targets') }}
    union all
    select customer_id, target_id, occurrences, last_age, first_age, amount, null
    from {{ ref('int_customer_order_targets') }}
    union all
    select customer_id, target_id, occurrences, last_age, first_age, amount, units
    from {{ ref('int_customer_order_line_targets') }}
),

measured as (
    select
        counted.customer_id,
        parts.trait,
        case parts.measure
            when 'revenue' then cast(counted.amount as decimal(24, 6))
            when 'quantity' then cast(counted.units as decimal(24, 6))
            when 'days_since_last' then cast(counted.last_age as decimal(24, 6))
            when 'days_since_first' then cast(counted.first_age as decimal(24, 6))
            when 'has_done' then null
            else cast(counted.occurrences as decimal(24, 6))
        end as number_value,
        case when parts.measure = 'has_done' and counted.occurrences > 0 then 'true' end as text_value
    from counted
    inner join parts on counted.target_id = parts.target_id
    where parts.measure <> 'share'
    union all
    select
        counted.customer_id,
        parts.trait,
        {{ ratio(
            'sum(case when parts.is_whole then 0 else counted.occurrences end)',
            'sum(case when parts.is_whole then counted.occurrences else 0 end)'
        ) }},
        null
    from counted
    inner join parts on counted.target_id = parts.target_id
    where parts.measure = 'share'
    group by counted.customer_id, parts.trait
    union all
    select customer_id, trait, number_value, text_value
    from {{ ref('int_customer_attributes') }}
)

-- What rests on a feed that is not there is unknown.
select * from measured
where
    (number_value is not null or text_value is not null)
    and trait not in (select trait from {{ ref('int_trait_needs') }} where not is_met)
