{% macro connected_components(edges) %}{{ return(adapter.dispatch('connected_components', 'segment_spine')(edges)) }}{% endmacro %}

{% macro duckdb__connected_components(edges) -%}
    {#-
        The smallest label spreads along the edges until nothing changes. `using key` keeps one label a node, where a plain
        recursive union would keep every pair of nodes that reach each other.
    -#}
    components (node, component) using key (node) as (
        select distinct from_id, from_id from {{ edges }}
        union
        select edges.to_id, min(components.component)
        from components
        inner join {{ edges }} as edges on components.node = edges.from_id
        inner join recurring.components as known on edges.to_id = known.node
        where components.component < known.component
        group by edges.to_id
    )
{%- endmacro %}
