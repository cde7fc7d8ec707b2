"""Answers and figures: written once, measured where they were not, and shown with their paired differences."""
