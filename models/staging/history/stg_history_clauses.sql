{{ history_rows('segment_clauses', source('history', 'segment_clauses')) }}
