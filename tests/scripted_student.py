"""A student and an embedder that a test writes: small subclasses of the real seams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from citing_app.models.embedder import Embedder, Vectors
from citing_app.models.student import (
    Done,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Priority,
    Started,
    Student,
    never,
)
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.store import rounds
from citing_app.types import Message
from citing_app.workflows.studio import Studio

Behaviour = Callable[[str, str], GenerationEvent | str]
"""(the weights of the adapter, the prompt) → the answer, or what happens instead."""


class ScriptedStudent(Student):
    """Answers as its script says, and remembers what it was asked. `dies_after` as many answers, once."""

    def __init__(self, behaviour: Behaviour = lambda weights, prompt: f"{weights or 'base'} says {prompt}") -> None:
        self.behaviour = behaviour
        self.asked: list[tuple[str, str]] = []
        self.scored: list[tuple[str, str]] = []
        self.dies_after: int | None = None

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        yield Started(None if request.adapter is None else adapter_hash(request.adapter))
        weights = weights_of(request.adapter)
        for index, messages in enumerate(request.prompts):
            if self.dies_after is not None and len(self.asked) == self.dies_after:
                self.dies_after = None
                raise BrokenPipeError("killed")
            prompt = messages[-1]["content"]
            self.asked.append((weights, prompt))
            said = self.behaviour(weights, prompt)
            yield Finished(index, said) if isinstance(said, str) else said
        yield Done(1, 1.0)

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        weights = weights_of(adapter)
        self.scored += [(weights, messages[-1]["content"]) for messages, _ in pairs]
        return [float(len(answer) + strength * len(weights)) for _, answer in pairs]

    def divergences(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        return [strength * len(weights_of(adapter))] * len(pairs)


class LengthEmbedder(Embedder):
    """Texts of one length point in one direction; it remembers how many it was asked for."""

    name = "length"

    def __init__(self) -> None:
        self.asked = 0

    def embed_batch(self, texts: Sequence[str], *, priority: Priority = "bulk") -> Vectors:
        self.asked += len(texts)
        angles = np.array([len(text) / 100 for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def weights_of(adapter: Path | None) -> str:
    """The text that stands for an adapter's weights; empty for the base model."""
    return "" if adapter is None else (adapter / WEIGHTS).read_text()


def finished(
    studio: Studio,
    number: int,
    weights: str,
    kind: str = "citing",
    parent: int | None = None,
    answers: Sequence[str] = (),
) -> None:
    """A finished round whose adapter has these weights, and that learned the answers of these instructions (hashes)."""
    folder = studio.rounds_folder / f"{number:04d}" / "adapter"
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_text(weights)
    spec = {"round": number, "run_id": f"run {number}", "kind": kind, "depth": 1}
    with studio.store.write() as cursor:
        rounds.add(cursor, spec, parent, "ada", [], answers)
        rounds.set_state(cursor, number, "finished", {})
