"""What the bundled curriculum promises: enough of it, sorted, with rubrics, and true revisions."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from citing_app.method.diff import changed_share
from citing_app.method.identity import content_hash, split_of
from citing_app.store import instructions, items, rubrics, states
from citing_app.store.database import Store
from citing_app.workflows.data.importing import CURRICULUM, import_bundled
from citing_app.workflows.data.rows import to_example

CATEGORIES = sorted(path for path in CURRICULUM.iterdir() if path.is_dir())
Rows = dict[str, list[dict[str, Any]]]


def lines(name: str) -> Rows:
    return {
        folder.name: [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        for folder in CATEGORIES
    }


@pytest.fixture(scope="module")
def answered() -> Rows:
    return lines("instructions.jsonl")


@pytest.fixture(scope="module")
def worked() -> Rows:
    return lines("worked_examples.jsonl")


@pytest.fixture(scope="module")
def criteria() -> dict[str, list[dict[str, str]]]:
    return {
        folder.name: json.loads((folder / "rubric.json").read_text(encoding="utf-8"))["criteria"]
        for folder in CATEGORIES
    }


def hashes(rows: Rows) -> list[str]:
    return [content_hash(row["instruction"], row["input"]) for some in rows.values() for row in some]


def test_there_are_enough_instructions_in_enough_categories(answered: Rows) -> None:
    assert len(CATEGORIES) >= 12
    assert sum(map(len, answered.values())) >= 320
    assert min(map(len, answered.values())) >= 15


def test_every_instruction_is_there_once_and_has_a_reference_answer(answered: Rows) -> None:
    assert max(Counter(hashes(answered)).values()) == 1
    for row in (row for some in answered.values() for row in some):
        assert row["instruction"].strip()
        assert row["output"].strip()
        assert row["output"].strip() not in row["instruction"]


def test_every_rubric_has_four_to_six_criteria_that_say_good_and_bad(criteria: dict[str, list[dict[str, str]]]) -> None:
    for category, given in criteria.items():
        assert 4 <= len(given) <= 6, category
        assert len({criterion["name"] for criterion in given}) == len(given)
        for criterion in given:
            assert criterion.keys() == {"name", "good", "bad"}
            assert all(len(text.strip()) > 2 for text in criterion.values())
            assert criterion["good"] != criterion["bad"]


def test_splits_are_about_eight_to_one_to_one(answered: Rows) -> None:
    counts = Counter(map(split_of, hashes(answered)))
    total = counts.total()
    assert 0.74 < counts["train"] / total < 0.86
    assert 0.05 < counts["validation"] / total < 0.15
    assert 0.05 < counts["test"] / total < 0.15


def test_worked_examples_are_enough_and_all_in_the_train_split(answered: Rows, worked: Rows) -> None:
    assert sum(map(len, worked.values())) >= 60
    assert min(map(len, worked.values())) >= 1
    assert set(map(split_of, hashes(worked))) == {"train"}
    assert set(hashes(worked)) <= set(hashes(answered))


def test_every_edit_applies_in_order_and_serves_a_criterion(
    worked: Rows, criteria: dict[str, list[dict[str, str]]]
) -> None:
    for category, some in worked.items():
        names = {criterion["name"] for criterion in criteria[category]}
        for row in some:
            done, rest = "", row["draft"]
            for edit in row["edits"]:
                head, found, rest = rest.partition(edit["before"])
                assert found, (category, row["instruction"], edit)
                assert edit["before"] != edit["after"]
                assert edit["criterion"] in names, (category, edit)
                done += head + edit["after"]
            assert done + rest == row["revision"], (category, row["instruction"])
            assert len(to_example(row).edits) == len(row["edits"]) >= 1


def test_revisions_are_small_changes_and_no_second_answers(answered: Rows, worked: Rows) -> None:
    references = {
        content_hash(row["instruction"], row["input"]): row["output"] for some in answered.values() for row in some
    }
    shares = []
    for row in (row for some in worked.values() for row in some):
        share = changed_share(row["draft"], row["revision"])
        shares.append(share)
        assert 0 < share < 0.6, row["instruction"]
        assert row["draft"] != references[content_hash(row["instruction"], row["input"])]
    assert sum(shares) / len(shares) < 0.35


def test_importing_it_sorts_every_row_and_makes_the_worked_examples_wait(
    store: Store, answered: Rows, worked: Rows
) -> None:
    report = import_bundled(store)
    pairs = sum(map(len, worked.values()))
    assert (report.read, report.rejected, report.revisions) == (sum(map(len, answered.values())) + pairs, (), pairs)
    with store.read() as cursor:
        categories = rubrics.newest(cursor)
        assert {name.replace(" ", "_") for name in categories} == {folder.name for folder in CATEGORIES}
        assert sum(members for _, _, members, _ in rubrics.overview(cursor)) == len(set(hashes(answered)))
        assert states.counts(cursor)["waiting"] == pairs
        (found,) = items.waiting(cursor, 1)
        assert found.sorted_category in categories
        assert found.rubric == categories[found.sorted_category or ""]
        assert found.edits
        assert [name for name, *_ in instructions.datasets(cursor)] == ["bundled"]
    again = import_bundled(store)
    assert (again.imported, again.duplicates, again.revisions) == (0, report.read, 0)


def test_there_is_a_data_card() -> None:
    cards = [path for path in Path(CURRICULUM).iterdir() if path.suffix == ".md"]
    assert cards
    assert "licen" in cards[0].read_text(encoding="utf-8").lower()
