"""benchmarks/gpu.py, small and on the CPU: nobody has a GPU every day, so what can be known before one comes is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import pytest

from citing_app.rounds.files import to_lines
from citing_app.rounds.spec import RoundSpec
from tests.conftest import ROOT
from tests.processes import command_of

sys.path.append(str(ROOT / "benchmarks"))  # last: a benchmark must not hide a module that has its name

from gpu_sizes import SIZES, made_rows, tokens_of

COMMAND = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), "--sizes", "tiny"]
WITHOUT_GPU = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}


def run(out: Path, *flags: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit status, and what the file says of each stage."""
    done = subprocess.run([*COMMAND, "--out", str(out), *flags], env=WITHOUT_GPU, stdout=subprocess.PIPE, check=False)
    stages = json.loads(out.read_text(encoding="utf-8"))["stages"]
    assert len(done.stdout.splitlines()) >= len(stages)
    return done.returncode, {stage["stage"]: stage for stage in stages}


def test_a_round_is_killed_and_resumed_trains_and_answers(tmp_path: Path) -> None:
    status, stages = run(tmp_path / "gpu.json", "--device", "cpu", "--minutes", "60", "--only", "killed,batch,drafts")
    assert {name: stage["state"] for name, stage in stages.items()} == {
        "machine": "done",
        "tiny: made": "done",
        "tiny: killed and resumed": "done",
        "tiny: drafts and chat": "done",
        "tiny: round, batch 32": "done",
    }, stages
    assert status == 0
    resumed, trained = stages["tiny: killed and resumed"], stages["tiny: round, batch 32"]
    assert 0 < resumed["resumed_from_step"] <= resumed["killed_at_step"] < resumed["steps"]
    assert len(trained["tokens_per_second_of_each_pass"]) == 3
    assert 0 < trained["utilisation"] < 1
    assert trained["rows_at_once"] == 32
    assert stages["tiny: drafts and chat"]["base_tokens_per_second_at_4"] > 0
    assert stages["tiny: drafts and chat"]["chat_seconds_to_first_word"] > 0


def test_what_does_not_fit_into_the_time_is_a_line_that_says_so(tmp_path: Path) -> None:
    status, stages = run(tmp_path / "gpu.json", "--device", "cpu", "--minutes", "0", "--only", "made,comes,merged")
    assert status == 0
    assert {"tiny: made", "tiny: round as it comes", "tiny: merged"} <= stages.keys()
    for name in ("machine", "tiny: made", "tiny: round as it comes", "tiny: merged"):
        assert (stages[name]["state"], stages[name]["why"]) == ("not run", "time")


def test_without_the_device_the_lines_say_why(tmp_path: Path) -> None:
    status, stages = run(tmp_path / "gpu.json", "--device", "cuda", "--only", "comes,4-bit")
    assert status == 1
    assert stages["machine"]["state"] == stages["tiny: made"]["state"] == "failed"
    assert "no CUDA GPU" in stages["machine"]["why"]
    assert stages["tiny: round as it comes"]["why"] == "there is no student"


def test_stopped_in_a_round_it_leaves_figures_and_no_trainer(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    process = subprocess.Popen([*COMMAND, "--out", str(out), "--device", "cpu", "--only", "comes"], env=WITHOUT_GPU)
    trainer = _trainer_of(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 1
    assert not trainer.is_running()
    stages = json.loads(out.read_text(encoding="utf-8"))["stages"]
    assert [stage["stage"] for stage in stages] == ["machine", "tiny: made"]


def _trainer_of(process: subprocess.Popen[bytes]) -> psutil.Process:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for child in psutil.Process(process.pid).children():
            if "citing_app.worker" in command_of(child):
                return child
        time.sleep(0.05)
    raise AssertionError("no trainer was started")


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("student")
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu_torch.py"), "make", "tiny", "cpu", str(folder)]
    subprocess.run(command, env=WITHOUT_GPU, stdout=subprocess.DEVNULL, check=True)
    return folder


def test_a_token_costs_what_the_trainer_says_and_its_attention(student: Path, tmp_path: Path) -> None:
    import torch

    from citing_app.worker.dataset import RowDataset, read_rows
    from citing_app.worker.figures import flops_per_token
    from citing_app.worker.student import load_student, load_tokenizer, with_adapter

    size, path = SIZES["tiny"], tmp_path / "rows.jsonl"
    rows = made_rows(size, 12)
    path.write_text(to_lines(rows), encoding="utf-8")
    read = read_rows(path, load_tokenizer(str(student)))
    assert [(len(row.prompt), len(row.answer)) for row in read] == [tokens_of(row) for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that it will drop
        model = with_adapter(load_student(str(student), torch.float32), RoundSpec(1, "run", str(student)), tmp_path)
    dataset = RowDataset(read, 1024)
    norms = 4 * (2 * size.layers + 1) * size.hidden  # the trainer counts their weights too
    lengths = dataset.lengths
    # Scores and sums over what stands before a token, 2 operations each, and both factors have gradients: 3 × as many.
    pairs = sum(length**2 / 2 for length in lengths)
    attention = 3 * size.layers * 2 * 2 * pairs * size.heads * size.head_width / sum(lengths)
    assert size.flops_per_token(rows) == pytest.approx(flops_per_token(model, dataset) - norms + attention)
