"""Rubric induction over real HTTP: a teacher whose sorting is known, one that forgets, and one that fails."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.openai_model import OpenAIModel
from citing_app.running.jobs import Job
from citing_app.store import inductions, instructions, ledger, rubrics
from citing_app.store import spending as paid
from citing_app.store.database import Store
from citing_app.types import Criterion, Rubric
from citing_app.workflows.calls import spending
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.drafts import teachers
from citing_app.workflows.rubrics.inducing import Induced, ask_for_category, induce
from citing_app.workflows.rubrics.inducing_plan import estimated, planned
from tests.conftest import ROOT
from tests.scripted_teacher import KINDS, ScriptedTeacher, kind_of, rows
from tests.seeding import count
from tests.teacher_server import TeacherServer, serving

KILLED_WHILE_INDUCING = """
import sys
from pathlib import Path
from citing_app.models.openai_model import OpenAIModel
from citing_app.store.database import Store
from citing_app.workflows.rubrics.inducing import induce
from citing_app.running.jobs import Job
model = OpenAIModel("m", sys.argv[2], timeout=30, connections=2)
induce(Store(Path(sys.argv[1])), model, "rows", 24, "e", "ada", Job("induce", ""))
"""


@pytest.fixture
def teacher() -> ScriptedTeacher:
    return ScriptedTeacher()


@pytest.fixture
def server(teacher: ScriptedTeacher) -> Iterator[TeacherServer]:
    with serving(TeacherServer(answer=teacher)) as running:
        yield running


@pytest.fixture
def model(server: TeacherServer) -> OpenAIModel:
    return OpenAIModel("m", server.url, timeout=10)


def run(store: Store, model: OpenAIModel, most: int = 24, job: Job | None = None) -> Induced:
    return induce(store, model, "rows", most, "e", "ada", job or Job("induce", "Making rubrics"))


def members(store: Store) -> dict[str, tuple[str, str]]:
    """The category of every member and who sorted it, by instruction."""
    with store.read() as cursor:
        found = cursor.execute(
            "SELECT instruction, category, sorted_by FROM category_members JOIN instructions ON id = instruction_id"
        ).fetchall()
    return {text: (category, by) for text, category, by in found}


def newest(store: Store) -> dict[str, Rubric]:
    with store.read() as cursor:
        return rubrics.newest(cursor)


def add_category(store: Store, name: str, author: str = "ada") -> Rubric:
    rubric = Rubric(name, (Criterion("Mine", "Good.", "Bad."),), 1, author)
    with store.write() as cursor:
        rubrics.add(cursor, rubric, "A person made it.")
    return rubric


def allow_unknown(store: Store) -> None:
    with store.write() as cursor:
        ledger.orphan(cursor)
    teachers.allow_unknown(store)


# -- a good teacher ---------------------------------------------------------------------------------------------------


def test_every_instruction_is_sorted_where_it_belongs_and_every_category_has_a_rubric(
    store: Store, model: OpenAIModel, server: TeacherServer, teacher: ScriptedTeacher
) -> None:
    import_rows(store, rows(150), "rows")
    import_rows(store, [{"instruction": "Compute what is elsewhere.", "output": "1"}], "elsewhere")
    assert run(store, model) == Induced(categories=4, new=4, sorted=150, unsorted=0)
    found = members(store)
    assert len(found) == 150
    assert all(found[text] == (kind_of(text), "m") for text in found)
    expected = dict.fromkeys(KINDS, (4, 1, "m"))
    assert {n: (len(r.criteria), r.version, r.author) for n, r in newest(store).items()} == expected
    assert teacher.asked == {"propose": 4, "merge": 1, "sort": 8, "rubric": 4}
    assert max(server.billed.values()) == 1


def test_the_sample_takes_something_of_every_group_of_embeddings(store: Store, model: OpenAIModel) -> None:
    import_rows(store, [*rows(900, ("compute",)), {"instruction": "Translate the rare one.", "output": "x"}], "rows")
    with store.write() as cursor:
        ids = [found for found, _ in inductions.unsorted(cursor, "rows")]
        texts = [row.text for row in instructions.get(cursor, ids)]
        vectors = np.array([[0, 1] if "rare" in text else [1, 0] for text in texts], dtype=np.float32)
        instructions.add_embeddings(cursor, "e", ids, vectors)
    plan = planned(store, model, "rows", 24, "e", "ada")
    assert len(plan.sample) == 400
    assert ids[[("rare" in text) for text in texts].index(True)] in plan.sample


def test_what_is_forgotten_or_left_over_is_asked_once_more(
    store: Store, model: OpenAIModel, teacher: ScriptedTeacher
) -> None:
    import_rows(store, rows(60), "rows")
    teacher.forgets = lambda text: kind_of(text) == "explain"
    teacher.leaves = lambda text: text in ("Compute number 0.", "Explain number 1.")
    assert run(store, model) == Induced(categories=4, new=4, sorted=58, unsorted=2)
    assert teacher.asked["sort"] == 3
    assert teacher.asked["again"] == 2
    assert all(category == kind_of(text) for text, (category, _) in members(store).items())
    with store.read() as cursor:
        assert inductions.other(cursor, "rows") == 2
        left = [row["instruction"] for row in inductions.examples(cursor, "rows", None, 9)]
    assert sorted(left) == ["Compute number 0.", "Explain number 1."]


def test_a_category_without_members_is_dropped_and_gets_no_rubric(
    store: Store, model: OpenAIModel, teacher: ScriptedTeacher
) -> None:
    import_rows(store, rows(40), "rows")
    teacher.leaves = lambda text: kind_of(text) == "translate"
    assert run(store, model).categories == 3
    assert sorted(newest(store)) == ["compute", "explain", "summarise"]
    assert teacher.asked["rubric"] == 3


def test_members_and_rubrics_that_are_there_stay(store: Store, model: OpenAIModel, teacher: ScriptedTeacher) -> None:
    mine = add_category(store, "Computes")
    import_rows(store, [rows(1)[0] | {"category": "Computes"}, *rows(40)[1:]], "rows")
    with store.write() as cursor:
        ((first, _), *_) = inductions.unsorted(cursor, "rows")
        rubrics.add_members(cursor, {first: "Computes"}, "ada")
    run(store, model)
    assert newest(store)["Computes"] == mine
    assert "compute" not in newest(store)
    found = members(store)
    assert sum(by == "ada" for _, by in found.values()) == 1
    assert {category for category, _ in found.values()} == {"Computes", "explain", "summarise", "translate"}


def test_the_bound_holds(store: Store, model: OpenAIModel, teacher: ScriptedTeacher) -> None:
    import_rows(store, rows(40), "rows")
    teacher.replaces["merge"] = '{"categories": [{"name": "both", "description": "x", "merges": [1, 2, 3, 4]}]}'
    run(store, model, most=2)
    assert len(newest(store)) <= 2


def test_a_second_run_sorts_what_is_left(store: Store, model: OpenAIModel, teacher: ScriptedTeacher) -> None:
    import_rows(store, rows(40), "rows")
    teacher.leaves = lambda text: kind_of(text) == "translate"
    run(store, model)
    teacher.leaves = lambda text: False
    assert run(store, model) == Induced(categories=1, new=1, sorted=10, unsorted=0)
    with store.read() as cursor:
        assert inductions.other(cursor, "rows") == 0
    with pytest.raises(CitingError, match="has been sorted into a category already"):
        run(store, model)


# -- going on ---------------------------------------------------------------------------------------------------------


def test_a_run_killed_anywhere_goes_on_and_buys_nothing_twice(tmp_path: Path) -> None:
    answered_at_the_kill = []
    with serving(TeacherServer(answer=ScriptedTeacher(), latency=0.02)) as server:
        data = tmp_path / "data"
        with Store(data) as store:
            import_rows(store, rows(200), "rows")
            spending.set_price(store, "m", 1.0, 1.0, "ada")
        for wanted in (2, 9, 13):
            command = [sys.executable, "-c", KILLED_WHILE_INDUCING, str(data), server.url]
            with subprocess.Popen(command, cwd=ROOT) as process:
                deadline = time.monotonic() + 60
                while server.billed.total() < wanted and time.monotonic() < deadline:
                    time.sleep(0.005)
                process.kill()
            with Store(data) as store:
                assert count(store, "category_members") == count(store, "rubrics") == count(store, "categories") == 0
                allow_unknown(store)
                with store.read() as cursor:
                    known = cursor.execute("SELECT count(*) FROM teacher_calls WHERE state = 'done'").fetchone()
                answered_at_the_kill.append(known[0] if known else 0)
        with Store(data) as store:
            assert run(store, OpenAIModel("m", server.url)) == Induced(4, 4, 200, 0)
            assert all(category == kind_of(text) for text, (category, _) in members(store).items())
            with store.read() as cursor:
                twice = cursor.execute(
                    "SELECT key FROM teacher_calls WHERE state = 'done' GROUP BY key HAVING count(*) > 1"
                ).fetchall()
                lost = cursor.execute("SELECT count(*) FROM teacher_calls WHERE state = 'unknown'").fetchone()
    assert 0 < answered_at_the_kill[0] < answered_at_the_kill[-1]
    assert twice == []  # whatever the ledger knew was not bought again
    assert lost is not None
    assert server.billed.total() - len(server.billed) <= lost[0]  # only what a person allowed to be sent again


def test_embeddings_that_come_between_change_nothing(store: Store, model: OpenAIModel) -> None:
    import_rows(store, rows(900), "rows")
    before = planned(store, model, "rows", 24, "e", "ada")
    with store.write() as cursor:
        vectors = np.eye(900, dtype=np.float32)
        instructions.add_embeddings(cursor, "e", before.to_sort, vectors)
    assert planned(store, model, "rows", 24, "e", "bob") == before
    assert planned(store, model, "rows", 23, "e", "bob") != before


def test_a_cancelled_run_wrote_nothing_and_goes_on(
    store: Store, model: OpenAIModel, server: TeacherServer, teacher: ScriptedTeacher
) -> None:
    import_rows(store, rows(60), "rows")
    spending.set_price(store, "m", 1.0, 1.0, "ada")  # what costs nothing is dropped, and asked again
    job = Job("induce", "Making rubrics")

    def forgets(text: str) -> bool:
        job.cancelled.set()
        return False

    teacher.forgets = forgets
    with pytest.raises(Cancelled):
        run(store, model, job=job)
    assert count(store, "category_members") == count(store, "rubrics") == 0
    assert run(store, model).sorted == 60
    assert max(server.billed.values()) == 1


# -- a bad teacher ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["propose", "merge", "rubric"])
def test_a_useless_answer_ends_the_run_with_a_sentence_and_is_asked_for_again(
    store: Store, model: OpenAIModel, teacher: ScriptedTeacher, name: str
) -> None:
    import_rows(store, rows(40), "rows")
    teacher.replaces[name] = "Certainly! I would be happy to."
    with pytest.raises(CitingError, match=r"no usable answer: .* Start this again") as caught:
        run(store, model)
    assert "happy" not in str(caught.value)
    assert count(store, "category_members") == count(store, "rubrics") == count(store, "categories") == 0
    sorting = teacher.asked["sort"]
    teacher.replaces.clear()
    assert run(store, model).sorted == 40
    assert teacher.asked["sort"] == (sorting or 2)


def test_a_batch_of_the_sample_that_is_refused_is_passed_over(
    store: Store, model: OpenAIModel, server: TeacherServer
) -> None:
    import_rows(store, [*rows(100), {"instruction": "Explain behave:refuse.", "output": "x"}], "rows")
    assert run(store, model).unsorted <= 10  # the batch of the second time that holds it
    assert len(newest(store)) == 4


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [("hang", "may have been billed without an answer; allow on the Teacher page"), ("reset", "may have been billed")],
)
def test_a_call_of_unknown_fate_waits_for_a_person(
    store: Store, model: OpenAIModel, server: TeacherServer, behaviour: str, said: str
) -> None:
    import_rows(store, [*rows(20), {"instruction": f"Explain behave:{behaviour}.", "output": "x"}], "rows")
    spending.set_price(store, "m", 1.0, 1.0, "ada")
    impatient = OpenAIModel("m", server.url, timeout=0.5)
    with pytest.raises(CitingError, match=said):
        run(store, impatient)
    seen = server.seen.total()
    with pytest.raises(CitingError, match=said):
        run(store, impatient)
    assert server.seen.total() == seen
    assert count(store, "category_members") == 0


def test_a_server_that_refuses_is_one_sentence(store: Store) -> None:
    import_rows(store, rows(5), "rows")
    with HTTPServer(("127.0.0.1", 0), _Refusing) as refusing:
        threading.Thread(target=refusing.serve_forever, daemon=True).start()
        with pytest.raises(CitingError) as caught:
            run(store, OpenAIModel("m", f"http://127.0.0.1:{refusing.server_port}/v1", timeout=5))
        refusing.shutdown()
    assert str(caught.value) == (
        "The server refused the key (401); check the key. What was answered is kept; start this again to go on."
    )


class _Refusing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_error(401)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_spending_limit_stops_the_run_and_raising_it_goes_on(
    store: Store, model: OpenAIModel, server: TeacherServer
) -> None:
    import_rows(store, rows(60), "rows")
    spending.set_price(store, "m", 1.0, 1.0, "ada")
    spending.set_limit(store, 0.02, "ada")
    with pytest.raises(CitingError, match="spending limit"):
        run(store, model)
    spending.set_limit(store, 1.0, "ada")
    assert run(store, model).sorted == 60
    assert max(server.billed.values()) == 1


@pytest.mark.parametrize(
    ("dataset", "most", "said"),
    [("nothing", 24, "no data set of that name"), ("rows", 1, "between 2 and 100"), ("rows", 101, "between 2 and 100")],
)
def test_what_cannot_be_done_is_told(store: Store, model: OpenAIModel, dataset: str, most: int, said: str) -> None:
    import_rows(store, rows(3), "rows")
    with pytest.raises(CitingError, match=said):
        induce(store, model, dataset, most, "e", "ada", Job("induce", ""))


def test_a_category_renamed_meanwhile_is_not_made_up_again(
    store: Store, model: OpenAIModel, teacher: ScriptedTeacher
) -> None:
    add_category(store, "compute")
    import_rows(store, rows(8), "rows")

    def forgets(text: str) -> bool:
        with store.write() as cursor:
            cursor.execute("UPDATE categories SET name = 'calculate'")
            cursor.execute("UPDATE rubrics SET category = 'calculate'")
        return False

    teacher.forgets = forgets
    with pytest.raises(CitingError, match="renamed or merged"):
        run(store, model)
    assert count(store, "category_members") == 0
    teacher.forgets = lambda text: False
    assert run(store, model).sorted == 8


# -- what it costs ----------------------------------------------------------------------------------------------------


def test_the_estimate_counts_the_calls_and_bounds_their_cost(
    store: Store, model: OpenAIModel, server: TeacherServer, teacher: ScriptedTeacher
) -> None:
    import_rows(store, rows(150), "rows")
    assert estimated(store, model, "rows", 4)["about"] == 0  # nobody bills for a server on this machine
    spending.set_price(store, "m", 1.0, 2.0, "ada")
    told = estimated(store, model, "rows", 4)
    assert server.seen.total() == count(store, "teacher_calls") == count(store, "inductions") == 0
    assert {row["step"]: row["calls"] for row in told["steps"]} == {"propose": 4, "merge": 1, "sort": 8, "rubric": 4}
    assert told["calls"] == 17
    assert told["about"] == sum(row["about"] for row in told["steps"])
    run(store, model, most=4)
    assert server.billed.total() == 17
    with store.read() as cursor:
        (spent,) = paid.spent(cursor)
    assert 0 < spent.cost <= told["most"]
    # From the real prompts, with names of usual length in the place of categories that nobody has named yet.
    seen = sum(len(request["messages"][0]["content"].encode()) for request in server.requests)
    assert 0.9 < sum(row["tokens_in"] for row in told["steps"]) * 4 / seen < 1.5


def test_an_estimate_of_what_goes_on_says_what_is_paid(
    store: Store, model: OpenAIModel, teacher: ScriptedTeacher
) -> None:
    import_rows(store, rows(40), "rows")
    teacher.replaces["rubric"] = "No idea."
    with pytest.raises(CitingError):
        run(store, model)
    told = estimated(store, model, "rows", 24)
    assert (told["going_on"], told["answered"]) == (True, 1 + 1 + 2 + 4)
    assert estimated(store, model, "rows", 23)["going_on"] is False


# -- one new category -------------------------------------------------------------------------------------------------


def ids_of(store: Store, kind: str) -> list[int]:
    with store.read() as cursor:
        found = inductions.unsorted(cursor, "rows")
        texts = instructions.get(cursor, [one for one, _ in found])
    return [row.id for row in texts if kind_of(row.text) == kind]


def test_a_new_category_is_asked_for_with_its_rubric_and_members(store: Store, model: OpenAIModel) -> None:
    add_category(store, "compute")
    import_rows(store, rows(40), "rows")
    ids = ids_of(store, "translate")
    assert ask_for_category(store, model, ids, Job("ask", "")) == "translate"
    assert newest(store)["translate"].author == "m"
    assert members(store).keys() == {text for text in members(store) if kind_of(text) == "translate"}
    assert count(store, "category_members") == len(ids)


def test_a_category_that_fits_after_all_takes_them_and_keeps_its_rubric(
    store: Store, model: OpenAIModel, teacher: ScriptedTeacher
) -> None:
    mine = add_category(store, "compute")
    import_rows(store, rows(40), "rows")
    assert ask_for_category(store, model, ids_of(store, "compute"), Job("ask", "")) == "compute"
    assert newest(store) == {"compute": mine}
    assert teacher.asked == {"category": 1}
    assert {category for category, _ in members(store).values()} == {"compute"}


@pytest.mark.parametrize("ids", [[], list(range(1, 202)), [99_999]])
def test_one_to_two_hundred_instructions_make_a_category(store: Store, model: OpenAIModel, ids: list[Any]) -> None:
    import_rows(store, rows(3), "rows")
    with pytest.raises(CitingError):
        ask_for_category(store, model, ids, Job("ask", ""))
