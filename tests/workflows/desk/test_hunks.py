"""A revision accepted in part, what its edits serve, and what is looked at twice."""

from __future__ import annotations

import pytest

from citing_app.errors import CitingError
from citing_app.method.compared_rows import NEW_WEIGHT, spans_of
from citing_app.store import learnable
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.types import Item
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import reviewing
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.item_view import warnings
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import gather, learned_criteria
from tests.seeding import RUBRIC, item, pairs, request, waiting

DRAFT = "The sky is green. Nobody knows why. The end."
EDITS = [
    {"before": "green", "after": "blue", "criterion": "Accurate"},
    {"before": "Nobody knows why.", "after": "Air scatters blue light most.", "criterion": "Accurate"},
    {"before": " The end.", "after": "", "criterion": None},
]
REVISION = "The sky is blue. Air scatters blue light most."


@pytest.fixture
def edited(store: Store) -> Item:
    """A waiting item whose three edits the teacher stated, with its rubric."""
    from citing_app.store import rubrics

    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
    row = pairs(1)[0] | {"draft": DRAFT, "revision": REVISION, "edits": EDITS, "category": RUBRIC.category}
    import_rows(store, [row], "seeded")
    return waiting(store)[0]


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        ((1, 2, 3), REVISION),
        ((1,), "The sky is blue. Nobody knows why. The end."),
        ((2, 3), "The sky is green. Air scatters blue light most."),
        ((), DRAFT),
    ],
)
def test_the_kept_edits_make_the_accepted_text(
    store: Store, journal: Journal, edited: Item, kept: tuple[int, ...], text: str
) -> None:
    answer = decide(store, journal, Leases(), request(edited, "accept", kept_hunks=kept))
    assert answer["item"]["final_text"] == text
    (line,) = journal.read()
    assert (line["final_text"], line["kept_hunks"]) == (text, list(kept))
    with store.read() as cursor:
        assert [pair.revision for pair in learnable.pairs(cursor)] == [text]


def test_what_is_learned_of_an_edit_that_was_dropped_is_nothing(store: Store, journal: Journal, edited: Item) -> None:
    decide(store, journal, Leases(), request(edited, "accept", kept_hunks=(1,)))
    with store.read() as cursor:
        (pair,) = learnable.pairs(cursor)
    revision, draft = spans_of(pair)
    assert [pair.revision[a:b] for a, b, weight in revision if weight == NEW_WEIGHT] == ["blue"]
    assert [pair.revision[a:b] for a, b, weight in revision if weight == 0] == ["Nobody knows why.", " The end."]
    assert [pair.draft[a:b] for a, b, _ in draft] == ["green"]


def test_a_round_of_edits_learns_those_of_one_criterion_as_the_person_said(
    store: Store, journal: Journal, edited: Item
) -> None:
    decide(store, journal, Leases(), request(edited, "accept", criteria={2: "Short"}))
    assert learned_criteria(store) == ["Accurate", "Short"]
    (short, _) = gather(store, Choices(kind="edits", criterion="Short", items=1)).train
    text = short["completion"][0]["content"]
    assert [text[a:b] for a, b, weight in short["weights"] if weight == NEW_WEIGHT] == ["Air scatters blue light most."]
    assert [DRAFT[a:b] for a, b, _ in short["rejected_weights"]] == ["Nobody knows why."]
    assert short["criterion"] == "Short"
    assert gather(store, Choices(kind="edits", criterion="Kind")).pairs == 0
    assert len(gather(store, Choices(kind="edits")).train[0]["rejected_weights"]) == 3


def test_an_edit_that_is_not_there_cannot_be_kept(store: Store, journal: Journal, edited: Item) -> None:
    with pytest.raises(CitingError, match="edit"):
        decide(store, journal, Leases(), request(edited, "accept", kept_hunks=(4,)))
    assert item(store, edited.id).state == "waiting"


def test_what_an_edit_serves_can_be_corrected_to_a_criterion_of_the_rubric(
    store: Store, journal: Journal, edited: Item
) -> None:
    with pytest.raises(CitingError, match="no criterion of that name"):
        decide(store, journal, Leases(), request(edited, "accept", criteria={3: "Funny"}))
    with pytest.raises(CitingError, match="no edit 9"):
        decide(store, journal, Leases(), request(edited, "accept", criteria={9: "Short"}))
    decide(store, journal, Leases(), request(edited, "accept", criteria={3: "Short"}))
    with store.read() as cursor:
        (row,) = cursor.execute("SELECT criteria FROM items").fetchall()
    assert row[0] == ["Accurate", "Short"]
    assert journal.read()[0]["criteria"] == {"3": "Short"}


def test_nothing_is_invented_where_the_teacher_names_no_criterion(store: Store) -> None:
    import_rows(store, pairs(1), "seeded")
    shown = reviewing.item(store, waiting(store)[0].id)
    assert {part["criterion"] for part in shown["parts"]} == {None}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A short draft.", "This is the draft, unchanged."),
        (" A short draft. ", "Only white space differs from the draft."),
        ("  ", "This text is empty."),
        ("word " * 100 + ".", "36 times as long"),
        ("word " * 50 + "and the", "cut off"),
        ("A revision.", None),
    ],
)
def test_what_is_looked_at_twice(text: str, sentence: str | None) -> None:
    found = warnings("A short draft.", text, text)
    assert (sentence is None and not found) or any(sentence in warning for warning in found if sentence)


def test_a_warning_never_keeps_anyone_from_accepting(store: Store, journal: Journal) -> None:
    import_rows(store, [pairs(1)[0] | {"draft": "Same.", "revision": "Same."}], "seeded")
    (found,) = waiting(store)
    assert reviewing.item(store, found.id)["warnings"] == ["This is the draft, unchanged."]
    assert reviewing.text_warnings(store, found.id, "Same.") == [
        "This is the revision, unchanged.",
        "This is the draft, unchanged.",
    ]
    decide(store, journal, Leases(), request(found, "accept"))
    assert item(store, found.id).state == "accepted"
