"""`import --preferences`: a published win rate, reproduced by a command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "citing_app", "--data-dir", folder / "data", "import", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        list(map(str, command)), cwd=ROOT, env=environment, capture_output=True, check=False, text=True, timeout=120
    )


def test_the_published_win_rate_of_alpaca_7b(tmp_path: Path, shared_data: Path) -> None:
    done = run(tmp_path, "--preferences", shared_data / "judgements_alpaca7b_vs_davinci003.jsonl", "--json")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    found = json.loads(done.stdout)
    assert (found["model"], found["against"], found["judge"]) == ("alpaca-7b", "text_davinci_003", "gpt-4")
    assert (round(found["win_rate"], 4), round(found["standard_error"], 4)) == (26.4596, 1.5357)
    assert found["win_rate"] == pytest.approx(100 * 213 / 805, abs=1e-12)
    assert [found[name] for name in ("wins", "losses", "ties", "n")] == [205, 584, 16, 805]
    assert [found[name] for name in ("inconsistent", "both_bad", "invalid", "in_both_orders")] == [0, 0, 0, 0]


def test_a_sentence_without_json_and_nothing_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "judgements.jsonl"
    models = {"left_model": "before", "right_model": "after", "judge": "ada"}
    path.write_text(json.dumps({"instruction": "Why?", **models, "preference": 2}), encoding="utf-8")
    said = "after against before, judged by ada: 100.0 % [20.7, 100.0] of 1; 1 won, 0 lost, 0 tied, 0 inconsistent, "
    assert run(tmp_path, path, "--preferences").stdout == said + "0 both bad, 0 invalid.\n"
    refused = run(tmp_path, path, "--preferences", "--dataset", "mine")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Preferences are not imported as a data set: leave the other options out.\n"
