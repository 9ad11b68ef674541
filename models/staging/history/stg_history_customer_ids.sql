{{ history_rows('customer_ids', source('history', 'customer_ids')) }}
