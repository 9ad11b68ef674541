"""From the command line to work, and from results to an exit code."""
