{{ history_rows('traits', source('history', 'traits')) }}
