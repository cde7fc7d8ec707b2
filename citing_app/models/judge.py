"""The judges: whoever says which of two answers is better."""

from __future__ import annotations

from dataclasses import dataclass

from citing_app.models.chat_model import ChatModel


@dataclass(frozen=True)
class Judge:
    """A chat model that judges, or without one the judge by reference: the answer closer to an accepted one wins."""

    name: str
    model: ChatModel | None = None


BY_REFERENCE = Judge("reference")
"""Needs no key, and measures closeness to the accepted answers alone: it is no opinion of what is good."""
