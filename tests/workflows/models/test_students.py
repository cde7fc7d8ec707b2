"""Two students in one data folder: what is drafted, measured and trained of one is never taken for the other's."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.about import About
from citing_app.models.names import student_identity
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.layout import create
from citing_app.rounds.spec import RoundSpec
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import curricula, instructions, items
from citing_app.store.database import Store
from citing_app.types import Person
from citing_app.workflows.chats.chatting import chat
from citing_app.workflows.chats.requests import Chat
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.drafts.drafting import draft
from citing_app.workflows.evaluation.arena.requests import OneSession, StartSession
from citing_app.workflows.evaluation.arena.revealing import reveal
from citing_app.workflows.evaluation.arena.voting import start_session
from citing_app.workflows.evaluation.figures.measuring import evaluate
from citing_app.workflows.evaluation.view import measured_sets
from citing_app.workflows.models import using
from citing_app.workflows.models.fitting import Memory, fits
from citing_app.workflows.models.listing import look, models_view
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.race.offering import race_offer
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.supervising import import_round, record
from citing_app.workflows.rounds.training import repeat_round, start_round
from citing_app.workflows.rounds.view import rounds_list, rounds_view, untrained
from citing_app.workflows.students import adapter_of, finished_rounds
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import LengthEmbedder, ScriptedStudent
from tests.seeding import instructions_in, pairs
from tests.tiny_models import CHATML
from tests.zoo import save_architecture

ADA = Person("ada", "owner")


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another student than `tiny_student`, of another architecture."""
    folder = tmp_path_factory.mktemp("students") / "second"
    save_architecture("qwen2", folder, CHATML)
    (folder / "README.md").write_text("---\nlicense: mit\ntags: [a]\n---\n# A card\n")
    return folder


@pytest.fixture
def settings(tmp_path: Path, tiny_student: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student))


@pytest.fixture
def studio(settings: Settings) -> Iterator[Studio]:
    opened = open_studio(settings)
    opened.embedder = LengthEmbedder()
    yield opened
    opened.close()


def use(studio: Studio, student: Path | str) -> str:
    return using.use(studio, OneStudent(student=str(student)))


def change(studio: Studio, student: Path | str) -> str:
    """The same for a student that is known to be sound: looking at one takes a process with torch in it."""
    return using.change(studio, str(student))


def trained(studio: Studio, adapter: Path, number: int = 1) -> None:
    """A finished round of the student in use, that learned every decision."""
    with studio.store.read() as cursor:
        decisions = [row[0] for row in cursor.execute("SELECT id FROM decisions").fetchall()]
    rows = [{"prompt": "p", "answer": "a", "decision": one} for one in decisions or ("none",)]
    spec = RoundSpec(number, f"run-{number}", str(Path(studio.chosen.given).resolve()))
    directory = create(studio.rounds_folder, spec, rows, [])  # type: ignore[arg-type]
    shutil.copytree(adapter, directory.adapter)
    directory.result.write_text(json.dumps({"adapter_hash": adapter_hash(adapter), "validation_loss_after": 1.0}))
    record(studio, directory, "ada")
    import_round(studio, number)


def test_drafts_figures_and_votes_of_two_bases_stay_apart(studio: Studio, second: Path) -> None:
    rows = [{"instruction": text, "output": "Yes."} for text in islice(instructions_in("train"), 3)]
    import_rows(studio.store, rows, "set")
    tests = [{"instruction": text, "output": "It is."} for text in islice(instructions_in("test", "What"), 4)]
    import_rows(studio.store, tests, "measured", held_out=True)
    first = str(studio.chosen.given)
    for name in ("one", "two"):
        studio.student = ScriptedStudent(lambda weights, prompt, name=name: f"{name} says {prompt}")  # type: ignore[misc]
        assert len(draft(studio, 3, None, Job("draft", ""))) == 3
        assert draft(studio, 3, None, Job("draft", "")) == []
        found = evaluate(studio, (None,), "measured", 4, Job("evaluate", ""))
        assert {figure["model"] for figure in found["metrics"]} == {studio.chosen.base}
        assert [len(shown["figures"]) > 0 and shown["models"] for shown in measured_sets(studio)] == [[0]]
        if name == "one":
            mine = measured_sets(studio)[0]["figures"]
            assert change(studio, second) == "The student is second."
            assert measured_sets(studio) == []
    assert studio.chosen.base == "base of second"
    with studio.store.read() as cursor:
        authors = cursor.execute("SELECT author, min(text) FROM drafts GROUP BY 1 ORDER BY 1").fetchall()
        assert items.drafted_by_students(cursor) == 6
        assert instructions.without_draft(cursor, "base", 9) == []
    assert [(author, text.split()[0]) for author, text in authors] == [("base", "one"), ("base of second", "two")]
    handed = start_session(studio, StartSession(pairs=4), ADA)
    shown = reveal(studio, OneSession(session=handed["session"]["session"]), ADA)  # type: ignore[index]
    names = {one["names"][side]: one["pair"][side].split()[0] for one in shown["pairs"] for side in ("left", "right")}  # type: ignore[literal-required]
    assert names == {"base": "one", "base of second": "two"}
    change(studio, first)
    assert measured_sets(studio)[0]["figures"] == mine


def test_a_round_is_of_its_student_and_works_again_after_switching_back(
    studio: Studio, second: Path, tiny_adapter: Path
) -> None:
    first = studio.chosen.given
    import_rows(studio.store, pairs(3), "set")
    accept_pending(studio.store, studio.journal, "ada")
    trained(studio, tiny_adapter)
    assert untrained(studio) == 0
    said = "".join(studio.student.stream([{"role": "user", "content": "a"}], adapter=adapter_of(studio, 1)))
    use(studio, second)
    assert untrained(studio) == 3  # the second student has learned nothing yet
    assert finished_rounds(studio) == []
    assert race_offer(studio)["parents"] == []
    assert rounds_list(studio)["others"] == {"1": Path(first).name}
    assert rounds_view(studio)[0]["student"] == Path(first).name
    sentence = f"Round 1 was trained on {Path(first).name}, and the student is second; choose the round's student"
    for refused in (
        lambda: list(chat(studio, Chat(message="Hi", model="1"))),
        lambda: draft(studio, 1, 1, Job("draft", "")),
        lambda: start_round(studio, Choices(parent=1, steps=1), "ada"),
        lambda: repeat_round(studio, 1, "ada"),
    ):
        with pytest.raises(CitingError, match=sentence):
            refused()
    assert list(chat(studio, Chat(message="Hi")))[-1].model == "base of second"
    view = {one["name"]: one for one in models_view(studio)["students"]}
    assert view["second"]["in_use"]
    assert (view["second"]["rounds"], view[Path(first).name]["rounds"]) == ([], [1])
    change(studio, first)
    assert [row.number for row in finished_rounds(studio)] == [1]
    assert "".join(studio.student.stream([{"role": "user", "content": "a"}], adapter=adapter_of(studio, 1))) == said


def test_the_choice_outlives_a_restart_and_the_flag_makes_one(settings: Settings, second: Path) -> None:
    def opened_with(student: str | None) -> tuple[str, str]:
        studio = open_studio(replace(settings, student=student))
        studio.close()
        return studio.chosen.name, studio.chosen.base

    first = Path(str(settings.student)).name
    assert opened_with(settings.student) == (first, "base")
    assert opened_with(None) == (first, "base")
    assert opened_with(str(second)) == ("second", "base of second")
    assert opened_with(None) == ("second", "base of second")
    assert opened_with("bundled") == ("bundled", "base of bundled")


def test_no_flag_takes_an_open_curriculum_from_its_student(settings: Settings, second: Path) -> None:
    studio = open_studio(settings)
    with studio.store.write() as cursor:
        curricula.set_state(cursor, curricula.add(cursor, CurriculumSettings().to_json(), "ada"), "paused")
    studio.close()
    with pytest.raises(CitingError, match=rf"The curriculum 1 goes on with the student {settings.student}: start with"):
        open_studio(replace(settings, student=str(second)))
    for same in (None, settings.student):
        again = open_studio(replace(settings, student=same))
        assert again.chosen.given == str(settings.student)
        again.close()


class _Watched(WorkerProcess):
    """A worker that says when it is sent away."""

    def __init__(self, log: Path, on_stop: Callable[[], None]) -> None:
        super().__init__(log)
        self.on_stop = on_stop

    def stop(self) -> None:
        self.on_stop()
        super().stop()


def test_nothing_begins_while_the_student_is_changed(studio: Studio, second: Path, tmp_path: Path) -> None:
    begun: list[str] = []
    wishes: list[threading.Thread] = []

    def work(job: Job) -> str:
        begun.append(studio.chosen.name)
        return ""

    def chat() -> None:
        with studio.device.turn("chat", "chat"):
            begun.append(studio.chosen.name)

    def meanwhile() -> None:
        for wish in (chat, lambda: studio.jobs.start("draft", "Drafting", work)):
            wishes.append(threading.Thread(target=wish))
            wishes[-1].start()
        time.sleep(0.2)
        assert begun == []

    studio.worker = _Watched(tmp_path / "log", meanwhile)
    change(studio, second)
    studio.worker = WorkerProcess(tmp_path / "log")
    for wish in wishes:
        wish.join()
    while studio.jobs.running("draft"):
        time.sleep(0.01)
    assert begun == ["second", "second"]


def test_a_folder_from_before_takes_the_students_of_its_rounds(
    settings: Settings, second: Path, tiny_adapter: Path
) -> None:
    studio = open_studio(settings)
    trained(studio, tiny_adapter)
    with studio.store.write() as cursor:
        for key, student in (("a", f"{studio.chosen.name}@0"), ("b", "org/second")):
            cursor.execute("INSERT INTO models (key, name, student) VALUES (?, 'base', ?)", [key, student])
        cursor.execute("DELETE FROM student_choices")
    studio.close()
    again = open_studio(replace(settings, student=str(second)))
    assert (again.chosen.name, again.chosen.base) == ("second", "base of second")
    with again.store.read() as cursor:
        names = cursor.execute("SELECT key, name FROM models ORDER BY key").fetchall()
    assert names == [("a", "base"), ("b", "base of second")]
    again.close()


def test_the_bundled_base_of_a_folder_from_before_is_still_base(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "cache")
    settings.data_dir.mkdir()
    with Store(settings.data_dir) as store, store.write() as cursor:
        for key, student in (("a", student_identity("bundled", settings.cache_dir)), ("b", "org/second")):
            cursor.execute("INSERT INTO models (key, name, student) VALUES (?, 'base', ?)", [key, student])
    studio = open_studio(settings)
    with studio.store.read() as cursor:
        names = cursor.execute("SELECT key, name FROM models ORDER BY key").fetchall()
    assert (studio.chosen.base, names) == ("base", [("a", "base"), ("b", "base of second")])
    studio.close()


def test_no_other_is_chosen_while_something_is_under_way(studio: Studio, second: Path) -> None:
    job = studio.jobs.start("draft", "Drafting", lambda job: str(job.cancelled.wait(60)))
    with pytest.raises(CitingError, match="Drafting is under way: wait for it or cancel it"):
        use(studio, second)
    assert models_view(studio)["busy"] == "Drafting is under way: wait for it or cancel it, then change the student."
    job.cancelled.set()
    while job.state == "running":
        pass
    with studio.device.turn("chat", "chat"), pytest.raises(CitingError, match="An answer is being written"):
        use(studio, second)
    with studio.store.write() as cursor:
        number = curricula.add(cursor, CurriculumSettings().to_json(), "ada")
        curricula.set_state(cursor, number, "paused")
    with pytest.raises(CitingError, match="Curriculum 1 has not ended"):
        use(studio, second)
    with studio.store.write() as cursor:
        curricula.set_state(cursor, number, "cancelled")
    spec = RoundSpec(1, "run", studio.chosen.given)
    record(studio, create(studio.rounds_folder, spec, [{"prompt": "p", "answer": "a"}], []), "ada")  # type: ignore[list-item]
    with pytest.raises(CitingError, match="Round 1 has not ended"):
        use(studio, second)
    assert studio.chosen.name != "second"


def test_a_student_that_cannot_be_used_is_refused_and_the_one_in_use_stays(
    studio: Studio, second: Path, tmp_path: Path
) -> None:
    before = studio.chosen
    without = shutil.copytree(second, tmp_path / "without")
    (without / "tokenizer.json").unlink()
    with pytest.raises(CitingError, match="has no tokenizer"):
        use(studio, without)
    with pytest.raises(CitingError, match="There is no folder"):
        use(studio, tmp_path / "gone")
    with pytest.raises(CitingError, match="org/never is not on this machine, or not all of it; download it first"):
        use(studio, "org/never")
    change(studio, second)
    other = shutil.copytree(before.given, tmp_path / "elsewhere" / "second")
    with pytest.raises(CitingError, match="Another student of this name was used here"):
        use(studio, other)
    copy = shutil.copytree(second, tmp_path / "moved" / "second")
    use(studio, copy)  # the same weights in another place are the same student
    assert studio.chosen == replace(studio.chosen, given=str(copy), name="second", base="base of second")
    with pytest.raises(CitingError, match="not prepared"):
        list(using.make_student(studio.worker, studio.settings, "bundled").stream([{"role": "user", "content": "a"}]))


def test_what_a_student_is_and_whether_it_fits(studio: Studio, second: Path) -> None:
    found = look(studio, OneStudent(student=str(second)))
    assert (found["kind"], found["context"], found["licence"], found["state"]) == ("qwen2", 512, "mit", "here")
    assert found["fits"]["round"]["bytes"] > found["fits"]["chat"]["bytes"] > found["bytes"]  # type: ignore[operator]
    shape = {"hidden_size": 4096, "num_hidden_layers": 32, "intermediate_size": 11_000, "dtype": "bfloat16"}
    large = About(15 * 10**9, 14 * 10**9, shape, 4096, None)
    said = {gigabytes: fits(large, Memory(gigabytes * 10**9, "GPU", "bfloat16", True)) for gigabytes in (12, 24, 80)}
    assert [one["chat"]["says"] for one in said.values()] == ["does not fit", "tight", "fits"]
    assert [one["round"]["says"] for one in said.values()] == ["does not fit", "does not fit", "fits"]
    double = replace(large, weights=28 * 10**9, config={**shape, "dtype": "float32"})
    assert fits(double, Memory(10**11, "GPU", "bfloat16", True)) == fits(large, Memory(10**11, "GPU", "bfloat16", True))
