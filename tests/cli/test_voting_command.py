"""`vote`: by a script on tokens, and asked pair by pair in a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from citing_app.store.database import Store
from citing_app.store.journal import Journal
from tests.answering import answered
from tests.cli.test_commands import CommandLine, assert_one_line
from tests.conftest import ROOT


@pytest.fixture
def citing(tmp_path: Path) -> CommandLine:
    with Store(tmp_path / "data") as store:
        answered(store, 5, "base", "round 1")
    return CommandLine(tmp_path / "data")


def test_a_script_votes_on_tokens_and_sees_the_names_at_the_end(citing: CommandLine) -> None:
    shown = citing("vote", "--pairs", "2")
    told = json.loads(shown.stdout)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert not {"base", "round"} & set(shown.stdout.replace('"', " ").split())
    assert_one_line(citing("vote", "--prefer", "left"), "A vote needs both: --pair TOKEN and --prefer.")
    assert_one_line(citing("vote", "--pair", "x", "--prefer", "left"), "This pair isn't one of yours")
    asked = ("vote", "--pair", told["pair"]["pair"], "--prefer", "left", "--articulate", "tie")
    assert_one_line(citing(*asked, "--as", "bob"), "This pair isn't one of yours")
    told = citing.json(*asked)
    assert citing("vote", "--pair", told["pair"]["pair"], "--prefer", "skip").stdout == (
        "1 of 2 pairs voted on, 1 skipped.\n"
    )
    assert citing("vote", "--undo").stdout == "1 of 2 pairs voted on, 0 skipped.\n"
    assert_one_line(citing("vote", "--undo", "--as", "bob"), "There is no such session of yours; start one.")
    assert citing("vote", "--names").stdout.startswith("1 vote.\n  round 1 against base: ")
    assert [(line["person"], line["articulate"]) for line in Journal(citing.folder, "vote").read()] == [
        ("ada", "tie"),
        ("ada", None),
        ("ada", None),
    ]


def test_in_a_terminal_a_person_is_asked_pair_by_pair(citing: CommandLine) -> None:
    here, there = pty.openpty()
    os.write(here, b"l\nx\nu\nr\nt\n")
    command = [sys.executable, "-m", "citing_app", "--data-dir", str(citing.folder), "vote", "--pairs", "2"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(citing.folder.parent), "CITING_ANNOTATOR": "ada"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=there, capture_output=True, check=False, text=True, timeout=120
    )
    os.close(here)
    os.close(there)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("[1 of 2]") == 2
    assert done.stdout.count("[2 of 2]") == 3
    blind, _, named = done.stdout.rpartition("2 votes.\n")
    assert "round 1" not in blind
    assert "round 1 against base: " in named
    lines = Journal(citing.folder, "vote").read()
    assert [(line["outcome"], line["overall"]) for line in lines] == [
        ("ok", "left"),
        ("undo", None),
        ("ok", "right"),
        ("ok", "tie"),
    ]
