"""A curriculum: rounds one after the other, each of them in stages that can be paused."""
