"""A teacher that thinks aloud, behind a real HTTP server: its answers become revisions, its thoughts never do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import Teacher
from citing_app.store.database import Store
from citing_app.workflows.drafts.requests import ChooseTeachers
from citing_app.workflows.drafts.revising import failed_calls, revise
from citing_app.workflows.drafts.teachers import choose_teachers
from citing_app.workflows.studio import Studio
from tests.seeding import count, item, led_by
from tests.teacher_server import TeacherServer, improved, serving
from tests.workflows.drafts.test_revising import drafts, job

PLAN = 'The draft is bad. An object like {"revision": "no"} would do.'


def revised_by(store: Store, answer: Callable[[str], str]) -> tuple[dict[str, int], TeacherServer]:
    with serving(TeacherServer(answer=answer)) as server:
        return dict(revise(store, [Teacher.of(OpenAIModel("m", server.url, timeout=10))], 10, job())), server


@pytest.mark.parametrize("reply", [f"<think>\n{PLAN}", f"<Thinking>{PLAN}</Thinking>\n", f"{PLAN}\n[/THINK]\n"])
def test_a_thought_alone_is_mended_once_then_parked_and_never_a_revision(store: Store, reply: str) -> None:
    (one,) = drafts(store, 1)
    outcomes, server = revised_by(store, lambda prompt: reply)
    assert (outcomes, server.billed.total(), count(store, "revisions")) == ({"empty": 1}, 2, 0)
    (row,) = failed_calls(store)
    assert (row.item_id, row.outcome, row.raw) == (one, "empty", reply)
    assert row.reason == "The model only thought; its reply holds no answer."


@pytest.mark.parametrize("before", [f"<think>{PLAN}</think>", f"{PLAN}\n</think>\n\n", f"[THINK]{PLAN}[/THINK]"])
def test_what_follows_a_thought_is_the_revision(store: Store, before: str) -> None:
    (one,) = drafts(store, 1)
    draft = item(store, one).draft
    assert revised_by(store, lambda prompt: before + improved(prompt))[0] == {"ok": 1}
    assert item(store, one).revision == f"Better: {draft}"


def test_the_object_behind_a_thought_is_the_one_that_is_read(studio: Studio, store: Store) -> None:
    (one,) = drafts(store, 1)
    choose_teachers(
        led_by(studio, [Teacher.of(OpenAIModel("m"))]),
        ChooseTeachers.of({"dataset": "set", "teachers": [], "style": "smallest", "rationale": True}),
        "ada",
    )
    value = json.dumps({"revision": "<think>Hm.</think>Better.", "edits": [], "rationale": []})
    assert revised_by(store, lambda prompt: f"{PLAN}\n</think>\n{value}")[0] == {"ok": 1}
    assert item(store, one).revision == "Better."
