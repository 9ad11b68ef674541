{#- Every customer has one row, with a value in this column, unless that is a trait which lacks what it needs; nobody else has any. -#}
{% test states_every_customer(model, column_name) %}

select
    coalesce(customers.customer_id, stated.customer_id) as customer_id,
    count(*) as count_rows,
    count(stated.{{ column_name }}) as count_values
from {{ ref('int_customers') }} as customers
full outer join {{ model }} as stated on customers.customer_id = stated.customer_id
where
    stated.customer_id is not null
    or not exists (select 1 from {{ ref('int_trait_needs') }} where trait = '{{ column_name }}' and not is_met)
group by customers.customer_id, stated.customer_id
having count(*) <> 1 or count(stated.{{ column_name }}) <> 1 or customers.customer_id is null

{% endtest %}
