{% macro says_nothing(column) -%}
    {#-
        Whether a text stands for no value: it is null, or a word that a tool writes for nothing. All rows with such a key would be one.
        DuckDB makes a join of `in` with many constants, which every reader of the view then pays for, whichever columns it asks for.
    -#}
    (
        {{ column }} is null
        or (
            length({{ column }}) < 10
            and {{ segment_spine.is_listed('lower(' ~ column ~ ')', "'none|null|nan|nat|nil|n/a|undefined|-1'") }}
        )
    )
{%- endmacro %}
