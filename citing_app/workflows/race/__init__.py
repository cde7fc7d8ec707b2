"""Kinds of round side by side under one budget."""
