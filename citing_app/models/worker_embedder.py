"""The embedder in the generation worker."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citing_app.models.embedder import Embedder, Vectors
from citing_app.models.names import embedder_identity, resolve_embedder
from citing_app.models.student import Priority, never
from citing_app.models.worker_client import WorkerProcess


@dataclass(frozen=True)
class WorkerEmbedder(Embedder):
    """The embedder `model` (`bundled`, a folder or a hub name) in a worker."""

    worker: WorkerProcess
    model: str
    cache: Path

    @property
    def name(self) -> str:
        """See Embedder.name."""
        return embedder_identity(self.model, self.cache)

    def embed_batch(
        self,
        texts: Sequence[str],
        *,
        priority: Priority = "bulk",
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = never,
    ) -> Vectors:
        """See Embedder.embed_batch; `on_progress` hears how many of how many texts are done."""
        model = resolve_embedder(self.model, self.cache)
        batches = []
        for event in self.worker.request("embed", cancelled, model=model, texts=list(texts), priority=priority):
            if event["event"] == "vectors":
                batches.append(np.frombuffer(base64.b64decode(event["data"]), dtype="<f4").reshape(event["shape"]))
                on_progress(sum(map(len, batches)), len(texts))
        return np.concatenate(batches).astype(np.float32) if batches else np.empty((0, 0), dtype=np.float32)
