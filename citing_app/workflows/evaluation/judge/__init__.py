"""Comparisons by a judge: what it is asked in both orders, and what its replies come to."""
