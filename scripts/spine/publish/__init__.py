"""Publishing: versions, the lock, the accounts of runs, and what is out of date."""
