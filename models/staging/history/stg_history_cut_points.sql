{{ history_rows('cut_points', source('history', 'cut_points')) }}
