"""`spine report`: the published marts as one page that can be mailed."""
