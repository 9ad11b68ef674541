{{ config(tags=['rules_and_input', 'rows_shown'], severity='warn') }}
-- No row of the input has this value, column or key: it may be misspelt, and nothing counts for it.
{%- set places = {
    'category': [('products', 'category'), ('order_items', 'category'), ('events', 'category')],
    'product': [('products', 'product_id'), ('order_items', 'product_id'), ('events', 'product_id')],
    'order_channel': [('orders', 'channel')],
    'channel': [('events', 'channel')],
    'source': [('events', 'source')],
    'campaign': [('events', 'campaign_id'), ('campaigns', 'campaign_id')],
} %}
with rules as (
    select distinct
        trait,
        activity,
        scope,
        case when scope like 'properties.%' then substring(scope, 12) else scope end as property_key,
        {{ each_entry('scope_value') }} as scope_value
    from {{ ref('traits') }}
    where scope <> 'any' and measure <> 'attribute'
    union all
    -- The name of an attribute is no list.
    select trait, activity, scope, '', scope_value from {{ ref('traits') }}
    where measure = 'attribute'
),

wanted as (
    select distinct scope, scope_value from rules
),

wanted_properties as (
    select distinct
        taxonomy.source_event_name,
        rules.scope,
        rules.property_key,
        rules.scope_value
    from rules
    cross join {{ ref('event_taxonomy') }} as taxonomy
    where
        (rules.scope in ('feature', 'page') or rules.scope like 'properties.%')
        and (rules.activity in ('visited', 'used') or {{ is_listed('taxonomy.event_name', 'rules.activity') }})
),

found as (
    {%- for scope, columns in places.items() %}
    {%- for table, column in columns %}
    {%- set value = 'lower(' ~ text_of(column) ~ ')' if column in ['channel', 'source'] else text_of(column) %}
    select distinct '{{ scope }}' as scope, {{ value }} as scope_value
    from {{ raw_rows(table, source('raw', table)) }}
    where {{ value }} in (select scope_value from wanted where scope = '{{ scope }}')
    union all
    {%- endfor %}
    {%- endfor %}
    select distinct 'channel', channel from {{ ref('event_taxonomy') }}
    union all
    select distinct wanted_properties.scope, wanted_properties.scope_value
    from {{ raw_rows('events', source('raw', 'events')) }}
    inner join wanted_properties on {{ text_of('event_name') }} = wanted_properties.source_event_name
    where {{ text_at_key('properties', 'wanted_properties.property_key') }} = wanted_properties.scope_value
    union all
    select distinct wanted.scope, wanted.scope_value
    from {{ raw_rows('customers', source('raw', 'customers')) }} as customers
    cross join wanted
    where
        (wanted.scope = 'key' and {{ text_at_key('customers.attributes', 'wanted.scope_value') }} is not null)
        or (
            wanted.scope = 'column'
            and {{ text_at_key('customers.other_columns', lower_ascii('wanted.scope_value')) }} is not null
        )
    union all
    select scope, scope_value from wanted
    where
        scope = 'column'
        and lower(scope_value) in (
            'birth_date',
            {%- for column in attribute_columns() %}
            '{{ column }}',
            {%- endfor %}
            'signed_up_at'
        )
)

select
    rules.trait,
    rules.scope,
    rules.scope_value
from rules
left join found on rules.scope = found.scope and rules.scope_value = found.scope_value
where found.scope is null
