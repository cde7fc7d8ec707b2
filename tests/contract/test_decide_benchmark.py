"""The benchmark of decisions over HTTP runs, on this checkout beside itself."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import ROOT


def test_decisions_are_timed_in_two_apps() -> None:
    small = ["--items", "20", "--blocks", "2", "--decisions", "3", "--beside", str(ROOT)]
    done = subprocess.run(
        [sys.executable, "benchmarks/decide.py", *small],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(\w+) +[\d.]+ ms a decision, +[\d.]+ a second, .*\(n=6\)$", done.stdout, re.MULTILINE) == [
        "here",
        "beside",
    ]
    assert re.findall(r"^(by the clock|on the processor): beside / here [\d.]+ \(", done.stdout, re.MULTILINE) == [
        "by the clock",
        "on the processor",
    ]
