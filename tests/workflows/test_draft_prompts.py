"""A student is asked for drafts as it learned, wherever it is asked: with the instruction alone, or with its rubric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from citing_app.method.prompts import NO_RUBRIC, prompt_hash
from citing_app.method.training_rows import rubric_answer_rows
from citing_app.models.student import Piece
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import instructions, rubrics
from citing_app.types import Criterion, Instruction, Turn
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.candidates.sampling import sample
from citing_app.workflows.chats.chatting import chat
from citing_app.workflows.chats.requests import Chat
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.draft_prompts import draft_prompts, drafts_with
from citing_app.workflows.drafts.drafting import draft
from citing_app.workflows.evaluation.figures.measuring import evaluate
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import LengthEmbedder, ScriptedStudent, finished
from tests.seeding import RUBRIC, instructions_in

JOB = Job("", "")
LINE = "- Accurate. Good: True. Bad: False."


@pytest.fixture
def student() -> ScriptedStudent:
    return ScriptedStudent()


@pytest.fixture
def studio(tmp_path: Path, student: ScriptedStudent) -> Iterator[Studio]:
    """Two answers of each split, the first with a rubric; round 1 learned with rubrics, and 2 goes on from it."""
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student, opened.embedder = student, LengthEmbedder()
    for split in ("train", "validation", "test"):
        texts = islice(instructions_in(split), 2)  # type: ignore[arg-type]
        import_rows(opened.store, [{"instruction": text, "output": "An answer."} for text in texts], "set")
    finished(opened, 1, "rubrics", kind="sft_rubric")
    finished(opened, 2, "more", kind="sft_continued", parent=1)
    with opened.store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
        firsts = [instructions.in_split(cursor, split, 1)[0].id for split in ("train", "validation", "test")]  # type: ignore[arg-type]
        rubrics.add_members(cursor, dict.fromkeys(firsts, RUBRIC.category), "ada")
    yield opened
    opened.close()


def in_split(studio: Studio, split: str) -> list[Instruction]:
    with studio.store.read() as cursor:
        return instructions.in_split(cursor, split, 10)  # type: ignore[arg-type]


def test_a_round_of_the_kind_learns_and_is_watched_with_the_rubric_of_each_answer(studio: Studio) -> None:
    first, second = in_split(studio, "train")
    material = gather(studio.store, Choices(kind="sft_rubric"))
    assert material.train == rubric_answer_rows([(first, RUBRIC), (second, None)])
    assert LINE in material.validation[0]["prompt"][0]["content"]
    assert NO_RUBRIC in material.validation[1]["prompt"][0]["content"]
    assert material.prompts == {"student_answer": prompt_hash("student_answer")}
    import_rows(studio.store, [{"instruction": f"Far {n}?", "output": "Yes."} for n in range(9)], "far", held_out=True)
    elsewhere = gather(studio.store, Choices(kind="sft_rubric", validate_on="far")).validation
    assert elsewhere
    assert all(NO_RUBRIC in row["prompt"][0]["content"] for row in elsewhere)


def test_a_blend_is_asked_like_what_it_is_made_of_and_another_round_as_it_learned(studio: Studio) -> None:
    for number, parent in ((3, 1), (4, 3), (5, 2)):
        finished(studio, number, f"blend {number}", "blend", parent)
    finished(studio, 6, "other", "imported")
    asked = [drafts_with(studio.store, number) for number in (None, 1, 2, 3, 4, 5, 6)]
    assert asked == ["instruction", "rubric", "instruction", "rubric", "rubric", "instruction", "instruction"]


def test_drafts_and_candidates_are_asked_for_with_the_rubric(studio: Studio, student: ScriptedStudent) -> None:
    expected = [
        one.messages[0]["content"] for one in draft_prompts(studio.store, 1, in_split(studio, "train")).values()
    ]
    assert [LINE in expected[0], NO_RUBRIC in expected[1]] == [True, True]
    draft(studio, 2, 1, JOB)
    assert {prompt for _, prompt in student.asked} == set(expected)
    student.asked.clear()
    draft(studio, 2, 2, JOB)
    assert {prompt for _, prompt in student.asked} == {row.text for row in in_split(studio, "train")}
    student.asked.clear()
    sample(studio, Sample(items=2, k=2, round=1), JOB)
    assert [prompt for _, prompt in student.asked if prompt in expected] == [prompt for _, prompt in student.asked]
    assert len(student.asked) == 4


def test_an_evaluation_asks_anew_only_where_the_rubric_of_a_draft_has_changed(
    studio: Studio, student: ScriptedStudent
) -> None:
    assert evaluate(studio, [1], None, 10, JOB)["written"] == 4
    assert evaluate(studio, [1], None, 10, JOB)["written"] == 0
    drafts = [prompt for _, prompt in student.asked if "Draft answer" not in prompt]
    assert sorted(LINE in prompt for prompt in drafts) == [False, True]
    criteria = (Criterion("Kind", "Warm.", "Cold."),)
    with studio.store.write() as cursor:
        rubrics.add_version(cursor, replace(RUBRIC, version=2, criteria=criteria), None)
    student.asked.clear()
    evaluate(studio, [1, 2], None, 10, JOB)
    asked = [prompt for weights, prompt in student.asked if weights == "rubrics" and "Draft answer" not in prompt]
    assert len(asked) == 1
    assert "- Kind. Good: Warm. Bad: Cold." in asked[0]
    assert {prompt for weights, prompt in student.asked if weights == "more" and "Draft" not in prompt} == {
        row.text for row in in_split(studio, "test")
    }


def test_a_chat_shows_the_student_the_rubric_that_fits_before_it_drafts(
    studio: Studio, student: ScriptedStudent
) -> None:
    history = [Turn("user", "Hello."), Turn("assistant", "Hello!")]
    [*_, last] = chat(studio, Chat(message="Why?", model="1"), history)
    [*_, plain] = chat(studio, Chat(message="Why?", model="2"), history)
    (_, with_rubric), (_, without) = student.asked
    assert without == "Why?"
    assert with_rubric.startswith("Why?\n\nRubric:\n- ")
    assert (last.assignment is None, plain.assignment is None) == (False, True)
    student.asked.clear()
    [*_, revised] = chat(studio, Chat(message="Why?", model="1", self_revise=True))
    assert "Draft answer" in student.asked[1][1]
    assert revised.done
    student.behaviour = lambda weights, prompt: Piece("<think>Hm.</think>Because.")
    [*_, thought] = chat(studio, Chat(message="Why?", model="1", self_revise=True))
    assert (thought.draft, thought.revision) == ("Because.", "Because.")
