"""What the stages of benchmarks/gpu.py have in common: where things lie, how long they may take, and how they end.

This process imports no torch: what runs out of memory or hangs is a child, and the next stage has another one. Figures
are written as they are found, so that a stage that is stopped leaves those it had.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpu_sizes import Size

from citing_app.rounds.layout import existing

PARTS = Path(__file__).resolve().parent / "gpu_torch.py"
LOG_CHARACTERS = 2000
Figures = dict[str, Any]


class NotRun(Exception):
    """A stage that cannot be run here, and why."""


class Failed(Exception):
    """A stage whose outcome is wrong."""


@dataclass(frozen=True)
class Deadline:
    """When something must have ended, by the monotonic clock."""

    at: float

    @property
    def left(self) -> float:
        """Seconds until then."""
        return max(0.0, self.at - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """The earlier of this and so many seconds from now."""
        return Deadline(min(self.at, time.monotonic() + seconds))

    def check(self) -> bool:
        """Raises TimeoutError once it has passed; a `cancelled` that never says so itself."""
        if not self.left:
            raise TimeoutError
        return False


@dataclass
class Bench:
    """Where everything lies; `log` is the present stage's, `peak_flops` what the device was measured to do."""

    folder: Path
    device: str
    log: Path = field(init=False)
    peak_flops: float | None = None

    def student(self, size: Size) -> Path:
        """The folder of the student. Raises NotRun where it could not be made."""
        folder = self.folder / f"student-{size.name}"
        if not (folder / "tokenizer_config.json").exists():
            raise NotRun("there is no student")
        return folder

    def rounds(self, size: Size) -> Path:
        """The folder of this student's rounds."""
        return self.folder / f"rounds-{size.name}"

    def adapter(self, size: Size) -> Path:
        """The adapter of its newest round. Raises NotRun where none was trained."""
        found = [directory.adapter for directory in existing(self.rounds(size)) if directory.adapter.is_dir()]
        if not found:
            raise NotRun("no round has left an adapter")
        return found[-1]

    def child(self, *arguments: str, deadline: Deadline) -> Figures:
        """What a part of gpu_torch.py finds. Raises Failed, and subprocess.TimeoutExpired at the deadline."""
        command = [sys.executable, str(PARTS), *arguments]
        with self.log.open("w", encoding="utf-8") as log:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=log, text=True, timeout=deadline.left, check=False
            )
        if done.returncode != 0:
            raise Failed((self.log_end().strip().splitlines() or ["it ended without a word"])[-1])
        found: Figures = json.loads(done.stdout.splitlines()[-1])
        return found

    def log_end(self) -> str:
        """The last that the stage's processes printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:]


def make(bench: Bench, size: Size, deadline: Deadline, figures: Figures) -> None:
    """The student, made on the device and saved."""
    folder = bench.folder / f"student-{size.name}"
    figures |= bench.child("make", size.name, bench.device, str(folder), deadline=deadline)


def machine(bench: Bench, deadline: Deadline, figures: Figures) -> None:
    """What the device is; what it does at most is what utilisation is a share of."""
    figures |= bench.child("machine", bench.device, deadline=deadline)
    bench.peak_flops = figures["product_tflops"] * 1e12
