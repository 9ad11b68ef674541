{% macro addresses_are_hashed_with() %}{{ return(adapter.dispatch('addresses_are_hashed_with', 'segment_spine')()) }}{% endmacro %}

{% macro duckdb__addresses_are_hashed_with() -%}
    {#-
        Who does not know the salt cannot find out whose address a hash is by hashing addresses. Some providers deliver what is sent
        to a.b+news@ to ab@: where all customers are with such, the dots and what follows a plus can be left out.
    -#}
    create or replace macro spine_functions.salt() as '{{ env_var('SPINE_SALT', '') | replace("'", "''") }}';

    create or replace macro spine_functions.mailbox(email) as
    {%- if segment_spine.flag('ignore_dots_and_plus_in_emails') %}
        replace(regexp_replace(split_part(email, '@', 1), '(.)[+].*$', '\1'), '.', '') || '@' || split_part(email, '@', 2)
    {%- else %}
        email
    {%- endif %}
{%- endmacro %}
