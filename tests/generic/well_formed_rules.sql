{#-
    A rule table can be read in one way only: no blank cell, no two rows of one key, no minimum above its maximum (min_x and
    max_x belong together), no row that ends before it begins, no two rows of one priority on one day. Columns in `lower_case`
    are looked up by names in lower case, of which space and characters that nobody sees are trimmed; those in `one_of` hold one
    of the values given, those in `at_least` no number below. Columns are those documented.
-#}
{% test well_formed_rules(model, key, lower_case=[], one_of={}, at_least={}) %}

{%- set columns = segment_spine.documented_columns(model) %}

with rules as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        count(*) over (partition by {{ key | join(', ') }}) as rows_of_key,
        {{ segment_spine.row_as_text(columns) }} as rule_row
    from {{ model }}
),

faults as (
    select rule_row, 'rows share a key: {{ key | join(', ') }}' as problem from rules
    where rows_of_key > 1
    {%- for column in columns %}
    union all
    select rule_row, '{{ column }} is blank' from rules
    where {{ column }} is null or trim(cast({{ column }} as {{ dbt.type_string() }})) = ''
    {%- endfor %}
    {%- for column in columns if column.startswith('min_') and 'max_' ~ column[4:] in columns %}
    union all
    select rule_row, '{{ column }} is above max_{{ column[4:] }}' from rules
    where {{ column }} > max_{{ column[4:] }}
    {%- endfor %}
    {%- for column in lower_case %}
    union all
    select rule_row, '{{ column }} is not in lower case, or has space around it' from rules
    where {{ column }} <> lower({{ segment_spine.to_text(column) }})
    {%- endfor %}
    {%- for column, least in at_least.items() %}
    union all
    select rule_row, '{{ column }} is below {{ least }}' from rules
    where {{ column }} < {{ least }}
    {%- endfor %}
    {%- for column, values in one_of.items() %}
    union all
    select rule_row, '{{ column }} is none of {{ values | join(', ') }}' from rules
    where {{ column }} not in ('{{ values | join("', '") }}')
    {%- endfor %}
    {%- if 'valid_from' in columns %}
    union all
    select rule_row, 'valid_from is after valid_to' from rules where valid_from > valid_to
    {%- endif %}
    {%- if 'priority' in columns %}
    union all
    select later.rule_row, 'another row has the same priority on some day' from rules as earlier
    inner join rules as later
        on earlier.priority = later.priority
            and earlier.rule_row < later.rule_row
            and earlier.valid_from <= later.valid_to
            and later.valid_from <= earlier.valid_to
    {%- endif %}
)

select
    '{{ model.identifier }}' as rule_table,
    rule_row,
    problem
from faults

{% endtest %}
