{#-
    A rule table has no blank cell, no minimum above its maximum, and no row that ends before it begins. Columns are those
    documented; min_x and max_x belong together.
-#}
{% test well_formed_rules(model) %}

{%- set columns = segment_spine.documented_columns(model.identifier) %}

with rules as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        {{ segment_spine.row_as_text(columns) }} as rule_row
    from {{ model }}
),

faults as (
    {%- for column in columns %}
    select rule_row, '{{ column }} is blank' as problem from rules
    where {{ column }} is null or trim(cast({{ column }} as {{ dbt.type_string() }})) = ''
    union all
    {%- endfor %}
    {%- for column in columns if column.startswith('min_') and 'max_' ~ column[4:] in columns %}
    select rule_row, '{{ column }} is above max_{{ column[4:] }}' as problem from rules
    where {{ column }} > max_{{ column[4:] }}
    union all
    {%- endfor %}
    {%- if 'valid_from' in columns %}
    select rule_row, 'valid_from is after valid_to' as problem from rules where valid_from > valid_to
    union all
    {%- endif %}
    select '' as rule_row, 'none' as problem where false
)

select
    '{{ model.identifier }}' as rule_table,
    rule_row,
    problem
from faults

{% endtest %}
