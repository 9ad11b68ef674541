{% macro traits() -%}
    {#-
        The traits that clauses may name: the documented columns, all but the key, of the model whose meta says `lists_traits`.
        Each is a dict of its name, type (number, text, boolean), unit, description and data_type; of a number also its decimals
        and its least and greatest value (0 and none, unless the column says so).
        A row of traits.csv that says how the trait is computed says what it needs, too; such a trait has a row_default, the value
        of customers without a row. Other traits have needs, the tables and columns of the raw contract (table.column; "a or b"
        where either will do) that must be there, and rests_on, the activities of the customer that change them.
        Empty while dbt parses.
    -#}
    {%- set found, feeds = [], [] -%}
    {%- for table in segment_spine.raw_tables() -%}
        {%- do feeds.append(table) -%}
        {%- for column in segment_spine.column_names(table) -%}
            {%- do feeds.append(table ~ '.' ~ column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.config.get('meta', {}).get('lists_traits') -%}
        {%- for column in node.columns.values() if column.name != 'customer_id' -%}
            {%- if not column.data_type -%}
                {{ exceptions.raise_compiler_error("trait " ~ column.name ~ " has no data_type in " ~ node.patch_path) }}
            {%- endif -%}
            {%- set meta = column.config.get('meta', {}) -%}
            {%- if not meta.get('row_default') and not (meta.get('needs') and meta.get('rests_on')) -%}
                {{ exceptions.raise_compiler_error("trait " ~ column.name ~ " does not say what it needs, or what it rests_on, in " ~ node.patch_path) }}
            {%- endif -%}
            {%- for feed in (meta.get('needs', []) | join(' or ')).split(' or ') if feed and feed not in feeds -%}
                {{ exceptions.raise_compiler_error("trait " ~ column.name ~ " needs " ~ feed ~ ", which is no table or column of the raw contract, in " ~ node.patch_path) }}
            {%- endfor -%}
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
