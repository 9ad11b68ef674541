{% macro require_own_parents() -%}
    {#-
        Inside another project dbt looks for what a model refers to in that project first: its model customers would be taken for
        the one here. Only a table that is switched off here may be theirs.
    -#}
    {%- set taken = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.package_name == 'segment_spine' -%}
        {%- for parent in node.depends_on.nodes -%}
            {%- set kind, package, name = parent.split('.')[0], parent.split('.')[1], parent.split('.')[-1] -%}
            {%- if package != 'segment_spine' and kind in ['model', 'seed'] and name not in taken
                and ('model.segment_spine.' ~ name in graph.nodes or 'seed.segment_spine.' ~ name in graph.nodes) -%}
                {%- do taken.append(name) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if taken -%}
        {{ exceptions.raise_compiler_error(
            "Your project has tables of the same name (" ~ taken | sort | join(', ') ~ "), which the package would read in the place of its "
            ~ "own. Set require_ref_searches_node_package_before_root: true in the flags of your dbt_project.yml (docs/package.md)."
        ) }}
    {%- endif -%}
{%- endmacro %}
