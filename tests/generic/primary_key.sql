{#-
    No two rows agree in all key columns, and none of these is null (but those of may_be_null). Returns no values, counts only;
    of a rule table, whose rows are nobody's data, the key that is shared.
-#}
{% test primary_key(model, columns, may_be_null=[]) %}

{%- set is_of_rules = model.schema == 'rules' %}

select
    count(*) as affected_rows,
    'rows share a key'
    {%- if is_of_rules -%}
    {%- for column in columns %} || '{{ ', ' if not loop.first else ' (' }}{{ column }} ' || cast({{ column }} as {{ dbt.type_string() }})
    {%- endfor %} || ')'
    {%- endif %} as problem
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in may_be_null %}
union all
select
    count(*) as affected_rows,
    '{{ column }} is null' as problem
from {{ model }}
where {{ column }} is null
having count(*) > 0
{%- endfor %}

{% endtest %}
