with measured as (
    select metric, table_name, subject, affected_rows, total_rows
    from {{ ref('int_column_quality') }}
    union all
    select 'late_share', table_name, 'loaded_at', affected_rows, total_rows
    from {{ ref('int_late_rows') }}
    union all
    select 'orphan_ids', table_name, subject, affected_rows, total_rows
    from {{ ref('int_orphan_ids') }}
    union all
    select unmapped.metric, unmapped.table_name, unmapped.subject, unmapped.affected_rows, reconciliation.staged_rows
    from {{ ref('int_unmapped_names') }} as unmapped
    inner join {{ ref('int_source_reconciliation') }} as reconciliation
        on unmapped.table_name = reconciliation.table_name
    union all
    select metric, 'consent', subject, affected_rows, total_rows
    from {{ ref('int_consent_quality') }}
    union all
    select metric, table_name, subject, affected_rows, total_rows
    from {{ ref('int_differing_versions') }}
    union all
    select metric, table_name, 'customer_id', affected_rows, total_rows
    from {{ ref('int_identity_quality') }}
    union all
    select 'midnights', table_name, subject, affected_rows, total_rows
    from {{ ref('int_time_quality') }}
    union all
    select metric, 'orders', subject, affected_rows, total_rows
    from {{ ref('int_refund_quality') }}
    union all
    select 'contradicting_dates', 'subscriptions', subject, affected_rows, total_rows
    from {{ ref('int_subscription_quality') }}
    union all
    select 'differing_totals', 'orders', 'total', coalesce(sum(differing_totals), 0), coalesce(sum(totals), 0)
    from {{ ref('int_order_totals') }}
    where line = 'counted'
    union all
    select 'uncategorised_lines', 'order_items', 'category', count(case when category is null then 1 end), count(*)
    from {{ ref('int_customer_purchases') }}
    union all
    select 'unreadable_values', 'customers', 'trait ' || trait, count(case when is_unreadable then 1 end), count(*)
    from {{ ref('int_customer_attributes') }}
    group by trait
    union all
    select
        'identifiers_' || link_status,
        'identities',
        case when {{ holds_address('identifier_type') }} then 'types that hold an address' else identifier_type end as subject,
        count(*),
        sum(count(*)) over (partition by subject)
    from {{ ref('int_identifiers_resolved') }}
    group by link_status, subject
)

select
    metric,
    {{ as_of_date() }} as as_of_date,
    table_name,
    subject,
    cast(affected_rows as bigint) as affected_rows,
    cast(total_rows as bigint) as total_rows,
    {{ ratio('affected_rows', 'total_rows') }} as affected_share
from measured
