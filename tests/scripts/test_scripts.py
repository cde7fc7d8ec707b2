"""The unit tests of the scripts, run by Deno where it is installed (tests/scripts/requirements.txt)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def deno() -> str:
    """The program, of this Python's environment first."""
    found = shutil.which("deno", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.skip("Deno is not installed: pip install -r tests/scripts/requirements.txt")
    return found


def test_the_scripts_do_what_their_tests_say(deno: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [deno, "test", "--quiet", "--no-remote", "--no-check", "tests/scripts"],
        cwd=ROOT,
        env={**os.environ, "DENO_DIR": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
