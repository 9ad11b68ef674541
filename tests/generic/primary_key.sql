{#- No two rows agree in all key columns, and none of these is null (but those of may_be_null). Returns no values, counts only. -#}
{% test primary_key(model, columns, may_be_null=[]) %}

select
    count(*) as affected_rows,
    'rows share a key' as problem
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
