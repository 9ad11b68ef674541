{% macro one_of(name, value, allowed) -%}
    {#- Values of vars are pasted into SQL: only known words pass. -#}
    {%- if value not in allowed -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must be one of " ~ allowed | join(', ')) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro whole_number(name, least=0, most=99999) -%}
    {%- set value = var(name) | string -%}
    {%- if not modules.re.match('^[0-9]{1,12}$', value) or value | int < least or value | int > most -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must be a whole number from " ~ least ~ " to " ~ most) }}
    {%- endif -%}
    {{ return(value | int) }}
{%- endmacro %}

{% macro flag(name) -%}
    {#- A text would be taken for true, whatever it says. -#}
    {%- if var(name) is not boolean -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must be true or false, without quotation marks") }}
    {%- endif -%}
    {{ return(var(name)) }}
{%- endmacro %}

{% macro share(name) -%}
    {%- set value = var(name) | string -%}
    {%- if not modules.re.match('^(0([.][0-9]+)?|1([.]0+)?)$', value) -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must be a share between 0 and 1") }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro business_timezone() -%}
    {%- set value = var('timezone') | string -%}
    {%- if value not in modules.pytz.all_timezones -%}
        {{ exceptions.raise_compiler_error("var timezone must be a name of the tz database, such as Europe/Paris") }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro reporting_currency() -%}
    {#- Auto is a code when anything is built: the runner finds it out, and require_currency stops what it does not run. -#}
    {%- set value = var('reporting_currency') | string | upper | replace('AUTO', 'XXX') -%}
    {%- if not modules.re.match('^[A-Z]{3}$', value) -%}
        {{ exceptions.raise_compiler_error("var reporting_currency must be a three-letter code") }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro is_known(loaded_at) -%}
    {%- set known_until = var('known_until') | string -%}
    {%- if not known_until -%}
        true
    {%- else -%}
        {%- set time = '[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$' -%}
        {%- if not modules.re.match('^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' ~ time, known_until)
            or not segment_spine.is_day_of_the_calendar(known_until[:10]) -%}
            {{ exceptions.raise_compiler_error("var known_until must be a UTC timestamp written as YYYY-MM-DD HH:MM:SS") }}
        {%- endif -%}
        coalesce({{ loaded_at }} <= timestamp '{{ known_until }}', true)
    {%- endif -%}
{%- endmacro %}

{% macro is_day_of_the_calendar(day) -%}
    {#- Whether YYYY-MM-DD is a day that there is: counted from the first of its month, it stays in that month. -#}
    {%- set first = modules.datetime.date(day[:4] | int, day[5:7] | int, 1) -%}
    {{ return((first + modules.datetime.timedelta(days=(day[8:10] | int) - 1)).month == first.month) }}
{%- endmacro %}

{% macro per_axis(name, settings, axis, default, allowed) -%}
    {#- The setting of one RFM axis; a misspelt axis must not quietly leave the default. -#}
    {%- if settings is not mapping -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must name a value per axis: {recency: …, frequency: …, monetary: …}") }}
    {%- endif -%}
    {%- for given in settings if given not in ['recency', 'frequency', 'monetary'] -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must name recency, frequency and monetary alone; it names " ~ given) }}
    {%- endfor -%}
    {{ return(segment_spine.one_of(name ~ '.' ~ axis, settings.get(axis, default), allowed)) }}
{%- endmacro %}
