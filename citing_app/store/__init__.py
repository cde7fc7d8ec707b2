"""DuckDB: all SQL is here."""
