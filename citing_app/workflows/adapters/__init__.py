"""Adapters: how they descend from each other, out of the studio and into it."""
