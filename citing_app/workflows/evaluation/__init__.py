"""Evaluation: what each round is worth, on answers that nothing learned."""
