{{ history_rows('segment_changes', source('history', 'segment_changes')) }}
