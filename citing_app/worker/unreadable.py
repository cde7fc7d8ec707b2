"""Why a student cannot be used, in one sentence that says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_POINTER = b"version https://git-lfs"
_TOKENIZERS = (
    *("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "sentencepiece.bpe.model"),
    *("spm.model", "tekken.json", "qwen.tiktoken", "tiktoken.model"),
)
_OFFLINE = ("OfflineModeIsEnabled", "LocalEntryNotFoundError", "ConnectError", "ConnectTimeout", "ReadTimeout")
_UNKNOWN = "does not recognize this architecture"
"""What transformers says of a configuration that it does not know."""
_LIBRARIES = ("sentencepiece", "tiktoken", "protobuf", "blobfile", "mistral-common", "jinja2")


def reading(student: str, load: Callable[..., Any], **options: Any) -> Any:
    """What `load` (a `from_pretrained`) makes of the student in a folder or of a hub name.

    What is in the hub's cache is used as it is, and no hub is asked: a worker has no token, and of a private student
    the hub would say that there is none. Raises CitingError that says why a student cannot be read; running out of
    memory is no such reason.
    """
    options["trust_remote_code"] = False  # unsaid, transformers would ask at the terminal
    try:
        if folder := in_cache(student):
            with suppress(OSError):  # not all of it is there
                return load(str(folder), **options)
        return load(student, **options)
    except (MemoryError, CitingError):
        raise
    except Exception as error:
        from citing_app.worker.memory import is_out_of_memory

        if is_out_of_memory(error):
            raise
        raise why(student, error) from error


def in_cache(student: str) -> Path | None:
    """The folder of a hub name's files in the hub's cache; None for a folder, and for what was never fetched."""
    if Path(student).is_dir() or Path(student).is_absolute():
        return None
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(student, "config.json")
    except ValueError:  # no name that the hub could have
        return None
    return Path(found).parent if isinstance(found, str) else None


def why(student: str, error: BaseException) -> CitingError:
    """What is wrong with the student that could not be read with this error."""
    names = {type(one).__name__ for one in _chain(error)}
    if Path(student).is_dir():
        return CitingError(_of_files(student, Path(student), error))
    return CitingError(_of_hub(student, names) or _of_files(student, in_cache(student), error))


def ensure_whole(student: str) -> None:
    """Raise CitingError where files of a student that is here are missing, or are not whole."""
    folder = in_cache(student) or Path(student)
    if said := _complaint(student, folder):
        raise CitingError(said)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_hub(student: str, names: set[str]) -> str | None:
    """What the hub said, by the names of the errors."""
    if "GatedRepoError" in names:
        return (
            f"The student {student} is gated: accept its terms on its page at the hub, then start the app with your "
            "token in HF_TOKEN (docs/host.md)."
        )
    if "RepositoryNotFoundError" in names:
        return (
            f"There is no student {student} on the hub; check the name. If it is private, start the app with your "
            "token in HF_TOKEN (docs/host.md)."
        )
    if "HFValidationError" in names or Path(student).is_absolute():
        return f"There is no folder {student}, and the hub has no such names; give a folder, or organisation/model."
    if names & {*_OFFLINE}:
        return (
            f"The student {student} is not on this machine, and the hub cannot be reached; check the network, the "
            "proxy and HF_ENDPOINT, or give a folder."
        )
    return None


def _of_files(student: str, folder: Path | None, error: BaseException) -> str:
    """What is wrong with its files, the first thing that another would rest on."""
    text = str(error)
    config = _config(folder)
    if folder is not None and config is None:
        return f"The student {student} has no readable config.json; download it again."
    if config and "trust_remote_code" in text:
        return f"The student {student} needs code of its own, which is never run; choose another student."
    if config and _UNKNOWN in text:
        kind = config.get("model_type")
        return f"This version of transformers does not know the student {student} ({kind}); choose another student."
    if folder and (complaint := _complaint(student, folder)):
        return complaint
    if library := next((name for name in _LIBRARIES if name in text.lower()), None):
        return f"The student {student} needs the Python package {library}; install it, or choose another student."
    return f"The student {student} cannot be read: give a folder or hub name of a causal language model in safetensors."


def _config(folder: Path | None) -> dict[str, Any] | None:
    if folder is None:
        return None
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _complaint(student: str, folder: Path) -> str | None:
    """What of the files in a student's folder is missing or not whole; None where nothing is found."""
    pointer = next((path.name for path in sorted(folder.iterdir()) if is_pointer(path)), None)
    if pointer:
        return (
            f"The student {student} is incomplete: {pointer} is only a Git LFS pointer; run “git lfs pull” in its "
            "folder."
        )
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        return f"The student {student} has no tokenizer (tokenizer.json); download it again, or choose another student."
    return _weights_complaint(student, folder)


def is_pointer(path: Path) -> bool:
    """Whether a file is what Git LFS leaves in a file's place until it is fetched."""
    if not path.is_file() or path.stat().st_size > 1024:
        return False
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER


def _weights_complaint(student: str, folder: Path) -> str | None:
    from safetensors import SafetensorError, safe_open

    shards = _shards(folder)
    if not shards:
        return f"The student {student} has no safetensors weights, and other formats are not loaded; convert it first."
    for name in shards:
        if not (folder / name).is_file():
            return f"The student {student} is incomplete: a part of its weights is missing ({name}); download it again."
        try:
            with safe_open(folder / name, framework="np"):
                pass
        except (OSError, SafetensorError):
            return (
                f"The student {student} is incomplete: its weights are cut off or damaged ({name}); download it again."
            )
    return None


def _shards(folder: Path) -> list[str]:
    """The files that the weights are in; empty where there is none in safetensors."""
    try:
        named = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values()
    except (OSError, ValueError, KeyError, AttributeError):
        return sorted(path.name for path in folder.glob("*.safetensors"))
    return sorted({str(name) for name in named})
