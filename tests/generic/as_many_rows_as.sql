{#- No row was lost or doubled on the way. Where a key of many millions of rows would be counted for nothing else. -#}
{% test as_many_rows_as(model, to) %}

with counts as (
    select
        (select count(*) from {{ model }}) as count_rows,
        (select count(*) from {{ to }}) as expected_rows
)

select * from counts where count_rows <> expected_rows

{% endtest %}
