"""Answers and figures are kept: written once, resumed for nothing, and compared on the same rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import fmean

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.method.evaluation.intervals import paired_difference
from citing_app.method.identity import content_hash
from citing_app.method.metrics import rouge_l
from citing_app.method.parts import part_of
from citing_app.models.student import Skipped
from citing_app.models.worker_embedder import WorkerEmbedder
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import accepted_answers, answers, figures, instructions, rounds, rubrics
from citing_app.store import test_sets as frozen_sets
from citing_app.store.metrics import Metric
from citing_app.types import Criterion, Rubric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation import test_sets
from citing_app.workflows.evaluation.figures.exporting import export_figures
from citing_app.workflows.evaluation.figures.means import BEFORE, every_figure, figures_view
from citing_app.workflows.evaluation.figures.measuring import evaluate, start
from citing_app.workflows.evaluation.figures.metrics import BOTH, ORDER, WIN_RATE
from citing_app.workflows.evaluation.requests import Evaluate
from citing_app.workflows.evaluation.views import EvaluationView, FigureView
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import LengthEmbedder, ScriptedStudent, finished
from tests.seeding import count, instructions_in, old_means

ROWS = 7


@pytest.fixture
def student() -> ScriptedStudent:
    return ScriptedStudent()


@pytest.fixture
def studio(tmp_path: Path, student: ScriptedStudent) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student, opened.embedder = student, LengthEmbedder()
    import_rows(opened.store, rows("Question", ROWS), "school")
    yield opened
    opened.close()


def rows(name: str, number: int, split: str = "test") -> list[dict[str, str]]:
    texts = islice(instructions_in(split, name), number)  # type: ignore[arg-type]
    return [{"instruction": text, "output": f"base says {text[: 4 + place]}"} for place, text in enumerate(texts)]


def measured(studio: Studio, *numbers: int | None, items: int = 100, dataset: str | None = None) -> EvaluationView:
    return evaluate(studio, numbers or (None,), dataset, items, Job("evaluate", ""))


def figure(found: list[FigureView], model: str, name: str, kind: str = "draft") -> FigureView:
    (one,) = (one for one in found if (one["model"], one["name"], one["answer"]) == (model, name, kind))
    return one


def test_what_was_measured_is_neither_asked_nor_written_again(studio: Studio, student: ScriptedStudent) -> None:
    first = measured(studio)
    kept = count(studio.store, "answers"), count(studio.store, "figures"), count(studio.store, "test_sets")
    asked = len(student.asked), len(student.scored), studio.embedder.asked  # type: ignore[attr-defined]
    again = measured(studio)
    assert (first["written"], again["written"]) == (2 * ROWS, 0)
    assert again == {**first, "written": 0}
    assert kept == (count(studio.store, "answers"), count(studio.store, "figures"), count(studio.store, "test_sets"))
    assert asked == (len(student.asked), len(student.scored), studio.embedder.asked)  # type: ignore[attr-defined]
    assert asked[:2] == (2 * ROWS, ROWS)


@pytest.mark.parametrize("dies_after", [0, 3, ROWS, ROWS + 2])
def test_one_that_was_killed_goes_on_where_it_stopped(
    studio: Studio, student: ScriptedStudent, dies_after: int
) -> None:
    student.dies_after = dies_after
    with pytest.raises(BrokenPipeError):
        measured(studio)
    assert count(studio.store, "answers") == dies_after
    assert measured(studio)["written"] == 2 * ROWS - dies_after
    assert len(student.asked) == len(set(student.asked)) == 2 * ROWS


def test_one_that_is_cancelled_keeps_what_it_wrote(studio: Studio, student: ScriptedStudent) -> None:
    job = Job("evaluate", "")
    answer = student.behaviour

    def cancelled(weights: str, prompt: str) -> str:
        if len(student.asked) == ROWS:
            job.cancelled.set()
        return str(answer(weights, prompt))

    student.behaviour = cancelled
    with pytest.raises(Cancelled):
        evaluate(studio, [None], None, 100, job)
    assert count(studio.store, "answers") == ROWS
    assert measured(studio)["written"] == ROWS


def test_more_rows_cost_only_the_rows_that_are_new(studio: Studio, student: ScriptedStudent) -> None:
    few = measured(studio, items=3)
    many = measured(studio, items=5)
    assert (few["test_set"], few["items"], few["written"]) == (many["test_set"], 3, 6)
    assert (many["items"], many["written"]) == (5, 4)
    assert {one["n"] for one in many["metrics"]} == {5}
    assert {one["n"] for one in measured(studio, items=3)["metrics"]} == {3}


def test_the_difference_is_paired_on_the_rows_that_both_have(studio: Studio) -> None:
    finished(studio, 1, "sft", "sft", answers=["gone"])
    finished(studio, 2, "two", parent=1)
    finished(studio, 3, "three", parent=2)
    found = measured(studio, None, 1, 2, 3)["metrics"]
    mine = figure(found, "round 3", "rouge_l")
    assert [(one["to"], one["model"], one["n"], one["unshared"]) for one in mine["differences"]] == [
        ("base", "base", ROWS, 0),
        ("sft", "round 1", ROWS, 0),
        ("before", "round 2", ROWS, 0),
    ]
    chosen = test_sets.measurable(studio.store, None, 100)
    ours = [rouge_l(f"three says {row.text}", row.output) for row in chosen]
    theirs = [rouge_l(f"base says {row.text}", row.output) for row in chosen]
    by_hand = paired_difference(ours, theirs)
    difference = mine["differences"][0]
    assert mine["value"] == pytest.approx(fmean(ours))
    assert [difference["mean"], difference["low"], difference["high"]] == pytest.approx(
        [fmean(one - other for one, other in zip(ours, theirs, strict=True)), by_hand.low, by_hand.high]
    )
    assert difference["high"] is not None
    assert difference["high"] < 0  # the base says just what the answers say
    assert [one["to"] for one in figure(found, "round 1", "rouge_l")["differences"]] == ["base"]
    assert figure(found, "base", "rouge_l")["differences"] == []


def test_other_rows_never_stand_beside_each_other_unsaid(studio: Studio) -> None:
    finished(studio, 1, "one")
    measured(studio, None, items=5)
    found = measured(studio, 1, items=2)["metrics"]
    assert {(one["n"], one["unshared"]) for f in found for one in f["differences"]} == {(2, 0)}
    (found_set,) = test_sets.sets_view(studio.store)
    everything = figures_view(studio.store, found_set["hash"])
    mine = figure(everything["figures"], "round 1", "rouge_l")
    assert (mine["n"], figure(everything["figures"], "base", "rouge_l")["n"]) == (2, 5)
    assert [(one["n"], one["unshared"]) for one in mine["differences"]] == [(2, 3)]
    assert [one["name"] for one in everything["models"]] == ["base", "round 1"]


def test_one_row_has_a_mean_and_no_interval(studio: Studio) -> None:
    for one in measured(studio, items=1)["metrics"]:
        assert (one["n"], one["low"], one["high"]) == (1, None, None)


def test_a_changed_list_is_another_test_set_of_the_same_name(studio: Studio, student: ScriptedStudent) -> None:
    first = measured(studio)["test_set"]
    import_rows(studio.store, rows("Another", 2), "more")
    second = measured(studio)
    assert second["test_set"] != first
    assert second["written"] == 4
    assert [(one["name"], one["n"]) for one in test_sets.sets_view(studio.store)] == [
        ("test split", ROWS + 2),
        ("test split", ROWS),
    ]
    assert {one["n"] for one in every_figure(studio.store)} == {ROWS + 2}
    assert {one["n"] for one in figures_view(studio.store, first)["figures"]} == {ROWS}
    with pytest.raises(CitingError, match="no test set"):
        figures_view(studio.store, "unknown")


def test_one_list_may_have_two_names(studio: Studio, student: ScriptedStudent) -> None:
    first, second = measured(studio), measured(studio, dataset="school")
    assert (first["test_set"], second["written"]) == (second["test_set"], 0)
    assert {one["dataset"] for one in second["metrics"]} == {"school"}
    assert {one["dataset"] for one in every_figure(studio.store)} == {"school", "test split"}
    assert count(studio.store, "test_set_instructions") == ROWS


def test_what_is_forgotten_is_measured_on_the_rows_of_the_sft_round(studio: Studio, student: ScriptedStudent) -> None:
    import_rows(studio.store, rows("Learned", 3, "train"), "lessons")
    with studio.store.read() as cursor:
        learned = [row.hash for row in instructions.in_split(cursor, "train", 100)]
    finished(studio, 1, "sft", "sft", answers=learned)
    finished(studio, 2, "two", parent=1)
    finished(studio, 3, "apart")
    found = measured(studio, None, 1, 2, 3)
    assert found["notes"] == ["What round 3 forgot was not measured: it descends from no SFT round with known rows."]
    forgot = [one for one in found["metrics"] if one["name"] == "forgetting"]
    assert [(one["model"], one["n"]) for one in forgot] == [("base", 3), ("round 1", 3), ("round 2", 3)]
    assert {one["dataset"] for one in forgot} == {"answers that round 1 learned"}
    assert [(one["to"], one["mean"]) for one in forgot[2]["differences"]] == [
        ("base", 3.0),
        ("sft", 0.0),
        ("before", 0.0),
    ]
    assert len(student.scored) == len(set(student.scored))
    assert [one["name"] for one in every_figure(studio.store)].count("forgetting") == 3
    with studio.store.write() as cursor:
        rounds.give_back(cursor, 1)  # as deleting its adapter does
    assert measured(studio, None, 1, 2, 3) == {**found, "written": 0}


def test_a_new_rubric_asks_for_new_self_revisions_alone(studio: Studio, student: ScriptedStudent) -> None:
    with studio.store.write() as cursor:
        rubrics.add(cursor, Rubric("asking", (Criterion("True", "It is.", "It is not."),)), "")
    import_rows(studio.store, [one | {"category": "asking"} for one in rows("Sorted", 2)], "sorted")
    before = measured(studio)
    with studio.store.write() as cursor:
        rubrics.add(cursor, Rubric("asking", (Criterion("Kind", "It is.", "It is not."),), version=2), "")
    assert measured(studio)["written"] == 2
    assert count(studio.store, "answers") == before["written"] + 2
    kept = [one["n"] for one in measured(studio)["metrics"] if one["answer"] == "self-revision"]
    assert set(kept) == {ROWS + 2}


def test_other_accepted_answers_are_measured_anew_and_the_best_counts(studio: Studio, student: ScriptedStudent) -> None:
    finished(studio, 1, "one")
    measured(studio, None, 1)
    (row,) = test_sets.measurable(studio.store, None, 1)
    with studio.store.write() as cursor:
        accepted_answers.add(cursor, {row.hash: [f"one says {row.text}"]})
    found = measured(studio, 1)["metrics"]
    assert figure(found, "round 1", "exact_match")["value"] == pytest.approx(1 / ROWS)
    asked = len(student.asked)
    (difference,) = figure(found, "round 1", "exact_match")["differences"]
    assert (difference["n"], difference["unshared"]) == (ROWS - 1, 1)  # the base's is of other accepted answers
    (difference,) = figure(measured(studio, None, 1)["metrics"], "round 1", "exact_match")["differences"]
    assert (difference["n"], difference["unshared"]) == (ROWS, 0)
    assert len(student.asked) == asked


def test_an_adapter_that_was_imported_again_has_answered_already(studio: Studio, student: ScriptedStudent) -> None:
    finished(studio, 1, "one")
    finished(studio, 2, "one")
    first, second = measured(studio, 1), measured(studio, 2)
    assert (first["written"], second["written"]) == (2 * ROWS, 0)
    assert {one["model"] for one in second["metrics"]} == {"round 2"}
    assert {one["model"] for one in every_figure(studio.store)} == {"round 1", "round 2"}


def test_every_metric_of_the_table_is_measured(studio: Studio) -> None:
    finished(studio, 1, "one")
    found = measured(studio, None, 1)["metrics"]
    names = {
        kind: [one["name"] for one in found if (one["model"], one["answer"]) == ("round 1", kind)] for kind in BOTH
    }
    assert names == {
        "draft": [name for name in ORDER if name not in ("unchanged", "forgetting", WIN_RATE)],
        "self-revision": [name for name in ORDER if name not in ("loss", "kl", "forgetting", WIN_RATE)],
    }
    assert figure(found, "round 1", "kl")["value"] == 3.0
    assert [one for one in found if (one["model"], one["name"]) == ("base", "kl")] == []


def test_the_answers_say_what_made_them(studio: Studio) -> None:
    finished(studio, 1, "one")
    measured(studio, 1, items=1)
    with studio.store.read() as cursor:
        (model,) = answers.models(cursor)
        (row,) = instructions.in_split(cursor, "test", 1)
        draft = answers.of_model(cursor, model.key, "draft", [row.hash])[row.hash]
        revision = answers.of_model(cursor, model.key, "self-revision", [row.hash])[row.hash]
    assert (model.name, model.round, model.student.split("@")[0]) == ("round 1", 1, "student-smollm2-135m-instruct")
    assert model.adapter_hash == adapter_hash(studio.rounds_folder / "0001" / "adapter")
    assert (draft.text, draft.decoding) == (f"one says {row.text}", "greedy, at most 160 tokens")
    assert (revision.draft, revision.rubric_category) == (draft.key, None)
    assert revision.prompt_hash != draft.prompt_hash


def test_weights_that_change_while_they_answer_are_not_taken_for_the_first(
    studio: Studio, student: ScriptedStudent
) -> None:
    finished(studio, 1, "one")
    weights = studio.rounds_folder / "0001" / "adapter" / WEIGHTS

    def changing(_: str, prompt: str) -> str:
        weights.write_text("two")
        return prompt

    student.behaviour = changing
    with pytest.raises(CitingError, match="adapter of round 1 changed while it answered"):
        measured(studio, 1)
    assert count(studio.store, "answers") == ROWS


def test_an_answer_that_is_only_thought_is_empty_and_one_that_was_not_given_is_none(
    studio: Studio, student: ScriptedStudent
) -> None:
    chosen = [row.text for row in test_sets.measurable(studio.store, None, 100)]

    def odd(weights: str, prompt: str) -> str | Skipped:
        if prompt == chosen[0]:
            return "<think>Hm.</think>"
        return Skipped(0, "It is too long.") if prompt == chosen[1] else "Something."

    student.behaviour = odd
    evaluation = measured(studio)
    assert evaluation["notes"] == ["Missing drafts of base: 1, whose prompts the student could not take."]
    found = evaluation["metrics"]
    assert figure(found, "base", "length")["n"] == figure(found, "base", "unchanged", "self-revision")["n"] == ROWS - 1
    assert figure(found, "base", "loss")["n"] == ROWS
    with studio.store.read() as cursor:
        (model,) = answers.models(cursor)
        texts = answers.of_model(
            cursor, model.key, "draft", [row.hash for row in instructions.in_split(cursor, "test", 9)]
        )
    assert sorted(one.text for one in texts.values()) == [""] + ["Something."] * (ROWS - 2)


def test_without_the_embedder_everything_else_is_measured(studio: Studio, tmp_path: Path) -> None:
    studio.embedder = WorkerEmbedder(studio.worker, "bundled", tmp_path / "cache")
    found = measured(studio)
    assert "not prepared" in found["notes"][0]
    assert {one["name"] for one in found["metrics"]} >= {"rouge_l", "loss"}
    assert "similarity" not in {one["name"] for one in found["metrics"]}


def test_means_of_before_answers_were_kept_stand_where_nothing_newer_is(studio: Studio) -> None:
    old = [Metric("base", "test split", "draft", name, 0.5, 0.4, 0.6, 9) for name in ("rouge_l", "bleu")]
    old_means(studio.store, old)
    assert [(one["name"], one["note"], one["key"]) for one in every_figure(studio.store)] == [
        ("rouge_l", BEFORE, None),
        ("bleu", BEFORE, None),
    ]
    measured(studio)
    assert figure(every_figure(studio.store), "base", "rouge_l")["n"] == ROWS
    assert figure(every_figure(studio.store), "base", "bleu")["note"] == BEFORE
    assert count(studio.store, "metrics") == 2


def test_every_value_goes_into_a_file(studio: Studio, tmp_path: Path) -> None:
    import_rows(studio.store, rows("Formula", 1), "=1+1", held_out=True)
    measured(studio, dataset="=1+1")
    file = tmp_path / "figures.csv"
    assert export_figures(studio.store, file) == count(studio.store, "figures")
    with file.open(encoding="utf-8", newline="") as opened:
        found = list(csv.DictReader(opened))
    assert set(found[0]) == set(figures.EXPORTED)
    (loss,) = (one for one in found if one["metric"] == "loss")
    assert (loss["model"], loss["test_set"], loss["answer_hash"], float(loss["value"])) == ("base", "'=1+1", "", 14.0)
    with pytest.raises(CitingError, match=r"ending in \.csv"):
        export_figures(studio.store, tmp_path / "figures.txt")
    with pytest.raises(CitingError, match="cannot be written"):
        export_figures(studio.store, tmp_path / "nowhere" / "figures.csv")


def test_dev_and_test_are_test_sets_of_their_own_and_share_no_row(studio: Studio) -> None:
    import_rows(studio.store, rows("Another", 9), "school")
    whole = measured(studio)
    parts = [evaluate(studio, [None], None, 100, Job("evaluate", ""), part) for part in ("dev", "test")]  # type: ignore[arg-type]
    assert [one["dataset"] for one in parts] == ["test split · dev", "test split · test"]
    assert [one["written"] for one in parts] == [0, 0]  # what was measured of a row counts wherever it stands
    with studio.store.read() as cursor:
        dev, test = (set(frozen_sets.hashes(cursor, one["test_set"])) for one in parts)
        assert dev | test == set(frozen_sets.hashes(cursor, whole["test_set"]))
    assert (dev & test, len(dev) + len(test)) == (set(), whole["items"])
    assert min(len(dev), len(test)) > 0
    names = {one["dataset"] for one in every_figure(studio.store)}
    assert names == {"test split", "test split · dev", "test split · test"}


def test_a_part_without_rows_is_refused_by_its_name(studio: Studio) -> None:
    (row, *_) = rows("Alone", 1)
    import_rows(studio.store, [row], "lonely", held_out=True)
    other = "test" if part_of(content_hash(row["instruction"], "")) == "dev" else "dev"
    with pytest.raises(CitingError, match=f"measure on in the {other} part of lonely"):
        start(studio, Evaluate.of({"models": ["base"], "dataset": "lonely", "part": other}))
