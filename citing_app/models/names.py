"""From the name a person gave (`bundled`, a folder, a hub name) to what a worker can load."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePath
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.context import context_of
from citing_app.models.bundled import EMBEDDER, STUDENT, BundledModel

BUNDLED = "bundled"
BUNDLED_BASE = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""The hub's name of the model that the bundled student was made from."""
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


def resolve_student(name: str, cache: Path) -> str:
    """The folder or hub name of the student `name`.

    Raises CitingError for a bundled model that is not prepared yet, a folder without a model or without safetensors,
    and a name that no hub could have.
    """
    return _resolve(name, cache, STUDENT)


def resolve_embedder(name: str, cache: Path) -> str:
    """The folder or hub name of the embedder `name`; raises CitingError as `resolve_student` does."""
    return _resolve(name, cache, EMBEDDER)


def student_name(student: str) -> str:
    """What a data folder knows a student by: the last part of its hub name or its folder's path, as this may move.

    The bundled one is `bundled` wherever its folder is.
    """
    name = PurePath(student).name
    return BUNDLED if name == STUDENT.folder else name


def base_name(student: str) -> str:
    """What a student is called outside of this machine: a hub name, or the last part of a folder's path."""
    folder = Path(student).expanduser()
    if student == BUNDLED or folder.name == STUDENT.folder:
        return BUNDLED_BASE
    return folder.name if folder.is_absolute() or folder.is_dir() else student


def embedder_identity(name: str, cache: Path) -> str:
    """A short name of the embedder's weights: the checksum of a folder's, the hub name where there is no folder."""
    return _identity(name, cache, EMBEDDER)


def student_identity(name: str, cache: Path) -> str:
    """A short name of the student's weights, as `embedder_identity` gives one: what its answers are known by."""
    return _identity(name, cache, STUDENT)


def _identity(name: str, cache: Path, bundled: BundledModel) -> str:
    if name == BUNDLED:
        return f"{bundled.folder}@{bundled.sha256[:12]}"
    resolved = _resolve(name, cache, bundled)
    folder = Path(resolved)
    return f"{folder.name}@{weights_digest(folder)[:12]}" if folder.is_dir() else resolved


def _resolve(name: str, cache: Path, bundled: BundledModel) -> str:
    if name == BUNDLED:
        return _prepared(bundled, cache)
    folder = Path(name).expanduser()
    if name.startswith((".", "/", "~")) or (name and folder.exists()):
        return _model_folder(folder, bundled.role)
    if not _HUB_NAME.fullmatch(name):
        raise CitingError(
            f"“{name}” is neither a folder nor a model's name; give a folder, or a name such as organisation/model."
        )
    return name


def weights_bytes(folder: Path) -> int:
    """The size of the weights of the model in `folder`; 0 where there are none."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def config_of(folder: Path) -> dict[str, Any]:
    """The config.json of the model in `folder`; empty where it is a hub name not fetched yet."""
    return read_object(folder / "config.json")


def context_length(folder: Path) -> int | None:
    """How many tokens the student in `folder` reads at once; None where its files do not say it, or are not here."""
    return context_of(config_of(folder), read_object(folder / "tokenizer_config.json"))


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file of a model; empty where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _prepared(model: BundledModel, cache: Path) -> str:
    if not model.is_prepared(cache):
        raise CitingError(f"The bundled {model.role} ({model.title}) is not prepared yet; wait for it, or retry it.")
    return str(model.path(cache))


def _model_folder(folder: Path, role: str) -> str:
    if not folder.is_dir():
        raise CitingError(f"There is no folder {folder}; give the folder of a {role}, or a hub name.")
    if not (folder / "config.json").is_file():
        raise CitingError(f"The folder {folder} holds no model (no config.json); choose another {role}.")
    if not any(folder.glob("*.safetensors")):
        raise CitingError(
            f"The model in {folder} has no safetensors weights, and other formats are not loaded; convert it first."
        )
    return str(folder.resolve())


def weights_digest(folder: Path) -> str:
    """What tells the weights of the models in two folders apart: a sha256, which reads all of them."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
