"""CITING Studio: a person and a teacher model train a small student model together."""
