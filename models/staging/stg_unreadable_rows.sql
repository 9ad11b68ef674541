{{ config(materialized='table') }}

with source as (
    select * from {{ raw_rows('unreadable_rows', source('raw', 'unreadable_rows')) }}
),

renamed as (
    select
        table_name,
        file_name,
        {{ to_integer('row_number') }} as row_number,
        reason as quarantine_reason,
        row_json
    from source
)

select * from renamed
