"""The use cases, one module each: the only door for the pages, the command line and the endpoints."""
