"""Calls to a model behind an endpoint: asked once, paid once, whoever asks."""
