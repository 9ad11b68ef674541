"""The runner of Segment Spine: raw input, dbt, publishing."""
