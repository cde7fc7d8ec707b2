"""The data: what is imported, and what is exported."""
