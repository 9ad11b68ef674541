-- depends_on: {{ ref('base_products') }}
with identifier_days as (
    select * from {{ ref('int_touched_identifier_days') }}
),

-- Before and after: the days of either have gained or lost something.
owners as (
    select identifier_type, identifier, customer_id from {{ ref('int_identifiers_resolved') }}
    union all
    select identifier_type, identifier, previous_customer_id from {{ ref('int_affected_identifiers') }}
),

touched as (
    select owners.customer_id, identifier_days.activity_on
    from identifier_days
    inner join owners
        on identifier_days.identifier_type = owners.identifier_type and identifier_days.identifier = owners.identifier
    {%- if goes_on('int_customer_item_days') %}
    union
    select customer_id, activity_on
    from {{ this.incorporate(path={'identifier': 'int_customer_item_days'}) }}
    where product_id in (select product_id from {{ ref('base_products') }} where {{ is_touched() }})
    {%- endif %}
)

select distinct customer_id, activity_on
from touched
where customer_id is not null and activity_on is not null and {{ goes_on('int_customer_days') }}
