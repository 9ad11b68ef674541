{% macro says_nothing(column) -%}
    {#- Whether a text stands for no value: it is null, or a word that a tool writes for nothing. All rows with such a key would be one. -#}
    (
        {{ column }} is null
        or (length({{ column }}) < 10 and lower({{ column }}) in ('none', 'null', 'nan', 'nat', 'nil', 'n/a', 'undefined', '-1'))
    )
{%- endmacro %}
