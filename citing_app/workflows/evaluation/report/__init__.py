"""The report: an evaluation as one file that opens without the app."""
