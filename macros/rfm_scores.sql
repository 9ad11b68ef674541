{% macro rfm_axes() -%}
    {#- The axes of RFM as dicts: how each is scored (vars rfm_methods, tie_policies). docs/definitions.md says what each means. -#}
    {%- set axes = [] -%}
    {%- for name, metric in [('recency', 'recency_days'), ('frequency', 'frequency'), ('monetary', 'monetary')] -%}
        {%- set method = segment_spine.per_axis('rfm_methods', var('rfm_methods'), name, 'ntile', ['ntile', 'quantile', 'fixed']) -%}
        {%- set ties = segment_spine.per_axis('tie_policies', var('tie_policies'), name, 'together', ['together', 'split']) -%}
        {%- do axes.append({
            'name': name, 'metric': metric, 'is_lower_better': name == 'recency',
            'method': method, 'is_ranked': ties == 'split' and method != 'fixed',
        }) -%}
    {%- endfor -%}
    {{ return(axes) }}
{%- endmacro %}

{% macro rfm_score(axis, cut_points) -%}
    {#- The score of a customer on one axis: by cut points, but by rank among all customers where ties are split. -#}
    {%- if axis.is_ranked -%}
        {{ segment_spine.score_by_rank(axis) }}
    {%- else -%}
        {{ segment_spine.score_by_cut_points(axis, cut_points) }}
    {%- endif -%}
{%- endmacro %}

{% macro score_by_cut_points(axis, cut_points) -%}
    {#- The best score whose worst value is reached. A value worse than all has the lowest score that there is; none if there is none. -#}
    case
        {%- for score in [5, 4, 3, 2, 1] %}
        when {{ axis.metric }} {{ '<=' if axis.is_lower_better else '>=' }} (
            select worst_value from {{ cut_points }} where axis = '{{ axis.name }}' and score = {{ score }}
        ) then {{ score }}
        {%- endfor %}
        else (select min(score) from {{ cut_points }} where axis = '{{ axis.name }}')
    end
{%- endmacro %}

{% macro score_by_rank(axis) -%}
    {%- set worst_first = segment_spine.total_order(axis) -%}
    case
        when count(*) over () < {{ segment_spine.whole_number('rfm_min_population', least=1) }} then null
        else
            {%- if axis.method == 'ntile' %}
            ntile(5) over (order by {{ worst_first }})
            {%- else %}
            {#- Cut points of the ranks 1..n lie at 1 + (n - 1) x i / 5. #}
            1
            {%- for cut in [1, 2, 3, 4] %}
            + case when 5 * row_number() over (order by {{ worst_first }}) > {{ cut }} * count(*) over () + {{ 5 - cut }} then 1 else 0 end
            {%- endfor %}
            {%- endif %}
    end
{%- endmacro %}

{% macro total_order(axis) -%}
    {#- From worst to best, without ties. -#}
    {%- set others = {
        'recency': 'frequency asc, monetary asc, ', 'frequency': 'recency_days desc, monetary asc, ',
        'monetary': 'recency_days desc, frequency asc, ',
    } -%}
    {%- set tie_breakers = segment_spine.one_of('tie_breakers', var('tie_breakers'), ['other_metrics', 'customer_id']) -%}
    {{ axis.metric }} {{ 'desc' if axis.is_lower_better else 'asc' }},
    {{- ' ' ~ (others[axis.name] if tie_breakers == 'other_metrics' else '') }}customer_id asc
{%- endmacro %}
