"""The desk: what waits for a decision, decisions, and what they say."""
