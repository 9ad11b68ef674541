{% macro is_junk_identifier(identifier, junk_identifier) -%}
    {#- `junk_identifier` is the row of the seed that it was joined to, if any; zeros are junk however many. -#}
    (
        {{ junk_identifier }} is not null
        or ({{ identifier }} like '%0%' and replace(replace({{ identifier }}, '-', ''), '0', '') = '')
    )
{%- endmacro %}
