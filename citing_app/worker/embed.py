"""Unit vectors from a sentence-transformers model."""

from __future__ import annotations

import base64
import time
from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from citing_app.errors import CitingError
from citing_app.worker.jobs import Checkpoint, Job, OutOfMemory
from citing_app.worker.memory import is_out_of_memory, release_memory

_CHUNK = 256
_BATCH = {"cpu": 32, "cuda": 256}


class EmbedderModel:
    """One embedder in memory."""

    def __init__(self, name: str, device: torch.device) -> None:
        """Load the embedder from a folder or hub name. Raises CitingError for one that cannot be loaded safely."""
        self.name = name
        self.device = device
        try:
            self.model = SentenceTransformer(
                name, device=str(device), trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError) as error:
            raise CitingError(
                f"The embedder {name} could not be loaded: it has no safetensors weights under that name, the model "
                "hub cannot be reached, or it brings code of its own, which is never run."
            ) from error


def embed(embedder: EmbedderModel, job: Job, checkpoint: Checkpoint) -> None:
    """Answer an "embed" request (see serve.py), one "vectors" event for every 256 texts."""
    started = time.monotonic()
    texts = job.fields["texts"]
    for start in range(0, len(texts), _CHUNK):
        if not checkpoint():
            break
        job.send({"event": "vectors", "start": start, **_encode(embedder, texts[start : start + _CHUNK])})
    job.send({"event": "done", "tokens": 0, "seconds": time.monotonic() - started})


def _encode(embedder: EmbedderModel, texts: list[str]) -> dict[str, Any]:
    size = _BATCH[embedder.device.type]
    while True:
        try:
            vectors = embedder.model.encode(
                texts, batch_size=size, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            ).astype("<f4")
            return {"shape": list(vectors.shape), "data": base64.b64encode(vectors.tobytes()).decode()}
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            release_memory()
            if size == 1:
                raise OutOfMemory("There is not enough memory to embed even one text; free some.") from error
            size //= 2
