"""Raw input: found, checked, landed, and made to look like schema `raw`."""
