"""Folders of data sets as they were downloaded, and the Hub, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.workflows.data.sources import not_read, opened, split
from tests.conftest import ROOT

ROWS = "".join(json.dumps({"instruction": f"Question {n}?", "output": "So."}) + "\n" for n in range(3))
COMMIT = "0" * 40
TOKEN = "hf_secret"


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (
            ["data/train-0.parquet", "data/train-1.parquet", "data/test-0.parquet"],
            ["data/train-0.parquet", "data/train-1.parquet"],
        ),
        (["default/train/0000.parquet", "default/test/0000.parquet"], ["default/train/0000.parquet"]),
        (["a.jsonl", "b.jsonl.gz", "README.md", "dataset_info.json"], ["a.jsonl", "b.jsonl.gz"]),
        (["rows.jsonl", "validation.jsonl"], ["rows.jsonl"]),
        (["test.csv"], ["test.csv"]),
        (["trainer_state.parquet", ".cache/x.parquet", "latest.parquet"], ["latest.parquet", "trainer_state.parquet"]),
    ],
)
def test_the_files_of_the_train_split_are_read(files: list[str], chosen: list[str]) -> None:
    assert split(files)[0] == tuple(chosen)


def test_files_in_other_formats_and_of_other_splits_are_named() -> None:
    assert split(["train.csv", "more.jsonl"]) == (("train.csv",), ("more.jsonl",))
    assert split(["a.jsonl", "b.json", "c.parquet"]) == (("a.jsonl", "b.json"), ("c.parquet",))
    assert split(["a.csv", "a.parquet"]) == (("a.parquet",), ("a.csv",))
    assert not_read([]) == []
    assert not_read([f"{n}.csv" for n in range(7)]) == ["Files not read: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more."]


def test_a_folder_of_several_data_sets_or_none_is_refused_with_their_names() -> None:
    files = ["main/train-0.parquet", "socratic/train-0.parquet"]
    with pytest.raises(CitingError, match=r"several data sets in it \(main, socratic\)"):
        split(files)
    assert split(files, "main")[0] == ("main/train-0.parquet",)
    assert split(files, "main/train-0.parquet")[0] == ("main/train-0.parquet",)
    with pytest.raises(CitingError, match="There are no data files"):
        split(["README.md"])


CARD = """---
license: mit
configs:
- config_name: main
  data_files:
  - {split: train, path: "questions/*.jsonl"}
  - {split: dev, path: [held/a.jsonl, held/b.jsonl]}
- config_name: other
  data_files: rest.jsonl
---
# A data set
"""
FILES = ["questions/1.jsonl", "questions/2.jsonl", "held/a.jsonl", "held/b.jsonl", "rest.jsonl"]


def test_the_files_that_a_card_names_are_read() -> None:
    assert split(FILES, "main", CARD) == (("questions/1.jsonl", "questions/2.jsonl"), ("held/a.jsonl", "held/b.jsonl"))
    assert split(FILES, "other", CARD) == (("rest.jsonl",), ())
    assert split(FILES, "held/a.jsonl", CARD) == (("held/a.jsonl",), ())
    with pytest.raises(CitingError, match=r"several data sets in it \(main, other\); name one, as in …/other"):
        split(FILES, card=CARD)
    marked = CARD.replace("config_name: other", "config_name: other\n  default: true")
    assert split(FILES, card=marked)[0] == ("rest.jsonl",)
    alone = "---\nconfigs:\n- data_files: [rest.jsonl, missing.jsonl]\n---\n"
    assert split(FILES, card=alone)[0] == ("rest.jsonl",)
    assert split(["held.jsonl"], card="---\nconfigs:\n- data_files: {split: test, path: held.jsonl}\n---\n")[0]


@pytest.mark.parametrize(
    "card", ["# no head", "---\n: [\n---\n", "---\nconfigs: 3\n---\n", "---\nconfigs:\n- data_files: gone.jsonl\n---\n"]
)
def test_a_card_that_names_no_files_leaves_it_to_their_names(card: str) -> None:
    assert split(["train.jsonl", "test.jsonl"], card=card) == (("train.jsonl",), ("test.jsonl",))


def test_a_folder_is_read_as_one_data_set_and_each_row_has_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    for name in ("train-0.jsonl", "train-1.jsonl", "test-0.jsonl"):
        (folder / name).write_text(ROWS)
    source = opened(tmp_path / "set")
    assert (source.name, source.others) == ("set", ("data/test-0.jsonl",))
    assert [found.place for found in source.rows()][2:4] == ["train-0.jsonl, line 3", "train-1.jsonl, line 1"]


class Hub(BaseHTTPRequestHandler):
    """What the client asks of a Hub with one gated data set, owner/name."""

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        files = {"data/train-0.jsonl": ROWS, "data/test-0.jsonl": ROWS}
        listed = [{"type": "file", "path": name, "size": len(ROWS), "oid": "1" * 40} for name in files]
        found: object = None
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            if path.startswith("/api/datasets/owner/name/tree/"):
                found = listed
            elif path.startswith("/api/datasets/owner/name"):
                found = {"id": "owner/name", "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
            elif path.startswith("/datasets/owner/name/resolve/"):
                found = files.get(path.split("/", 6)[6])
        body = (found if isinstance(found, str) else json.dumps(found or {"error": "not found"})).encode()
        self.send_response(200 if found is not None else 404)
        if found is None:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("ETag", f'"{hash(path)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(folder: Path, hub: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "HF_HOME": str(folder / "hf"), "HF_ENDPOINT": hub}
    command = [sys.executable, "-m", "citing_app", "--data-dir", str(folder / "data"), "import", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment | variables, capture_output=True, check=False, text=True, timeout=120
    )


def test_a_data_set_of_the_hub_is_imported_and_its_token_is_stored_nowhere(tmp_path: Path, hub: str) -> None:
    done = run(tmp_path, hub, "hf:owner/name", "--dry-run", HF_TOKEN=TOKEN)
    assert "owner/name: 3 read, 3 can be imported. Nothing was written." in done.stdout, done.stderr
    assert "Files not read: data/test-0.jsonl." in done.stdout
    done = run(tmp_path, hub, "hf:owner/name@main/data/train-0.jsonl", HF_TOKEN=TOKEN)
    assert done.stdout == "owner/name: 3 read, 3 imported, 0 duplicates, 0 rejected, 0 revisions.\n", done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    refused = run(tmp_path, hub, "hf:owner/name")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "The Hub has no data set owner/name, or HF_TOKEN does not give access to it.\n"
    assert "hf:owner/name" in run(tmp_path, hub, "hf:name").stderr
