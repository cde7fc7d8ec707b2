"""The whole algorithm on a tiny random student: real drafts, real rounds, broken off and gone on with."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.method.parts import part_of
from citing_app.models.student import Done, Finished, GenerationEvent, GenerationRequest, Started, Student, never
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.launcher import Launchers
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.status import read_status
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import answers, curricula, instructions, items, rounds
from citing_app.types import Filter
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.curriculum.stages import stages_of
from citing_app.workflows.curriculum.view import curricula_view, table
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending, decide_all, undo_all
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.evaluation.figures import measuring
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import queue
from citing_app.workflows.rounds.supervising import find_rounds, wait
from citing_app.workflows.rounds.view import round_view, rounds_list
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import count, instructions_in, request, served_by
from tests.worker.test_train import eventually


class Breaking(Job):
    """A job whose app closes when it says that a stage begins."""

    def __init__(self, at: str) -> None:
        super().__init__("curriculum", "")
        self.at = at

    def progress(self, done: float, total: float | None, message: str = "") -> None:
        if message == self.at:
            self.closing = True
            self.cancelled.set()
        super().progress(done, total, message)


class Meanwhile(Job):
    """A job during which something happens at the moment when it says that a stage begins."""

    def __init__(self, at: str, happens: Callable[[], None]) -> None:
        super().__init__("curriculum", "")
        self.at, self.happens = at, happens

    def progress(self, done: float, total: float | None, message: str = "") -> None:
        if message == self.at and not self.cancelled.is_set():
            self.happens()
            self.cancelled.set()  # heard at the next safe point, not at this one
        else:
            super().progress(done, total, message)


class Stubborn(Student):
    """Hears nothing while it writes until the test lets it go; then it fails as a worker does that was killed."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        self.begun.set()
        assert self.let_go.wait(60)
        raise BrokenPipeError
        yield

    def losses(self, pairs: Any, **kwargs: Any) -> list[float | None]:
        raise NotImplementedError


class Worsening(Student):
    """Finds every reference answer less likely by 1 with each round."""

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        yield Started(None if request.adapter is None else adapter_hash(request.adapter))
        yield from (Finished(place, f"Answer {place}.") for place in range(len(request.prompts)))
        yield Done(1, 1.0)

    def losses(self, pairs: Any, *, adapter: Path | None = None, **kwargs: Any) -> list[float | None]:
        number = 0 if adapter is None else int(adapter.parent.name)
        return [float(number + len(answer)) for _, answer in pairs]

    def divergences(self, pairs: Any, **kwargs: Any) -> list[float | None]:
        return [0.0] * len(pairs)


def elsewhere(studio: Studio) -> None:
    """A held-out data set: a few rows in each of its parts."""
    rows = [{"instruction": f"Elsewhere {n}?", "output": f"Answer {n}."} for n in range(12)]
    import_rows(studio.store, rows, "elsewhere", held_out=True)


def set_rows() -> list[dict[str, str]]:
    return [
        {"instruction": text, "output": f"Reference answer {n}."}
        for split, wanted in (("train", 12), ("validation", 3), ("test", 3))
        for n, text in zip(range(wanted), instructions_in(split), strict=False)  # type: ignore[arg-type]
    ]


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path, trainer: str, warm_worker: WorkerProcess) -> Iterator[Studio]:
    folder, launchers = tmp_path / "data", {"here": trainer}
    settings = Settings(folder, tmp_path / "cache", student=str(tiny_student), launchers=launchers)
    opened = served_by(open_studio(settings), warm_worker)
    import_rows(opened.store, set_rows(), "set")
    yield opened
    opened.close()


def plan(**changes: Any) -> CurriculumSettings:
    return CurriculumSettings(**{"rounds": 2, "items": 4, "decide": "all", "rest": "leave", **changes})


def run(studio: Studio, settings: CurriculumSettings) -> dict[str, Any]:
    number = control.add(studio, settings, "ada")
    control.run(studio, number, Job("curriculum", ""))
    return curricula_view(studio)[0]


def test_two_rounds_without_a_person(studio: Studio) -> None:
    view = run(studio, plan(evaluate_items=2))
    assert view["state"] == "finished"
    assert [place["number"] for place in view["rounds"]] == [1, 2]
    assert all(place["trained"] == "finished" for place in view["rounds"])
    assert all(list(place["stages"]) == list(stages_of("citing")) for place in view["rounds"])
    with studio.store.read() as cursor:
        first, second = sorted(rounds.all_rounds(cursor), key=lambda row: row.number)
        drafted = dict(cursor.execute("SELECT author, count(*) FROM drafts GROUP BY author").fetchall())
        measured = {model.name for model in answers.models(cursor)}
    assert (first.parent, second.parent, first.items, second.items) == (None, 1, 4, 4)
    assert drafted == {"base": 4, "round 1": 4}
    assert measured == {"base", "round 1", "round 2"}
    others = [[one["other"] for one in place["judged"]] for place in view["rounds"]]
    assert others == [["base"], ["round 1", "base"]]
    assert all(one["n"] == 2 for place in view["rounds"] for one in place["judged"])
    assert re.search("(win rate against|no winner in 2 comparisons with) round 1", table(view))  # as numbers round


def test_a_curriculum_keeps_the_figures_it_measured_itself(studio: Studio) -> None:
    view = run(studio, plan(rounds=1, evaluate_items=2))
    assert {one["model"] for one in view["base"]} == {"base"}
    assert {one["n"] for one in [*view["base"], *view["rounds"][0]["figures"]]} == {2}
    more = measuring.evaluate(studio, [None, 1], None, 3, Job("evaluate", ""))
    assert more["written"] == 4  # one row more, of both models and kinds of answer
    assert {one["name"] for one in more["metrics"]} >= {"rouge_l", "loss", "kl"}
    assert curricula_view(studio)[0] == view
    kept = count(studio.store, "answers"), count(studio.store, "figures")
    assert measuring.evaluate(studio, [None, 1], None, 3, Job("evaluate", "")) == {**more, "written": 0}
    assert kept == (count(studio.store, "answers"), count(studio.store, "figures"))


def test_it_stops_after_the_round_that_is_worse_elsewhere_and_learns_gently_until_then(studio: Studio) -> None:
    elsewhere(studio)
    studio.student = Worsening()
    lasting = {"later": "gentler", "stop_when_worse": True, "evaluate": "elsewhere", "judge": ""}
    view = run(studio, plan(rounds=4, **lasting, choices=Choices(validate_on="elsewhere")))
    assert (view["state"], view["dataset"]) == ("finished", "elsewhere · dev")
    assert view["reason"] == (
        "Stopped after round 2: on the dev part of elsewhere its loss of reference answers is higher than that of "
        "round 1 by 1.000 [1.000, 1.000]. Round 1 is the best so far."
    )
    assert table(view).endswith(view["reason"])
    first, second = (RoundDirectory(studio.rounds_folder / name) for name in ("0001", "0002"))
    specs = [one.read_spec() for one in (first, second)]
    assert [(one.learning_rate, one.epochs, one.patience) for one in specs] == [(2e-4, 2, 1), (1e-4, 1, 1)]
    assert [one.validates_on for one in specs] == ["elsewhere · dev"] * 2
    assert [sum("replay" in row for row in one.read_rows(one.train)) for one in (first, second)] == [0, 2]
    assert {part_of(row["instruction"]) for row in first.read_rows(first.validation)} == {"dev"}
    assert count(studio.store, "rounds") == 2


def test_a_round_stops_by_rows_elsewhere_and_keeps_its_best_adapter(studio: Studio) -> None:
    elsewhere(studio)
    chosen = Choices(kind="sft", validate_on="elsewhere", learning_rate=0.01, epochs=60)
    number = training.start_round(studio, chosen, "ada")
    state, result, message = wait(studio, number, lambda status: None)
    assert state == "finished", message
    losses = [loss for _, loss in round_view(studio, number)["validation_losses"]]
    assert 2 < len(losses) < 61  # it stopped long before its epochs ended
    assert result["validation_loss_after"] == min(losses[1:]) == losses[-2]
    assert (
        round_view(studio, number)["validates_on"] == rounds_list(studio)["rows"][0].validates_on == "elsewhere · dev"
    )


@pytest.mark.parametrize(("kind", "writes"), [("sft_continued", 0), ("raft", 12), ("dpo", 4)])
def test_rounds_of_every_kind_stay_within_their_budget(
    kind: str, writes: int, tiny_student: Path, tmp_path: Path, trainer: str, warm_worker: WorkerProcess
) -> None:
    student = shutil.copytree(tiny_student, tmp_path / "student")
    (student / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(3, 100))}))
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(student), launchers={"here": trainer})
    studio = served_by(open_studio(settings), warm_worker)
    import_rows(studio.store, set_rows(), "set")
    budget = 24_000
    view = run(studio, plan(evaluate_items=0, choices=Choices(kind=kind), budget=budget, k=3))
    assert (view["state"], view["stages"]) == ("finished", list(stages_of(kind)))
    with studio.store.read() as cursor:
        stages = {(one.round, one.stage): one.detail for one in curricula.stages(cursor, 1)}
        results = {row.number: row.result or {} for row in rounds.all_rounds(cursor)}
        texts = cursor.execute("SELECT (SELECT count(*) FROM drafts) + (SELECT count(*) FROM candidates)").fetchone()
    assert texts == (2 * writes,)
    for place in (1, 2):
        written = sum(detail.get("cost", 0) for (round, _), detail in stages.items() if round == place)
        spent = results[place]["cost"]
        assert (written > 0) == (writes > 0)
        assert written + spent <= budget // 2 < written + spent * (1 + 2 / results[place]["steps"])  # within a step
    studio.close()


def test_sft_comes_first_and_the_same_instructions_come_again(studio: Studio) -> None:
    view = run(
        studio, plan(sft=True, sampling="same", evaluate_items=0, choices=Choices(objective="revise", replay=0.5))
    )
    with studio.store.read() as cursor:
        sft, first, second = sorted(rounds.all_rounds(cursor), key=lambda row: row.number)
        stages = curricula.stages(cursor, view["id"])
        unlearned = instructions.never_trained(cursor, "set", 100)
    assert {row.split for row in unlearned} == {"validation", "test"}  # SFT learned every train answer
    assert (sft.kind, sft.depth, first.parent, first.depth, second.parent) == ("sft", 0, 1, 1, 2)
    samples = [stage.detail["hashes"] for stage in stages if stage.stage == "sample"]
    assert samples[0] == samples[1]
    rows = [json.loads(line) for line in (studio.rounds_folder / "0002" / "train.jsonl").read_text().splitlines()]
    assert sum("replay" in row for row in rows) == 2
    assert {row["task"] for row in rows if "replay" not in row} == {"revise"}


def test_a_new_adapter_learns_all_revisions_so_far(studio: Studio) -> None:
    run(studio, plan(evaluate_items=0, choices=Choices(adapter="new")))
    with studio.store.read() as cursor:
        first, second = sorted(rounds.all_rounds(cursor), key=lambda row: row.number)
    assert (first.items, second.items, second.parent) == (4, 8, None)


def test_an_app_that_closes_in_every_stage_goes_on_and_does_nothing_twice(studio: Studio) -> None:
    number = control.add(studio, plan(rounds=1, evaluate_items=1), "ada")
    for stage in stages_of("citing"):
        with pytest.raises(Cancelled):
            control.run(studio, number, Breaking(f"round 1 of 1, {stage}"))
        assert curricula_view(studio)[0]["state"] == "running"
    control.run(studio, number, Job("curriculum", ""))
    assert curricula_view(studio)[0]["state"] == "finished"
    assert (count(studio.store, "drafts"), count(studio.store, "rounds")) == (4, 1)
    assert count(studio.store, "decisions") == 4


def test_it_waits_for_people_can_be_paused_there_and_goes_on(studio: Studio) -> None:
    number = control.start(studio, plan(rounds=1, decide="people", evaluate_items=0), "ada")
    decide = lambda: curricula_view(studio)[0]["rounds"][0]["stages"].get("decide", {})  # noqa: E731
    assert eventually(lambda: decide().get("left") == 4)
    job = studio.jobs.get("curriculum")
    assert job is not None
    assert (job.state, job.seconds_left) == ("running", None)
    control.pause(studio, number)
    assert eventually(lambda: not studio.jobs.running("curriculum"))
    assert curricula_view(studio)[0]["state"] == "paused"
    accept_pending(studio.store, studio.journal, "ada")
    control.go_on(studio, number)
    assert eventually(lambda: curricula_view(studio)[0]["state"] == "finished")
    assert decide() == {"done": True, "accepted": 4}


def test_a_round_of_which_nothing_is_accepted_pauses_with_the_reason(studio: Studio) -> None:
    number = control.start(studio, plan(rounds=1, decide="people", evaluate_items=0), "ada")
    assert eventually(lambda: curricula_view(studio)[0]["rounds"][0]["stages"].get("decide", {}).get("left") == 4)
    decide_all(studio.store, studio.journal, Leases(), Filter(), "reject", "ada", "none of them", 4)
    assert eventually(lambda: curricula_view(studio)[0]["state"] == "paused")
    assert "Accept some of its revisions" in curricula_view(studio)[0]["reason"]
    control.cancel(studio, number)
    assert curricula_view(studio)[0]["state"] == "cancelled"


def test_what_was_revised_before_is_counted_among_the_revised(studio: Studio) -> None:
    first = run(studio, plan(rounds=1, items=1, evaluate_items=0))
    again = run(studio, plan(rounds=1, evaluate_items=0, sampling="same"))
    assert [view["rounds"][0]["stages"]["revise"] for view in (first, again)] == [
        {"done": True, "revised": 1},
        {"done": True, "revised": 4},
    ]


def test_a_draft_without_a_revision_is_not_counted_among_the_revised(studio: Studio) -> None:
    number = control.add(studio, plan(rounds=1, items=12, evaluate_items=0), "ada")
    with pytest.raises(Cancelled):
        control.run(studio, number, Breaking("round 1 of 1, revise"))
    with studio.store.write() as cursor:
        cursor.execute("UPDATE instructions SET output = '' WHERE output = 'Reference answer 0.'")
    control.run(studio, number, Job("curriculum", ""))
    stages = curricula_view(studio)[0]["rounds"][0]["stages"]
    assert (stages["draft"]["items"], stages["revise"]["revised"], stages["decide"]["accepted"]) == (12, 11, 11)


def test_what_is_accepted_while_it_is_paused_counts_when_it_goes_on(studio: Studio) -> None:
    number = control.start(studio, plan(rounds=1, decide="people", evaluate_items=0), "ada")
    stages = lambda: curricula_view(studio)[0]["rounds"][0]["stages"]  # noqa: E731
    assert eventually(lambda: stages().get("decide", {}).get("left") == 4)
    decide_all(studio.store, studio.journal, Leases(), Filter(), "reject", "ada", "none of them", 4)
    assert eventually(lambda: not studio.jobs.running("curriculum"))
    assert stages()["decide"] == {"done": True, "accepted": 0}
    undo_all(studio.store, studio.journal, "none of them", "ada")
    with studio.store.read() as cursor:
        first, *_ = items.waiting(cursor, 10)
    decide(studio.store, studio.journal, Leases(), request(first, "accept", "ada"))
    control.go_on(studio, number)
    assert eventually(lambda: curricula_view(studio)[0]["state"] == "finished")
    with studio.store.read() as cursor:
        assert [row.items for row in rounds.all_rounds(cursor)] == [1]
    assert stages()["decide"] == {"done": True, "accepted": 1}


def test_a_rule_accepts_only_small_edits(studio: Studio) -> None:
    with pytest.raises(CitingError, match="nothing to learn"):
        run(studio, plan(rounds=1, decide="small", below=0.0, evaluate_items=0))
    with studio.store.read() as cursor:
        assert len(items.waiting(cursor, 10)) == 4


def test_a_data_set_without_answers_to_measure_on_is_refused_at_once(studio: Studio) -> None:
    with pytest.raises(CitingError, match="no reference answers to measure on in nothing"):
        control.add(studio, plan(evaluate="nothing"), "ada")


def test_one_curriculum_at_a_time(studio: Studio) -> None:
    control.add(studio, plan(), "ada")
    with pytest.raises(CitingError, match="has not ended"):
        control.add(studio, plan(), "ada")


def test_a_new_one_waits_until_the_cancelled_one_has_stopped(studio: Studio) -> None:
    studio.student = student = Stubborn()
    number = control.start(studio, plan(), "ada")
    assert student.begun.wait(60)
    with pytest.raises(CitingError, match="has not ended"):
        control.start(studio, plan(), "ada")
    control.cancel(studio, number)
    with pytest.raises(CitingError, match="still stopping"):
        control.start(studio, plan(), "ada")
    student.let_go.set()
    assert eventually(lambda: not studio.jobs.running("curriculum"))
    assert [view["state"] for view in curricula_view(studio)] == ["cancelled"]


def test_whatever_a_stage_raises_pauses_it_with_a_reason(studio: Studio) -> None:
    studio.student = student = Stubborn()
    student.let_go.set()
    with pytest.raises(BrokenPipeError):
        run(studio, plan())
    (view,) = curricula_view(studio)
    assert (view["state"], view["reason"]) == (
        "paused",
        "The stage stopped at an unexpected BrokenPipeError; the log has the details.",
    )


def test_what_fails_while_the_app_closes_goes_on_at_the_next_start(studio: Studio) -> None:
    studio.student = student = Stubborn()
    student.let_go.set()
    number = control.add(studio, plan(), "ada")
    with pytest.raises(BrokenPipeError):
        control.run(studio, number, Job("curriculum", "", closing=True))
    assert curricula_view(studio)[0]["state"] == "running"


def test_an_app_that_closes_while_a_round_is_recorded_trains_it_once(
    studio: Studio, warm_worker: WorkerProcess
) -> None:
    number = control.add(studio, plan(rounds=1, evaluate_items=0), "ada")
    closing = Meanwhile("round 1 of 1, train", studio.jobs.close)
    closing.closing = True
    with pytest.raises(Cancelled):
        control.run(studio, number, closing)
    studio.close()
    again = served_by(open_studio(studio.settings), warm_worker)
    try:
        find_rounds(again)
        control.run(again, number, Job("curriculum", ""))
        assert curricula_view(again)[0]["state"] == "finished"
        assert count(again.store, "rounds") == 1
    finally:
        again.close()


def test_a_round_that_failed_is_gone_on_with_when_its_curriculum_is(studio: Studio) -> None:
    number = control.add(studio, plan(rounds=1, evaluate_items=0), "ada")
    directory = RoundDirectory(studio.rounds_folder / "0001")
    blocks = "test -e {round}/events.jsonl || touch {round}/adapter.tmp"  # no folder can be made where a file is
    studio.launchers = Launchers.of({"here": f"sh -c '{blocks}; {studio.launchers.get('here').template}'"})
    with pytest.raises(CitingError, match="ended without an adapter"):
        control.run(studio, number, Job("curriculum", ""))
    directory.unfinished_adapter.unlink()
    assert eventually(lambda: read_status(directory).resumable)
    control.run(studio, number, Job("curriculum", ""))
    assert curricula_view(studio)[0]["state"] == "finished"
    assert count(studio.store, "rounds") == 1
    assert (directory.path / "error.json.1").exists()


def test_a_round_that_begins_while_its_curriculum_is_cancelled_is_cancelled(studio: Studio) -> None:
    number = control.add(studio, plan(rounds=1, evaluate_items=0), "ada")
    cancels = Meanwhile("round 1 of 1, train", lambda: control.cancel(studio, number))
    assert control.run(studio, number, cancels) == f"Curriculum {number} is cancelled."
    assert eventually(lambda: not queue(studio))
    with studio.store.read() as cursor:
        assert [row.state for row in rounds.all_rounds(cursor)] == ["cancelled"]


def test_after_a_recovery_from_the_journal_a_rule_accepts_again(studio: Studio, warm_worker: WorkerProcess) -> None:
    decides = {"rounds": 1, "evaluate_items": 0}
    number = control.add(studio, plan(**decides), "ada")
    with pytest.raises(Cancelled):
        control.run(studio, number, Breaking("round 1 of 1, train"))
    studio.close()
    (studio.settings.data_dir / "studio.duckdb").unlink()
    again = served_by(open_studio(studio.settings), warm_worker)
    try:
        assert count(again.store, "decisions") == 4
        import_rows(again.store, set_rows(), "set")
        with_others = control.add(again, plan(**decides, choices=Choices(seed=3)), "ada")
        with pytest.raises(Cancelled):
            control.run(again, with_others, Breaking("round 1 of 1, train"))
        accepted = curricula_view(again)[0]["rounds"][0]["stages"]["decide"]["accepted"]
        assert (with_others, accepted) == (number, 4)
    finally:
        again.close()


def test_a_launcher_that_the_host_does_not_know_is_refused_before_anything_is_done(studio: Studio) -> None:
    unknown = plan(choices=Choices(launcher="clutser"))
    for begin in (control.start, control.add):
        with pytest.raises(CitingError, match="knows no launcher “clutser”"):
            begin(studio, unknown, "ada")
    assert curricula_view(studio) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rounds": 0}, "number of rounds is a whole number between 1 and 100"),
        ({"items": 0}, "number of instructions is a whole number between 1"),
        ({"decide": "nobody"}, "The rule is one of people, all, small and trusted"),
        ({"decide": "trusted"}, "Name the categories"),
        ({"below": 2.0}, "largest edit"),
        ({"stop_when_worse": True, "part": "test"}, "is measured on dev"),
        ({"stop_when_worse": True, "evaluate_items": 1}, "at least two answers"),
        ({"choices": Choices(kind="reward")}, "train a student: their kind is one of citing, apo"),
    ],
)
def test_what_no_curriculum_can_be_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CitingError, match=complaint):
        plan(**changes)
