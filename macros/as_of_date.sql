{% macro as_of_day() -%}
    {#- var, else environment, else the last complete business day: the only place that looks at the clock. -#}
    {%- set given = var('as_of_date') or env_var('SPINE_AS_OF', '') -%}
    {%- if given -%}
        {%- if not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', given | string)
            or not segment_spine.is_day_of_the_calendar(given | string) -%}
            {{ exceptions.raise_compiler_error("as_of_date must be a day written as YYYY-MM-DD") }}
        {%- endif -%}
        {{ given }}
    {%- else -%}
        {%- set business_now = run_started_at.astimezone(modules.pytz.timezone(segment_spine.business_timezone())) -%}
        {{ (business_now - modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d') }}
    {%- endif -%}
{%- endmacro %}

{% macro as_of_date() -%}
    cast('{{ segment_spine.as_of_day() }}' as date)
{%- endmacro %}

{% macro in_last_days(date_column, days) -%}
    {{ date_column }} > {{ segment_spine.add_days(segment_spine.as_of_date(), -days) }}
{%- endmacro %}

{% macro is_valid_as_of() -%}
    {{ segment_spine.as_of_date() }} between valid_from and valid_to
{%- endmacro %}
