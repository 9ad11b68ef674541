{#-
    Reading raw values is longer than a model should be: on DuckDB it lives in SQL functions of the schema `spine_functions`, made before
    each run, so that compiled SQL stays readable.
-#}
{% macro create_functions() %}{{ return(adapter.dispatch('create_functions', 'segment_spine')()) }}{% endmacro %}

{% macro duckdb__create_functions() %}
{#- Blanks take room; the others are control characters, and what Unicode calls ignorable: characters that nobody sees. -#}
{%- set blanks = '\\t-\\r\\x{85}\\p{Z}' %}
{%- set unseen_but_space = '\\x00-\\x1f\\x7f-\\x{a0}\\x{ad}\\x{34f}\\x{61c}\\x{115f}\\x{1160}\\x{1680}\\x{17b4}\\x{17b5}\\x{180b}-\\x{180f}\\x{2000}-\\x{200f}\\x{2028}-\\x{202f}\\x{205f}-\\x{206f}\\x{2800}\\x{3000}\\x{3164}\\x{fe00}-\\x{fe0f}\\x{feff}\\x{ffa0}\\x{fff0}-\\x{fffb}\\x{e0000}-\\x{e0fff}' %}
{%- set unseen = '\\x20' ~ unseen_but_space %}
{#- What stands around the digits of a phone number, with the dashes of word processors. -#}
{%- set around_digits = unseen ~ '()._\\/\\x{b7}\\x{2010}-\\x{2015}\\x{2212}\\x{fe63}\\x{ff0d}-' %}
create schema if not exists spine_functions;

-- Plain trim() knows only blanks. Most values have nothing to trim at either end.
-- What databases, data frames, spreadsheets and browsers write in the place of nothing is nothing: of no column a value is written so.
create or replace macro spine_functions.to_text(value) as case
    when regexp_full_match(
        cast(value as varchar),
        '(?i)[{{ unseen }}]*(\\n|<(na|nan|nat|null|none|nil)>|\((null|none|nil|blank|empty)\)|\[(null|none|object object)\]|#(n/a|na|null!|ref!|value!|name\?|num!|div/0!))[{{ unseen }}]*'
    ) then null
    when cast(value as varchar)[1] between '!' and '~' and cast(value as varchar)[-1] between '!' and '~' then cast(value as varchar)
    else nullif(regexp_replace(cast(value as varchar), '^[{{ unseen }}]+|[{{ unseen }}]+$', '', 'g'), '')
end;

-- Data frames write ids with gaps as numbers, some warehouses every number with decimals: 17.0 must meet the 17 of other tables.
create or replace macro spine_functions.to_id(value) as case
    when cast(value as varchar) like '%.%0%' and regexp_full_match(cast(value as varchar), '[{{ unseen }}]*-?\d+\.0+[{{ unseen }}]*')
        then regexp_extract(cast(value as varchar), '-?\d+')
    else spine_functions.to_text(value)
end;

-- A spreadsheet shows a long number as 5.01235E+12, and saves it so: the other digits are lost. Other tools leave out the plus.
create or replace macro spine_functions.is_shortened_id(value) as
    (cast(value as varchar) like '%+%' or cast(value as varchar) like '%.%' or cast(value as varchar) like '%,%')
    and regexp_full_match(cast(value as varchar), '[{{ unseen }}]*[+-]?\d([.,]\d+[eE]\+?|[eE]\+)\d+[{{ unseen }}]*');

-- A list of one binds a value once, where repeating it would repeat the work of reading it.
-- A cast of text to timestamp drops the offset, so text with one goes through timestamptz; without one it would be taken for
-- the time of the session's own zone there.
create or replace macro spine_functions.text_to_timestamp(value) as case
    when regexp_full_match(value, '\d{4}-\d{2}-\d{2}([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?( ?(Z|UTC))?)?')
        then try_cast(regexp_replace(value, ' ?(Z|UTC)$', '') as timestamp)
    when regexp_full_match(
        value, '\d{4}-\d{2}-\d{2}[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)? ?[+-](0\d|1[0-4])(:?[0-5]\d)?'
    ) then try_cast(regexp_replace(value, ' ([+-])', '\1') as timestamptz) at time zone 'UTC'
    when regexp_full_match(value, '\d{8}') then try_strptime(value, '%Y%m%d')
    -- 202606021705: this may be a minute, or an epoch of 1976.
    when regexp_full_match(value, '(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d') then null
    when regexp_full_match(value, '-?\d{9,10}') then make_timestamp(try_cast(value as bigint) * 1000000)
    when regexp_full_match(value, '-?\d{12,13}') then make_timestamp(try_cast(value as bigint) * 1000)
    when regexp_full_match(value, '-?\d{15,16}') then make_timestamp(try_cast(value as bigint))
    when regexp_full_match(value, '-?\d{18,19}') then make_timestamp(try_cast(value as bigint) // 1000)
end;

create or replace macro spine_functions.is_usable_timestamp(value) as
    value between timestamp '1900-01-01' and timestamp '9999-12-31 23:59:59';

create or replace macro spine_functions.usable_timestamp(value) as list_transform(
    [value], lambda moment: case when spine_functions.is_usable_timestamp(moment) then moment end
)[1];

-- typeof() is folded at planning: a column of timestamps costs nothing.
create or replace macro spine_functions.to_utc_timestamp(value) as case
    when typeof(value) = 'TIMESTAMP'
        then case when spine_functions.is_usable_timestamp(try_cast(value as timestamp)) then try_cast(value as timestamp) end
    else spine_functions.usable_timestamp(
        list_transform([spine_functions.to_text(value)], lambda trimmed: spine_functions.text_to_timestamp(trimmed))[1]
    )
end;

-- A day without a time of day is a business day: it begins when that day begins in the zone.
create or replace macro spine_functions.to_moment(value, zone) as case
    when
        typeof(value) <> 'TIMESTAMP'
        and regexp_full_match(spine_functions.to_text(value), '\d{4}-\d{2}-\d{2}|\d{8}')
        then (spine_functions.to_utc_timestamp(value) at time zone zone) at time zone 'UTC'
    else spine_functions.to_utc_timestamp(value)
end;

-- try_cast alone would take '1e3'; and a double must go through its shortest text, or 1.005 becomes 1.00.
create or replace macro spine_functions.is_plain_number(value) as regexp_full_match(value, '[+-]?(\d+(\.\d*)?|\.\d+)');

create or replace macro spine_functions.text_to_number(value) as case when spine_functions.is_plain_number(value) then value end;

create or replace macro spine_functions.to_money(value) as case
    when typeof(value) like 'DECIMAL%' or typeof(value) like '%INT%' then try_cast(value as decimal(18, 4))
    else list_transform(
        [spine_functions.to_text(value)], lambda trimmed: try_cast(spine_functions.text_to_number(trimmed) as decimal(18, 4))
    )[1]
end;

create or replace macro spine_functions.to_rate(value) as case
    when typeof(value) like 'DECIMAL%' or typeof(value) like '%INT%' then try_cast(value as decimal(18, 8))
    else list_transform(
        [spine_functions.to_text(value)], lambda trimmed: try_cast(spine_functions.text_to_number(trimmed) as decimal(18, 8))
    )[1]
end;

create or replace macro spine_functions.to_integer(value) as case
    when typeof(value) like '%INT%' then try_cast(value as bigint)
    else list_transform(
        [spine_functions.to_text(value)],
        lambda trimmed: case when regexp_full_match(trimmed, '[+-]?\d+(\.0*)?') then try_cast(trimmed as bigint) end
    )[1]
end;

-- `in` with many constants would become a join of all rows with them, which stays in a plan that does not ask for the column.
create or replace macro spine_functions.to_boolean(value) as case
    when typeof(value) = 'BOOLEAN' then try_cast(value as boolean)
    when list_contains(
        ['true', 't', 'yes', 'y', '1', '1.0', 'wahr', 'ja', 'vrai', 'oui', 'verdadero', 'vero'], lower(spine_functions.to_text(value))
    ) then true
    when list_contains(
        ['false', 'f', 'no', 'n', '0', '0.0', 'falsch', 'nein', 'faux', 'non', 'falso'], lower(spine_functions.to_text(value))
    ) then false
end;

-- Valid JSON that begins with a brace is an object. DuckDB takes more for valid than the standard: NaN, a comma at the end.
create or replace macro spine_functions.is_json_object(value) as
    json_valid(cast(value as varchar)) and ltrim(cast(value as varchar), chr(9) || chr(10) || chr(13) || ' ')[1] = '{';

create or replace macro spine_functions.to_json_object(value) as list_transform(
    [spine_functions.to_text(value)], lambda trimmed: case when spine_functions.is_json_object(trimmed) then trimmed end
)[1];

-- A pointer ('/key') has two special characters, a path ('$.key') has many. Text that is no JSON would raise.
create or replace macro spine_functions.pointer_to(key) as '/' || replace(replace(key, '~', '~0'), '/', '~1');

-- Data frames write whole numbers with gaps as 3.0, and 3 is meant.
create or replace macro spine_functions.text_at_key(object, key) as case
    when not spine_functions.is_json_object(object) then null
    when json_type(cast(object as varchar), spine_functions.pointer_to(key)) = 'DOUBLE'
        then regexp_replace(json_extract_string(cast(object as varchar), spine_functions.pointer_to(key)), '\.0$', '')
    else json_extract_string(cast(object as varchar), spine_functions.pointer_to(key))
end;

-- The day of a time that has no time of day. Many tools write a day as its midnight.
create or replace macro spine_functions.day_alone(value) as list_transform(
    [spine_functions.to_utc_timestamp(value)],
    lambda moment: case when cast(moment as time) = time '00:00:00' then cast(moment as date) end
)[1];

-- An address in the one spelling by which it is compared; null for a text that is no address. An e-mail address is written
-- without characters that nobody sees, and blanks at its ends and around its @, in lower case and composed (NFC), and without
-- what mail programs put around it (`mailto:…?subject=…`, `Name <…>`). Any other mark than those below makes it several, or none.
create or replace macro spine_functions.bare_email(value) as regexp_replace(
    regexp_replace(
        regexp_replace(
            lower(nfc_normalize(
                regexp_replace(regexp_replace(cast(value as varchar), '[{{ blanks }}]', ' ', 'g'), '[{{ unseen_but_space }}]', '', 'g')
            )),
            '^ +| +$| *(@) *', '\1', 'g'
        ),
        '^[^<>@]*< *([^<>]*?) *>$', '\1'
    ),
    '^mailto: *([^?]*?) *(\?((subject|body)=[^@&]*&?)*)?$', '\1'
);

create or replace macro spine_functions.holds_address(value) as
    value like '%@%' and regexp_matches(value, '[^\s@<>"'',;:]+@[^\s@<>"'',;:]+\.[^\s@<>"'',;:]+')
    or (value like '%+%' and regexp_matches(value, '\+[0-9][0-9{{ around_digits }}]{6,}'));

-- The sign of an e-mail address, also in full width, encoded or in brackets, or a plus before seven digits of any script.
create or replace macro spine_functions.seems_address(value) as regexp_matches(
    cast(value as varchar),
    '(?i)[@\x{fe6b}\x{ff20}]|%(25)?40|&#(64|x40);|&commat;|[(\[{<] *at *[)\]}>]|[+\x{fe62}\x{ff0b}]([{{ around_digits }}]*\p{Nd}){7}'
);

create or replace macro spine_functions.email_of(value) as case
    -- A null would take the slow way, each one, and a column that was not brought is all nulls.
    when value is null or position('@' in cast(value as varchar)) = 0 then null
    -- Nearly all are written so.
    when regexp_full_match(cast(value as varchar), '[A-Za-z0-9._+-]+@([A-Za-z0-9-]+\.)*[A-Za-z0-9-]*[A-Za-z0-9]')
        then lower(cast(value as varchar))
    else list_transform(
        [spine_functions.bare_email(value)],
        lambda address: case
            when
                regexp_full_match(
                    address,
                    '[\p{L}\p{N}._+-][\p{L}\p{M}\p{N}.!#$&''*+/=?^_~-]*'
                    || '@([\p{L}\p{M}\p{N}-]+\.)*[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}]'
                )
                -- In full width, the same letters would be another address.
                and not regexp_matches(address, '[\x{ff00}-\x{ffef}]')
                then address
        end
    )[1]
end;

-- A phone number is its digits, 15 at most (E.164), with a plus where it names its country; (0) after the country is left out.
-- Zeros alone are none.
create or replace macro spine_functions.phone_of(value) as case
    when value is null then null
    when regexp_full_match(cast(value as varchar), '\+[1-9][0-9]{6,14}') then cast(value as varchar)
    else list_transform(
        list_transform(
            -- As an id, it may have come as a number with decimals.
            [regexp_replace(regexp_replace(spine_functions.to_text(value), '^(?i)tel:', ''), '^(\+?\d+)\.0+$', '\1')],
            lambda number: case
                when
                    regexp_full_match(number, '[{{ around_digits }}]*\+?[0-9{{ around_digits }}]{7,30}')
                    and regexp_matches(number, '[1-9]')
                    -- Seven digits on either side are two numbers, unless the country is named.
                    and (
                        not regexp_matches(number, '^[^+]*([0-9][^0-9]*){7}[/\n\r]([^0-9]*[0-9]){7}')
                        or regexp_matches(number, '^[^0-9]*00')
                    )
                    then regexp_replace(
                        regexp_replace(
                            regexp_replace(number, '^([^0-9+]*(?:\+|00)[^(]*)\(0\)', '\1'), '[^0-9+]', '', 'g'
                        ),
                        '^00', '+'
                    )
            end
        ),
        lambda digits: case when regexp_full_match(digits, '\+?\d{1,15}') then digits end
    )[1]
end;

-- Of decimals with eight places. Nearly all quotients are far enough from a half for doubles, which are fifteen times as quick.
create or replace macro spine_functions.rounded_quotient(numerator, denominator) as case
    when abs(numerator / denominator) < 100000 and abs(abs(numerator / denominator * 1000000) % 1 - 0.5) > 0.001
        then cast(round(numerator / denominator, 6) as decimal(18, 6))
    else cast(
        sign(numerator) * sign(denominator) * (
            (cast(abs(numerator) * 100000000 as hugeint) * 2000000 + cast(abs(denominator) * 100000000 as hugeint))
            // (cast(abs(denominator) * 100000000 as hugeint) * 2)
        ) as decimal(18, 0)
    ) * 0.000001
end;

-- The defaults: no salt, and an e-mail address as it is spelled. addresses_are_hashed_with replaces both by the project's settings.
create or replace macro spine_functions.salt() as '';

create or replace macro spine_functions.mailbox(email) as email;

-- The first 128 bits of the hash tell addresses apart, and are compared twice as fast as all of them.
create or replace macro spine_functions.to_address(value) as coalesce(
    'email:' || left(sha256(spine_functions.salt() || spine_functions.mailbox(spine_functions.email_of(value))), 32),
    'phone:' || left(sha256(spine_functions.salt() || spine_functions.phone_of(value)), 32)
);
{% endmacro %}
