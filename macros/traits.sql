{% macro traits() -%}
    {#-
        The traits that clauses may name: the documented columns of int_customer_traits (all but the key), as dicts of name, type
        (number, text, boolean), unit, description, data_type, row_default (what a customer without a row has, if a row of traits.csv says how the
        trait is computed, else none), and of numbers decimals, least and greatest: 0 and no limit unless the column says so. Such a row says what
        it needs, too; of the others needs are the tables and columns (table.column; "a or b" where either will do) that must be there, and rests_on the activities of the customer that change
        them. None while dbt parses.
    -#}
    {%- set found = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.unique_id == 'model.segment_spine.int_customer_traits' -%}
        {%- for column in node.columns.values() if column.name != 'customer_id' -%}
            {%- if not column.data_type -%}
                {{ exceptions.raise_compiler_error("trait " ~ column.name ~ " has no data_type in " ~ node.patch_path) }}
            {%- endif -%}
            {%- set meta = column.config.get('meta', {}) -%}
            {%- if not meta.get('row_default') and not (meta.get('needs') and meta.get('rests_on')) -%}
                {{ exceptions.raise_compiler_error("trait " ~ column.name ~ " does not say what it needs, or what it rests_on, in " ~ node.patch_path) }}
            {%- endif -%}
            {%- set type = {'varchar': 'text', 'boolean': 'boolean'}.get(column.data_type, 'number') -%}
            {%- do found.append({
                'name': column.name, 'type': type, 'unit': meta.get('unit', 'none'),
                'description': column.description, 'data_type': column.data_type,
                'row_default': meta.get('row_default'), 'needs': meta.get('needs', []), 'rests_on': meta.get('rests_on', []),
                'decimals': (column.data_type ~ ',0)').split(',')[1][:-1] if type == 'number' else 'null',
                'least': meta.get('least', '0') if type == 'number' else 'null',
                'greatest': meta.get('greatest', 'null'),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
