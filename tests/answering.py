"""Models and their answers for the arena's tests, put into the store as an evaluation puts them there."""

from __future__ import annotations

from pathlib import Path

from citing_app.method.identity import content_hash, exact_hash
from citing_app.models.names import BUNDLED, student_identity
from citing_app.store import answers
from citing_app.store.answers import Answer, AnswerKind, Model
from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.keys import answer_key, model_key
from tests.seeding import pairs

BUNDLED_STUDENT = student_identity(BUNDLED, Path())


def models(*names: str, student: str = BUNDLED_STUDENT) -> list[Model]:
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
