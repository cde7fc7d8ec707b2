"""Long work that was asked for and has not ended begins again with the next start, and ends as if nothing had been."""

from __future__ import annotations

from pathlib import Path

import pytest

from citing_app.settings import Settings
from citing_app.store import asked_jobs
from citing_app.workflows.begin_again import begin_again
from citing_app.workflows.candidates import sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.figures import measuring, strengths
from citing_app.workflows.evaluation.judge import comparing
from citing_app.workflows.evaluation.requests import Compare, Evaluate, FindStrength
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import ScriptedStudent, finished
from tests.seeding import count, pairs
from tests.worker.test_train import eventually

ROWS = 3


class Waiting(ScriptedStudent):
    """Never gets beyond its first text: the app ends meanwhile."""

    def __init__(self) -> None:
        super().__init__(lambda weights, prompt: self._wait())
        self.ends = False

    def _wait(self) -> str:
        assert eventually(lambda: self.ends)
        raise BrokenPipeError("the app ended")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "cache")


def opened(settings: Settings, student: ScriptedStudent) -> Studio:
    studio = open_studio(settings)
    studio.student = student
    return studio


@pytest.fixture
def broken_off(settings: Settings) -> Settings:
    """A folder whose app was closed while four jobs were under way."""
    student = Waiting()
    studio = opened(settings, student)
    import_rows(studio.store, pairs(ROWS, "test"), "held out")
    import_rows(studio.store, pairs(ROWS), "train")
    finished(studio, 1, "one")
    sampling.start_sampling(studio, Sample(items=ROWS, k=2))
    measuring.start(studio, Evaluate(models=("1",), items=ROWS))
    comparing.start(studio, Compare(model="1", judge="reference", items=ROWS))
    strengths.start(studio, FindStrength(round=1, items=ROWS, part="all"))
    assert eventually(lambda: len(names(studio)) == 4)
    for job in studio.jobs.all():
        job.closing = True
    student.ends = True
    studio.close()
    return settings


def names(studio: Studio) -> list[str]:
    with studio.store.read() as cursor:
        return [one.name for one in asked_jobs.all_jobs(cursor)]


def test_what_was_under_way_begins_again_and_ends(broken_off: Settings) -> None:
    studio = opened(broken_off, ScriptedStudent())
    assert sorted(names(studio)) == ["compare", "evaluate", "sample", "strengths"]
    begin_again(studio)
    assert eventually(lambda: names(studio) == [])
    assert {job.name: job.state for job in studio.jobs.all()} == dict.fromkeys(
        ("compare", "evaluate", "sample", "strengths"), "finished"
    ), [job.message for job in studio.jobs.all()]
    assert count(studio.store, "candidates") == 2 * ROWS
    begin_again(studio)
    assert not any(job.state == "running" for job in studio.jobs.all())
    studio.close()


def test_what_cannot_begin_again_says_why_and_is_forgotten(broken_off: Settings) -> None:
    studio = opened(broken_off, ScriptedStudent())
    with studio.store.write() as cursor:
        cursor.execute("UPDATE rounds SET state = 'deleted'")
    begin_again(studio)
    assert eventually(lambda: names(studio) == [])
    failed = {job.name: job.message for job in studio.jobs.all() if job.state == "failed"}
    assert set(failed) == {"compare", "evaluate", "strengths"}
    assert all("Round 1 has no adapter" in message for message in failed.values())
    studio.close()


def test_what_a_person_cancels_or_what_fails_is_forgotten(settings: Settings) -> None:
    student = Waiting()
    studio = opened(settings, student)
    import_rows(studio.store, pairs(ROWS), "train")
    sampling.start_sampling(studio, Sample(items=ROWS, k=2))
    assert eventually(lambda: names(studio) == ["sample"])
    studio.jobs.cancel("sample")
    student.ends = True
    assert eventually(lambda: names(studio) == [])
    studio.close()
