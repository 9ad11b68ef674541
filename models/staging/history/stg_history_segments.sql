{{ history_rows('segments', source('history', 'segments')) }}
