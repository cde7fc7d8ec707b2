"""Drafts by the student, and their revisions by teachers."""
