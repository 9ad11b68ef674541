{#- Every customer has one row, with a value in this column, and nobody else has any. -#}
{% test states_every_customer(model, column_name) %}

select
    coalesce(customers.customer_id, stated.customer_id) as customer_id,
    count(*) as count_rows,
    count(stated.{{ column_name }}) as count_values
from {{ ref('int_customers') }} as customers
full outer join {{ model }} as stated on customers.customer_id = stated.customer_id
group by customers.customer_id, stated.customer_id
having count(*) <> 1 or count(stated.{{ column_name }}) <> 1 or customers.customer_id is null

{% endtest %}
