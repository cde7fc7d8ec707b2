"""Rows and decisions for the store's tests, made through the workflows."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from citing_app.method.identity import content_hash, exact_hash, split_of
from citing_app.models.teacher import Teacher
from citing_app.settings import Settings
from citing_app.store import answers, items
from citing_app.store.answers import Answer, AnswerKind, Model
from citing_app.store.database import Store
from citing_app.types import Criterion, DecisionKind, Item, Rubric, Split
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.desk.deciding import Asked
from citing_app.workflows.evaluation.keys import answer_key, model_key
from citing_app.workflows.studio import Studio, open_studio

RUBRIC = Rubric("explaining", (Criterion("Accurate", "True.", "False."), Criterion("Short", "Brief.", "Long.")))
# Line ends of every kind, characters outside the basic plane, marks, a direction change: texts as they come.
NASTY = "一 👩‍👩‍👧 e\u0301 \u202eabc\u202c \u2028 \u2029 \x85 \x0b \x0c \x1c \r\n \"quoted\" 'one' \\ <b>&amp;</b> \t="


def instructions_in(split: Split, name: str = "Question") -> Iterator[str]:
    """Instructions (without input) that fall into this split, without end."""
    texts = (f"{name} {number}?" for number in itertools.count())
    return (text for text in texts if split_of(content_hash(text, "")) == split)


def pairs(count: int, split: Split = "train", name: str = "Question") -> list[dict[str, Any]]:
    """Rows to import that bring a draft and a revision."""
    texts = itertools.islice(instructions_in(split, name), count)
    return [
        {"instruction": text, "output": f"Reference {n}."}
        | {"draft": f"Draft {n} is bad.", "revision": f"Draft {n} is good."}
        for n, text in enumerate(texts)
    ]


def seed(store: Store, count: int = 5) -> list[Item]:
    """Items that wait for a person, in the order of the queue."""
    import_rows(store, pairs(count), "seeded")
    return waiting(store)


def waiting(store: Store) -> list[Item]:
    with store.read() as cursor:
        return items.waiting(cursor, 10_000)


def item(store: Store, item_id: int) -> Item:
    with store.read() as cursor:
        found = items.get(cursor, item_id)
    assert found is not None
    return found


def request(found: Item, kind: DecisionKind, annotator: str = "ada", **other: Any) -> Asked:
    """A decision on the item as it was seen; an edit without a text gets one."""
    if kind == "edit":
        other.setdefault("final_text", f"Edited by {annotator}.")
    other.setdefault("request_id", uuid.uuid4().hex)
    return Asked(item=found.id, kind=kind, annotator=annotator, **{"version": found.version, **other})


def led_by(studio: Studio, teachers: Sequence[Teacher]) -> Studio:
    """The same studio with these teachers."""
    return replace(studio, teachers=tuple(teachers))


def studio_with_accepted(settings: Settings, number: int, dataset: str = "set") -> Studio:
    """An open studio in which `number` pairs are accepted and not yet trained."""
    opened = open_studio(settings)
    import_rows(opened.store, pairs(number), dataset)
    accept_pending(opened.store, opened.journal, "ada")
    return opened


def count(store: Store, table: str) -> int:
    with store.read() as cursor:
        row = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def models(*names: str, student: str = "a student") -> list[Model]:
    """Models that answer: `base`, and rounds by their names."""
    rounds = [int(name.split()[-1]) if name.startswith("round ") else None for name in names]
    weights = [None if name == "base" else exact_hash("weights", name) for name in names]
    return [
        Model(model_key(student, adapter), name, student, adapter, number)
        for name, adapter, number in zip(names, weights, rounds, strict=True)
    ]


def answer(model: Model, instruction: str, text: str, kind: AnswerKind = "draft") -> Answer:
    """What a model wrote for an instruction without input."""
    hash = content_hash(instruction, "")
    key = exact_hash(answer_key(model.key, hash, kind, "p", "greedy"), text)  # so that a newer one can be added
    return Answer(key, model.key, hash, kind, text, "p", "greedy")


def answered(store: Store, count: int, *names: str, name: str = "Question") -> list[Model]:
    """Models of these names that have each answered the same test rows, in words of their own."""
    rows = pairs(count, "test", name)
    import_rows(store, [{"instruction": row["instruction"], "output": row["output"]} for row in rows], "asked")
    wrote = models(*names)
    said = ["Short.", "A longer answer, with a reason.", "Another answer.", "The last one."]
    with store.write() as cursor:
        for place, model in enumerate(wrote):
            answers.add_model(cursor, model)
            answers.add(cursor, [answer(model, row["instruction"], f"{said[place]} {n}") for n, row in enumerate(rows)])
    return wrote
