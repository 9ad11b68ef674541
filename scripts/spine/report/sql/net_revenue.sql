-- One row: the net revenue of some months, and whether there were orders in them.
select coalesce(sum(amount), 0) as amount, count(*) > 0 as is_known
from marts.does_it_add_up
where section = 'revenue' and is_total and month between $first_month and $last_month
