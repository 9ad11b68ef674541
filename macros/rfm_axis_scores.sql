{#-
    Scores of one RFM axis as a query of (customer_id, score) over `int_customer_rfm_metrics`, by the method and the tie policy
    of that axis (vars rfm_methods, tie_policies). docs/definitions.md says what each means.
-#}
{% macro rfm_axis_scores(axis) -%}
    {%- set method = segment_spine.per_axis('rfm_methods', var('rfm_methods'), axis, 'ntile', ['ntile', 'quantile', 'fixed']) -%}
    {%- set ties = segment_spine.per_axis('tie_policies', var('tie_policies'), axis, 'together', ['together', 'split']) -%}
    {%- set metric = {'recency': 'recency_days', 'frequency': 'frequency', 'monetary': 'monetary'}[axis] -%}
    {%- set worst_first = metric ~ (' desc' if axis == 'recency' else ' asc') -%}
    {%- if method == 'fixed' -%}
        {{ segment_spine.fixed_band_scores(axis, metric) }}
    {%- elif var('within_day') -%}
        {{ segment_spine.cut_point_scores(axis, metric) }}
    {%- elif method == 'quantile' and ties == 'together' -%}
        {{ segment_spine.quantile_scores(metric, is_lower_better=(axis == 'recency')) }}
    {%- elif ties == 'together' -%}
        {{ segment_spine.ntile_scores_together(metric, worst_first) }}
    {%- else -%}
        {{ segment_spine.rank_scores(method, segment_spine.total_order(axis, worst_first)) }}
    {%- endif -%}
{%- endmacro %}

{% macro total_order(axis, worst_first) -%}
    {%- set others = {
        'recency': 'frequency asc, monetary asc, ', 'frequency': 'recency_days desc, monetary asc, ',
        'monetary': 'recency_days desc, frequency asc, ',
    } -%}
    {%- set tie_breakers = segment_spine.one_of('tie_breakers', var('tie_breakers'), ['other_metrics', 'customer_id']) -%}
    {{ worst_first }}, {{ others[axis] if tie_breakers == 'other_metrics' }}customer_id asc
{%- endmacro %}

{% macro ntile_scores_together(metric, worst_first) -%}
    {#-
        The lowest quintile that NTILE(5) gives any customer of a value, from the histogram of values: no sort of customers.
        NTILE gives the first n % 5 quintiles one customer more than the others.
    -#}
    with histogram as (
        select
            {{ metric }},
            cast(sum(count(*)) over (order by {{ worst_first }}) - count(*) as bigint) as worse,
            cast(sum(count(*)) over () as bigint) as population
        from {{ ref('int_customer_rfm_metrics') }}
        group by {{ metric }}
    ),

    quintiles as (
        select
            {{ metric }},
            worse,
            {{ segment_spine.whole_quotient('population', 5) }} as small_size,
            population % 5 as large_quintiles
        from histogram
    )

    select
        metrics.customer_id,
        case
            when quintiles.worse < quintiles.large_quintiles * (quintiles.small_size + 1)
                then {{ segment_spine.whole_quotient('quintiles.worse', 'quintiles.small_size + 1') }} + 1
            else
                quintiles.large_quintiles + 1
                + {{ segment_spine.whole_quotient(
                    'quintiles.worse - quintiles.large_quintiles * (quintiles.small_size + 1)', 'quintiles.small_size'
                ) }}
        end as score
    from {{ ref('int_customer_rfm_metrics') }} as metrics
    inner join quintiles on metrics.{{ metric }} = quintiles.{{ metric }}
{%- endmacro %}

{% macro quantile_scores(metric, is_lower_better) -%}
    {#-
        Cut points at position (n - 1) x i / 5 of the sorted values, linearly interpolated; five times the cut point, so that the
        comparison is exact.
    -#}
    with sorted_values as (
        select
            {{ metric }} as metric,
            cast(sum(count(*)) over (order by {{ metric }}) as bigint) as upto,
            cast(sum(count(*)) over () - 1 as bigint) as last_position
        from {{ ref('int_customer_rfm_metrics') }}
        group by {{ metric }}
    ),

    positions as (
        select
            cuts.cut,
            sorted_values.metric,
            sorted_values.last_position * cuts.cut % 5 as fifths,
            sorted_values.upto > {{ segment_spine.whole_quotient('sorted_values.last_position * cuts.cut', 5) }} as is_from_lower,
            sorted_values.upto > {{ segment_spine.whole_quotient('sorted_values.last_position * cuts.cut + 4', 5) }} as is_from_upper
        from sorted_values
        cross join (select 1 as cut union all select 2 union all select 3 union all select 4) as cuts
    ),

    neighbours as (
        select
            cut,
            max(fifths) as fifths,
            min(case when is_from_lower then metric end) as lower_value,
            min(case when is_from_upper then metric end) as upper_value
        from positions
        group by cut
    ),

    cut_points as (
        select 5 * lower_value + fifths * (upper_value - lower_value) as five_times_cut_point
        from neighbours
    )

    select
        metrics.customer_id,
        {{ '5 - ' if is_lower_better else '1 + ' }}(
            select count(*) from cut_points where cut_points.five_times_cut_point < 5 * metrics.{{ metric }}
        ) as score
    from {{ ref('int_customer_rfm_metrics') }} as metrics
{%- endmacro %}

{% macro rank_scores(method, total_order) -%}
    select
        customer_id,
        {% if method == 'ntile' -%}
        ntile(5) over (order by {{ total_order }}) as score
        {%- else -%}
        {#- Cut points of the ranks 1..n lie at 1 + (n - 1) x i / 5. -#}
        1 + (
            case when 5 * position > population + 4 then 1 else 0 end
            + case when 5 * position > 2 * population + 3 then 1 else 0 end
            + case when 5 * position > 3 * population + 2 then 1 else 0 end
            + case when 5 * position > 4 * population + 1 then 1 else 0 end
        ) as score
        {%- endif %}
    from (
        select
            *,
            row_number() over (order by {{ total_order }}) as position,
            count(*) over () as population
        from {{ ref('int_customer_rfm_metrics') }}
    ) as ranked
{%- endmacro %}

{% macro fixed_band_scores(axis, metric) -%}
    select
        metrics.customer_id,
        bands.score
    from {{ ref('int_customer_rfm_metrics') }} as metrics
    inner join {{ ref('rfm_fixed_bands') }} as bands
        on bands.axis = '{{ axis }}' and metrics.{{ metric }} between bands.min_value and bands.max_value
{%- endmacro %}

{% macro cut_point_scores(axis, metric) -%}
    {#- Within the day: the best score whose worst value of the last full run is reached. Read by name, for it hangs on the scores. -#}
    select
        metrics.customer_id,
        coalesce(
            max(case when metrics.{{ metric }} {{ '<=' if axis == 'recency' else '>=' }} cut_points.worst_value then cut_points.score end),
            min(cut_points.score),
            1
        ) as score
    from {{ ref('int_customer_rfm_metrics') }} as metrics
    left join {{ this.incorporate(path={'identifier': 'int_rfm_cut_points'}) }} as cut_points on cut_points.axis = '{{ axis }}'
    group by metrics.customer_id
{%- endmacro %}
