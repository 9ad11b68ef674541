{% macro row_traits_of_customers() -%}
    {#- The traits of traits.csv that are columns of marts.customers, which documents what a customer without a row has. -#}
    {{ return(segment_spine.traits() | selectattr('row_default') | list) }}
{%- endmacro %}

{% macro activities_besides_events() -%}
    {#- The activities of traits.csv that are no canonical event: no event may have their names. -#}
    {{ return(['ordered', 'refunded', 'ticket_opened', 'visited', 'used', 'profile']) }}
{%- endmacro %}

{% macro days_of_a_life() -%}
    99999
{%- endmacro %}

{% macro attribute_columns() -%}
    {#- The columns of the contract that are attributes as they are. Dates become ages; ids and personal data are none. -#}
    {{ return(['country', 'language', 'timezone', 'loyalty_tier', 'acquisition_channel', 'acquisition_cost']) }}
{%- endmacro %}

{% macro lower_ascii(value) -%}
    {#- As the runner writes the names of other columns: engines differ in what is the lower case of other letters. -#}
    translate({{ value }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro %}

{% macro in_bounds(amount) -%}
    {#- A trillion and more is no quantity or price of a line, and sums of it would leave the range of decimals: it brings nothing. -#}
    case when abs({{ amount }}) < 1000000000000 then cast(round({{ amount }}, 4) as decimal(38, 4)) else 0 end
{%- endmacro %}

{% macro full_years_between(earlier, later) -%}
    {#- An age; null for who is not born yet. -#}
    case
        when {{ earlier }} <= {{ later }}
            then extract(year from {{ later }}) - extract(year from {{ earlier }})
                - case
                    when extract(month from {{ later }}) * 100 + extract(day from {{ later }})
                        < extract(month from {{ earlier }}) * 100 + extract(day from {{ earlier }}) then 1
                    else 0
                end
    end
{%- endmacro %}
