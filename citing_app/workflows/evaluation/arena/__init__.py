"""The blind arena: people vote on pairs of answers without knowing the models."""
