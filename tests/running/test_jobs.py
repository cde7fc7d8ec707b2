"""Jobs: one of a name at a time, their progress readable, their end a sentence."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.running.jobs import Job, Jobs

LONG = 20.0


def eventually(happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + LONG
    while not (happened := happens()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened


def ended(jobs: Jobs, name: str) -> Job:
    """The job, once its thread is through."""
    for thread in [thread for thread in threading.enumerate() if thread.name == name]:
        thread.join(LONG)
    job = jobs.get(name)
    assert job is not None
    return job


def test_a_job_ends_with_the_sentence_its_work_returns() -> None:
    jobs = Jobs()
    jobs.start("draft", "Drafting", lambda job: "3 drafts.")
    job = ended(jobs, "draft")
    assert (job.state, job.message) == ("finished", "3 drafts.")
    assert not jobs.running("draft")
    assert jobs.ended == 1
    assert jobs.all() == [job]
    assert jobs.get("other") is None


def test_a_name_runs_once_at_a_time_and_again_afterwards() -> None:
    jobs, go = Jobs(), threading.Event()

    def work(job: Job) -> str:
        assert go.wait(LONG)
        return "done"

    first = jobs.start("draft", "Drafting", work)
    with pytest.raises(CitingError, match=r"^Drafting is already under way\.$"):
        jobs.start("draft", "Drafting", work)
    assert jobs.running("draft")
    go.set()
    assert ended(jobs, "draft").state == "finished"
    second = jobs.start("draft", "Drafting", work)
    assert ended(jobs, "draft") is second is not first


def test_progress_can_be_read_while_it_runs() -> None:
    jobs, begin, told, go = Jobs(), threading.Event(), threading.Event(), threading.Event()

    def work(job: Job) -> str:
        assert begin.wait(LONG)
        job.progress(1, 4, "drafting 1 of 4")
        told.set()
        assert go.wait(LONG)
        job.progress(2, None)
        return job.message

    job = jobs.start("draft", "Drafting", work)
    assert job.seconds_left is None
    begin.set()
    assert told.wait(LONG)
    assert (job.fraction, job.message) == (0.25, "drafting 1 of 4")
    assert job.seconds_left is None  # how long it took to begin says nothing of the rate
    go.set()
    assert ended(jobs, "draft").message == "drafting 1 of 4"
    assert job.fraction is None


def test_the_time_left_is_told_from_the_rate_since_something_was_done_of_this_total() -> None:
    job = Job("draft", "Drafting")
    job.progress(0, 10)
    job.progress(2, 10)
    assert job.seconds_left is None
    assert job.first is not None
    job.first = (job.first[0] - 6, job.first[1])  # six seconds ago
    job.progress(4, 10)
    assert job.seconds_left == pytest.approx(18, abs=1)
    job.progress(2.1, 10)  # what was found again took no time, and says nothing of the rest
    assert job.seconds_left is None
    job.progress(4, 10)
    job.is_timed = False  # people are waited for
    assert job.seconds_left is None
    job.is_timed = True
    job.progress(1, 50, "the next phase")
    assert job.seconds_left is None


def test_a_cancelled_job_stops_at_its_next_step() -> None:
    jobs, started, cancelled = Jobs(), threading.Event(), threading.Event()
    steps = []

    def work(job: Job) -> str:
        job.progress(0, 2)
        started.set()
        assert cancelled.wait(LONG)
        job.progress(1, 2)
        steps.append("too far")
        return "done"

    jobs.start("draft", "Drafting", work)
    assert started.wait(LONG)
    jobs.cancel("draft")
    jobs.cancel("unknown")
    cancelled.set()
    job = ended(jobs, "draft")
    assert (job.state, job.message, job.closing, steps) == ("cancelled", "Cancelled.", False, [])


def test_a_failure_for_people_is_its_sentence() -> None:
    def work(job: Job) -> str:
        raise CitingError("The file is gone; import it again.")

    jobs = Jobs()
    jobs.start("draft", "Drafting", work)
    job = ended(jobs, "draft")
    assert (job.state, job.message) == ("failed", "The file is gone; import it again.")


def test_a_bug_is_logged_whole_and_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    def work(job: Job) -> str:
        raise ValueError("secret detail")

    jobs = Jobs()
    with caplog.at_level(logging.ERROR):
        jobs.start("draft", "Drafting", work)
        job = ended(jobs, "draft")
    assert (job.state, job.message) == ("failed", "Drafting failed unexpectedly; the log has the details.")
    assert "secret detail" in caplog.text


def test_closing_cancels_everything_and_waits() -> None:
    jobs = Jobs()
    left: list[bool] = []

    def work(job: Job) -> str:
        assert job.cancelled.wait(LONG)
        left.append(job.closing)
        job.progress(1, 1)
        return "done"

    running = [jobs.start(name, name, work) for name in ("one", "two")]
    jobs.close()
    assert [job.state for job in running] == ["cancelled", "cancelled"]
    assert left == [True, True]


def test_a_failed_job_is_tried_again_with_the_same_work() -> None:
    jobs, tries = Jobs(), []

    def work(job: Job) -> str:
        tries.append(job)
        if len(tries) == 1:
            raise CitingError("The network is gone.")
        return "done"

    jobs.start("prepare", "Preparing", work)
    assert ended(jobs, "prepare").state == "failed"
    jobs.retry("prepare")
    assert (ended(jobs, "prepare").state, len(tries)) == ("finished", 2)
    with pytest.raises(CitingError, match="nothing of this name"):
        jobs.retry("unknown")


def test_nothing_starts_once_the_app_closes() -> None:
    jobs = Jobs()
    jobs.close()
    with pytest.raises(Cancelled):
        jobs.start("draft", "Drafting", lambda job: "done")


def threads(*names: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name in names]


def test_what_is_held_back_in_a_lane_has_no_thread_and_begins_when_it_no_longer_is() -> None:
    jobs, go, held = Jobs(), threading.Event(), {"two", "three"}

    def work(job: Job) -> str:
        assert go.wait(LONG)
        return "done"

    for name in ("one", "two", "three"):
        jobs.start_in_turn("lane", name, name, work, lambda: held)
    assert eventually(lambda: threads("one") == ["one"])
    assert threads("two", "three", "lane lane") == ["lane lane"]
    assert all(jobs.running(name) for name in ("one", "two", "three"))
    with pytest.raises(CitingError, match="already under way"):
        jobs.start_in_turn("lane", "three", "three", work, lambda: held)
    held.discard("two")
    assert eventually(lambda: threads("two") == ["two"])
    jobs.cancel("three")  # it begins, though it is held back, to end as it would
    assert eventually(lambda: threads("three") == ["three"])
    assert eventually(lambda: threads("lane lane") == [])
    go.set()
    assert [ended(jobs, name).state for name in ("one", "two", "three")] == ["finished"] * 3


def test_a_lane_goes_on_when_it_could_not_be_told_what_is_held_back() -> None:
    jobs, refusals = Jobs(), [CitingError("The disk does not answer.")]

    def held_back() -> set[str]:
        if refusals:
            raise refusals.pop()
        return set()

    jobs.start_in_turn("lane", "one", "one", lambda job: "done", held_back)
    assert eventually(lambda: not jobs.running("one"))
    assert ended(jobs, "one").state == "finished"


def test_closing_ends_what_waits_in_a_lane_without_beginning_it() -> None:
    jobs, began = Jobs(), []

    def work(job: Job) -> str:
        began.append(job.name)
        return "done"

    job = jobs.start_in_turn("lane", "one", "one", work, lambda: {"one"})
    jobs.close()
    assert (job.state, began, threads("one", "lane lane")) == ("cancelled", [], [])
    with pytest.raises(Cancelled):
        jobs.start_in_turn("lane", "two", "two", work, set)
