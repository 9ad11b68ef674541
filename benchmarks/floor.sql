-- The floor: the leanest SQL we can write by hand that yields `marts.customers` and `marts.segment_members`, for the
-- shipped rules and the default vars. What our models cost beside it is the price of everything else: checks, tests,
-- reasons for rows set aside, other marts, other settings. `make compare` holds both against each other, row for row.
--
-- It takes what a general project may not take for granted: raw files are Parquet with the types of the contract, text
-- has no white space around it and is not empty (identifiers may be), no file carries a date, and versions of a key with
-- the same loaded_at are copies where no careful answer tells them apart. An address is written in one spelling, is
-- nobody's customer id, and no record of consent names one; all of them name a channel and a purpose of the rules.
-- Thresholds and clauses are written into the SQL. Tables of names (statuses, taxonomy, junk) are read from the seeds.
--
-- Set three variables, then run it on a database of its own:
--   set variable raw = 'data/demo/raw'; set variable rules = 'seeds/rules'; set variable as_of = date '2026-06-30';

create schema marts;

-- A table is one file, or a folder of files.
create temp macro files_of(table_name) as (
    select list(file order by file)
    from glob(getvariable('raw') || '/**')
    where regexp_matches(file, '/' || table_name || '(/[^/]+)?\.parquet$')
);
set variable orders = files_of('orders');
set variable order_items = files_of('order_items');
set variable products = files_of('products');
set variable refunds = files_of('refunds');
set variable customers = files_of('customers');
set variable identities = files_of('identities');
set variable events = files_of('events');
set variable consent = files_of('consent');
set variable support_tickets = files_of('support_tickets');
set variable subscriptions = files_of('subscriptions');
set variable exchange_rates = files_of('exchange_rates');

create temp macro as_of() as getvariable('as_of');
create temp macro age(day) as date_diff('day', day, as_of());
-- A row that says it was loaded more than a day before it happened is set aside.
create temp macro is_loaded_after(happened_at, loaded_at) as coalesce(happened_at <= loaded_at + interval 1 day, true);
create temp macro decay(days, half_life) as
    cast(round(power(0.5, cast(days as double) / half_life), 12) as decimal(18, 12));
create temp macro quotient(numerator, denominator) as
    cast(numerator as decimal(28, 10)) / nullif(cast(denominator as decimal(28, 10)), 0);
-- Doubles may fall short of a half, so quotients near one are rounded as whole numbers.
create temp macro hundred_millionths(amount) as cast(abs(cast(amount as decimal(28, 8))) * 100000000 as hugeint);
create temp macro ratio(numerator, denominator) as cast(
    case
        when abs(quotient(numerator, denominator)) >= 100000000000 then null
        when abs(quotient(numerator, denominator)) > 100000
            or abs(abs(quotient(numerator, denominator)) * 1000000 % 1 - 0.5) < 0.001
            then sign(numerator) * sign(denominator) * cast(
                (hundred_millionths(numerator) * 2000000 + hundred_millionths(denominator))
                // (hundred_millionths(denominator) * 2) as decimal(18, 0)
            ) * 0.000001
        else round(quotient(numerator, denominator), 6)
    end
    as decimal(18, 6)
);
-- The fifth, 1 to 5, of who has `worse` others below, out of `population`: as ntile(5), but ties stay together.
create temp macro fifth(worse, population) as cast(
    case
        when worse < population % 5 * (population // 5 + 1) then worse // (population // 5 + 1) + 1
        else population % 5 + 1 + (worse - population % 5 * (population // 5 + 1)) // (population // 5)
    end as integer
);

create temp table junk as
select identifier from read_csv(getvariable('rules') || '/junk_identifiers.csv', all_varchar = true);

create temp macro is_junk(identifier_value) as
    lower(identifier_value) in (select identifier from junk)
    or (identifier_value like '%0%' and replace(replace(identifier_value, '-', ''), '0', '') = '');


---------------------------------------------------------------------------------------------------- events, four passes
-- First pass: the keys that come twice. Hashes that collide only send more rows to the next step, which compares keys.
create temp table doubled_event_hashes as
select hash(event_id) as key_hash
from read_parquet(getvariable('events'))
group by key_hash
having count(*) > 1;

-- Second pass: which rows do not count, as places in files. Few do, and to leave them out needs no key.
create temp table events_left_out as
with exceptional as (
    select
        *,
        (file_index::bigint << 36) + file_row_number as place,
        event_id is not null and event_name is not null and occurred_at is not null
        and is_loaded_after(occurred_at, loaded_at) as is_usable
    from read_parquet(getvariable('events'))
    where hash(event_id) in (from doubled_event_hashes)
        or event_id is null or event_name is null or occurred_at is null
        or not is_loaded_after(occurred_at, loaded_at)
)

select place
from exceptional
qualify not is_usable
    or row_number() over (partition by event_id, is_usable order by loaded_at desc nulls last) > 1;

create temp view staged_events as
select *
from read_parquet(getvariable('events'))
where (file_index::bigint << 36) + file_row_number not in (from events_left_out);

-- A source's own row of the taxonomy comes before the row for any source.
create temp table taxonomy as
from read_csv(
    getvariable('rules') || '/event_taxonomy.csv',
    types = {'engagement_weight': 'decimal(9, 2)', 'is_visit': 'boolean', 'is_usage': 'boolean'}
);

create temp table event_kinds as
with names as (
    select distinct source, event_name as source_event_name
    from read_parquet(getvariable('events'))
)

select
    coalesce(names.source, '') as source,
    names.source_event_name,
    coalesce(of_source.event_name, of_any.event_name) as kind,
    coalesce(of_source.channel, of_any.channel) as usual_channel,
    coalesce(of_source.engagement_weight, of_any.engagement_weight, 0) as weight,
    coalesce(of_source.is_visit, of_any.is_visit, false) as is_visit,
    coalesce(of_source.is_usage, of_any.is_usage, false) as is_usage,
    case coalesce(of_source.affinity_interaction, of_any.affinity_interaction)
        when 'view' then 1 when 'content' then 1 when 'cart' then 3 else 0
    end as affinity_weight
from names
left join taxonomy as of_source
    on of_source.source = lower(names.source) and of_source.source_event_name = names.source_event_name
left join taxonomy as of_any on of_any.source = 'any' and of_any.source_event_name = names.source_event_name;

create temp table products as
from read_parquet(getvariable('products'))
where product_id is not null
qualify row_number() over (partition by product_id) = 1;

-- Third pass: what needs a whole life. An event is of a customer id, a visitor, or both.
create temp table event_lives as
select
    events.customer_id,
    events.anonymous_id,
    min(events.occurred_at) as first_at,
    max(events.occurred_at) filter (where kinds.weight > 0 and events.occurred_at < as_of() + 1) as last_engaged_at,
    max(events.occurred_at) filter (where kinds.kind = 'added_to_cart' and events.occurred_at < as_of() + 1)
        as last_cart_at,
    count(*) filter (where kinds.kind = 'teammate_invited' and events.occurred_at < as_of() + 1) as invitations
from staged_events as events
inner join event_kinds as kinds
    on kinds.source_event_name = events.event_name and kinds.source = coalesce(events.source, '')
where events.customer_id is not null or events.anonymous_id is not null
group by events.customer_id, events.anonymous_id;

-- The last 97 days, which files sorted by time give without reading the rest: 90 days as of a week ago.
create temp table event_days as
select
    events.customer_id,
    events.anonymous_id,
    age(events.occurred_at::date) as age,
    sum(kinds.weight) as weight,
    count(*) filter (where kinds.weight > 0) as engaging,
    count(*) filter (where kinds.is_visit) as visits,
    count(*) filter (where kinds.is_usage) as usages,
    count(*) filter (where kinds.kind = 'message_sent') as sent,
    count(*) filter (where kinds.kind = 'message_opened') as opened,
    count(*) filter (where kinds.kind = 'message_clicked') as clicked,
    count(*) filter (
        where kinds.kind in ('message_opened', 'message_clicked')
            and coalesce(lower(events.channel), kinds.usual_channel) = 'email'
    ) as emails,
    count(*) filter (where kinds.kind = 'product_viewed') as views,
    count(*) filter (where kinds.kind = 'paywall_hit') as paywalls
from staged_events as events
inner join event_kinds as kinds
    on kinds.source_event_name = events.event_name and kinds.source = coalesce(events.source, '')
where events.occurred_at >= as_of() - 96 and events.occurred_at < as_of() + 1
    and (events.customer_id is not null or events.anonymous_id is not null)
group by events.customer_id, events.anonymous_id, age;

-- Fourth pass: what people looked at, read and put into carts.
create temp table event_categories as
select
    events.customer_id,
    events.anonymous_id,
    coalesce(events.category, products.category) as category,
    sum((kinds.affinity_weight * decay(age(events.occurred_at::date), 90))::decimal(18, 12)) as points
from staged_events as events
inner join event_kinds as kinds
    on kinds.source_event_name = events.event_name and kinds.source = coalesce(events.source, '')
    and kinds.affinity_weight > 0
left join products on products.product_id = events.product_id
where events.occurred_at < as_of() + 1
    and (events.customer_id is not null or events.anonymous_id is not null)
    and coalesce(events.category, products.category) is not null
group by all;

create temp table event_views as
select
    events.customer_id,
    events.anonymous_id,
    events.product_id,
    coalesce(events.category, products.category) as category,
    count(*) as views,
    max(events.occurred_at) as last_viewed_at
from staged_events as events
inner join event_kinds as kinds
    on kinds.source_event_name = events.event_name and kinds.source = coalesce(events.source, '')
    and kinds.kind = 'product_viewed'
left join products on products.product_id = events.product_id
where events.occurred_at >= as_of() - 6 and events.occurred_at < as_of() + 1
    and (events.customer_id is not null or events.anonymous_id is not null)
group by all;


-------------------------------------------------------------------------------------------------------------- other rows
create temp table rates as
with days as (
    select distinct upper(currency) as currency, ordered_at::date as day
    from read_parquet(getvariable('orders'))
    where upper(currency) <> 'USD'
),

quotes as (
    select upper(currency) as currency, valid_on, max(rate) as rate
    from read_parquet(getvariable('exchange_rates'))
    where currency is not null and valid_on is not null and rate > 0
    group by all
)

select days.currency, days.day, quotes.rate
from days
asof inner join quotes on days.currency = quotes.currency and days.day >= quotes.valid_on;

create temp table orders as
with statuses as (
    from read_csv(getvariable('rules') || '/order_statuses.csv')
),

doubled as (
    select order_id
    from read_parquet(getvariable('orders'))
    group by order_id
    having count(*) > 1
),

priced as (
    select
        orders.* replace (coalesce(orders.discount_amount, 0) as discount_amount),
        case when upper(coalesce(orders.currency, 'USD')) = 'USD' then 1 else rates.rate end as rate,
        coalesce(statuses.is_revenue and not coalesce(orders.is_test, false), false) as is_completed
    from read_parquet(getvariable('orders')) as orders
    left join rates on rates.currency = upper(orders.currency) and rates.day = orders.ordered_at::date
    left join statuses on statuses.source_status = lower(coalesce(orders.status, 'completed'))
),

usable as (
    select
        *,
        order_id in (from doubled) as is_doubled
    from priced
    where order_id is not null
        and ordered_at is not null
        and amount >= 0
        and is_loaded_after(ordered_at, loaded_at)
        and amount * rate < 1000000000000
        and abs(discount_amount) * rate < 1000000000000
),

staged as (
    from usable where not is_doubled
    union all
    from usable
    where is_doubled
    qualify row_number() over (
        partition by order_id
        order by loaded_at desc nulls last, is_completed, amount * rate
    ) = 1
)

select
    order_id,
    customer_id,
    ordered_at,
    rate,
    is_completed,
    round(amount * rate, 2)::decimal(18, 2) as amount,
    round(discount_amount * rate, 2) > 0 as is_discounted
from staged;

create temp table refunds as
with priced as (
    select
        refunds.*,
        orders.customer_id as ordering_customer_id,
        coalesce(orders.is_completed, true) as is_counted,
        coalesce(orders.rate, 1) as rate
    from read_parquet(getvariable('refunds')) as refunds
    left join orders on orders.order_id = refunds.order_id
    where refunds.refund_id is not null
        and refunds.refunded_at is not null
        and refunds.amount >= 0
        and is_loaded_after(refunds.refunded_at, refunds.loaded_at)
        and (refunds.order_id is not null or refunds.customer_id is not null)
        and (refunds.order_id is null or orders.order_id is not null)
        and refunds.amount * coalesce(orders.rate, 1) < 1000000000000
)

select
    customer_id,
    case when order_id is null then customer_id else ordering_customer_id end as refunded_customer_id,
    refunded_at,
    is_counted,
    round(amount * rate, 2)::decimal(18, 2) as amount
from priced
qualify row_number() over (partition by refund_id order by loaded_at desc nulls last, amount desc) = 1;

create temp table profiles as
from read_parquet(getvariable('customers'))
where customer_id is not null and is_loaded_after(signed_up_at, loaded_at)
qualify row_number() over (partition by customer_id order by loaded_at desc nulls last) = 1;

create temp table identities as
select lower(identifier_type) as identifier_type, identifier, customer_id, linked_at
from read_parquet(getvariable('identities'))
where identifier_type is not null
    and identifier <> ''
    and customer_id is not null
    and is_loaded_after(linked_at, loaded_at)
qualify row_number() over (
    partition by lower(identifier_type), identifier, customer_id
    order by loaded_at desc nulls last, linked_at desc nulls last
) = 1;

-- Every version of every record: one that was replaced may be a withdrawal that nobody has taken back. In force is the
-- newest that counts from the day or earlier. What an opt-in has replaced is a correction if both are of one moment.
create temp table consent as
with statuses as (
    from read_csv(getvariable('rules') || '/consent_statuses.csv')
),

doubled as (
    select consent_id
    from read_parquet(getvariable('consent'))
    group by consent_id
    having count(*) > 1
),

mapped as (
    select
        consent.consent_id,
        consent.customer_id,
        lower(consent.channel) as channel,
        consent.occurred_at,
        consent.loaded_at,
        consent.consent_id in (from doubled) as is_doubled,
        coalesce(statuses.restrictiveness, 4) as restrictiveness,
        coalesce(statuses.is_contactable, false) as is_contactable,
        coalesce(statuses.is_withdrawal, true) as is_withdrawal,
        coalesce(statuses.is_for_ever, false) as is_for_ever
    from read_parquet(getvariable('consent')) as consent
    left join statuses on statuses.source_status = lower(consent.status)
    where consent.consent_id is not null
        and consent.customer_id is not null
        and consent.channel is not null
        and consent.status is not null
        and consent.occurred_at is not null
),

-- A withdrawal that says it was loaded before it was made counts from when it was loaded.
usable as (
    select
        * exclude (occurred_at),
        case when is_withdrawal then least(occurred_at, loaded_at) else occurred_at end as counts_from,
        counts_from < as_of() + 1 as is_by_then
    from mapped
    where is_withdrawal or is_loaded_after(occurred_at, loaded_at)
)

select customer_id, channel, counts_from, is_contactable, is_withdrawal, is_for_ever, is_by_then,
    is_by_then as is_in_force, false as is_corrected
from usable
where not is_doubled
union all
select customer_id, channel, counts_from, is_contactable, is_withdrawal, is_for_ever, is_by_then,
    is_by_then and row_number() over (
        partition by consent_id, is_by_then
        order by loaded_at desc nulls last, counts_from desc, restrictiveness desc
    ) = 1,
    row_number() over newest_first > 1 and first_value(is_contactable) over newest_first
from usable
where is_doubled
window newest_first as (
    partition by consent_id
    order by loaded_at desc nulls last, counts_from desc, restrictiveness desc
);

create temp table tickets as
select
    customer_id,
    opened_at,
    closed_at,
    case when satisfaction between 1 and 5 then satisfaction end as satisfaction,
    case when nps between 0 and 10 then nps end as nps
from read_parquet(getvariable('support_tickets'))
where ticket_id is not null
    and customer_id is not null
    and opened_at is not null
    and is_loaded_after(opened_at, loaded_at)
qualify row_number() over (partition by ticket_id order by loaded_at desc nulls last) = 1;

create temp table subscriptions as
with statuses as (
    from read_csv(getvariable('rules') || '/subscription_statuses.csv')
)

select
    subscriptions.*,
    subscriptions.status is null or coalesce(statuses.is_live, false) as is_live,
    coalesce(statuses.subscription_status = 'cancelled', false) as is_cancelled
from read_parquet(getvariable('subscriptions')) as subscriptions
left join statuses on statuses.source_status = lower(subscriptions.status)
where subscriptions.subscription_id is not null
    and subscriptions.customer_id is not null
    and subscriptions.started_at is not null
    and is_loaded_after(subscriptions.started_at, subscriptions.loaded_at)
qualify row_number() over (
    partition by subscriptions.subscription_id
    order by subscriptions.loaded_at desc nulls last, is_live, coalesce(subscriptions.monthly_amount, 0)
) = 1;


---------------------------------------------------------------------------------------------------------------- identity
create temp table customer_ids as
with sightings as (
    select customer_id, first_at as seen_at from event_lives
    union all
    select customer_id, ordered_at from orders
    union all
    select customer_id, refunded_at from refunds
    union all
    select customer_id, signed_up_at from profiles
    union all
    select customer_id, linked_at from identities
    union all
    select identifier, linked_at from identities where identifier_type = 'customer_id'
    union all
    select customer_id, counts_from from consent
    union all
    select customer_id, opened_at from tickets
    union all
    select customer_id, started_at from subscriptions
),

seen as (
    select
        customer_id,
        min(seen_at) as first_seen_at,
        -- A row without a time of its own was always there.
        min(coalesce(seen_at::date, date '1900-01-01')) as first_seen_on
    from sightings
    where customer_id is not null
    group by customer_id
)

from seen where not is_junk(customer_id);

-- An identifier of more customer ids than its type may join joins nobody, but still carries withdrawals.
create temp table links as
with pairs as (
    select identifier_type, identifier, customer_id from identities
    union
    select 'anonymous_id', anonymous_id, customer_id
    from event_lives
    where anonymous_id is not null and customer_id is not null
    union
    select 'email', email, customer_id from profiles where email is not null
    union
    select 'phone', phone, customer_id from profiles where phone is not null
)

select
    pairs.*,
    count(*) over (partition by pairs.identifier_type, pairs.identifier)
    > case pairs.identifier_type when 'email' then 200 when 'phone' then 50 else 10 end as is_set_apart
from pairs
semi join customer_ids on customer_ids.customer_id = pairs.customer_id
where not is_junk(pairs.identifier);

create temp table persons_of_ids as
with recursive shared as (
    select
        customer_id,
        case
            when identifier_type = 'customer_id' then identifier
            else min(customer_id) over (partition by identifier_type, identifier)
        end as other_id
    from links
    where not is_set_apart
),

edges as (
    select customer_id as from_id, other_id as to_id from shared where customer_id <> other_id
    union
    select other_id, customer_id from shared where customer_id <> other_id
),

components (node, component) using key (node) as (
    select distinct from_id, from_id from edges
    union
    select edges.to_id, min(components.component)
    from components
    inner join edges on edges.from_id = components.node
    inner join recurring.components as known on known.node = edges.to_id
    where components.component < known.component
    group by edges.to_id
)

-- First seen, then smallest, names the person.
select
    customer_ids.customer_id,
    customer_ids.first_seen_at,
    customer_ids.first_seen_on,
    case
        when components.node is null then customer_ids.customer_id
        else first_value(customer_ids.customer_id) over (
            partition by coalesce(components.component, customer_ids.customer_id)
            order by customer_ids.first_seen_at nulls last, customer_ids.customer_id
        )
    end as person_id
from customer_ids
left join components on components.node = customer_ids.customer_id;

create temp table persons_of_visitors as
select links.identifier as anonymous_id, min(persons_of_ids.person_id) as person_id
from links
inner join persons_of_ids on persons_of_ids.customer_id = links.customer_id
where links.identifier_type = 'anonymous_id' and not links.is_set_apart
group by links.identifier;

create temp table persons_of_events as
select
    event_lives.customer_id,
    event_lives.anonymous_id,
    coalesce(persons_of_ids.person_id, persons_of_visitors.person_id) as person_id
from event_lives
left join persons_of_ids on persons_of_ids.customer_id = event_lives.customer_id
left join persons_of_visitors on persons_of_visitors.anonymous_id = event_lives.anonymous_id
where coalesce(persons_of_ids.person_id, persons_of_visitors.person_id) is not null;

create temp table persons as
with signs as (
    select person_id, first_seen_at, first_seen_on as known_on, 1 as ids from persons_of_ids
    union all
    select persons_of_events.person_id, null, event_lives.first_at::date, 0
    from event_lives
    inner join persons_of_events
        on persons_of_events.customer_id is not distinct from event_lives.customer_id
        and persons_of_events.anonymous_id is not distinct from event_lives.anonymous_id
    union all
    select persons_of_ids.person_id, null, refunds.refunded_at::date, 0
    from refunds
    inner join persons_of_ids on persons_of_ids.customer_id = refunds.refunded_customer_id
)

select person_id, min(first_seen_at) as first_seen_at, sum(ids)::bigint as count_customer_ids
from signs
group by person_id
having min(known_on) <= as_of();


---------------------------------------------------------------------------------------------------------------- features
create temp table completed_orders as
select
    orders.order_id,
    persons_of_ids.person_id,
    orders.ordered_at,
    orders.ordered_at::date as day,
    orders.amount,
    orders.is_discounted
from orders
inner join persons_of_ids on persons_of_ids.customer_id = orders.customer_id
where orders.is_completed and orders.ordered_at < as_of() + 1;

create temp table order_features as
with amounts as (
    select person_id, ordered_at, day, 1 as orders, is_discounted::integer as discounted, amount as gross, 0 as refunded
    from completed_orders
    union all
    select persons_of_ids.person_id, null, refunds.refunded_at::date, 0, 0, 0, refunds.amount
    from refunds
    inner join persons_of_ids on persons_of_ids.customer_id = refunds.refunded_customer_id
    where refunds.is_counted and refunds.refunded_at < as_of() + 1
)

select
    person_id,
    min(day) filter (where orders > 0) as first_ordered_on,
    max(day) filter (where orders > 0) as last_ordered_on,
    max(ordered_at) as last_ordered_at,
    coalesce(sum(orders) filter (where day > as_of() - 30), 0) as orders_30d,
    coalesce(sum(orders) filter (where day > as_of() - 90), 0) as orders_90d,
    coalesce(sum(orders) filter (where day > as_of() - 180), 0) as orders_180d,
    coalesce(sum(orders) filter (where day > as_of() - 365), 0) as orders_365d,
    sum(orders) as orders_life,
    sum(discounted) as discounted_orders_life,
    coalesce(sum(gross - refunded) filter (where day > as_of() - 30), 0) as net_revenue_30d,
    coalesce(sum(gross - refunded) filter (where day > as_of() - 90), 0) as net_revenue_90d,
    coalesce(sum(gross - refunded) filter (where day > as_of() - 180), 0) as net_revenue_180d,
    coalesce(sum(gross - refunded) filter (where day > as_of() - 365), 0) as net_revenue_365d,
    sum(gross - refunded) as net_revenue_life,
    sum(gross) as gross_revenue_life,
    sum(refunded) as refunded_amount_life
from amounts
group by person_id;

create temp table cadence as
with days as (
    select distinct person_id, day from completed_orders
),

gaps as (
    select
        person_id,
        day,
        date_diff('day', lag(day) over (partition by person_id order by day), day) as gap_days
    from days
)

select
    person_id,
    case when count(gap_days) >= 2 then quantile_cont(gap_days, 0.5)::decimal(18, 1) end as purchase_cadence_days,
    coalesce(bool_or(gap_days >= 181 and age(day) <= 30), false) as is_back
from gaps
where gap_days is not null
group by person_id;

create temp table purchases as
with doubled as (
    select hash(order_id, line_number) as key_hash
    from read_parquet(getvariable('order_items'))
    group by key_hash
    having count(*) > 1
),

usable as (
    select
        *,
        hash(order_id, line_number) in (from doubled) as is_doubled
    from read_parquet(getvariable('order_items'))
    where order_id is not null and line_number is not null
),

lines as (
    select order_id, product_id, category, quantity from usable where not is_doubled
    union all
    select order_id, product_id, category, quantity
    from usable
    where is_doubled
    qualify row_number() over (
        partition by order_id, line_number
        order by loaded_at desc nulls last
    ) = 1
)

select
    completed_orders.person_id,
    coalesce(lines.category, products.category) as category,
    case when products.is_consumable then products.product_id end as consumable_id,
    case when products.is_consumable then completed_orders.day end as consumable_bought_on,
    any_value(products.replenish_days) as replenish_days,
    sum(case when lines.quantity > 0 then lines.quantity else 1 end) as units,
    sum((10 * decay(age(completed_orders.day), 90))::decimal(18, 12)) as points
from lines
inner join completed_orders on completed_orders.order_id = lines.order_id
left join products on products.product_id = lines.product_id
group by completed_orders.person_id, coalesce(lines.category, products.category), consumable_id, consumable_bought_on;

create temp table replenishment as
with purchase_days as (
    select
        person_id,
        consumable_id,
        consumable_bought_on,
        sum(units) * coalesce(any_value(replenish_days), 30) as days_supplied
    from purchases
    where consumable_id is not null
    group by person_id, consumable_id, consumable_bought_on
),

last_purchases as (
    select
        person_id,
        age(consumable_bought_on) - round(days_supplied)::bigint as days_past
    from purchase_days
    qualify row_number() over (partition by person_id, consumable_id order by consumable_bought_on desc) = 1
)

-- The product nearest to its due day; of two as near the one that is due.
select
    person_id,
    arg_min(days_past, abs(days_past) * 2 + (days_past < 0)::integer) as days_past_replenishment
from last_purchases
group by person_id;

create temp table favourites as
with points as (
    select person_id, category, points, true as is_bought
    from purchases
    union all
    select persons_of_events.person_id, event_categories.category, event_categories.points, false
    from event_categories
    inner join persons_of_events
        on persons_of_events.customer_id is not distinct from event_categories.customer_id
        and persons_of_events.anonymous_id is not distinct from event_categories.anonymous_id
),

affinity as (
    select person_id, category, round(sum(points), 6)::decimal(18, 6) as points, bool_or(is_bought) as is_bought
    from points
    where category is not null
    group by person_id, category
)

select
    person_id,
    max(points) as most_points,
    sum(points) as all_points,
    count(*) filter (where is_bought) as categories_bought_life,
    min({'rank': -points, 'category': category}).category as first_category
from affinity
group by person_id;

create temp table engagement_recently as
with person_days as (
    select persons_of_events.person_id, event_days.* exclude (customer_id, anonymous_id)
    from event_days
    inner join persons_of_events
        on persons_of_events.customer_id is not distinct from event_days.customer_id
        and persons_of_events.anonymous_id is not distinct from event_days.anonymous_id
)

select
    person_id,
    coalesce(sum(engaging) filter (where age < 90), 0) as engaging_events_90d,
    coalesce(round(sum(weight * decay(age, 14)) filter (where age < 90), 6), 0)::decimal(18, 6) as engagement_points,
    coalesce(round(sum(weight * decay(age - 7, 14)) filter (where age >= 7), 6), 0)::decimal(18, 6)
        as engagement_points_7d_ago,
    coalesce(sum(sent) filter (where age < 7), 0) as messages_sent_7d,
    coalesce(sum(sent) filter (where age < 90), 0) as messages_sent_90d,
    coalesce(sum(opened) filter (where age < 90), 0) as messages_opened_90d,
    coalesce(sum(clicked) filter (where age < 90), 0) as messages_clicked_90d,
    coalesce(sum(emails) filter (where age < 60), 0) as emails_engaged_60d,
    coalesce(sum(views) filter (where age < 30), 0) as product_views_30d,
    coalesce(sum(usages) filter (where age < 14), 0) as usage_14d,
    coalesce(sum(usages) filter (where age between 14 and 27), 0) as usage_previous_14d,
    count(distinct age) filter (where visits > 0 and age < 7) as visits_7d,
    count(distinct age) filter (where visits > 0 and age between 7 and 13) as visits_previous_7d,
    coalesce(sum(paywalls) filter (where age < 30), 0) as paywall_hits_30d
from person_days
group by person_id;

create temp table engagement as
select
    persons_of_events.person_id,
    max(event_lives.last_engaged_at)::date as last_engaged_on,
    max(event_lives.last_cart_at) as last_cart_at,
    sum(event_lives.invitations) as teammates_invited_life
from event_lives
inner join persons_of_events
    on persons_of_events.customer_id is not distinct from event_lives.customer_id
    and persons_of_events.anonymous_id is not distinct from event_lives.anonymous_id
group by persons_of_events.person_id;

create temp table repeat_views as
with views as (
    select persons_of_events.person_id, event_views.* exclude (customer_id, anonymous_id)
    from event_views
    inner join persons_of_events
        on persons_of_events.customer_id is not distinct from event_views.customer_id
        and persons_of_events.anonymous_id is not distinct from event_views.anonymous_id
),

items as (
    select person_id, 'product' as kind, product_id as item, views, last_viewed_at
    from views
    where product_id is not null
    union all
    select person_id, 'category', category, views, last_viewed_at
    from views
    where category is not null
),

viewed as (
    select person_id, sum(views) as views, max(last_viewed_at) as last_viewed_at
    from items
    group by person_id, kind, item
)

select viewed.person_id, max(viewed.views) as repeat_views_7d
from viewed
left join order_features on order_features.person_id = viewed.person_id
where order_features.last_ordered_at is null or order_features.last_ordered_at < viewed.last_viewed_at
group by viewed.person_id;

create temp table subscribed as
with states as (
    select
        persons_of_ids.person_id,
        subscriptions.monthly_amount,
        subscriptions.renews_at::date as renews_on,
        coalesce(subscriptions.cancelled_at::date <= as_of(), subscriptions.is_cancelled) as is_cancelled,
        coalesce(subscriptions.trial_ends_at::date >= as_of(), false) as is_trial,
        subscriptions.is_live and coalesce(subscriptions.cancelled_at::date > as_of(), true) as is_live
    from subscriptions
    inner join persons_of_ids on persons_of_ids.customer_id = subscriptions.customer_id
    where subscriptions.started_at < as_of() + 1
)

select
    person_id,
    bool_or(is_live) as is_subscribed,
    bool_or(is_live and is_trial) as is_in_trial,
    bool_or(is_live and not is_trial and coalesce(monthly_amount > 0, false)) as has_paid_subscription,
    bool_or(is_cancelled) and not bool_or(is_live) as has_cancelled_subscription,
    min(date_diff('day', as_of(), renews_on)) filter (where is_live and renews_on >= as_of()) as days_until_renewal
from states
group by person_id;

create temp table support as
select
    persons_of_ids.person_id,
    count(*) filter (where tickets.closed_at is null or tickets.closed_at >= as_of() + 1) as open_tickets_30d,
    min(tickets.nps) filter (where coalesce(tickets.closed_at < as_of() + 1, true)) as lowest_nps_30d,
    min(tickets.satisfaction) filter (where coalesce(tickets.closed_at < as_of() + 1, true)) as lowest_satisfaction_30d
from tickets
inner join persons_of_ids on persons_of_ids.customer_id = tickets.customer_id
where tickets.opened_at >= as_of() - 29 and tickets.opened_at < as_of() + 1
group by persons_of_ids.person_id;

create temp table person_profiles as
select
    persons_of_ids.person_id,
    profiles.country,
    profiles.language,
    profiles.loyalty_tier,
    profiles.acquisition_channel
from profiles
inner join persons_of_ids on persons_of_ids.customer_id = profiles.customer_id
where coalesce(profiles.signed_up_at < as_of() + 1, true)
qualify row_number() over (
    partition by persons_of_ids.person_id
    order by (profiles.customer_id <> persons_of_ids.person_id)::integer, profiles.customer_id
) = 1;

-- What is said of an address, or of a customer id whose address is not known: when it was last allowed and last refused
-- by the day, and when any version of any record last withdrew it.
create temp table addresses as
with named as (
    select customer_id, identifier_type as kind, identifier as address
    from identities
    where identifier_type in ('email', 'phone')
    union
    select customer_id, 'email', email from profiles
    union
    select customer_id, 'phone', phone from profiles
)

from named where address is not null and not is_junk(address);

create temp table streams as
with channels as (
    from read_csv(getvariable('rules') || '/channels.csv')
),

single_addresses as (
    select customer_id, kind, any_value(address) as address
    from addresses
    group by customer_id, kind
    having count(*) = 1
),

-- An erasure is for all channels.
records as (
    from consent where not is_for_ever
    union all
    select consent.* replace (channels.channel as channel)
    from consent
    cross join channels
    where consent.is_for_ever
),

said as (
    select
        coalesce(single_addresses.address, records.customer_id) as stream,
        records.channel,
        max(counts_from) filter (where is_in_force and is_contactable) as allowed_at,
        max(counts_from) filter (where is_in_force and is_withdrawal) as refused_at,
        max(counts_from) filter (where is_withdrawal) as withdrawn_at,
        max(counts_from) filter (where is_withdrawal and not is_corrected) as withdrawn_for_good_at,
        bool_or(is_for_ever) as is_erased,
        bool_or(is_for_ever and is_by_then) as is_erased_by_then
    from records
    inner join channels on channels.channel = records.channel
    left join single_addresses
        on single_addresses.customer_id = records.customer_id and single_addresses.kind = channels.address_type
    group by all
)

select
    stream,
    channel,
    not is_erased_by_then and coalesce(allowed_at > refused_at, allowed_at is not null) as is_allowed,
    is_erased_by_then or coalesce(refused_at >= allowed_at, refused_at is not null) as is_refused,
    is_erased
    or is_refused
    or coalesce(
        withdrawn_at > allowed_at or coalesce(withdrawn_for_good_at = allowed_at, false), withdrawn_at is not null
    )
        as is_withdrawn
from said;

-- Consent is judged here and nowhere else: of all that is said of a person's ids and addresses a refusal weighs more.
create temp table contactability as
with said as (
    select addresses.customer_id, streams.channel, streams.is_allowed, streams.is_refused, streams.is_withdrawn
    from streams
    inner join addresses on addresses.address = streams.stream
    union all
    select stream, channel, is_allowed, is_refused, is_withdrawn
    from streams
),

shared as (
    select links.identifier_type, links.identifier, said.channel, bool_or(said.is_refused) as is_refused
    from said
    inner join links on links.customer_id = said.customer_id and links.is_set_apart
    where said.is_withdrawn
    group by links.identifier_type, links.identifier, said.channel
),

answers as (
    from said
    union all
    select links.customer_id, shared.channel, false, shared.is_refused, true
    from shared
    inner join links on links.identifier_type = shared.identifier_type and links.identifier = shared.identifier
),

merged as (
    select
        persons_of_ids.person_id,
        answers.channel,
        bool_or(answers.is_withdrawn) as is_withdrawn
    from answers
    inner join persons_of_ids on persons_of_ids.customer_id = answers.customer_id
    group by persons_of_ids.person_id, answers.channel
    having bool_or(answers.is_allowed) and not bool_or(answers.is_refused)
)

select
    person_id,
    bool_or(channel = 'email') as has_consent_email,
    bool_or(channel = 'sms') as has_consent_sms,
    bool_or(channel = 'push') as has_consent_push,
    bool_or(channel = 'ads') as has_consent_ads,
    bool_or(channel = 'email' and not is_withdrawn) as is_contactable_email,
    bool_or(channel = 'sms' and not is_withdrawn) as is_contactable_sms,
    bool_or(channel = 'push' and not is_withdrawn) as is_contactable_push,
    bool_or(channel = 'ads' and not is_withdrawn) as is_contactable_ads,
    array_to_string(list_sort(list(channel) filter (where not is_withdrawn)), '|') as contactable_channels
from merged
group by person_id;


------------------------------------------------------------------------------------------------------------------- marts
create temp table scores as
with ranked as (
    select
        person_id,
        count(*) over () as population,
        rank() over (order by last_ordered_on) - 1 as worse_recency,
        rank() over (order by orders_365d) - 1 as worse_frequency,
        rank() over (order by net_revenue_365d) - 1 as worse_monetary
    from order_features
    where orders_life > 0
)

select
    person_id,
    fifth(worse_recency, population) as recency_score,
    fifth(worse_frequency, population) as frequency_score,
    fifth(worse_monetary, population) as monetary_score
from ranked;

create temp table value_tiers as
with ranked as (
    select
        order_features.person_id,
        count(*) over () as population,
        rank() over (order by order_features.net_revenue_365d desc) - 1 as greater
    from order_features
    semi join persons on persons.person_id = order_features.person_id
    where order_features.net_revenue_365d > 0
)

select
    person_id,
    case
        when greater < 0.05 * population then 'vip'
        when greater < 0.20 * population then 'high'
        when greater < 0.50 * population then 'mid'
        else 'low'
    end as value_tier
from ranked;

create table marts.customers as
with joined as (
    select
        persons.person_id as customer_id,
        persons.first_seen_at,
        persons.count_customer_ids,
        orders.first_ordered_on,
        orders.last_ordered_on,
        coalesce(orders.net_revenue_365d, 0) as value_basis,
        coalesce(orders.gross_revenue_life, 0) as gross_revenue_life,
        coalesce(orders.refunded_amount_life, 0) as refunded_amount_life,
        age(orders.first_ordered_on) as days_since_first_order,
        age(orders.last_ordered_on) as days_since_last_order,
        coalesce(orders.orders_30d, 0) as orders_30d,
        coalesce(orders.orders_90d, 0) as orders_90d,
        coalesce(orders.orders_180d, 0) as orders_180d,
        coalesce(orders.orders_365d, 0) as orders_365d,
        coalesce(orders.orders_life, 0) as orders_life,
        coalesce(orders.net_revenue_30d, 0) as net_revenue_30d,
        coalesce(orders.net_revenue_90d, 0) as net_revenue_90d,
        coalesce(orders.net_revenue_180d, 0) as net_revenue_180d,
        coalesce(orders.net_revenue_365d, 0) as net_revenue_365d,
        coalesce(orders.net_revenue_life, 0) as net_revenue_life,
        ratio(orders.discounted_orders_life, orders.orders_life) as discounted_order_share,
        scores.recency_score,
        scores.frequency_score,
        scores.monetary_score,
        case
            when scores.recency_score is null then null
            when recency_score = 5 and frequency_score >= 4 and monetary_score >= 4 then 'champions'
            when recency_score >= 3 and frequency_score >= 4 and monetary_score >= 4 then 'loyalists'
            when recency_score >= 3 and frequency_score >= 4 then 'potential_loyalists'
            when recency_score >= 4 and frequency_score >= 2 and monetary_score >= 4 then 'potential_loyalists'
            when recency_score >= 4 and monetary_score = 5 then 'potential_loyalists'
            when recency_score >= 4 and monetary_score >= 3 then 'new_promising'
            when recency_score >= 4 then 'new_customers'
            when recency_score >= 3 then 'at_risk'
            when frequency_score >= 2 and monetary_score >= 2 then 'at_risk'
            when frequency_score >= 4 or monetary_score >= 4 then 'at_risk'
            else 'lost'
        end as rfm_segment,
        case
            when coalesce(orders.orders_life, 0) = 0 then 'prospect'
            when age(orders.last_ordered_on) >= 366 then 'lost'
            when age(orders.last_ordered_on) >= 181 then 'dormant'
            when age(orders.last_ordered_on) >= 91 then 'at_risk'
            when cadence.is_back then 'reactivated'
            when age(orders.first_ordered_on) <= 30 then 'new'
            else 'active'
        end as lifecycle_stage,
        coalesce(value_tiers.value_tier, 'none') as value_tier,
        case
            when coalesce(recently.engaging_events_90d, 0) = 0 then 'none'
            when recently.engagement_points >= 20 then 'high'
            when recently.engagement_points >= 5 then 'medium'
            else 'low'
        end as engagement_tier,
        cadence.purchase_cadence_days,
        age(greatest(orders.last_ordered_on, engagement.last_engaged_on)) as days_since_last_interaction,
        coalesce(recently.engagement_points, 0) as engagement_points,
        coalesce(recently.engagement_points_7d_ago, 0) as engagement_points_7d_ago,
        coalesce(recently.messages_sent_7d, 0) as messages_sent_7d,
        coalesce(recently.messages_sent_90d, 0) as messages_sent_90d,
        coalesce(recently.messages_opened_90d, 0) as messages_opened_90d,
        coalesce(recently.messages_clicked_90d, 0) as messages_clicked_90d,
        coalesce(recently.emails_engaged_60d, 0) as emails_engaged_60d,
        coalesce(recently.product_views_30d, 0) as product_views_30d,
        coalesce(recently.usage_14d, 0) as usage_14d,
        coalesce(recently.usage_previous_14d, 0) as usage_previous_14d,
        coalesce(recently.visits_7d, 0) as visits_7d,
        coalesce(recently.visits_previous_7d, 0) as visits_previous_7d,
        coalesce(recently.paywall_hits_30d, 0) as paywall_hits_30d,
        coalesce(engagement.teammates_invited_life, 0) as teammates_invited_life,
        coalesce(repeat_views.repeat_views_7d, 0) as repeat_views_7d,
        case
            when coalesce(orders.last_ordered_at < engagement.last_cart_at, true) then age(engagement.last_cart_at::date)
        end as days_since_abandoned_cart,
        replenishment.days_past_replenishment,
        subscribed.days_until_renewal,
        coalesce(subscribed.is_subscribed, false) as is_subscribed,
        coalesce(subscribed.is_in_trial, false) as is_in_trial,
        coalesce(subscribed.has_paid_subscription, false) as has_paid_subscription,
        coalesce(subscribed.has_cancelled_subscription, false) as has_cancelled_subscription,
        coalesce(support.open_tickets_30d, 0) as open_tickets_30d,
        support.lowest_nps_30d,
        support.lowest_satisfaction_30d,
        case
            when favourites.all_points > 0 and favourites.most_points >= 0.4 * favourites.all_points
                then favourites.first_category
        end as top_category,
        coalesce(favourites.categories_bought_life, 0) as categories_bought_life,
        profiles.country,
        profiles.language,
        profiles.loyalty_tier,
        profiles.acquisition_channel,
        coalesce(contactability.has_consent_email, false) as has_consent_email,
        coalesce(contactability.has_consent_sms, false) as has_consent_sms,
        coalesce(contactability.has_consent_push, false) as has_consent_push,
        coalesce(contactability.has_consent_ads, false) as has_consent_ads,
        coalesce(contactability.is_contactable_email, false) as is_contactable_email,
        coalesce(contactability.is_contactable_sms, false) as is_contactable_sms,
        coalesce(contactability.is_contactable_push, false) as is_contactable_push,
        coalesce(contactability.is_contactable_ads, false) as is_contactable_ads,
        contactability.contactable_channels
    from persons
    left join order_features as orders on orders.person_id = persons.person_id
    left join scores on scores.person_id = persons.person_id
    left join value_tiers on value_tiers.person_id = persons.person_id
    left join cadence on cadence.person_id = persons.person_id
    left join engagement on engagement.person_id = persons.person_id
    left join engagement_recently as recently on recently.person_id = persons.person_id
    left join repeat_views on repeat_views.person_id = persons.person_id
    left join replenishment on replenishment.person_id = persons.person_id
    left join favourites on favourites.person_id = persons.person_id
    left join subscribed on subscribed.person_id = persons.person_id
    left join support on support.person_id = persons.person_id
    left join person_profiles as profiles on profiles.person_id = persons.person_id
    left join contactability on contactability.person_id = persons.person_id
)

select
    *,
    as_of() as as_of_date,
    case when orders_life > 0 then days_since_last_order end as recency_days,
    case when orders_life > 0 then orders_365d end as frequency,
    case when orders_life > 0 then net_revenue_365d end as monetary,
    recency_score::varchar || frequency_score::varchar || monetary_score::varchar as rfm_score,
    lifecycle_stage in ('lost', 'dormant') as is_churned,
    ratio(days_since_last_order, purchase_cadence_days) as overdue_ratio,
    ratio(engagement_points - engagement_points_7d_ago, engagement_points_7d_ago) as engagement_change_7d,
    ratio(usage_14d - usage_previous_14d, usage_previous_14d) as usage_change_14d
from joined;

-- A clause group is a predicate; what is unknown holds for no clause.
create table marts.segment_members as
with kinds as (
    select 'rfm' as segment_kind, 'rfm_' || rfm_segment as segment_key, customer_id from marts.customers
    union all
    select 'lifecycle', 'lifecycle_' || lifecycle_stage, customer_id from marts.customers
    union all
    select 'value', 'value_' || value_tier, customer_id from marts.customers
    union all
    select 'engagement', 'engagement_' || engagement_tier, customer_id from marts.customers
),

behaviours as (
    select
        customer_id,
        unnest([
            case when days_since_first_order between 0 and 30 then 'new_customer_onboarding' end,
            case
                when days_since_last_interaction between 14 and 29 then 'inactive_14'
                when days_since_last_interaction between 30 and 59 then 'inactive_30'
                when days_since_last_interaction >= 60 then 'inactive_60'
            end,
            case when engagement_change_7d <= -0.5 and engagement_points_7d_ago >= 5 then 'engagement_dropping' end,
            case when days_until_renewal between 0 and 30 then 'renewal_approaching' end,
            case when messages_opened_90d >= 1 and messages_clicked_90d = 0 then 'opened_not_clicked' end,
            case when days_past_replenishment between -5 and 5 and emails_engaged_60d >= 1 then 'replenishment_due' end,
            case when days_since_abandoned_cart between 0 and 6 then 'cart_abandoner' end,
            case when repeat_views_7d >= 2 then 'product_interest' end,
            case when product_views_30d >= 5 and orders_life = 0 then 'window_shopper' end,
            case when orders_life = 0 and engagement_tier in ('high', 'medium') then 'hot_prospect' end,
            case when net_revenue_90d > 300 then 'big_spender' end,
            case when orders_life >= 3 and discounted_order_share >= 0.5 then 'price_sensitive' end,
            case
                when recency_score >= 4 and frequency_score >= 4 and engagement_tier in ('low', 'none')
                    then 'quiet_champion'
            end,
            case when is_in_trial and teammates_invited_life >= 1 then 'trial_activated' end,
            case when has_paid_subscription and usage_change_14d <= -0.5 then 'usage_declining' end,
            case
                when has_cancelled_subscription and visits_7d >= 1 and visits_previous_7d >= 1 then 'winback_visitor'
            end,
            case when paywall_hits_30d >= 2 and not is_subscribed then 'paywall_hitter' end,
            case
                when open_tickets_30d >= 1 or lowest_nps_30d <= 6 or lowest_satisfaction_30d <= 2
                    then 'service_recovery'
            end,
            case when value_tier = 'vip' and messages_sent_7d >= 5 then 'vip_fatigue' end
        ]) as segment_key
    from marts.customers
)

select segment_key, customer_id, as_of() as as_of_date, segment_kind, 1 as rule_version
from kinds
where segment_key is not null
union all
select segment_key, customer_id, as_of(), 'behaviour', 1
from behaviours
where segment_key is not null;
