"""Models compared: whom with, on which answers, for how much, and what pages are shown of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from citing_app.__main__ import _parser
from citing_app.errors import CitingError
from citing_app.models.judge import Judge
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import Teacher
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import comparisons
from citing_app.store.comparisons import Preference
from citing_app.workflows.calls import spending
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.judged import judged
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.judge.comparing import compare, opponents, start
from citing_app.workflows.evaluation.judge.comparisons_view import comparisons_view
from citing_app.workflows.evaluation.judge.estimating import estimates
from citing_app.workflows.evaluation.judge.win_rates_view import WinRateView
from citing_app.workflows.evaluation.requests import Compare, ListComparisons
from citing_app.workflows.job_names import COMPARE_JOB
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_judge import judging, longer
from tests.scripted_student import ScriptedStudent, finished
from tests.seeding import instructions_in
from tests.teacher_server import TeacherServer, serving
from tests.worker.test_train import eventually

ROWS = 4


def answer(weights: str, prompt: str) -> str:
    """The base model names the instruction; a round says more, the SFT round nothing at all to the first one."""
    if weights == "sft" and prompt == next(instructions_in("test")):
        return ""
    return f"It is {prompt}" + {"": "", "sft": " and", "one": " and so on", "two": " and so on and on"}[weights]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = ScriptedStudent(answer)
    texts = islice(instructions_in("test"), ROWS)
    import_rows(opened.store, [{"instruction": text, "output": f"It is {text} and so on"} for text in texts], "school")
    finished(opened, 1, "sft", kind="sft")
    finished(opened, 2, "one", parent=1)
    finished(opened, 3, "two", parent=2)
    yield opened
    opened.close()


def with_judge(studio: Studio, url: str) -> Studio:
    return replace(studio, judges=(Judge("judge", OpenAIModel("judge", url, timeout=20.0)), *studio.judges))


def compared(studio: Studio, **asked: object) -> list[WinRateView]:
    return compare(studio, Compare.of({"model": 3, **asked}), Job("compare", "Comparing"))


def test_a_round_is_compared_with_the_one_before_with_sft_and_with_the_base(studio: Studio) -> None:
    assert opponents(studio, Compare.of({"model": "3"})) == [2, 1, None]
    assert opponents(studio, Compare.of({"model": "2"})) == [1, None]
    assert opponents(studio, Compare.of({"model": "3", "opponents": ["2", "2", "3"]})) == [2]
    for asked in ({"model": "base"}, {"model": "3", "opponents": ["3"]}):
        with pytest.raises(CitingError, match="Name another model"):
            opponents(studio, Compare.of(asked))


def test_by_reference_needs_no_key_and_writes_the_answers_that_are_missing(studio: Studio) -> None:
    found = compared(studio)
    assert [one["second"]["name"] for one in found] == ["round 2", "round 1", "base"]
    rates = [one["rates"]["overall"] for one in found]
    assert [(rate["wins"], rate["losses"], rate["n"]) for rate in rates] == [(0, 4, 4), (4, 0, 4), (4, 0, 4)]
    assert found[0]["test_set"]["n"] == ROWS
    assert len(found[0]["test_set"]["hash"]) == 64
    assert found[0]["first"]["adapter_hash"] != found[0]["second"]["adapter_hash"]
    assert compared(studio) == found
    revised = compared(studio, answer="self-revision", opponents=["base"])
    assert revised[0]["answer"] == "self-revision"
    assert revised[0]["rates"]["overall"]["n"] == ROWS


def test_the_estimate_is_what_is_then_asked(studio: Studio) -> None:
    spending.set_price(studio.store, "judge", 10.0, 10.0, "ada")
    asked = Compare.of({"model": 3, "opponents": [1, 2]})
    with serving(TeacherServer(judging(longer))) as server:
        with_model = with_judge(studio, server.url)
        before = estimates(with_model, asked)
        assert [(one["unwritten"], one["n"], one["calls"]) for one in before] == [(4, 4, 8), (4, 4, 8)]
        found = compare(with_model, asked, Job("compare", "Comparing"))
        assert server.billed.total() == 14  # an empty answer needed no call
        assert [one["rates"]["overall"]["empty"] for one in found] == [1, 0]
        again = estimates(with_model, asked)
        assert [(one["unwritten"], one["calls"], one["by_rule"], one["most"]) for one in again] == [
            *((0, 0, 1, 0), (0, 0, 0, 0)),
        ]
        spent = spending.spending_view(studio.store, [])["taken"]
        assert 0 < spent <= sum(one["most"] or 0 for one in before)
    free = estimates(studio, asked)
    assert [(one["calls"], one["judge"]) for one in free] == [(0, "rouge_l")] * 2


def test_the_command_takes_a_judge_that_the_app_was_not_started_with(studio: Studio) -> None:
    flags = _parser().parse_args(
        ["compare", "--model", "3", "--with", "0", "--judge", "j=http://judge.example/v1", "--estimate"]
    )
    found, sentence = flags.command(studio, flags)
    assert [(one["judge"], one["calls"], one["n"]) for one in found["estimates"]] == [("j", 8, 4)]
    assert sentence == (
        "round 3 against base: 8 calls, price unknown; 4 instructions, which can show a difference of 50 points; "
        "answers to 4 instructions are written first."
    )
    assert [one.name for one in studio.judges] == ["reference"]


def test_a_judge_that_also_teaches_is_warned_of_and_an_unknown_one_refused(studio: Studio) -> None:
    with serving(TeacherServer(judging(longer))) as server:
        with_model = with_judge(studio, server.url)
        teaching = replace(with_model, teachers=(Teacher.of(OpenAIModel("judge", server.url)),))
        (one,) = compared(teaching, opponents=["base"])
        assert one["warnings"] == ["judge is both the judge and a teacher, so it may prefer the style that it taught."]
        assert compared(with_model, opponents=["base"])[0]["warnings"] == []
        for shown_by, warnings in ((teaching, one["warnings"]), (with_model, [])):
            assert [row["warnings"] for row in comparisons_view(shown_by, ListComparisons())["win_rates"]] == [warnings]
        assert [judge["teaches"] for judge in comparisons_view(teaching, ListComparisons.of({}))["judges"]] == [
            True,
            False,
        ]
    with pytest.raises(CitingError, match="The judges here are reference;"):
        compared(studio, judge="gpt")


def test_the_page_shows_each_pair_by_each_judge_and_people_beside_them(studio: Studio) -> None:
    assert comparisons_view(studio, ListComparisons.of({}))["win_rates"] == []
    with serving(TeacherServer(judging(longer))) as server:
        with_model = with_judge(studio, server.url)
        by_model = compared(with_model, opponents=["2", "base"])
        by_reference = compared(with_model, judge="reference", opponents=["2"])
        shown = comparisons_view(with_model, ListComparisons.of({}))
    names = [(one["first"]["name"], one["second"]["name"], one["judge"]) for one in shown["win_rates"]]
    assert sorted(names) == [
        ("round 3", "base", "judge"),
        ("round 3", "round 2", "judge"),
        ("round 3", "round 2", "rouge_l"),
    ]
    for one in (*by_model, *by_reference):
        assert one["rates"] in [other["rates"] for other in shown["win_rates"]]
    assert shown["test_set"] == by_model[0]["test_set"]["hash"] == shown["test_sets"][0]["hash"]
    with studio.store.read() as cursor:
        said = {one.comparison: one for one in comparisons.standing(cursor) if one.source == "reference"}
    votes = [
        Preference(f"v{n}", id, one.left_answer, "vote", "ann", datetime.now(UTC), overall=one.overall if n else "tie")
        for n, (id, one) in enumerate(said.items())
    ]
    with studio.store.write() as cursor:
        comparisons.say(cursor, votes)
    (voted,) = compared(studio, opponents=["2"])
    assert voted["trust"]["agreement"]["n"] == 4
    assert voted["trust"]["people_longer_wins"]["mean"] == 0.0
    with pytest.raises(CitingError, match="no test set of this name"):
        comparisons_view(studio, ListComparisons.of({"test_set": "gone"}))


def test_a_comparison_runs_in_the_background_and_says_what_it_did(studio: Studio) -> None:
    start(studio, Compare.of({"model": 2}))
    eventually(lambda: not studio.jobs.running(COMPARE_JOB))
    job = studio.jobs.get(COMPARE_JOB)
    assert job
    assert (job.state, job.message) == ("finished", "Compared round 2 with round 1, base.")
    with pytest.raises(CitingError, match="Round 9 has no adapter"):
        start(studio, Compare.of({"model": 9}))
    with pytest.raises(CitingError, match="no reference answers to measure on in nowhere"):
        start(studio, Compare.of({"model": 2, "test_set": "nowhere"}))


def test_a_curriculum_compares_a_round_and_goes_on_where_the_limit_stops_the_judge(studio: Studio) -> None:
    plan = CurriculumSettings(rounds=2, decide="all", evaluate_items=ROWS)
    free = judged(studio, plan, 3, 2, 1, Job("curriculum", ""))["judged"]
    assert [(one["other"], one["judge"], one["rate"], one["n"]) for one in free] == [
        ("round 2", "rouge_l", 0.0, 4),
        ("round 1", "rouge_l", 1.0, 4),
        ("base", "rouge_l", 1.0, 4),
    ]
    assert [one["other"] for one in judged(studio, plan, 1, None, 1, Job("curriculum", ""))["judged"]] == ["base"]
    spending.set_price(studio.store, "judge", 100.0, 100.0, "ada")
    spending.set_limit(studio.store, 0.5, "ada")
    with serving(TeacherServer(judging(longer))) as server:
        paid = CurriculumSettings(rounds=2, decide="all", evaluate_items=ROWS, judge="judge")
        stopped = judged(with_judge(studio, server.url), paid, 3, 2, 1, Job("curriculum", ""))
        assert server.billed.total() > 0
    assert stopped.keys() == {"not_judged"}
    assert "spending limit of $0.5" in stopped["not_judged"]
    assert judged(studio, paid.model_copy(update={"judge": ""}), 3, 2, 1, Job("curriculum", "")) == {}
    with pytest.raises(CitingError, match="The judges here are reference"):
        control.add(studio, paid, "ada")
