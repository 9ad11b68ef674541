{{ history_rows('segment_transitions', source('history', 'segment_transitions')) }}
