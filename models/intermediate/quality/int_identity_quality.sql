with customer_ids as (
    select * from {{ ref('int_customer_ids') }} where not is_junk
),

resolved as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

all_links as (
    select * from {{ ref('int_identity_links') }}
),

links as (
    select * from all_links where not is_set_apart
),

limits as (
    select max_customer_ids from {{ ref('identifier_types') }} where identifier_type = 'any'
),

people as (
    select customer_id, count(*) as count_customer_ids
    from resolved
    group by customer_id
),

large_people as (
    select people.*
    from people
    inner join limits on people.count_customer_ids > limits.max_customer_ids
),

-- One address of many ids is somebody who orders as a guest. Where no identifier joins most of the ids, a chain of devices may
-- have made one person of many.
widest_links as (
    select
        large_people.customer_id,
        max(links.count_customer_ids) as count_customer_ids
    from large_people
    inner join resolved on large_people.customer_id = resolved.customer_id
    inner join links on resolved.source_customer_id = links.customer_id
    group by large_people.customer_id
),

chained as (
    select count(*) as chained_people
    from large_people
    inner join widest_links on large_people.customer_id = widest_links.customer_id
    where widest_links.count_customer_ids * 2 < large_people.count_customer_ids
),

addresses as (
    select
        identifier,
        max(count_customer_ids) as count_customer_ids
    from all_links
    where identifier_type in ('email', 'phone')
    group by identifier
),

crowded as (
    select
        count(case when addresses.count_customer_ids > limits.max_customer_ids then 1 end) as crowded_addresses,
        count(*) as addresses
    from addresses
    cross join limits
),

-- A spreadsheet keeps 15 digits of a number, and writes zeros for the others.
long_numbers as (
    select
        count(case when replace(substring(customer_id, 16), '0', '') = '' then 1 end) as rounded_ids,
        count(*) as long_ids
    from customer_ids
    where length(customer_id) between 16 and 38 and translate(customer_id, '0123456789', '') = ''
),

buyers as (
    select
        coalesce(max(orders_life), 0) as most_orders,
        coalesce(sum(orders_life), 0) as all_orders
    from {{ ref('int_customer_orders_windowed') }}
)

select
    'chained_people' as metric,
    'identities' as table_name,
    chained_people as affected_rows,
    (select count(*) from people) as total_rows
from chained
union all
select 'crowded_addresses', 'identities', crowded_addresses, addresses
from crowded
union all
select 'rounded_ids', 'customers', rounded_ids, long_ids
from long_numbers
union all
select 'orders_of_one_customer', 'orders', most_orders, all_orders
from buyers
