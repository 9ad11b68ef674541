"""Near real time: watching for news, and the slice of customers whom it touches."""
