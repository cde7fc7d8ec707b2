"""What a round can be in, as far as workflows tell it apart."""

from __future__ import annotations

RUNNING = ("waiting", "running", "cancelling")
"""It has not ended: it waits for its turn, trains, or was asked to stop."""
