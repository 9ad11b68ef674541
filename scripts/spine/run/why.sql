-- One row per segment, row of the rules that leads to it, and condition of that row: the customer's value, whether it passes, and
-- by how much less or more it flips; and one per RFM score of the customer. Segments are those asked for. Marts are all it reads.
with segments as (
    select
        *,
        list_contains($held_by, segment_key) as is_member,
        list_contains($asked_for, segment_key) as is_asked
    from marts.segments
),

cut_points as (
    select * from marts.cut_points
),

-- Whether somebody engages at all shows in the tier alone.
engaged as (
    select min(lowest_value) as has_engagement
    from cut_points
    where metric = 'has_engagement' and list_contains($held_by, segment_key)
    having min(lowest_value) = max(lowest_value)
),

columns_as_text as (
    select metric, value
    from (
        unpivot (
            select cast(columns(* exclude (customer_id, as_of_date)) as varchar)
            from marts.customers
            where customer_id = $customer_id
        ) on columns(*) into name metric value value
    )
    union all
    select metric, value
    from (
        unpivot (
            select cast(columns(['gap_days', 'days_since_gap']) as varchar)
            from marts.customer_lifecycle
            where customer_id = $customer_id
        ) on columns(*) into name metric value value
    )
    union all
    select 'has_engagement', cast(has_engagement as varchar) from engaged
),

column_values as materialized (
    select metric, value, try_cast(value as decimal(24, 6)) as number from columns_as_text
),

axes as (
    select axes.*, axes.metric in (select metric from cut_points where rule_table = 'rfm_scores') as has_cut_points
    from (
        values
            ('recency_score', 'recency_days', 'days', 0),
            ('frequency_score', 'frequency', 'orders', 0),
            ('monetary_score', 'monetary', 'reporting currency', 2)
    ) as axes(score_metric, metric, unit, decimals)
),

scores as (
    select *, cast(band as integer) as score from cut_points where rule_table = 'rfm_scores'
),

-- Turns the score ranges of a cell into ranges of values; a range is empty where no customer has these scores.
cells as (
    select
        rules.segment_key,
        rules.priority,
        axes.metric,
        axes.unit,
        axes.decimals,
        case
            when count(scores.score) = 0 then 1
            when count(scores.lowest_value) = count(scores.score) then min(scores.lowest_value)
        end as lowest_value,
        case
            when count(scores.score) = 0 then 0
            when count(scores.highest_value) = count(scores.score) then max(scores.highest_value)
        end as highest_value
    from cut_points as rules
    inner join axes on rules.metric = axes.score_metric and axes.has_cut_points
    left join scores
        on axes.metric = scores.metric and scores.score between rules.lowest_value and rules.highest_value
    group by rules.segment_key, rules.priority, axes.metric, axes.unit, axes.decimals
),

ranges as (
    select
        'rfm_segments' as rule_table, segment_key, priority, metric, unit, decimals, lowest_value, highest_value, null as method
    from cells
    union all
    select
        rule_table, segment_key, priority, metric, unit, decimals, lowest_value, highest_value,
        case when rule_table = 'rfm_segments' then 'rank' end
    from cut_points
    where segment_key is not null and metric not in (select score_metric from axes where has_cut_points)
    union all
    select
        'rfm_scores', null, cast(column_values.value as integer), axes.metric, axes.unit, axes.decimals,
        scores.lowest_value, scores.highest_value, coalesce(scores.method, 'rank')
    from axes
    inner join column_values on axes.score_metric = column_values.metric
    left join scores on axes.metric = scores.metric and column_values.value = scores.band
),

-- A range holds the values that pass, or with not_equals those that do not; both of its ends are values that the trait can have.
clauses as (
    select
        clauses.* exclude (trait, as_of_date),
        traits.* exclude (as_of_date),
        cast(10.0 ** -traits.decimals as decimal(7, 6)) as step,
        number_from - number_from % step - case when number_from % step < 0 then step else 0 end as floor_from,
        case when number_from = floor_from then floor_from else floor_from + step end as ceil_from,
        number_to - number_to % step - case when number_to % step < 0 then step else 0 end as floor_to
    from marts.segment_clauses as clauses
    inner join segments on clauses.segment_key = segments.segment_key and segments.is_asked
    inner join marts.traits as traits on clauses.trait = traits.trait
),

-- Only what is no column of customers is looked up in the largest mart.
row_values as (
    select trait, number_value, text_value
    from marts.customer_traits
    where list_contains($row_traits, trait) and customer_id = $customer_id
),

conditions as (
    select
        rule_table,
        segment_key,
        priority as rule_row,
        ranges.metric,
        case when ranges.metric = 'has_engagement' then 'boolean' else 'number' end as trait_type,
        unit,
        decimals,
        'between' as operator,
        null as threshold,
        lowest_value,
        highest_value,
        case when unit = 'reporting currency' then null else 0 end as least_value,
        null as greatest_value,
        method,
        true as is_computable,
        column_values.number as number_value,
        null as text_value
    from ranges
    left join column_values on ranges.metric = column_values.metric
    union all
    select
        'segment_clauses',
        segment_key,
        clause_group,
        clauses.trait,
        trait_type,
        unit,
        decimals,
        operator,
        clauses.value,
        case
            when operator = 'above' then floor_from + step
            when operator in ('equals', 'not_equals', 'at_least', 'between') then ceil_from
        end,
        case
            when operator = 'below' then ceil_from - step
            when operator in ('equals', 'not_equals', 'at_most') then floor_from
            when operator = 'between' then floor_to
        end,
        least_value,
        greatest_value,
        null,
        is_computable,
        coalesce(case when trait_type = 'number' then column_values.number end, row_values.number_value, default_number),
        coalesce(case when trait_type <> 'number' then column_values.value end, row_values.text_value, default_text)
    from clauses
    left join column_values on clauses.trait = column_values.metric
    left join row_values on clauses.trait = row_values.trait
),

judged as (
    select
        *,
        cast(10.0 ** -decimals as decimal(7, 6)) as step,
        number_value between coalesce(lowest_value, number_value) and coalesce(highest_value, number_value) as is_within,
        case
            when operator = 'is_known' then number_value is not null or text_value is not null
            when operator = 'is_unknown' then number_value is null and text_value is null
            -- Of a customer without orders only their number is judged, and the other conditions hold. What the marts hold
            -- of some customers only stays undecided.
            when number_value is null and rule_table in ('lifecycle_stages', 'engagement_tiers')
                then case when metric not in ('gap_days', 'days_since_gap', 'has_engagement') then true end
            when operator = 'equals' and trait_type <> 'number' then coalesce(text_value = threshold, false)
            when operator = 'not_equals' and trait_type <> 'number' then coalesce(text_value <> threshold, false)
            when operator = 'in' then coalesce(list_contains(string_split(threshold, '|'), text_value), false)
            when operator = 'not_in' then coalesce(not list_contains(string_split(threshold, '|'), text_value), false)
            else coalesce(is_within <> (operator = 'not_equals'), false)
        end as passes,
        trait_type = 'number' and method is distinct from 'rank' and coalesce(lowest_value <= highest_value, true) as can_flip,
        case when number_value < lowest_value then lowest_value when is_within then highest_value + step end as more_to,
        case when number_value > highest_value then highest_value when is_within then lowest_value - step end as less_to,
        case when can_flip and more_to <= coalesce(greatest_value, more_to) then more_to - number_value end as more,
        case when can_flip and less_to >= coalesce(least_value, less_to) then number_value - less_to end as less,
        case when more is null or less < more then -less else more end as distance
    from conditions
),

-- A group of clauses that lacks what its traits need holds nobody.
rows_of_rules as (
    select
        segment_key,
        rule_table,
        rule_row,
        case when not bool_and(passes and is_computable) then false when count(passes) = count(*) then true end as holds
    from judged
    group by segment_key, rule_table, rule_row
),

-- The first row that holds; only the stage that rests on a gap says which gap that is.
deciding as (
    select rule_table, min(rule_row) as rule_row
    from rows_of_rules
    where holds and rule_table <> 'segment_clauses' and list_contains($held_by, segment_key)
    group by rule_table
)

select
    segments.segment_key,
    segments.segment_kind,
    segments.label,
    segments.description,
    segments.status,
    segments.lacks,
    segments.is_member,
    judged.rule_table,
    judged.rule_row,
    -- It would decide, had the customer such a gap.
    case when rows_of_rules.holds is null and judged.rule_row < deciding.rule_row then false else rows_of_rules.holds end as holds,
    deciding.rule_row as deciding_row,
    judged.metric,
    judged.trait_type,
    judged.unit,
    judged.decimals,
    judged.operator,
    judged.threshold,
    judged.lowest_value,
    judged.highest_value,
    judged.number_value,
    judged.text_value,
    case when rows_of_rules.holds is null and judged.rule_row < deciding.rule_row then coalesce(judged.passes, false)
        else judged.passes end as passes,
    judged.distance,
    judged.method
from judged
full outer join segments on judged.segment_key = segments.segment_key
left join rows_of_rules
    on judged.rule_table = rows_of_rules.rule_table
        and judged.rule_row = rows_of_rules.rule_row
        and judged.segment_key is not distinct from rows_of_rules.segment_key
left join deciding on judged.rule_table = deciding.rule_table
where judged.rule_table = 'rfm_scores' or segments.is_asked
order by
    segments.priority nulls first,
    case when segments.segment_key is not null then judged.rule_row end,
    array_position(
        [
            'recency_days', 'recency_score', 'frequency', 'frequency_score', 'monetary', 'monetary_score', 'orders_life',
            'has_engagement'
        ],
        judged.metric
    ),
    judged.metric,
    judged.operator,
    judged.threshold
