{{ config(tags=['rules']) }}
-- A row that fits nothing would be 0 or unknown for everybody, without a word. It names the first fault of each row.
{%- set personal = [
    'mail', 'phone', 'telefon', 'address', 'adresse', 'street', 'strasse', 'straße', 'postcode', 'postalcode', 'postleitzahl', 'zipcode',
    'firstname', 'lastname', 'surname', 'fullname', 'givenname', 'familyname', 'middlename', 'nickname', 'username', 'vorname',
    'nachname', 'customername', 'contactname', 'billingname', 'shippingname',
] %}
with rules as (
    select
        *,
        {{ to_integer('from_days') }} as first_day,
        {{ to_integer('to_days') }} as last_day,
        lower(trim(scope_value)) as attribute,
        translate(lower(scope_value), ' -._/:', '') as joined_words
    from {{ ref('traits') }}
),

sql_traits as (
    {{ trait_rows() }}
),

personal_words as (
    {%- for word in personal %}
    select '{{ word }}' as word
    union all
    {%- endfor %}
    select '' as word where false
),

personal_data as (
    select rules.trait
    from rules
    inner join personal_words on position(personal_words.word in rules.joined_words) > 0
    union
    select trait from rules
    where joined_words in ('name', 'mobile', 'tel', 'zip', 'plz')
),

entries as (
    select distinct
        trait,
        {{ each_entry('activity') }} as activity
    from rules
),

-- The activities that are no event: alone, or not at all.
known_activities as (
    select distinct event_name as activity, false as is_no_event from {{ ref('event_taxonomy') }}
    {%- for activity in activities_besides_events() %}
    union all
    select '{{ activity }}', true
    {%- endfor %}
),

activities as (
    select
        entries.trait,
        bool_or(known_activities.is_no_event) as is_no_event,
        min(case when known_activities.activity is null then entries.activity end) as unknown_activity
    from entries
    left join known_activities on entries.activity = known_activities.activity
    group by entries.trait
),

judged_attributes as (
    select
        rules.trait,
        case
            when rules.activity <> 'profile' then 'the activity of an attribute is profile'
            when rules.scope not in ('column', 'key') then 'the scope of an attribute is column or key'
            when rules.from_days <> 'life' or rules.to_days <> 'life' then 'the window of an attribute is life, life'
            when personal_data.trait is not null
                then
                    'personal data is no trait, and this name says an e-mail address, a phone number, a person''s name or an '
                    || 'address; if it is something else, bring it under another name'
            when rules.scope = 'key' then null
            when rules.attribute in ('customer_id', 'loaded_at', 'attributes', 'other_columns')
                then 'this column is no attribute; those of the contract that are stand in docs/definitions.md'
            when rules.attribute in ('birth_date', 'signed_up_at') and rules.type <> 'number'
                then 'of a date the age is read, which is a number'
            when
                rules.attribute in ('country', 'language', 'timezone', 'loyalty_tier', 'acquisition_channel')
                and rules.type <> 'text'
                then 'this column is a text'
            when rules.attribute = 'acquisition_cost' and rules.type <> 'number' then 'this column is a number'
        end as problem
    from rules
    left join personal_data on rules.trait = personal_data.trait
    where rules.measure = 'attribute'
),

judged as (
    select
        rules.trait,
        case
            when translate(rules.trait, 'abcdefghijklmnopqrstuvwxyz0123456789_', '') <> '' or length(rules.trait) > 60
                then 'the name of a trait has letters from a to z, digits and _, and is not longer than 60 characters'
            when sql_traits.trait is not null then 'another trait has this name (marts.traits has all); choose another'
            when rules.measure = 'attribute' then judged_attributes.problem
            when activities.unknown_activity is not null
                then 'there is no such activity: ' || activities.unknown_activity || ' (event_taxonomy has the names of events)'
            when rules.activity = 'profile' then 'profile is the activity of attributes'
            when activities.is_no_event and position('|' in rules.activity) > 0
                then 'a list of activities names events alone'
            when rules.measure = 'has_done' and rules.type <> 'boolean' then 'has_done is boolean: write boolean as the type'
            when rules.measure <> 'has_done' and rules.type <> 'number'
                then 'this measure is a number: write number as the type'
            when rules.measure = 'revenue' and rules.activity not in ('ordered', 'refunded')
                then 'revenue is of ordered or refunded; of other activities count or days can be had'
            when rules.measure = 'quantity' and rules.activity <> 'ordered' then 'quantity is of ordered'
            when rules.measure = 'quantity' and rules.scope not in ('any', 'category', 'product')
                then 'quantity can be counted in any, category or product; for a channel count orders or revenue'
            when rules.measure = 'share' and rules.scope = 'any'
                then 'a share needs a scope that it is of, such as category: in any it would always be 1'
            when (rules.scope = 'any') <> (rules.scope_value = 'any') then 'scope any has the value any, and no other scope has'
            when rules.activity = 'ticket_opened' and rules.scope <> 'any' then 'ticket_opened has no scope: write any, any'
            when rules.activity = 'refunded' and rules.scope not in ('any', 'order_channel')
                then 'refunded is in any or order_channel: refunds name no lines'
            when rules.activity = 'ordered' and rules.scope not in ('any', 'category', 'product', 'order_channel')
                then 'ordered is in any, category, product or order_channel'
            when rules.activity not in ('ordered', 'refunded', 'ticket_opened')
                and rules.scope not in ('any', 'category', 'product', 'channel', 'source', 'campaign', 'feature', 'page')
                and (rules.scope not like 'properties.%' or rules.scope = 'properties.')
                then 'events are in any, category, product, channel, source, campaign, feature, page or properties.KEY'
            when position('||' in '|' || rules.scope_value || '|') > 0 then 'the scope value has an empty entry'
            when rules.scope_value like '%| %' or rules.scope_value like '% |%'
                or rules.scope_value <> {{ to_text('rules.scope_value') }} or rules.activity like '% %'
                then 'an entry of a list has a blank at its end; take it out'
            when rules.scope in ('channel', 'source', 'order_channel') and rules.scope_value <> lower(rules.scope_value)
                then 'channels and sources are in lower case'
            when rules.from_days = 'life' and rules.to_days = 'life' then null
            when rules.first_day is null or (rules.last_day is null and rules.to_days <> 'life')
                then 'from_days and to_days are whole numbers, or life and life, or a number and life'
            when rules.first_day < 0 or rules.first_day > {{ days_of_a_life() }} or rules.last_day > {{ days_of_a_life() }}
                then 'ages are from 0 to {{ days_of_a_life() }} days'
            when rules.first_day > rules.last_day
                then 'the window has no day: from_days is above to_days; the smaller age comes first'
        end as problem
    from rules
    left join activities on rules.trait = activities.trait
    left join judged_attributes on rules.trait = judged_attributes.trait
    left join sql_traits on rules.trait = sql_traits.trait
),

-- marts.customers holds some row traits under contract.
held as (
    {%- for trait in row_traits_of_customers() %}
    select '{{ trait.name }}' as trait, '{{ trait.type }}' as trait_type, '{{ trait.row_default }}' as row_default
    union all
    {%- endfor %}
    select '', '', '' where false
),

faults as (
    select trait, problem from judged
    where problem is not null
    union all
    select
        held.trait,
        'marts.customers holds this trait: its row must be there, of type ' || held.trait_type || ' and with '
        || case
            when held.row_default = '0' then 'count, days, revenue or quantity'
            else 'another measure than these that count'
        end
    from held
    left join {{ ref('traits') }} as rules
        on held.trait = rules.trait and held.trait_type = rules.type
            and (held.row_default = '0') = (rules.measure in ('count', 'days', 'revenue', 'quantity'))
    where rules.trait is null
)

select
    'traits' as rule_table,
    trait,
    problem
from faults
