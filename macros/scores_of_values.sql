{#- Queries of axis, is_lower_better, goodness and score over a histogram of values, of which greater is better. -#}
{% macro ntile_scores(histogram) -%}
    {#- The lowest quintile that NTILE(5) gives any customer of a value. It gives the first n % 5 quintiles one customer more. -#}
    select
        axis,
        is_lower_better,
        goodness,
        case
            when worse < large_quintiles * (small_size + 1) then {{ segment_spine.integer_division('worse', 'small_size + 1') }} + 1
            else
                large_quintiles + 1
                + {{ segment_spine.integer_division('worse - large_quintiles * (small_size + 1)', 'small_size') }}
        end as score
    from (
        select
            *,
            upto - customers as worse,
            {{ segment_spine.integer_division('population', 5) }} as small_size,
            population % 5 as large_quintiles
        from {{ histogram }}
        where method = 'ntile'
    ) as sized
{%- endmacro %}

{% macro quantile_scores(histogram) -%}
    {#-
        Quantiles lie at position (n - 1) x i / 5 of the sorted values, linearly interpolated; five times the quantile, so that the
        comparison is exact. A value on a quantile has the lower score, but the better one where fewer is better.
    -#}
    select
        histogram.axis,
        histogram.is_lower_better,
        histogram.goodness,
        1 + count(quantiles.cut) as score
    from {{ histogram }} as histogram
    left join (
        select
            axis,
            cut,
            5 * min(case when is_from_lower then goodness end)
            + max(fifths) * (min(case when is_from_upper then goodness end) - min(case when is_from_lower then goodness end))
                as five_times_quantile
        from (
            select
                histogram.axis,
                histogram.goodness,
                cuts.cut,
                (histogram.population - 1) * cuts.cut % 5 as fifths,
                histogram.upto > {{ segment_spine.integer_division('(histogram.population - 1) * cuts.cut', 5) }} as is_from_lower,
                histogram.upto > {{ segment_spine.integer_division('(histogram.population - 1) * cuts.cut + 4', 5) }} as is_from_upper
            from {{ histogram }} as histogram
            cross join (select 1 as cut union all select 2 union all select 3 union all select 4) as cuts
            where histogram.method = 'quantile'
        ) as positions
        group by axis, cut
    ) as quantiles
        on histogram.axis = quantiles.axis
            and case
                when histogram.is_lower_better then quantiles.five_times_quantile <= 5 * histogram.goodness
                else quantiles.five_times_quantile < 5 * histogram.goodness
            end
    where histogram.method = 'quantile'
    group by histogram.axis, histogram.is_lower_better, histogram.goodness
{%- endmacro %}
