"""Rows and decisions for the store's tests, made through the workflows."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from citing_app.method.identity import content_hash, split_of
from citing_app.models.teacher import Teacher
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.running.device import Device
from citing_app.running.device_info import KnownDevice, room_beside
from citing_app.settings import Settings
from citing_app.store import instructions, items
from citing_app.store.database import Store
from citing_app.store.metrics import Metric
from citing_app.types import Criterion, DecisionKind, Item, Rubric, Split
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.desk.deciding import Asked
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


def drafted_before(store: Store) -> None:
    """A student's draft in the test split, where nobody meets it, so that an app starts no worker to write some."""
    import_rows(store, [{"instruction": next(instructions_in("test", "Held out")), "output": "Yes."}], "bundled")
    with store.write() as cursor:
        (held_out,) = instructions.in_split(cursor, "test", 1)
        items.add_draft(cursor, held_out, "No.", "base", None)


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


def served_by(studio: Studio, worker: WorkerProcess) -> Studio:
    """The same studio with this generation worker, which may have done its imports already."""
    known = KnownDevice(worker, studio.store, studio.launchers)
    cache = studio.settings.cache_dir
    device = Device(room_beside(known, lambda: studio.chosen.given, cache), send_away=worker.stop)
    student = WorkerStudent(worker, studio.chosen.given, cache)
    return replace(studio, student=student, known_device=known, device=device)


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


def old_means(store: Store, means: Sequence[Metric]) -> None:
    """Means as evaluations left them before answers were kept."""
    with store.write() as cursor:
        for one in means:
            cursor.execute(
                "INSERT INTO metrics (model, dataset, answer, name, value, low, high, n, measured_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, now())",
                [one.model, one.dataset, one.answer, one.name, one.value, one.low, one.high, one.n],
            )
