{{ history_rows('segment_membership_history', source('history', 'segment_membership_history')) }}
