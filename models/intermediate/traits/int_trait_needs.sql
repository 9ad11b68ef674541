with feeds as (
    select * from {{ ref('int_feeds') }}
),

known_traits as (
    {%- for trait in traits() if not trait.row_default %}
    select '{{ trait.name }}' as trait, '{{ trait.needs | join('|') }}' as needs
    union all
    {%- endfor %}
    select trait, needs from {{ ref('int_row_traits') }}
),

needed as (
    select
        trait,
        {{ each_entry('needs') }} as need
    from known_traits
)

-- "a or b" is met by either of them.
select
    needed.trait,
    needed.need,
    coalesce(bool_or(feeds.is_there), false) as is_met,
    case
        when min(feeds.to_bring) < max(feeds.to_bring) then min(feeds.to_bring) || ' or ' || max(feeds.to_bring)
        else min(feeds.to_bring)
    end as to_bring
from needed
left join feeds on position(' or ' || feeds.feed || ' or ' in ' or ' || needed.need || ' or ') > 0
group by needed.trait, needed.need
