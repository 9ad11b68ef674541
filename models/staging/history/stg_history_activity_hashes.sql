{{ history_rows('customer_activity_hashes', source('history', 'customer_activity_hashes')) }}
