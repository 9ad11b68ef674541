-- One row per section, channel, line and reason: orders and money of the months asked for, persons of the day.
select
    section,
    channel,
    line,
    reason,
    is_total,
    any_value(reporting_currency) as reporting_currency,
    coalesce(sum(entries), 0) as entries,
    coalesce(sum(amount), 0) as amount
from marts.does_it_add_up
where $first_month is null or month = 'all' or month between $first_month and $last_month
group by section, channel, line, reason, is_total
order by section, channel, line, sum(entries) desc, reason
