{{ config(tags=['rules']) }}
-- A row that fits nothing would be 0 or unknown for everybody, without a word. Of a row the first fault is named.
{%- set personal = ['email', 'mail', 'phone', 'mobile', 'tel', 'firstname', 'lastname', 'fullname', 'surname', 'username', 'address',
                    'street', 'zip', 'postcode'] %}
{%- set joined = namespace(words="'_' || attribute || '_'") %}
{%- for name in ['e_mail', 'first_name', 'last_name', 'full_name', 'sur_name', 'user_name', 'post_code', 'postal_code'] %}
{%- set joined.words = 'replace(' ~ joined.words ~ ", '" ~ name ~ "', '" ~ name | replace('postal', 'post') | replace('_', '') ~ "')" %}
{%- endfor %}
with rules as (
    select
        *,
        {{ to_integer('from_days') }} as first_day,
        {{ to_integer('to_days') }} as last_day,
        lower(replace(replace(replace(scope_value, ' ', '_'), '-', '_'), '.', '_')) as attribute
    from {{ ref('traits') }}
),

-- Names of two words are one here, e.g. first_name.
words as (
    select
        *,
        {{ joined.words }} as joined_words
    from rules
),

sql_traits as (
    {{ trait_rows() }}
),

entries as (
    select distinct
        trait,
        {{ each_entry('activity') }} as activity
    from rules
),

-- The activities that are no event: alone, or not at all.
activities as (
    select
        entries.trait,
        count(*) as count_entries,
        max(case when entries.activity in ('ordered', 'refunded', 'ticket_opened', 'visited', 'used', 'profile') then 1 else 0 end)
            as is_no_event,
        min(
            case
                when entries.activity in ('ordered', 'refunded', 'ticket_opened', 'visited', 'used', 'profile') then null
                when taxonomy.event_name is null then entries.activity
            end
        ) as unknown_activity
    from entries
    left join (select distinct event_name from {{ ref('event_taxonomy') }}) as taxonomy
        on entries.activity = taxonomy.event_name
    group by entries.trait
),

judged as (
    select
        words.trait,
        case
            when sql_traits.trait is not null then 'a trait of SQL has this name; marts.traits has all'
            when words.measure = 'attribute' then
                case
                    when words.activity <> 'profile' then 'the activity of an attribute is profile'
                    when words.scope not in ('column', 'key') then 'the scope of an attribute is column or key'
                    when words.from_days <> 'life' or words.to_days <> 'life' then 'the window of an attribute is life, life'
                    when words.attribute = 'name'
                        {%- for word in personal %}
                        or position('_{{ word }}_' in words.joined_words) > 0
                        {%- endfor %}
                        then 'personal data is no trait: the name says an e-mail address, a phone number, a person''s name or an address'
                    when words.scope = 'key' then null
                    when words.attribute in ('customer_id', 'loaded_at', 'attributes', 'other_columns')
                        then 'this column is no attribute; those of the contract that are stand in docs/definitions.md'
                    when words.attribute in ('birth_date', 'signed_up_at') and words.type <> 'number'
                        then 'of a date the age is read, which is a number'
                    when words.attribute in ('country', 'language', 'timezone', 'loyalty_tier', 'acquisition_channel')
                        and words.type <> 'text' then 'this column is a text'
                    when words.attribute = 'acquisition_cost' and words.type <> 'number' then 'this column is a number'
                end
            when activities.unknown_activity is not null
                then 'there is no such activity: ' || activities.unknown_activity || ' (event_taxonomy has the names of events)'
            when words.activity = 'profile' then 'profile is the activity of attributes'
            when activities.is_no_event = 1 and activities.count_entries > 1
                then 'a list of activities names events alone'
            when words.measure = 'has_done' and words.type <> 'boolean' then 'has_done is boolean'
            when words.measure <> 'has_done' and words.type <> 'number' then 'the measure is a number'
            when words.measure = 'revenue' and words.activity not in ('ordered', 'refunded')
                then 'revenue is of ordered or refunded'
            when words.measure = 'quantity' and words.activity <> 'ordered' then 'quantity is of ordered'
            when words.measure = 'quantity' and words.scope not in ('any', 'category', 'product')
                then 'quantity is in any, category or product'
            when words.measure = 'share' and words.scope = 'any' then 'a share is of a scope'
            when (words.scope = 'any') <> (words.scope_value = 'any') then 'scope any has the value any, and no other scope has'
            when words.activity = 'ticket_opened' and words.scope <> 'any' then 'ticket_opened is in any scope'
            when words.activity = 'refunded' and words.scope not in ('any', 'order_channel')
                then 'refunded is in any or order_channel: refunds name no lines'
            when words.activity = 'ordered' and words.scope not in ('any', 'category', 'product', 'order_channel')
                then 'ordered is in any, category, product or order_channel'
            when words.activity not in ('ordered', 'refunded', 'ticket_opened')
                and words.scope not in ('any', 'category', 'product', 'channel', 'source', 'campaign', 'feature', 'page')
                and (words.scope not like 'properties.%' or words.scope = 'properties.')
                then 'events are in any, category, product, channel, source, campaign, feature, page or properties.KEY'
            when position('||' in '|' || words.scope_value || '|') > 0 then 'the scope value has an empty entry'
            when words.scope in ('channel', 'source', 'order_channel') and words.scope_value <> lower(words.scope_value)
                then 'channels and sources are in lower case'
            when words.from_days = 'life' and words.to_days = 'life' then null
            when words.first_day is null or (words.last_day is null and words.to_days <> 'life')
                then 'from_days and to_days are whole numbers, or life and life, or a number and life'
            when words.first_day < 0 or words.first_day > {{ days_of_a_life() }} or words.last_day > {{ days_of_a_life() }}
                then 'ages are from 0 to {{ days_of_a_life() }} days'
            when words.first_day > words.last_day then 'the window has no day: from_days is above to_days'
        end as problem
    from words
    left join activities on words.trait = activities.trait
    left join sql_traits on words.trait = sql_traits.trait
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
        || case when held.row_default = '0' then 'count, days, revenue or quantity' else 'another measure than these that count' end
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
