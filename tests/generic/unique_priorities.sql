{#- On no day do two rows of a rule table have the same priority, or the first match would be a matter of chance. -#}
{% test unique_priorities(model) %}

{%- set columns = segment_spine.documented_columns(model.identifier) %}

with rules as (
    select
        valid_from,
        {{ segment_spine.row_as_text(columns) }} as rule_row,
        max(valid_to) over (
            partition by priority
            order by valid_from, valid_to, {{ columns | join(', ') }}
            rows between unbounded preceding and 1 preceding
        ) as previous_valid_to
    from {{ model }}
)

select
    '{{ model.identifier }}' as rule_table,
    rule_row,
    'another row has the same priority on some day' as problem
from rules
where valid_from <= previous_valid_to

{% endtest %}
