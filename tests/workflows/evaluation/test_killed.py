"""kill -9 in the middle of an evaluation: what was written is there, and the rest alone is asked."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.figures.measuring import evaluate
from citing_app.workflows.studio import Studio, open_studio
from tests.conftest import ROOT
from tests.scripted_student import LengthEmbedder, ScriptedStudent
from tests.seeding import count, instructions_in

ROWS, WRITTEN = 5, 7
PROGRAM = """
import os, signal, sys
from pathlib import Path
from tests.workflows.evaluation.test_killed import evaluated, opened

def deadly(weights, prompt):
    if len(student.asked) > {written}:
        os.kill(os.getpid(), signal.SIGKILL)
    return prompt

studio, student = opened(Path(sys.argv[1]))
student.behaviour = deadly
evaluated(studio)
"""


def opened(folder: Path) -> tuple[Studio, ScriptedStudent]:
    studio, student = open_studio(Settings(folder / "data", folder / "cache")), ScriptedStudent()
    studio.student, studio.embedder = student, LengthEmbedder()
    return studio, student


def evaluated(studio: Studio) -> int:
    return evaluate(studio, [None], None, 100, Job("evaluate", ""))["written"]


def test_killed_between_two_answers_it_asks_for_the_rest_alone(tmp_path: Path) -> None:
    studio, _ = opened(tmp_path)
    rows = [{"instruction": text, "output": "An answer."} for text in islice(instructions_in("test"), ROWS)]
    import_rows(studio.store, rows, "school")
    studio.close()
    program = [sys.executable, "-c", PROGRAM.format(written=WRITTEN), str(tmp_path)]
    killed = subprocess.run(program, cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    studio, student = opened(tmp_path)
    try:
        assert count(studio.store, "answers") == WRITTEN
        assert evaluated(studio) == len(student.asked) == 2 * ROWS - WRITTEN
        assert evaluated(studio) == 0
    finally:
        studio.close()
