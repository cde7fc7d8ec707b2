"""`python -m citing_app rubrics`, and what the page is told, with a teacher behind a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import REFERENCE, Teacher
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.rubrics.inducing import induce
from citing_app.workflows.rubrics.inducing_view import induction_examples, induction_view, teaching_model
from citing_app.workflows.studio import open_studio
from tests.conftest import ROOT
from tests.scripted_teacher import ScriptedTeacher, rows
from tests.seeding import count
from tests.teacher_server import TeacherServer, serving


def test_the_command_makes_rubrics_and_assigns_everything(tmp_path: Path, model_cache: Path) -> None:
    data = tmp_path / "data"
    with Store(data) as store:
        import_rows(store, rows(40), "mine")
        import_rows(store, [{"instruction": "Translate the menu.", "output": "x"}], "other")
    with serving(TeacherServer(answer=ScriptedTeacher())) as server:
        flags = ["--data-dir", str(data), "--json", "--teacher", "m", "--teacher-url", server.url]
        environment = {**os.environ, "CITING_CACHE_DIR": str(model_cache)}
        done = subprocess.run(
            [sys.executable, "-m", "citing_app", *flags, "rubrics", "--dataset", "mine", "--most", "6"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"categories": 4, "new": 4, "sorted": 40, "unsorted": 0}
    with Store(data) as store, store.read() as cursor:
        found = cursor.execute(
            "SELECT category FROM assignments JOIN instructions i ON i.id = instruction_id WHERE dataset = 'other'"
        ).fetchall()
    assert found == [("translate",)]


def test_the_reference_teacher_makes_no_rubrics(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "citing_app", "--data-dir", str(tmp_path), "rubrics", "--dataset", "mine"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "The reference teacher only knows the data set's answers; add a model on the Teacher page"
    )
    assert done.stderr.count("\n") == 1


def test_the_first_model_makes_them_unless_another_is_named() -> None:
    one, two = (Teacher.of(OpenAIModel(name, "http://127.0.0.1:9/v1")) for name in ("one", "two"))
    every = (REFERENCE, one, two)
    assert teaching_model(every) is one.model
    assert teaching_model(every, "two") is two.model
    with pytest.raises(CitingError, match="reference teacher"):
        teaching_model(every, "reference")
    with pytest.raises(CitingError, match="no model of that name"):
        teaching_model(every, "three")


@pytest.mark.parametrize(("left", "is_much"), [(5, False), (6, True)])
def test_more_than_a_twentieth_left_over_is_much(tmp_path: Path, left: int, is_much: bool) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "cache")
    studio = open_studio(settings)
    try:
        strange = [{"instruction": f"Riddle {n}?", "output": "x"} for n in range(left)]
        import_rows(studio.store, [*rows(100 - left), *strange], "mine")
        assert induction_view(studio, None)["dataset"] == "mine"
        assert (induction_view(studio, None)["other"], induction_view(studio, None)["is_much"]) == (0, False)
        with serving(TeacherServer(answer=ScriptedTeacher())) as server:
            induce(studio.store, OpenAIModel("m", server.url), "mine", 24, "e", "ada", Job("induce", ""))
        told = induction_view(studio, None)
        assert (told["other"], told["is_much"], told["sorted"], told["rows"]) == (left, is_much, 100 - left, 100)
        assert sum(row["members"] for row in told["categories"]) == 100 - left
        assert len(induction_examples(studio, "mine", None)) == min(6, left)
        assert all("Riddle" in one["instruction"] for one in induction_examples(studio, "mine", None))
        assert len(induction_examples(studio, "mine", "compute")) == 6
        assert induction_view(studio, "nothing of that name")["categories"] == []
        assert count(studio.store, "inductions") == 1
    finally:
        studio.close()
