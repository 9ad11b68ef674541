{{ history_rows('segment_daily', source('history', 'segment_daily')) }}
