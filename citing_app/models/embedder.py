"""The embedder: texts as unit vectors, so that an inner product is a cosine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from citing_app.models.student import Priority

Vectors = NDArray[np.float32]
"""Shape [texts, dimensions]; every row has length 1."""


class Embedder(ABC):
    """A model that turns texts into vectors."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Which model and which weights: vectors of different names must never be compared."""

    @abstractmethod
    def embed_batch(self, texts: Sequence[str], *, priority: Priority = "bulk") -> Vectors:
        """One unit vector per text, shape [len(texts), dimensions]; a `chat` request overtakes `bulk` work.

        Raises CitingError for what a person can mend.
        """
