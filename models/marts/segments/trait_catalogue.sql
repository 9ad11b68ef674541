{{ config(alias='traits') }}

with row_traits as (
    select * from {{ ref('int_row_traits') }}
),

in_use as (
    select * from {{ ref('int_row_traits_in_use') }}
),

trait_needs as (
    select * from {{ ref('int_trait_needs') }}
),

needs as (
    select
        trait,
        {{ joined_text('need') }} as needs
    from trait_needs
    group by trait
),

lacks as (
    select
        trait,
        {{ joined_text('to_bring') }} as lacks
    from (select distinct trait, to_bring from trait_needs where not is_met) as unmet
    group by trait
),

known_traits as (
    {%- for trait in traits() if not trait.row_default %}
    select
        '{{ trait.name }}' as trait,
        '{{ trait.type }}' as trait_type,
        '{{ trait.unit }}' as unit,
        {{ trait.decimals }} as decimals,
        {{ trait.least }} as least_value,
        {{ trait.greatest }} as greatest_value,
        '{{ trait.description | replace("'", "''") | replace("\n", " ") | trim }}' as description,
        'sql' as defined_in,
        true as is_in_customers,
        false as is_in_customer_traits,
        cast(null as {{ dbt.type_string() }}) as default_value,
        cast(null as {{ dbt.type_string() }}) as definition
    union all
    {%- endfor %}
    select
        row_traits.trait,
        row_traits.trait_type,
        case
            when row_traits.measure in ('days', 'days_since_last', 'days_since_first') then 'days'
            when row_traits.measure = 'revenue' then 'reporting currency'
            when row_traits.measure = 'quantity' then 'units'
            when row_traits.measure = 'share' then 'share'
            when row_traits.measure <> 'count' then 'none'
            when row_traits.activity = 'ordered' then 'orders'
            when row_traits.activity = 'refunded' then 'refunds'
            else 'events'
        end,
        case
            when row_traits.trait_type <> 'number' then null
            when row_traits.measure = 'share' then 6
            when row_traits.measure = 'revenue' then 2
            when row_traits.measure = 'quantity' then 4
            when row_traits.scope = 'column' and lower(row_traits.scope_value) in ('birth_date', 'signed_up_at') then 0
            when row_traits.measure = 'attribute' then 4
            else 0
        end,
        case
            when row_traits.trait_type = 'number' and row_traits.measure not in ('attribute', 'quantity', 'revenue') then 0
        end,
        case when row_traits.measure = 'share' then 1 end,
        row_traits.meaning,
        'traits.csv',
        coalesce(in_use.is_in_customers, false),
        coalesce(in_use.is_in_a_clause, false),
        case when row_traits.default_number is not null then '0' else row_traits.default_text end,
        row_traits.definition
    from row_traits
    left join in_use on row_traits.trait = in_use.trait
)

select
    known_traits.trait,
    {{ as_of_date() }} as as_of_date,
    known_traits.trait_type,
    known_traits.unit,
    known_traits.decimals,
    cast(known_traits.least_value as decimal(24, 6)) as least_value,
    cast(known_traits.greatest_value as decimal(24, 6)) as greatest_value,
    known_traits.description,
    needs.needs,
    lacks.lacks,
    known_traits.defined_in,
    known_traits.is_in_customers,
    known_traits.is_in_customer_traits,
    case when lacks.lacks is null then known_traits.default_value end as default_value,
    known_traits.definition
from known_traits
inner join needs on known_traits.trait = needs.trait
left join lacks on known_traits.trait = lacks.trait
