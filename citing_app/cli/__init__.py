"""The command line: each command over the workflow that its button uses."""
