{% macro traits() -%}
    {#-
        The traits that clauses may name: the documented columns of int_customer_traits (all but the key), as dicts of name, type
        (number, text, boolean), unit, description, data_type and row_default: what a customer without a row has, if a row of traits.csv says how the
        trait is computed, else none. None while dbt parses.
    -#}
    {%- set found = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.name == 'int_customer_traits' -%}
        {%- for column in node.columns.values() if column.name != 'customer_id' -%}
            {%- if not column.data_type -%}
                {{ exceptions.raise_compiler_error("trait " ~ column.name ~ " has no data_type in " ~ node.patch_path) }}
            {%- endif -%}
            {%- set type = {'varchar': 'text', 'boolean': 'boolean'}.get(column.data_type, 'number') -%}
            {%- do found.append({
                'name': column.name, 'type': type, 'unit': column.config.get('meta', {}).get('unit', 'none'),
                'description': column.description, 'data_type': column.data_type,
                'row_default': column.config.get('meta', {}).get('row_default'),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
