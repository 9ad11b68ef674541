with row_traits as (
    select * from {{ ref('int_row_traits_in_use') }}
),

counted as {{ inlined() }} (
    select customer_id, trait, is_whole, occurrences, last_age, first_age, cast(null as decimal(38, 2)) as amount,
        cast(null as decimal(38, 4)) as quantity
    from {{ ref('int_customer_event_traits') }}
    union all
    select customer_id, trait, is_whole, occurrences, last_age, first_age, amount, null
    from {{ ref('int_customer_order_traits') }}
    union all
    select customer_id, trait, is_whole, occurrences, last_age, first_age, amount, quantity
    from {{ ref('int_customer_order_line_traits') }}
),

measured as (
    select
        counted.customer_id,
        counted.trait,
        case row_traits.measure
            when 'revenue' then cast(counted.amount as decimal(24, 6))
            when 'quantity' then cast(counted.quantity as decimal(24, 6))
            when 'days_since_last' then cast(counted.last_age as decimal(24, 6))
            when 'days_since_first' then cast(counted.first_age as decimal(24, 6))
            when 'has_done' then null
            else cast(counted.occurrences as decimal(24, 6))
        end as number_value,
        case when row_traits.measure = 'has_done' and counted.occurrences > 0 then 'true' end as text_value
    from counted
    inner join row_traits on counted.trait = row_traits.trait
    where row_traits.measure <> 'share'
    union all
    select
        counted.customer_id,
        counted.trait,
        {{ ratio(
            'sum(case when counted.is_whole then 0 else counted.occurrences end)',
            'sum(case when counted.is_whole then counted.occurrences else 0 end)'
        ) }},
        null
    from counted
    inner join row_traits on counted.trait = row_traits.trait
    where row_traits.measure = 'share'
    group by counted.customer_id, counted.trait
    union all
    select customer_id, trait, number_value, text_value
    from {{ ref('int_customer_attributes') }}
)

select * from measured
where number_value is not null or text_value is not null
