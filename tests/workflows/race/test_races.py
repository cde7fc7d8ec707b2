"""A race with real rounds of a tiny student: planned, run, killed at each stage, measured and judged."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.method.parts import part_of
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.layout import RoundDirectory
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import curricula, races, test_sets
from citing_app.workflows.curriculum.view import curricula_view
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.race import control
from citing_app.workflows.race.planning import planned
from citing_app.workflows.race.settings import StartRace
from citing_app.workflows.race.telling import plan_told, race_told
from citing_app.workflows.race.view import WholeRace, races_list, whole_race
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.supervising import find_rounds, wait
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import count, instructions_in, served_by


class Closing(Job):
    """A job whose app closes when it has been told of so many parts."""

    def __init__(self, after: int) -> None:
        super().__init__("race", "")
        self.left = after

    def progress(self, done: float, total: float | None, message: str = "") -> None:
        if message:
            self.left -= 1
        if self.left <= 0:
            self.closing = True
            self.cancelled.set()
        super().progress(done, total, message)


@pytest.fixture
def studio(tiny_student: Path, tmp_path: Path, trainer: str, warm_worker: WorkerProcess) -> Iterator[Studio]:
    """Its student ends answers early; there is one data set to learn and two to measure on."""
    student = shutil.copytree(tiny_student, tmp_path / "student")
    (student / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(3, 100))}))
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(student), launchers={"here": trainer})
    opened = served_by(open_studio(settings), warm_worker)
    texts = [text for _, text in zip(range(10), instructions_in("train"), strict=False)]
    import_rows(opened.store, [{"instruction": text, "output": "The sky looks blue."} for text in texts], "sky")
    for name in ("here", "there"):
        rows = [{"instruction": f"What is {name} {n}?", "output": f"Answer {n}."} for n in range(12)]
        import_rows(opened.store, rows, name, held_out=True)
    yield opened
    opened.close()


def asked(**changes: Any) -> StartRace:
    small = {"methods": ["citing", "sft"], "items": 4, "seeds": 1, "rates": "own", "evaluate_items": 3, "k": 3}
    return StartRace.of({**small, **changes})


def run(studio: Studio, race: StartRace) -> WholeRace:
    number = control.add(studio, race, "ada")
    control.run(studio, number, Job("race", ""))
    return whole_race(studio, number)


def test_methods_race_within_one_budget_and_are_measured_on_test(studio: Studio) -> None:
    budget = 14_000
    race = asked(methods=["citing", "sft_rubric", "raft", "dpo"], budget=budget)
    view = run(studio, race)
    assert (view["state"], view["reason"]) == ("finished", None)
    assert Counter(one["method"] for one in view["runs"]) == dict.fromkeys(race.methods, 1)
    assert all(one["is_done"] and 0 < one["cost"] <= budget for one in view["runs"])
    assert [one["spent"] for one in view["runs"]] == [[one["cost"]] for one in view["runs"]]
    specs = [RoundDirectory(studio.rounds_folder / f"{one['numbers'][0]:04d}") for one in view["runs"]]
    assert len({(one.read_spec().student, one.read_spec().lora, one.read_spec().parent) for one in specs}) == 1
    for cost, directory in zip((one["cost"] for one in view["runs"]), specs, strict=True):
        steps = [json.loads(line) for line in directory.events.read_text().splitlines()]
        tokens = [one["tokens"] for one in steps if one["kind"] == "step"]
        longest = max(after - before for before, after in zip([0, *tokens], tokens, strict=False))
        assert budget - cost < 3 * longest  # within a step, and a few tokens
    assert [table["dataset"] for table in view["tables"]] == ["here · test", "there · test"]
    for table in view["tables"]:
        assert [line["method"] for line in table["lines"]] == [*race.methods, ""]
        assert all(len(line["cells"]) == 4 for line in table["lines"])
        assert [line["cells"][0]["difference"] is None for line in table["lines"]] == [True, *[False] * 4]
        with studio.store.read() as cursor:
            assert {part_of(one) for one in test_sets.hashes(cursor, table["test_set"])} == {"test"}
    assert {(one["second"], one["dataset"], one["answer"]) for one in view["judged"]} == {
        (method, table["dataset"], answer)
        for method in race.methods[1:]
        for table in view["tables"]
        for answer in ("draft", "self-revision")
    }
    told = race_told(view)
    assert "where all began" in told
    assert told.count("| raft |") == 1 + 2 + 4
    assert curricula_view(studio) == []  # its runs are no curricula of anybody


def test_the_rate_that_is_best_on_dev_is_the_one_that_races(studio: Studio) -> None:
    view = run(studio, asked(methods=["sft", "rrhf"], rates="three", seeds=2, budget=6_000))
    for method in view["methods"]:
        losses = dict(map(tuple, method["losses"]))
        assert list(losses) == pytest.approx([1e-4, 2e-4, 4e-4])
        assert method["learning_rate"] == min(losses, key=lambda rate: losses[rate])
        assert method["swept"] > 0
        mine = [one for one in view["runs"] if one["method"] == method["method"]]
        assert len(mine) == 4  # three rates with the first seed, and the best with the second
        assert {one["learning_rate"] for one in mine if one["seed"] == 18} == {method["learning_rate"]}
    assert all(line["seeds"] == 2 for table in view["tables"] for line in table["lines"] if line["method"])


@pytest.mark.parametrize("after", [3, 9, 16])
def test_a_race_that_is_killed_goes_on_and_does_nothing_twice(
    after: int, studio: Studio, warm_worker: WorkerProcess
) -> None:
    number = control.add(studio, asked(methods=["citing", "raft"], budget=9_000), "ada")
    with pytest.raises(Cancelled):
        control.run(studio, number, Closing(after))
    assert races_list(studio) == [{"id": number, "state": "running"}]
    studio.close()
    again = served_by(open_studio(studio.settings), warm_worker)
    try:
        find_rounds(again)
        control.run(again, number, Job("race", ""))
        view = whole_race(again, number)
        assert view["state"] == "finished"
        assert [len(one["numbers"]) for one in view["runs"]] == [1, 1]
        assert all(one["cost"] <= 9_000 for one in view["runs"])
        assert (count(again.store, "rounds"), count(again.store, "drafts"), count(again.store, "candidates")) == (
            2,
            4,
            12,
        )
        assert len(view["tables"]) == 2
    finally:
        again.close()


def test_rounds_go_on_from_each_other_and_all_begin_where_it_says(studio: Studio) -> None:
    first = training.start_round(studio, Choices(kind="sft", steps=1), "ada")
    assert wait(studio, first, lambda told: None)[0] == "finished"
    view = run(studio, asked(rounds=2, parent=first, budget=12_000))
    for one in view["runs"]:
        parents = [RoundDirectory(studio.rounds_folder / f"{n:04d}").read_spec().parent for n in one["numbers"]]
        assert [parent and parent.round for parent in parents] == [first, one["numbers"][0]]
    assert all(
        len(line["course"]) == (2 if line["method"] else 1) for table in view["tables"] for line in table["lines"]
    )


def test_the_plan_tells_the_budget_and_refuses_one_that_pays_for_no_step(studio: Studio) -> None:
    plan = planned(studio, asked())
    assert plan.settings.datasets == ("here", "there")
    assert plan.settings.budget > 0
    assert plan.methods[0].epochs == pytest.approx(2, abs=0.01)  # the budget is what it usually takes
    plan = planned(studio, asked(methods=["citing", "sft", "raft", "dpo"], budget=9_000))
    by_method = {one.method: one for one in plan.methods}
    assert by_method["sft"].written == 0 < by_method["citing"].written < by_method["dpo"].written
    assert by_method["raft"].written == 3 * by_method["citing"].written
    assert plan_told(plan).count("epochs of") == 4
    with pytest.raises(CitingError, match=r"A budget of 300 does not pay for raft"):
        control.add(studio, asked(methods=["sft", "raft"], budget=300), "ada")
    with studio.store.read() as cursor:
        assert races.all_races(cursor) == []


@pytest.mark.parametrize(
    ("method", "budget", "reason"),
    [("raft", 1_200, "The student wrote for"), ("dpo", 700, "does not pay for one step")],
)
def test_a_method_that_the_budget_leaves_no_step_is_out_and_the_others_race(
    studio: Studio, method: str, budget: int, reason: str
) -> None:
    number = control.add(studio, asked(methods=["sft", method], budget=9_000, k=16), "ada")
    with studio.store.write() as cursor:  # as where texts are longer than the plan took them to be
        small = {**races.all_races(cursor)[0].settings, "budget": budget}
        cursor.execute("UPDATE races SET settings = ? WHERE id = ?", [json.dumps(small), number])
    control.run(studio, number, Job("race", ""))
    view = whole_race(studio, number)
    out = {one["method"]: one["out"] for one in view["methods"]}
    assert out["sft"] is None
    assert reason in (out[method] or "")
    assert [line["method"] for line in view["tables"][0]["lines"]] == ["sft", ""]
    assert f"out: {out[method]}" in race_told(view)


def test_what_cannot_race_is_refused_with_a_sentence(studio: Studio) -> None:
    for changes, sentence in (
        ({"methods": ["sft"]}, "Name two methods or more"),
        ({"methods": ["sft", "sft"]}, "Name two methods or more"),
        ({"methods": ["sft", "reward"]}, "A method is one of"),
        ({"datasets": ["nowhere"]}, "no reference answers to measure on"),
        ({"judge": "nobody"}, "The judges here are"),
        ({"parent": 99}, "Round 99 has no adapter"),
        ({"reward": 99}, "Round 99 has no adapter"),
    ):
        with pytest.raises(CitingError, match=sentence):
            control.add(studio, asked(**changes), "ada")
    number = control.add(studio, asked(), "ada")
    with pytest.raises(CitingError, match=f"Race {number} has not ended"):
        control.add(studio, asked(), "ada")
    control.cancel(studio, number)
    with pytest.raises(CitingError, match="has ended already"):
        control.reopen(studio.store, number)
    with pytest.raises(CitingError, match="There is no race 7"):
        control.pause(studio, 7)
    with studio.store.read() as cursor:
        assert curricula.all_curricula(cursor) == []
