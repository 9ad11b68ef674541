{#- Rows are found by names in lower case and without space around them; others would never be found. -#}
{% test lower_case(model, column_name) %}

select
    '{{ model.identifier }}' as rule_table,
    {{ column_name }},
    '{{ column_name }} is not in lower case, or has space around it' as problem
from {{ model }}
where {{ column_name }} <> lower(trim({{ column_name }}))

{% endtest %}
