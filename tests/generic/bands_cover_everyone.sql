{#-
    On every day the bands of a rule table hold each number from 0 to `end` once, and one row holds the customers whom `is_banded`
    leaves out. A band takes in its minimum, not its maximum.
-#}
{% test bands_cover_everyone(model, column_name, is_banded, minimum, maximum, end) %}

with rules as (
    select * from {{ model }}
),

days as (
    select valid_from as day from rules
    union
    select {{ segment_spine.add_days('valid_to', 1) }} from rules where valid_to < cast('9999-12-31' as date)
),

bands as (
    select
        days.day,
        rules.{{ column_name }},
        rules.{{ minimum }},
        rules.{{ maximum }},
        lag(rules.{{ maximum }}) over (partition by days.day order by rules.{{ minimum }}, rules.{{ maximum }}) as previous_maximum,
        row_number() over (partition by days.day order by rules.{{ maximum }} desc) as from_above
    from days
    inner join rules on days.day between rules.valid_from and rules.valid_to
    where rules.{{ is_banded }}
),

faults as (
    select
        day,
        {{ column_name }},
        'the band begins at ' || {{ minimum }} || ', and the one before it ends at ' || coalesce(previous_maximum, 0) as problem
    from bands
    where {{ minimum }} <> coalesce(previous_maximum, 0)
    union all
    select day, {{ column_name }}, 'the band is empty'
    from bands
    where {{ minimum }} >= {{ maximum }}
    union all
    select day, {{ column_name }}, 'the last band does not end at {{ end }}'
    from bands
    where from_above = 1 and {{ maximum }} <> {{ end }}
    union all
    select days.day, cast(null as {{ dbt.type_string() }}), 'there is not exactly one row for customers whom {{ is_banded }} leaves out'
    from days
    left join rules on days.day between rules.valid_from and rules.valid_to and not rules.{{ is_banded }}
    group by days.day
    having count(rules.{{ column_name }}) <> 1
    union all
    select day, cast(null as {{ dbt.type_string() }}), 'there is no band on this day'
    from days
    where day not in (select day from bands)
)

select
    '{{ model.identifier }}' as rule_table,
    day,
    {{ column_name }},
    problem
from faults

{% endtest %}
