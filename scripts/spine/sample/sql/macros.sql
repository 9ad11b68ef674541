-- The words the sample is written in. The session variables `seed`, `first_day`, `days`, `months`,
-- `customers`, `mailing_count`, `long_ids` and, per batch, `low`, `high` and `order_offset` carry the arguments.
--
-- Time is kept in whole seconds since midnight of the first day until `at_second` makes a timestamp of it.
-- Customers count from 1, guest buyers from 10,000,001 and nameless visitors from 20,000,001, so that one
-- number is one person. An order's key is the person's number x 4096 + its place among the person's orders.

-- Everything random is `draw`: 32 bits from seed, entity and purpose. Plain integer arithmetic, for `hash()`
-- promises nothing from one DuckDB version to the next: the middle bits of a product, folded, thrice. Each
-- step names its argument at most twice, for macros expand like text: with full mixes, planning took longer
-- than running.
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
create or replace macro second_between(earliest, latest, share) as
    (earliest) + floor(((latest) - (earliest)) * (share))::bigint;
-- From 06:00 to 23:00, most in the early afternoon.
create or replace macro time_of_day(id) as
    21600 + floor(30600 * (chance(id, 'time of day 1') + chance(id, 'time of day 2')))::bigint;

-- Seconds until a row reaches the warehouse: minutes to two hours, one in a hundred some days later.
create or replace macro lag_seconds(id) as
    300 + whole(id, 'lag', 6900)
    + case when chance(id, 'late') < 0.01 then 86400 + whole(id, 'late days', 777600) else 0 end;
-- Which versions of a row arrive: 0 the row, 1 the very same row again, 2 an older state of it, loaded earlier.
create or replace macro copies_of(id) as
    case
        when chance(id, 'copy') < 0.0025 then [0, 1]
        when chance(id, 'copy') < 0.0050 then [0, 2]
        else [0]
    end;
create or replace macro loaded_second(second, id, version) as
    second + case when version = 2 then 60 else lag_seconds(id) end;

create or replace macro numbered(prefix, number, width) as prefix || lpad((number)::varchar, width, '0');

-- Ids as long as those of real exports, if asked for. Numbers grow in uneven steps, so that rows stand in the same
-- order under either kind of id.
create or replace macro long_number(number, origin, step, purpose) as
    (origin + (number) * step + whole(number, purpose, step))::varchar;
create or replace macro long_uuid(short_name) as md5(short_name)::uuid::varchar;

create or replace macro customer_name(number) as
    case
        when getvariable('long_ids') then long_number(number, 6000000000000, 32768, 'customer id')
        else numbered('c', number, 7)
    end;
create or replace macro order_name(number) as
    case
        when getvariable('long_ids') then long_number(number, 5000000000000, 1024, 'order id')
        else numbered('o', number, 9)
    end;
create or replace macro unknown_order_name(number) as
    case
        when getvariable('long_ids') then long_number(number, 4000000000000, 1024, 'order id')
        else numbered('o-unknown-', number, 9)
    end;
create or replace macro short_visitor_name(number, device) as
    numbered('anon-', number, 8) || '-' || (device)::varchar;
create or replace macro visitor_name(number, device) as
    case
        when getvariable('long_ids') then long_uuid(short_visitor_name(number, device))
        else short_visitor_name(number, device)
    end;

-- An event's key holds the person, the stream, the place in the stream and the step. Streams: 1 on the way to
-- an order, 2 browsing, 3 mailings, 4 early use, 5 paywall, 6 second thoughts, 7 invitations, 8 binges,
-- 9 nameless visits, 10 late use, 11 bursts of messages.
create or replace macro event_key(number, stream, place, step) as
    (((number)::bigint * 16 + stream) * 4096 + place) * 16 + step;
create or replace macro stream_of(key) as (key >> 16) % 16;
create or replace macro event_id_of(key) as
    case when getvariable('long_ids') then long_uuid(numbered('e', key, 14)) else numbered('e', key, 14) end;

create or replace macro first_name_of(number) as
    [
        'Ada', 'Ben', 'Chloe', 'Dan', 'Elif', 'Finn', 'Grace', 'Hugo', 'Ines', 'Jonas',
        'Kate', 'Liam', 'Maya', 'Noah', 'Olga', 'Paul', 'Rosa', 'Sam', 'Tara', 'Zoé'
    ][1 + whole(number, 'first name', 20)];
create or replace macro last_name_of(number) as
    [
        'Adams', 'Baker', 'Costa', 'Dubois', 'Evans', 'Fischer', 'Garcia', 'Hughes', 'Ito', 'Jansen',
        'Keller', 'Lopez', 'Meyer', 'Novak', 'Okafor', 'Patel', 'Rossi', 'Smith', 'Taylor', 'Wang'
    ][1 + whole(number, 'last name', 20)];
create or replace macro email_of(number) as
    case
        when chance(number, 'no email') >= 0.03
            then lower(strip_accents(first_name_of(number))) || '.' || lower(last_name_of(number))
                || (number)::varchar || '@example.com'
    end;
create or replace macro phone_of(number) as
    case when chance(number, 'no phone') >= 0.25 then numbered('+1-555-', number, 7) end;
create or replace macro country_of(number) as
    [
        'US', 'US', 'US', 'US', 'US', 'US', 'US', 'US', 'US', 'US',
        'GB', 'GB', 'GB', 'DE', 'DE', 'DE', 'FR', 'CA', 'NL', 'ES'
    ][1 + whole(number, 'country', 20)];
create or replace macro currency_of(number) as
    case country_of(number) when 'US' then 'USD' when 'CA' then 'USD' when 'GB' then 'GBP' else 'EUR' end;
create or replace macro is_subscriber(number) as chance(number, 'subscriber') < 0.08;

create or replace macro campaign_name(number) as numbered('cmp', number, 5);
create or replace macro is_always_on(number) as number > getvariable('mailing_count');
create or replace macro mailing_start(number) as
    case
        when is_always_on(number) then 0
        else (((number) - 1) * 7 // 2) * 86400 + 28800 + whole(number, 'send hour', 28800)
    end;
create or replace macro mailing_channel(number) as
    ['email', 'email', 'email', 'email', 'email', 'email', 'sms', 'push'][
        1 + whole(number, 'mailing channel', 8)
    ];
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
