"""The SQL that `spine.sample` runs: helpers, fixed tables, and one batch of customers.

Everything random is a pure function of (seed, entity number, purpose): see the macros `draw` and `chance`. Time is
kept in whole seconds since midnight of the first day until the last step turns it into timestamps. Nothing here is
formatted into the text: the session variables `seed`, `first_day`, `days`, `months`, `low`, `high` and
`order_offset` carry the arguments.

Number spaces: customers count from 1, guest buyers from 10,000,001 and nameless visitors from 20,000,001, so that
one number stands for one person. An order's key is the person's number x 4096 + its place in the person's orders;
an event's key adds its stream (4 bits), its place (12 bits) and its step (4 bits).
"""

# Plain integer arithmetic, for `hash()` promises nothing from one DuckDB version to the next: the middle bits of a
# product, folded, and the middle bits of another. Each step names its argument once or twice, for DuckDB expands
# macros into text and planning would soon take longer than running.
MACROS = """
create or replace macro salt(purpose) as
    ('0x' || left(md5(getvariable('seed')::varchar || ':' || purpose), 8))::ubigint;
create or replace macro fold(x) as xor(x, x >> 15);
create or replace macro middle(x) as (x >> 16) & 4294967295;
create or replace macro draw(id, purpose) as
    middle(fold(middle(fold(middle(
        xor((id)::ubigint % 4079486027, salt(purpose)) * 1935289751
    )) * 2146121005)) * 1640531527);
-- Uniform in [0, 1).
create or replace macro chance(id, purpose) as draw(id, purpose) / 4294967296.0;
create or replace macro whole(id, purpose, bound) as floor(chance(id, purpose) * (bound))::bigint;
-- Nearly standard normal, within +-3.5: the sum of four uniforms, which needs no library function.
create or replace macro normal(id, purpose) as
    1.7320508 * (
        chance(id, purpose || ' 1') + chance(id, purpose || ' 2')
        + chance(id, purpose || ' 3') + chance(id, purpose || ' 4') - 2
    );
create or replace macro days() as getvariable('days');
create or replace macro last_second() as getvariable('days') * 86400 - 1;
create or replace macro slot_count() as getvariable('days') * 8;
create or replace macro slot_of(moment_share) as
    greatest(0, least(slot_count() - 1, floor((moment_share) * slot_count())::bigint));
create or replace macro at_second(second) as
    make_timestamp((epoch_us(getvariable('first_day')::timestamp) + (second)::bigint * 1000000)::bigint);
-- From 06:00 to 23:00, most in the early afternoon.
create or replace macro time_of_day(id) as
    21600 + floor(30600 * (chance(id, 'time of day 1') + chance(id, 'time of day 2')))::bigint;
-- Seconds until a row reaches the warehouse: minutes to two hours, one in a hundred some days later.
create or replace macro lag_seconds(id) as
    300 + whole(id, 'lag', 6900) + case when chance(id, 'late') < 0.01 then 86400 + whole(id, 'late days', 777600) else 0 end;
-- Which versions of a row arrive: 0 the row, 1 the very same row again, 2 an older state of it, loaded earlier.
create or replace macro copies_of(id) as
    case when chance(id, 'copy') < 0.0025 then [0, 1] when chance(id, 'copy') < 0.005 then [0, 2] else [0] end;
create or replace macro loaded_second(second, id, version) as
    second + case when version = 2 then 60 else lag_seconds(id) end;
create or replace macro numbered(prefix, number, width) as prefix || lpad((number)::varchar, width, '0');
create or replace macro customer_name(number) as numbered('c', number, 7);
create or replace macro visitor_name(number, device) as numbered('anon-', number, 8) || '-' || (device)::varchar;
create or replace macro event_key(number, stream, place, step) as
    (((number)::bigint * 16 + stream) * 4096 + place) * 16 + step;
create or replace macro first_name_of(number) as
    [
        'Ada', 'Ben', 'Chloe', 'Dan', 'Elif', 'Finn', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Kate', 'Liam', 'Maya', 'Noah', 'Olga',
        'Paul', 'Rosa', 'Sam', 'Tara', 'Zoé'
    ][1 + whole(number, 'first name', 20)];
create or replace macro last_name_of(number) as
    [
        'Adams', 'Baker', 'Costa', 'Dubois', 'Evans', 'Fischer', 'Garcia', 'Hughes', 'Ito', 'Jansen', 'Keller', 'Lopez',
        'Meyer', 'Novak', 'Okafor', 'Patel', 'Rossi', 'Smith', 'Taylor', 'Wang'
    ][1 + whole(number, 'last name', 20)];
create or replace macro email_of(number) as
    case
        when chance(number, 'no email') >= 0.03
            then lower(strip_accents(first_name_of(number))) || '.' || lower(last_name_of(number)) || (number)::varchar
                || '@example.com'
    end;
create or replace macro phone_of(number) as
    case when chance(number, 'no phone') >= 0.25 then numbered('+1-555-', number, 7) end;
create or replace macro country_of(number) as
    [
        'US', 'US', 'US', 'US', 'US', 'US', 'US', 'US', 'US', 'US', 'GB', 'GB', 'GB', 'DE', 'DE', 'DE', 'FR', 'CA', 'NL', 'ES'
    ][1 + whole(number, 'country', 20)];
create or replace macro currency_of(number) as
    case country_of(number) when 'US' then 'USD' when 'CA' then 'USD' when 'GB' then 'GBP' else 'EUR' end;
create or replace macro campaign_name(number) as numbered('cmp', number, 5);
create or replace macro is_always_on(number) as number > getvariable('mailing_count');
create or replace macro mailing_start(number) as
    case
        when is_always_on(number) then 0
        else (((number) - 1) * 7 // 2) * 86400 + 28800 + whole(number, 'send hour', 28800)
    end;
create or replace macro mailing_channel(number) as
    ['email', 'email', 'email', 'email', 'email', 'email', 'sms', 'push'][1 + whole(number, 'mailing channel', 8)];
create or replace macro mailing_source(number) as
    case mailing_channel(number)
        when 'push' then 'braze'
        when 'sms' then 'klaviyo'
        else ['klaviyo', 'klaviyo', 'klaviyo', 'iterable', 'hubspot'][1 + whole(number, 'mailing source', 5)]
    end;
-- Products of a category are dearer the higher their place (0-29); who spends more picks higher.
create or replace macro product_in(category_number, id, spend) as
    (category_number - 1) * 30 + 1 + floor(30 * pow(chance(id, 'product'), 2.4 / spend))::bigint;
create or replace macro category_for(id, favourite) as
    case
        when chance(id, 'own category') < 0.6 then favourite
        else 1 + floor(8 * pow(chance(id, 'category'), 1.4))::bigint
    end;
"""

# A day's weight is integer arithmetic: a peak in November and December, weekends above weekdays. A slot is an equal
# share of the period's whole weight, so that a uniform draw of a slot follows the seasons.
SLOTS = """
create or replace temp table slots as
with weighted as (
    select
        day_number,
        [82, 80, 92, 95, 100, 98, 88, 86, 98, 104, 150, 165][month(getvariable('first_day') + day_number::integer)]
        * [112, 96, 92, 94, 98, 108, 120][1 + dayofweek(getvariable('first_day') + day_number::integer)] as weight
    from range(days()) as calendar (day_number)
),

summed as (
    select
        day_number,
        (sum(weight) over (order by day_number))::bigint as weight_to_date,
        (sum(weight) over ())::bigint as weight_in_all
    from weighted
),

ranged as (
    select
        day_number,
        weight_to_date,
        coalesce(lag(weight_to_date) over (order by day_number), 0) as weight_before,
        weight_in_all
    from summed
)

select
    slot,
    day_number as day
from ranged
cross join range(slot_count()) as every_slot (slot)
where (2 * slot + 1) * weight_in_all >= weight_before * 2 * slot_count()
    and (2 * slot + 1) * weight_in_all < weight_to_date * 2 * slot_count()
"""

CATALOGUE = """
create or replace temp table catalogue as
with placed as (
    select
        product_number,
        1 + (product_number - 1) // 30 as category_number,
        (product_number - 1) % 30 as place
    from range(1, 241) as numbers (product_number)
)

select
    product_number,
    category_number,
    numbered('p', product_number, 4) as product_id,
    ['coffee', 'skincare', 'pet food', 'kitchen', 'apparel', 'outdoor', 'books', 'electronics'][category_number] as category,
    category_number <= 3 as is_consumable,
    case
        when category_number > 3 or product_number % 3 = 0 then null
        else [30, 30, 45, 28, 60, 30, 35][1 + product_number % 7]
    end as replenish_days,
    round([7, 9, 12, 14, 16, 22, 8, 28][category_number] * exp(0.085 * place), 2)::decimal(18, 2) as price,
    round(
        [7, 9, 12, 14, 16, 22, 8, 28][category_number] * exp(0.085 * place)
        * (0.35 + 0.3 * chance(product_number, 'cost')), 2
    )::decimal(18, 2) as unit_cost,
    ['Classic', 'Everyday', 'Bold', 'Gentle', 'Travel', 'Premium'][1 + product_number % 6] as style
from placed
"""

PRODUCTS = """
select
    product_id,
    style || ' ' || category || ' no. ' || product_number::varchar as name,
    category,
    unit_cost,
    is_consumable,
    replenish_days::integer as replenish_days
from catalogue
order by product_id
"""

# Two mailings a week, and ten always-on journeys after them: numbers `mailing_count` + 1 to + 10.
CAMPAIGNS = """
with placed as (
    select
        number,
        mailing_start(number) as start_second,
        is_always_on(number) as is_journey,
        is_always_on(number) and number % 5 = 0 as is_service,
        1 + whole(number, 'mailing target', 9) as target
    from range(1, getvariable('mailing_count') + 11) as numbers (number)
)

select
    campaign_name(number) as campaign_id,
    case when is_journey then 'Journey ' else 'Mailing ' end || number::varchar as name,
    mailing_channel(number) as channel,
    case
        when not is_service then [
            'rfm_champions', 'rfm_at_risk', 'lifecycle_dormant', 'inactive_30', 'cart_abandoner',
            'price_sensitive', 'new_customer_onboarding', 'replenishment_due', 'lifecycle_active'
        ][target]
    end as segment_key,
    case
        when is_service then 'service'
        when target = 4 then 'reengagement'
        when target = 5 then 'conversion'
        when target = 7 then 'onboarding'
        when target = 8 then 'replenishment'
    end as journey,
    is_service,
    at_second(start_second) as started_at,
    case when not is_journey then at_second(start_second + 3 * 86400) end as ended_at,
    (50 + whole(number, 'mailing cost', 950))::decimal(18, 2) as cost,
    case when target in (2, 3, 6) then 100 + whole(number, 'incentive', 1900) else 0 end::decimal(18, 2)
        as incentive_cost,
    at_second(start_second + 300) as loaded_at
from placed
order by campaign_id
"""

# A week before the first day, so that every order finds a rate on or before its day in any time zone.
EXCHANGE_RATES = """
with steps as (
    select
        currency,
        base,
        day_number,
        whole(day_number + 8 + 100000 * place, 'rate', 201) - 100 as step
    from (values ('EUR', 108000, 1), ('GBP', 127000, 2)) as currencies (currency, base, place)
    cross join range(-7, days() + 2) as calendar (day_number)
)

select
    currency,
    (getvariable('first_day') + day_number::integer)::date as valid_on,
    ((base + sum(step) over (partition by currency order by day_number)) / 100000)::decimal(18, 6) as rate
from steps
order by currency, valid_on
"""

# How sources other than the shop's own call an event; a name that is not listed stays as it is.
SOURCE_NAMES = """
create or replace temp table source_names as
select * from (values
    ('klaviyo', 'email', 'message_delivered', 'Received Email'),
    ('klaviyo', 'email', 'message_opened', 'Opened Email'),
    ('klaviyo', 'email', 'message_clicked', 'Clicked Email'),
    ('klaviyo', 'email', 'message_bounced', 'Bounced Email'),
    ('klaviyo', 'email', 'message_complained', 'Marked Email as Spam'),
    ('klaviyo', 'email', 'message_unsubscribed', 'Unsubscribed'),
    ('klaviyo', 'sms', 'message_delivered', 'Received SMS'),
    ('klaviyo', 'sms', 'message_clicked', 'Clicked SMS'),
    ('iterable', 'email', 'message_sent', 'emailSend'),
    ('iterable', 'email', 'message_opened', 'emailOpen'),
    ('iterable', 'email', 'message_clicked', 'emailClick'),
    ('iterable', 'email', 'message_bounced', 'emailBounce'),
    ('iterable', 'email', 'message_complained', 'emailComplaint'),
    ('iterable', 'email', 'message_unsubscribed', 'emailUnSubscribe'),
    ('hubspot', 'email', 'message_sent', 'SENT'),
    ('hubspot', 'email', 'message_delivered', 'DELIVERED'),
    ('hubspot', 'email', 'message_opened', 'OPEN'),
    ('hubspot', 'email', 'message_clicked', 'CLICK'),
    ('hubspot', 'email', 'message_bounced', 'BOUNCE'),
    ('hubspot', 'email', 'message_complained', 'SPAMREPORT'),
    ('klaviyo', 'web', 'page_viewed', 'Active on Site'),
    ('klaviyo', 'web', 'product_viewed', 'Viewed Product'),
    ('klaviyo', 'web', 'added_to_cart', 'Added to Cart'),
    ('klaviyo', 'web', 'checkout_started', 'Checkout Started'),
    ('ga4', 'web', 'page_viewed', 'page_view'),
    ('ga4', 'web', 'product_viewed', 'view_item'),
    ('ga4', 'web', 'added_to_cart', 'add_to_cart'),
    ('ga4', 'web', 'checkout_started', 'begin_checkout'),
    ('ga4', 'web', 'searched', 'view_search_results')
) as listed (source, channel, event_name, source_event_name)
"""

# One row per customer: who they are, when they came and went, how often they order and browse.
PEOPLE = """
create or replace temp table people as
with kinds as (
    select
        number,
        case
            when chance(number, 'kind') < 0.15 then 'prospect'
            when chance(number, 'kind') < 0.66 then 'single'
            else 'repeat'
        end as kind
    from range(getvariable('low'), getvariable('high') + 1) as numbers (number)
),

traits as (
    select
        number,
        kind,
        -- A few people hold two customer ids; the second carries the first one's email or device.
        case when number > 1 and chance(number, 'second id') < 0.01 then number - 1 else number end as person_number,
        1 + floor(8 * pow(chance(number, 'favourite'), 1.3))::bigint as favourite,
        exp(0.45 * normal(number, 'spend')) as spend,
        case when chance(number, 'bargains') < 0.15 then 0.75 else 0.12 end as discount_share,
        currency_of(number) as currency,
        kind = 'repeat' and chance(number, 'staple') < 0.3 as has_staple,
        1 + whole(number, 'staple product', 90) as staple_number,
        -- Those who looked at everything for three days thirteen weeks ago, and never again.
        kind <> 'repeat' and days() > 110 and chance(number, 'binge') < 0.003 as is_binger,
        case
            when kind = 'repeat' then 0.97 * pow(chance(number, 'start'), 1.8)
            else chance(number, 'start')
        end as drawn_start
    from kinds
),

spans as (
    select
        *,
        case when is_binger then least(drawn_start, 1 - 105.0 / days()) else drawn_start end as start_share,
        chance(number, 'stay') < 0.55 as is_staying
    from traits
),

ends as (
    select
        *,
        case when is_staying then 1 else start_share + (1 - start_share) * chance(number, 'end') end as drawn_end
    from spans
),

rates as (
    select
        ends.*,
        slots.day as start_day,
        case
            when has_staple then days() / coalesce(catalogue.replenish_days, 30)
            else least(600, 37 * exp(1.15 * normal(number, 'rate'))) * getvariable('months') / 24
        end as orders_in_period,
        kind = 'repeat' and chance(number, 'pause') < 0.10 as may_pause,
        185 + whole(number, 'pause days', 150) as pause_days
    from ends
    inner join slots on slots.slot = slot_of(ends.start_share)
    inner join catalogue on catalogue.product_number = ends.staple_number
),

pauses as (
    select
        *,
        -- Two in five of those who come back do so in the last four weeks.
        case
            when chance(number, 'recent comeback') < 0.4 then days() - 1 - whole(number, 'comeback', 28)
            else start_day + 230 + whole(number, 'comeback', greatest(1, days() - start_day - 231))
        end as pause_end_day
    from rates
),

settled as (
    select
        *,
        may_pause and pause_end_day < days() and pause_end_day - pause_days > start_day + 5 as has_pause,
        pause_end_day - pause_days as pause_start_day,
        case when may_pause and pause_end_day < days() then 1 else drawn_end end as end_share
    from pauses
)

select
    number,
    kind,
    person_number,
    favourite,
    spend,
    discount_share,
    currency,
    case when has_staple then staple_number end as staple_number,
    is_binger,
    start_share,
    end_share,
    has_pause,
    pause_start_day,
    pause_end_day,
    case kind
        when 'prospect' then 0
        when 'single' then 1
        else greatest(2, round(orders_in_period * (end_share - start_share)))::bigint
    end as order_count,
    -- Quiet people buy without being seen: no visit is recorded and no message opened.
    is_binger or chance(number, 'quiet') < 0.2 as is_quiet,
    0.1 + 0.5 * chance(number, 'opens') as open_share,
    case
        when kind = 'repeat' then least(1, end_share + 0.05 * chance(number, 'lingers'))
        when chance(number, 'keeps looking') < 0.35 then 1
        else least(1, start_share + 0.15 * chance(number, 'lingers'))
    end as last_look_share,
    case
        when is_binger then 0
        else least(400, floor(
            exp(case kind when 'repeat' then 1.9 when 'prospect' then 1.8 else 0.95 end + 1.1 * normal(number, 'visits'))
            * greatest(0.15, 1.3 * (1 - start_share)) * getvariable('months') / 24 + chance(number, 'visit rounding')
        ))::bigint
    end as visit_count,
    -- Accounts of the first weeks were opened long before the period.
    case
        when start_share < 0.04 then (start_day - 1 - whole(number, 'sign-up', 700)) * 86400 + time_of_day(number)
        when chance(number, 'soon') < 0.5 then (start_day - 1) * 86400 + time_of_day(number)
        else (start_day - 1 - whole(number, 'sign-up', 20)) * 86400 + time_of_day(number)
    end as sign_up_second
from settled
"""

CUSTOMERS = """
with named as (
    select
        *,
        country_of(number) as country
    from people
),

versioned as (
    select
        *,
        unnest(copies_of(number)) as version
    from named
)

select
    customer_name(number) as customer_id,
    email_of(person_number) as email,
    phone_of(person_number) as phone,
    first_name_of(person_number) as first_name,
    case when version <> 2 then last_name_of(person_number) end as last_name,
    case when chance(number, 'no country') >= 0.03 then country end as country,
    case country when 'DE' then 'de' when 'FR' then 'fr' when 'NL' then 'nl' when 'ES' then 'es' else 'en' end as language,
    case country
        when 'US' then ['America/New_York', 'America/Chicago', 'America/Los_Angeles'][1 + number % 3]
        when 'CA' then 'America/Toronto'
        when 'GB' then 'Europe/London'
        when 'DE' then 'Europe/Berlin'
        when 'FR' then 'Europe/Paris'
        when 'NL' then 'Europe/Amsterdam'
        else 'Europe/Madrid'
    end as timezone,
    case
        when chance(number, 'birthday known') < 0.7 then date '1945-01-01' + whole(number, 'birth', 22000)::integer
    end as birth_date,
    case when order_count >= 40 then 'gold' when order_count >= 12 then 'silver' when order_count >= 1 then 'bronze' end
        as loyalty_tier,
    at_second(sign_up_second) as signed_up_at,
    ['organic', 'paid_search', 'paid_social', 'referral', 'email', 'affiliate'][1 + whole(number, 'won by', 6)]
        as acquisition_channel,
    case
        when whole(number, 'won by', 6) in (1, 2, 5) then round(4 + 40 * chance(number, 'won at'), 2)::decimal(18, 2)
        when chance(number, 'cost known') < 0.5 then 0::decimal(18, 2)
    end as acquisition_cost,
    at_second(loaded_second(sign_up_second, number, version)) as loaded_at
from versioned
order by customer_id, loaded_at, version
"""

# One row per order with its moment and the person's tastes; a guest's number is null in the output, not here.
PLACED_ORDERS = """
create or replace temp table placed_orders as
with planned as (
    select
        *,
        unnest(range(order_count)) as place
    from people
),

own as (
    select
        number * 4096 + place as order_key,
        number,
        -- A personal cadence with some play; the first order stands where the customer's time begins.
        start_share + (end_share - start_share) * case
            when place = 0 then 0
            else (place + 0.7 * (chance(number * 4096 + place, 'play') - 0.5))
                / (order_count - 0.65 + 0.65 * chance(number, 'since the last'))
        end as moment_share,
        has_pause,
        pause_start_day,
        pause_end_day
    from planned
),

guests as (
    select
        (10000000 + guest) * 4096 as order_key,
        10000000 + guest as number,
        chance(10000000 + guest, 'start') as moment_share
    from range(
        1 + (getvariable('low') - 1) * getvariable('months') // 80,
        1 + getvariable('high') * getvariable('months') // 80
    ) as guest_numbers (guest)
),

dated as (
    select
        own.order_key,
        own.number,
        slots.day
    from own
    inner join slots on slots.slot = slot_of(own.moment_share)
    where not own.has_pause or slots.day < own.pause_start_day or slots.day > own.pause_end_day
    union all
    select
        number * 4096 + 4000 as order_key,
        number,
        pause_end_day as day
    from people
    where has_pause
    union all
    select
        guests.order_key,
        guests.number,
        slots.day
    from guests
    inner join slots on slots.slot = slot_of(guests.moment_share)
)

select
    dated.order_key,
    dated.number,
    people.number is null as is_guest,
    dated.day,
    dated.day * 86400 + time_of_day(dated.order_key) as second,
    coalesce(people.favourite, 1 + whole(dated.number, 'favourite', 8)) as favourite,
    coalesce(people.spend, 1) as spend,
    coalesce(people.discount_share, 0.15) as discount_share,
    coalesce(people.currency, currency_of(dated.number)) as currency,
    people.staple_number,
    coalesce(people.is_quiet, true) as is_quiet
from dated
left join people on people.number = dated.number
"""

ORDER_LINES = """
create or replace temp table order_lines as
with counted as (
    select
        *,
        unnest(range(1, case
            when chance(order_key, 'lines') < 0.50 then 2
            when chance(order_key, 'lines') < 0.76 then 3
            when chance(order_key, 'lines') < 0.90 then 4
            when chance(order_key, 'lines') < 0.97 then 5
            else 6
        end)) as line_number
    from placed_orders
),

chosen as (
    select
        order_key,
        line_number,
        currency,
        order_key * 8 + line_number as line_key,
        case
            when line_number = 1 and staple_number is not null then staple_number
            else product_in(category_for(order_key * 8 + line_number, favourite), order_key * 8 + line_number, spend)
        end as product_number
    from counted
)

select
    chosen.order_key,
    chosen.line_number,
    chosen.product_number,
    catalogue.product_id,
    catalogue.category,
    case
        when chance(chosen.line_key, 'quantity') < 0.80 then 1
        when chance(chosen.line_key, 'quantity') < 0.93 then 2
        when chance(chosen.line_key, 'quantity') < 0.995 then 3 + whole(chosen.line_key, 'several', 3)
        else 6 + whole(chosen.line_key, 'many', 19)
    end::integer as quantity,
    round(
        catalogue.price * case chosen.currency when 'EUR' then 0.92 when 'GBP' then 0.80 else 1 end, 2
    )::decimal(18, 2) as unit_price,
    catalogue.unit_cost
from chosen
inner join catalogue on catalogue.product_number = chosen.product_number
"""

ORDERS = """
create or replace temp table shop_orders as
with baskets as (
    select
        order_key,
        sum(quantity * unit_price)::decimal(18, 2) as subtotal,
        min(product_number) filter (where line_number = 1) as product_number
    from order_lines
    group by order_key
),

priced as (
    select
        placed_orders.*,
        baskets.product_number,
        baskets.subtotal,
        case
            when chance(placed_orders.order_key, 'discount') < placed_orders.discount_share
                then round(
                    baskets.subtotal * [0.10, 0.15, 0.20, 0.30][1 + whole(placed_orders.order_key, 'discount rate', 4)], 2
                )
            else 0
        end::decimal(18, 2) as discount,
        placed_orders.second + 86400 * 2 + whole(placed_orders.order_key, 'refund time', 86400 * 18) as return_second,
        chance(placed_orders.order_key, 'status') as status_draw
    from placed_orders
    inner join baskets on baskets.order_key = placed_orders.order_key
),

judged as (
    select
        *,
        subtotal - discount as amount,
        case
            when status_draw < 0.025 and return_second <= last_second() then 'refunded'
            when status_draw < 0.050 and return_second <= last_second() then 'partially_refunded'
            when status_draw < 0.066 then 'cancelled'
            when status_draw < 0.070 then 'canceled'
            when status_draw < 0.078 then 'failed'
            when status_draw < 0.200 then case when day >= days() - 3 then 'pending' else 'completed' end
            when status_draw < 0.300 then 'paid'
            when status_draw < 0.420 then 'fulfilled'
            when status_draw < 0.500 then 'shipped'
            when status_draw < 0.990 then 'completed'
        end as status
    from priced
),

-- A handful of rows are faulty, none of them refunded, so that a fault stays one fault.
numbered_orders as (
    select
        *,
        getvariable('order_offset') + row_number() over (order by second, order_key) as order_number,
        coalesce(status, '') in ('refunded', 'partially_refunded') as is_returned
    from judged
)

select
    *,
    not is_returned and order_number % 5003 = 17 as is_negative,
    not is_returned and order_number % 9973 = 29 as is_undated
from numbered_orders
"""

ORDERS_OUT = """
with versioned as (
    select
        *,
        unnest(copies_of(order_key)) as version
    from shop_orders
)

select
    numbered('o', order_number, 9) as order_id,
    case
        when not is_guest then customer_name(number)
        when chance(number, 'junk') < 0.02 then ['guest', '0000000'][1 + number % 2]
    end as customer_id,
    case when not is_undated then at_second(second) end as ordered_at,
    case when is_negative then -amount else amount end::decimal(18, 2) as amount,
    case when version = 2 then 'pending' else status end as status,
    case when discount > 0 or chance(order_key, 'discount known') < 0.9 then discount end as discount_amount,
    case when currency <> 'USD' or chance(number, 'currency given') < 0.7 then currency end as currency,
    case
        when chance(order_key, 'channel') < 0.70 then 'web'
        when chance(order_key, 'channel') < 0.88 then 'app'
        when chance(order_key, 'channel') < 0.98 then 'store'
    end as channel,
    at_second(loaded_second(second, order_key, version)) as loaded_at
from versioned
order by order_id, loaded_at, version
"""

ORDER_ITEMS_OUT = """
with joined as (
    select
        order_lines.*,
        shop_orders.order_number,
        shop_orders.second,
        unnest(copies_of(order_lines.order_key * 8 + order_lines.line_number)) as version
    from order_lines
    inner join shop_orders on shop_orders.order_key = order_lines.order_key
)

select
    numbered('o', order_number, 9) as order_id,
    line_number::integer as line_number,
    product_id,
    case when chance(order_key * 8 + line_number, 'category given') < 0.9 then category end as category,
    quantity,
    unit_price,
    case when version <> 2 then unit_cost end as unit_cost,
    at_second(loaded_second(second, order_key, version)) as loaded_at
from joined
order by order_id, line_number, loaded_at, version
"""

REFUNDS_OUT = """
with returned as (
    select
        order_key as refund_key,
        numbered('r', order_number, 9) as refund_id,
        -- Now and then a refund names an order that the shop has never seen.
        case
            when order_number % 797 = 5 then numbered('o-unknown-', order_number, 9) else numbered('o', order_number, 9)
        end as order_id,
        case when not is_guest and chance(order_key, 'refund names') < 0.3 then customer_name(number) end as customer_id,
        return_second as second,
        case
            when status = 'refunded' then amount
            else round(amount * (0.2 + 0.5 * chance(order_key, 'refund share')), 2)
        end::decimal(18, 2) as amount
    from shop_orders
    where is_returned
),

credit_notes as (
    select
        number as refund_key,
        numbered('rc', number, 8) as refund_id,
        null as order_id,
        customer_name(number) as customer_id,
        last_second() - whole(number, 'credit time', (last_second() - greatest(0, sign_up_second) + 1)) as second,
        (5 + whole(number, 'credit', 21))::decimal(18, 2) as amount
    from people
    where kind <> 'prospect' and chance(number, 'credit note') < 0.004
),

versioned as (
    select
        *,
        unnest(copies_of(refund_key)) as version
    from (
        select * from returned
        union all
        select * from credit_notes
    )
)

select
    refund_id,
    order_id,
    customer_id,
    at_second(second) as refunded_at,
    case when version = 2 then round(amount / 2, 2) else amount end::decimal(18, 2) as amount,
    at_second(loaded_second(second, refund_key, version)) as loaded_at
from versioned
order by refund_id, loaded_at, version
"""

# One in a hundred people shares the email of the customer before; others of them share a device only. The kiosk
# stands in a shop: fifteen customers spread over all of them.
IDENTITIES_OUT = """
with links as (
    select
        number,
        1 as place,
        'email' as identifier_type,
        email_of(person_number) as identifier
    from people
    where email_of(person_number) is not null and (number = person_number or chance(number, 'shared email') < 0.6)
    union all
    select
        number,
        2 as place,
        'phone' as identifier_type,
        phone_of(number) as identifier
    from people
    where number = person_number and phone_of(number) is not null
    union all
    select
        number,
        3 as place,
        'device' as identifier_type,
        numbered('dev-', person_number, 8) as identifier
    from people
    where chance(number, 'device') < 0.7 or chance(number, 'second id') < 0.01
    union all
    select
        number,
        4 as place,
        'anonymous_id' as identifier_type,
        visitor_name(number, 1) as identifier
    from people
    where chance(number, 'linked') < 0.85
    union all
    select
        number,
        5 as place,
        'anonymous_id' as identifier_type,
        visitor_name(number, 2) as identifier
    from people
    where chance(number, 'second device') < 0.3
    union all
    select
        number,
        6 as place,
        'device' as identifier_type,
        'dev-kiosk-01' as identifier
    from people
    where getvariable('customers') >= 300 and number % (getvariable('customers') // 15) = 0
    union all
    select
        number,
        7 as place,
        ['email', 'phone', 'device'][1 + number % 3] as identifier_type,
        ['unknown', '0000000', ''][1 + number % 3] as identifier
    from people
    where chance(number, 'junk identifier') < 0.002
    union all
    select
        number,
        8 as place,
        'account' as identifier_type,
        numbered('a', number, 7) as identifier
    from people_subscribed
),

versioned as (
    select
        links.*,
        people.sign_up_second + whole(links.number * 8 + links.place, 'link delay', 3600) as second,
        unnest(copies_of(links.number * 8 + links.place)) as version
    from links
    inner join people on people.number = links.number
)

select
    identifier_type,
    identifier,
    customer_name(number) as customer_id,
    at_second(second) as linked_at,
    at_second(loaded_second(second, number * 8 + place, version)) as loaded_at
from versioned
order by customer_id, place, loaded_at, version
"""

# One row per subscription; a phase is what it is at the end of the period.
SUBSCRIBED = """
create or replace temp table people_subscribed as
with phased as (
    select
        *,
        case
            when chance(number, 'phase') < 0.15 then 'trial'
            when chance(number, 'phase') < 0.62 then 'paid'
            when chance(number, 'phase') < 0.93 then 'cancelled'
            else 'halted'
        end as phase
    from people
    where chance(number, 'subscriber') < 0.08
),

started as (
    select
        *,
        greatest(0, sign_up_second) + case
            when phase = 'trial' then greatest(
                60, last_second() - greatest(0, sign_up_second) - 7200 - whole(number, 'trial age', 13 * 86400)
            )
            else 60 + floor(
                (last_second() - greatest(0, sign_up_second) - 7200) * chance(number, 'subscription start')
            )::bigint
        end as start_second,
        1 + floor(3 * pow(chance(number, 'plan'), 1.5))::bigint as plan_number,
        chance(number, 'yearly') < 0.25 as is_yearly
    from phased
)

select
    *,
    case
        when phase = 'cancelled'
            then start_second + 3600 + floor((last_second() - start_second - 3600) * chance(number, 'cancels'))::bigint
    end as cancel_second,
    phase = 'paid' and chance(number, 'declines') < 0.25 as is_declining,
    -- The next renewal after the period: a whole number of terms after the start.
    start_second + (case when is_yearly then 365 else 30 end) * 86400
    * (1 + (last_second() - start_second) // ((case when is_yearly then 365 else 30 end) * 86400)) as renewal_second
from started
"""

SUBSCRIPTIONS_OUT = """
with versioned as (
    select
        *,
        unnest(copies_of(number)) as version
    from people_subscribed
)

select
    numbered('s', number, 7) as subscription_id,
    customer_name(number) as customer_id,
    numbered('a', number, 7) as account_id,
    ['basic', 'pro', 'team'][plan_number] as plan,
    case
        when version = 2 then 'trialing'
        when phase = 'trial' then case when number % 2 = 0 then 'trialing' else 'trial' end
        when phase = 'paid' then case when chance(number, 'status given') < 0.95 then 'active' end
        when phase = 'cancelled' then case when number % 2 = 0 then 'cancelled' else 'canceled' end
        else ['past_due', 'paused', 'expired'][1 + number % 3]
    end as status,
    at_second(start_second) as started_at,
    case
        when phase = 'trial' then at_second(start_second + 14 * 86400 + 7200)
        when chance(number, 'had a trial') < 0.6 and start_second + 14 * 86400 <= last_second()
            then at_second(start_second + 14 * 86400)
    end as trial_ends_at,
    case when phase in ('trial', 'paid') then at_second(renewal_second) end as renews_at,
    case when version <> 2 then at_second(cancel_second) end as cancelled_at,
    [9, 29, 99][plan_number]::decimal(18, 2) as monthly_amount,
    at_second(loaded_second(coalesce(cancel_second, start_second), number, version)) as loaded_at
from versioned
order by subscription_id, loaded_at, version
"""

# A first answer per channel at sign-up and, for some, a change of mind later.
CONSENT_OUT = """
with asked as (
    select
        people.number,
        people.sign_up_second,
        channels.channel,
        channels.place,
        people.number * 64 + channels.place * 8 as consent_key
    from people
    cross join (values ('email', 1, 0.96), ('sms', 2, 0.4), ('push', 3, 0.3), ('ads', 4, 0.5)) as channels (
        channel, place, asked_share
    )
    where chance(people.number * 64 + channels.place * 8, 'asked') < channels.asked_share
),

first_answers as (
    select
        number,
        channel,
        consent_key,
        sign_up_second + 30 as second,
        case
            when chance(consent_key, 'answer') < 0.76 then 'opted_in'
            when chance(consent_key, 'answer') < 0.80 then 'subscribed'
            when chance(consent_key, 'answer') < 0.90 then 'pending'
            else 'opted_out'
        end as status,
        case when chance(consent_key, 'purpose given') < 0.5 then 'marketing' end as purpose
    from asked
),

later_answers as (
    select
        number,
        channel,
        consent_key + 1 as consent_key,
        least(
            last_second(), greatest(0, second) + floor((last_second() - greatest(0, second)) * chance(consent_key, 'later'))
        )::bigint as second,
        case
            when chance(consent_key, 'change') < 0.045 then 'opted_out'
            when chance(consent_key, 'change') < 0.060 then 'unsubscribed'
            when chance(consent_key, 'change') < 0.080 then case when channel = 'email' then 'bounced' else 'opted_out' end
            when chance(consent_key, 'change') < 0.085 then 'complained'
            when chance(consent_key, 'change') < 0.087 then 'erased'
            else 'opted_in'
        end as status,
        purpose
    from first_answers
    where chance(consent_key, 'change') < 0.13
),

profiling as (
    select
        number,
        'email' as channel,
        number * 64 + 48 as consent_key,
        sign_up_second + 45 as second,
        case when chance(number, 'profiling answer') < 0.6 then 'opted_in' else 'opted_out' end as status,
        'profiling' as purpose
    from people
    where chance(number, 'profiling') < 0.05
),

versioned as (
    select
        *,
        unnest(copies_of(consent_key)) as version
    from (
        select * from first_answers
        union all
        select * from later_answers
        union all
        select * from profiling
    )
)

select
    numbered('k', consent_key, 10) as consent_id,
    customer_name(number) as customer_id,
    channel,
    case when version = 2 then 'pending' else status end as status,
    at_second(second) as occurred_at,
    purpose,
    ['sign-up form', 'checkout', 'preference centre', 'esp'][1 + consent_key % 4] as source,
    at_second(loaded_second(second, consent_key, version)) as loaded_at
from versioned
order by consent_id, loaded_at, version
"""

TICKETS_OUT = """
with opened as (
    select
        number,
        number * 16 + place as ticket_key,
        greatest(0, sign_up_second) + floor(
            (last_second() - greatest(0, sign_up_second)) * chance(number * 16 + place, 'opened')
        )::bigint as second
    from (
        select
            *,
            unnest(range(case
                when chance(number, 'tickets') < 0.02 then 4
                when chance(number, 'tickets') < 0.09 then 1
                else 0
            end)) as place
        from people
    )
),

timed as (
    select
        *,
        second + 3600 + whole(ticket_key, 'solving', 5 * 86400) as close_second,
        chance(ticket_key, 'left open') < 0.03 as is_left_open,
        unnest(copies_of(ticket_key)) as version
    from opened
)

select
    numbered('t', ticket_key, 9) as ticket_id,
    customer_name(number) as customer_id,
    at_second(second) as opened_at,
    case when close_second <= last_second() and not is_left_open and version <> 2 then at_second(close_second) end
        as closed_at,
    case
        when version <> 2 and chance(ticket_key, 'rates') < 0.6
            then 5 - floor(5 * pow(chance(ticket_key, 'satisfaction'), 1.8))
    end::integer as satisfaction,
    case when chance(ticket_key, 'recommends') < 0.35 then 10 - floor(11 * pow(chance(ticket_key, 'nps'), 1.6)) end::integer
        as nps,
    at_second(loaded_second(
        case when close_second <= last_second() and version <> 2 then close_second else second end, ticket_key, version
    )) as loaded_at
from timed
order by ticket_id, loaded_at, version
"""

# Streams: 1 on the way to an order, 2 browsing, 3 mailings, 4 usage, 5 paywall, 6 cancelled and back to look,
# 7 invitations, 8 bingers, 9 visitors without a name, 10 usage of the last four weeks, 11 a burst of messages.
VISITS = """
create or replace temp table visits as
with browsing as (
    select
        *,
        unnest(range(visit_count)) as place
    from people
    where not is_quiet
),

spread as (
    select
        number,
        sign_up_second,
        favourite,
        spend,
        place,
        start_share + (last_look_share - start_share) * (place + chance(event_key(number, 2, place, 0), 'play')) / visit_count
            as moment_share
    from browsing
),

started as (
    select
        spread.number,
        2 as stream,
        spread.place,
        -- Half of the people looked around before they signed up.
        case
            when spread.place = 0 and chance(spread.number, 'looks first') < 0.5
                then spread.sign_up_second - 900 - whole(spread.number, 'before', 3 * 86400)
            else slots.day * 86400 + time_of_day(event_key(spread.number, 2, spread.place, 0))
        end as second,
        spread.sign_up_second,
        spread.favourite,
        spread.spend
    from spread
    inner join slots on slots.slot = slot_of(spread.moment_share)
    union all
    select
        number,
        6 as stream,
        place,
        (days() - 1 - 7 * place - whole(event_key(number, 6, place, 0), 'day', 7)) * 86400
        + time_of_day(event_key(number, 6, place, 0)) as second,
        sign_up_second,
        favourite,
        spend
    from people_subscribed
    cross join range(2) as weeks (place)
    where phase = 'cancelled' and chance(number, 'looks back') < 0.3
    union all
    select
        number,
        8 as stream,
        place,
        (days() - 91 - place % 2) * 86400 + time_of_day(event_key(number, 8, place, 0)) as second,
        sign_up_second,
        favourite,
        spend
    from people
    cross join range(14) as rounds (place)
    where is_binger
    union all
    select
        20000000 + visitor as number,
        9 as stream,
        0 as place,
        slots.day * 86400 + time_of_day(20000000 + visitor) as second,
        null as sign_up_second,
        1 + whole(20000000 + visitor, 'favourite', 8) as favourite,
        1 as spend
    from range(
        1 + (getvariable('low') - 1) * getvariable('months') // 120,
        1 + getvariable('high') * getvariable('months') // 120
    ) as visitors (visitor)
    inner join slots on slots.slot = slot_of(chance(20000000 + visitor, 'start'))
)

select
    number,
    stream,
    place,
    second,
    favourite,
    spend,
    event_key(number, stream, place, 0) as visit_key,
    sign_up_second is null or second < sign_up_second or chance(event_key(number, stream, place, 0), 'signed out') < 0.08
        as is_nameless,
    case when stream = 8 then 16 else 2 + floor(9 * pow(chance(event_key(number, stream, place, 0), 'steps'), 1.8)) end::bigint
        as step_count
from started
where second between 0 and last_second()
"""

# Every event before names, products and copies are looked up: one row per event.
HAPPENINGS = """
create or replace temp table happenings as
with steps as (
    select
        *,
        unnest(range(step_count)) as step
    from visits
),

browsed as (
    select
        visit_key + step as happening_key,
        case when not is_nameless then number end as customer_number,
        case
            when is_nameless or chance(visit_key, 'seen by browser') < 0.4
                then visitor_name(number, case when chance(number, 'second device') < 0.3 then 1 + place % 2 else 1 end)
        end as anonymous_id,
        second + step * 50 + whole(visit_key + step, 'pause', 45) as second,
        case
            when step = 0 and chance(visit_key, 'entrance') < 0.04 then 'store_visited'
            when step = 0 then 'page_viewed'
            when stream = 8 and step % 2 = 0 then 'added_to_cart'
            when chance(visit_key + step, 'step') < 0.45 then 'product_viewed'
            when chance(visit_key + step, 'step') < 0.65 then 'page_viewed'
            when chance(visit_key + step, 'step') < 0.78 then 'searched'
            when chance(visit_key + step, 'step') < 0.88 then 'content_read'
            when chance(visit_key + step, 'step') < 0.95 then 'added_to_cart'
            when chance(visit_key + step, 'step') < 0.98 then 'logged_in'
            when chance(visit_key + step, 'step') < 0.995 then 'social_engaged'
            else ['wishlist_viewed', 'quiz_started', 'scroll'][1 + place % 3]
        end as event_name,
        case
            when chance(visit_key, 'source') < 0.6 then 'shop'
            when chance(visit_key, 'source') < 0.85 then 'ga4'
            else 'klaviyo'
        end as source,
        'web' as channel,
        product_in(category_for(visit_key + step, favourite), visit_key + step, spend) as product_number,
        null as mailing_number
    from steps
),

ordered as (
    select
        event_key(number, 1, order_key % 4096, 0) as visit_key,
        number,
        second,
        product_number,
        unnest(range(4)) as step
    from shop_orders
    where not is_quiet and chance(order_key, 'seen on the way') < 0.36
),

on_the_way as (
    select
        visit_key + step as happening_key,
        number as customer_number,
        case when chance(visit_key, 'seen by browser') < 0.4 then visitor_name(number, 1) end as anonymous_id,
        second - (4 - step) * 120 - whole(visit_key + step, 'pause', 100) as second,
        ['page_viewed', 'product_viewed', 'added_to_cart', 'checkout_started'][1 + step] as event_name,
        case when chance(visit_key, 'source') < 0.7 then 'shop' else 'ga4' end as source,
        'web' as channel,
        product_number,
        null as mailing_number
    from ordered
),

subscriber_events as (
    select
        number,
        4 as stream,
        place,
        start_second + 60 + floor(
            (least(coalesce(cancel_second, last_second()), last_second() - 28 * 86400) - start_second)
            * chance(event_key(number, 4, place, 0), 'moment')
        )::bigint as second
    from (
        select
            *,
            -- One use in four days until four weeks before the end, when the next branch takes over.
            unnest(range(greatest(0, least(
                900, (least(coalesce(cancel_second, last_second()), last_second() - 28 * 86400) - start_second) // 345600
            )))) as place
        from people_subscribed
    )
    union all
    select
        number,
        10 as stream,
        place,
        (days() - 28 + 14 * (place // 8)) * 86400 + whole(event_key(number, 10, place, 0), 'moment', 14 * 86400) as second
    from people_subscribed
    cross join range(16) as uses (place)
    where phase in ('paid', 'trial') and (not is_declining or place < 8 or place % 4 = 0)
    union all
    select
        number,
        7 as stream,
        place,
        start_second + 600 + floor(
            (last_second() - start_second - 600) * chance(event_key(number, 7, place, 0), 'moment')
        )::bigint as second
    from people_subscribed
    cross join range(3) as invitations (place)
    where phase in ('trial', 'paid') and chance(number, 'invites') < 0.5 and place <= number % 3
    union all
    select
        people.number,
        5 as stream,
        place,
        case
            when chance(people.number, 'paywall lately') < 0.5
                then (days() - 1) * 86400 - whole(event_key(people.number, 5, place, 0), 'moment', 27 * 86400)
            else greatest(0, people.sign_up_second) + floor(
                (last_second() - greatest(0, people.sign_up_second)) * chance(event_key(people.number, 5, place, 0), 'moment')
            )
        end::bigint as second
    from people
    cross join range(5) as hits (place)
    where chance(people.number, 'subscriber') >= 0.08
        and not people.is_quiet
        and chance(people.number, 'paywall') < 0.04
        and place <= people.number % 5
),

subscribed as (
    select
        event_key(subscriber_events.number, stream, place, 0) as happening_key,
        subscriber_events.number as customer_number,
        case when chance(event_key(subscriber_events.number, stream, place, 0), 'seen by browser') < 0.2
            then visitor_name(subscriber_events.number, 1) end as anonymous_id,
        second,
        case
            when stream = 5 then 'paywall_hit'
            when stream = 7 then 'teammate_invited'
            when place % 3 = 0 then 'app_opened'
            else 'feature_used'
        end as event_name,
        'product' as source,
        case when stream = 5 then 'web' else 'app' end as channel,
        null as product_number,
        null as mailing_number
    from subscriber_events
    inner join people_started on people_started.number = subscriber_events.number
    where second > people_started.known_from_second and second <= people_started.known_to_second
),

sent as (
    select
        number,
        3 as stream,
        place,
        open_share,
        is_quiet,
        -- A third of the messages come from always-on journeys, at any moment.
        case
            when chance(event_key(number, 3, place, 0), 'always on') < 0.3
                then getvariable('mailing_count') + 1 + whole(event_key(number, 3, place, 0), 'journey', 10)
            else 1 + floor(getvariable('mailing_count') * least(
                0.999999, start_share + (1 - start_share) * (place + chance(event_key(number, 3, place, 0), 'play')) / mail_count
            ))::bigint
        end as mailing_number,
        floor(last_second() * least(
            1, start_share + (1 - start_share) * (place + chance(event_key(number, 3, place, 0), 'play')) / mail_count
        ))::bigint as free_second
    from (
        select
            *,
            unnest(range(mail_count)) as place
        from (
            select
                *,
                case when chance(number, 'mailable') < 0.75 then least(300, floor(
                    exp(case kind when 'repeat' then 1.9 else 1.2 end + 0.8 * normal(number, 'mails')) * 1.6
                    * (1 - start_share) * getvariable('months') / 24 + chance(number, 'mail rounding')
                ))::bigint else 0 end as mail_count
            from people
        )
    )
    union all
    select
        number,
        11 as stream,
        place,
        open_share,
        is_quiet,
        getvariable('mailing_count') + 1 + place as mailing_number,
        last_second() - whole(event_key(number, 11, place, 0), 'moment', 6 * 86400) as free_second
    from people
    cross join range(8) as bursts (place)
    where end_share = 1 and place <= 4 + number % 4
        and chance(number, 'burst') < case when order_count >= 40 then 0.2 else 0.004 end
),

mailed as (
    select
        *,
        event_key(number, stream, place, 0) as message_key,
        case
            when is_always_on(mailing_number) then free_second
            else mailing_start(mailing_number) + whole(event_key(number, stream, place, 0), 'send', 14400)
        end as sent_second
    from sent
),

received as (
    select
        *,
        chance(message_key, 'bounce') < 0.015 as is_bounced,
        not is_quiet and chance(message_key, 'open') < open_share as is_opened,
        chance(message_key, 'reaction') as reaction,
        sent_second + 600 + floor(2 * 86400 * pow(chance(message_key, 'open delay'), 3))::bigint as open_second
    from mailed
),

outcomes as (
    select
        *,
        unnest(range(5)) as step
    from received
),

messages as (
    select
        message_key + step as happening_key,
        number as customer_number,
        null as anonymous_id,
        case
            when step = 0 then sent_second
            when step = 1 then sent_second + 5 + whole(message_key, 'transit', 50)
            else open_second + (step - 2) * 40
        end as second,
        case
            when step = 0 then 'message_sent'
            when step = 1 then case when is_bounced then 'message_bounced' else 'message_delivered' end
            when step = 2 then case when mailing_channel(mailing_number) = 'push' then 'push_opened' else 'message_opened' end
            when step = 3 then 'message_clicked'
            when reaction < 0.006 then 'message_unsubscribed'
            when reaction < 0.007 then 'message_complained'
            else 'message_replied'
        end as event_name,
        mailing_source(mailing_number) as source,
        mailing_channel(mailing_number) as channel,
        null as product_number,
        mailing_number
    from outcomes
    where step <= 1
        or (
            not is_bounced
            and is_opened
            and (
                (step = 2 and mailing_channel(mailing_number) <> 'sms')
                or (step = 3 and chance(message_key, 'click') < 0.18)
                or (step = 4 and reaction < 0.01)
            )
        )
)

select * from browsed
union all
select * from on_the_way
union all
select * from subscribed
union all
select * from messages
"""

# From when to when usage of a customer can be seen.
STARTED = """
create or replace temp table people_started as
select
    people.number,
    coalesce(people_subscribed.start_second, people.sign_up_second) as known_from_second,
    coalesce(people_subscribed.cancel_second, last_second()) as known_to_second
from people
left join people_subscribed on people_subscribed.number = people.number
"""

EVENTS_OUT = """
with versioned as (
    select
        *,
        unnest(copies_of(happening_key)) as version
    from happenings
    where second <= last_second()
)

select
    numbered('e', versioned.happening_key, 14) as event_id,
    coalesce(source_names.source_event_name, versioned.event_name) as event_name,
    case when chance(versioned.happening_key, 'undated') >= 0.00002 then at_second(versioned.second) end as occurred_at,
    case when versioned.customer_number is not null then customer_name(versioned.customer_number) end as customer_id,
    versioned.anonymous_id,
    versioned.source,
    -- The taxonomy knows the channel of a name that only one channel uses.
    case
        when source_names.source_event_name is null and versioned.event_name not in ('store_visited', 'social_engaged')
            then versioned.channel
    end as channel,
    case
        when versioned.event_name in ('product_viewed', 'added_to_cart', 'checkout_started') then catalogue.product_id
    end as product_id,
    case
        when versioned.event_name = 'content_read' or (
            versioned.event_name = 'product_viewed' and chance(versioned.happening_key, 'category given') < 0.5
        ) then catalogue.category
    end as category,
    campaign_name(versioned.mailing_number) as campaign_id,
    case when versioned.event_name = 'added_to_cart' and version <> 2 then catalogue.price end as value,
    case
        when versioned.event_name = 'searched' then '{"query": "' || catalogue.category || '"}'
        when versioned.event_name = 'page_viewed' and versioned.source = 'shop' then '{"path": "/home"}'
        when versioned.event_name = 'feature_used' then '{"feature": "reports"}'
    end as properties,
    at_second(loaded_second(versioned.second, versioned.happening_key, version)) as loaded_at
from versioned
left join source_names
    on source_names.source = versioned.source
    and source_names.channel = versioned.channel
    and source_names.event_name = versioned.event_name
left join catalogue on catalogue.product_number = versioned.product_number
order by versioned.second, versioned.happening_key, loaded_at, version
"""

# Made once, in this order.
FIXED_STEPS = (SLOTS, CATALOGUE, SOURCE_NAMES)
FIXED_TABLES = {"products": PRODUCTS, "campaigns": CAMPAIGNS, "exchange_rates": EXCHANGE_RATES}

# Made for each batch of customers, in this order.
BATCH_STEPS = (PEOPLE, SUBSCRIBED, STARTED, PLACED_ORDERS, ORDER_LINES, ORDERS, VISITS, HAPPENINGS)
BATCH_TABLES = {
    "orders": ORDERS_OUT,
    "order_items": ORDER_ITEMS_OUT,
    "refunds": REFUNDS_OUT,
    "customers": CUSTOMERS,
    "identities": IDENTITIES_OUT,
    "events": EVENTS_OUT,
    "consent": CONSENT_OUT,
    "support_tickets": TICKETS_OUT,
    "subscriptions": SUBSCRIPTIONS_OUT,
}

# Orders are numbered through all batches; a sum of the batch before it is all the next one needs to know.
NEXT_ORDER_OFFSET = """
set variable order_offset = getvariable('order_offset') + (select count(*) from shop_orders)
"""
