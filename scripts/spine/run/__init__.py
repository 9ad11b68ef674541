"""One run of dbt: the project, the database, what is built, and what is said of it."""
