"""A round as a directory: what it holds, how it is started and what can be read from it. No torch."""
