{% macro is_listed(text, list) -%}
    {#- Whether a text is an entry of 'a|b'; a text that holds a bar itself never is. -#}
    (position('|' || {{ text }} || '|' in '|' || {{ list }} || '|') > 0 and position('|' in {{ text }}) = 0)
{%- endmacro %}
