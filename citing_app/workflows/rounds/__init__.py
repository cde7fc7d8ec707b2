"""Rounds: chosen, checked, queued, supervised and shown."""
