{%- macro in_utc(column) -%}
coalesce(
            strftime(
                timezone(
                    'UTC',
                    timezone('{{ var('klaviyo_timezone') }}', try_strptime({{ column }}, '%Y-%m-%d %H:%M:%S'))
                ),
                '%Y-%m-%d %H:%M:%S'
            ),
            {{ column }}
        )
{%- endmacro -%}

-- Profiles with their times in UTC; what is no time stays as it is written.
select
    * exclude ("profile created on"),
    {{ in_utc('"email marketing consent timestamp"') }} as email_said_at,
    {{ in_utc('"sms marketing consent timestamp"') }} as sms_said_at,
    {{ in_utc('"email suppressions timestamp"') }} as suppressed_at,
    {{ in_utc('"profile created on"') }} as created_at,
    {{ in_utc('"last active"') }} as active_at
from {{ source('klaviyo', 'profiles_export') }}
