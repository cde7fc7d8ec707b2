"""The Comparisons page without a browser: what its form offers, what a comparison takes, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.settings import Settings
from citing_app.store.comparisons import standing
from citing_app.types import Person
from citing_app.ui.comparisons import ComparisonsPage
from citing_app.workflows.evaluation.requests import Compare, ComparisonTexts, ListComparisons, OneJudge
from citing_app.workflows.job_names import COMPARE_JOB
from tests.compared import compared_studio
from tests.worker.test_train import eventually

OWNER, ANNOTATOR = Person("ada", "owner"), Person("ben", "annotator")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComparisonsPage]:
    folder = tmp_path_factory.mktemp("page")
    studio = compared_studio(Settings(folder / "data", folder / "cache"), 5)
    yield ComparisonsPage(studio)
    studio.close()


def from_outside(page: ComparisonsPage, name: str, body: Any, person: Person) -> Any:
    return getattr(page, f"served_{name}")(body, SimpleNamespace(state=SimpleNamespace(person=person)))


def test_the_form_offers_what_there_is_and_says_who_may_compare(page: ComparisonsPage) -> None:
    shown = page.comparisons(ListComparisons(), OWNER)
    assert (shown["models"], shown["datasets"], shown["may_compare"]) == ([2, 1], ["school"], True)
    assert shown["judges"] == [{"name": "reference", "has_model": False, "teaches": False}]
    assert not page.comparisons(ListComparisons(), ANNOTATOR)["may_compare"]
    one = shown["win_rates"][0]
    by = {"test_set": shown["test_set"], "judge": one["judge"], "prompt_hash": one["prompt_hash"]}
    pair = {"first": one["first"]["key"], "second": one["second"]["key"]}
    assert page.comparison_texts(ComparisonTexts.of({**by, **pair}), ANNOTATOR)["n"] == 5
    assert page.ratings(OneJudge.of(by), ANNOTATOR)["anchor"] == "round 1"


def test_what_it_takes_is_told_before_it_starts(page: ComparisonsPage) -> None:
    told = page.comparison_estimate(Compare.of({"model": 2, "items": 4}), OWNER)["estimates"]
    assert [(one["second"], one["n"], one["calls"], one["unwritten"]) for one in told] == [
        ("round 1", 4, 0, 0),
        ("base", 4, 0, 0),
    ]
    with pytest.raises(CitingError, match="no reference answers to measure on in nowhere"):
        page.comparison_estimate(Compare.of({"model": 2, "test_set": "nowhere"}), OWNER)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"model": "2", "items": 0}, "The number of instructions is a whole number between 1 and 100,000."),
        ({"model": "9"}, "Round 9 has no adapter: it does not exist, has not finished or was deleted."),
        ({"model": "base"}, "Name another model to compare base with."),
        ({"model": "2", "judge": "gpt"}, "The judges here are reference; start the app with others to use them."),
        ({"model": "2", "answer": "both"}, "The kind of answer is one of draft and self-revision."),
    ],
)
def test_what_is_wrong_is_one_sentence_for_the_estimate_and_for_the_start(
    page: ComparisonsPage, body: Any, sentence: str
) -> None:
    for name in ("comparison_estimate", "compare"):
        assert from_outside(page, name, body, OWNER) == {"error": sentence}
        assert from_outside(page, name, body, ANNOTATOR)["error"].startswith("Only an owner may compare models")


def test_a_comparison_is_started_and_what_was_said_stays(page: ComparisonsPage) -> None:
    with page.studio.store.read() as cursor:
        before = standing(cursor)
    started = from_outside(page, "compare", {"model": 2, "opponents": ["base"], "closeness": "token_f1"}, OWNER)
    assert started == {"test_set": page.comparisons(ListComparisons(), OWNER)["test_set"]}
    eventually(lambda: not page.studio.jobs.running(COMPARE_JOB))
    names = [(one["second"]["name"], one["judge"]) for one in page.comparisons(ListComparisons(), OWNER)["win_rates"]]
    assert ("base", "token_f1") in names
    with page.studio.store.read() as cursor:
        assert standing(cursor)[: len(before)] == before
