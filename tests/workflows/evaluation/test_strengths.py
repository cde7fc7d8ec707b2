"""The strength at which held-out answers are likeliest: measured once, on the same rows, and told with its doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.student import never
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import answers
from citing_app.types import Message
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.figures.answering import answerer
from citing_app.workflows.evaluation.figures.measuring import evaluate
from citing_app.workflows.evaluation.figures.strengths import STRENGTHS, find_strengths, strengths_view, told
from citing_app.workflows.evaluation.keys import model_key
from citing_app.workflows.evaluation.requests import FindStrength
from citing_app.workflows.evaluation.view import measured_sets
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import LengthEmbedder, ScriptedStudent, finished
from tests.seeding import count
from tests.workflows.evaluation.test_measuring import rows

ROWS = 6
ASKED = FindStrength(round=1, part="all")


class BestBetween(ScriptedStudent):
    """Its loss is a parabola in the strength whose lowest point is at `best`, for each row by its place."""

    def __init__(self, *best: float) -> None:
        super().__init__()
        self.best = best
        self.job: Job | None = None

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        at = strength if adapter else 0.0
        self.scored += [("", messages[-1]["content"]) for messages, _ in pairs]
        if self.job is not None and at == 0.5:
            self.job.cancelled.set()
        if cancelled():
            raise Cancelled("Cancelled.")
        return [(at - self.best[place % len(self.best)]) ** 2 for place in range(len(pairs))]


class Losses(ScriptedStudent):
    """Its losses at a strength, row by row; between two that are named, those of the higher one."""

    def __init__(self, at: dict[float, tuple[float, ...]]) -> None:
        super().__init__()
        self.at = at

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        named = min(one for one in self.at if one >= (strength if adapter else 0.0))
        return list(self.at[named])


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student, opened.embedder = BestBetween(0.5), LengthEmbedder()
    import_rows(opened.store, rows("Question", ROWS), "school")
    finished(opened, 1, "weights")
    yield opened
    opened.close()


def test_the_best_strength_is_named_and_nothing_is_measured_twice(studio: Studio) -> None:
    student = BestBetween(0.5)
    studio.student = student
    assert strengths_view(studio, ASKED)["strengths"] == []
    found = find_strengths(studio, ASKED, Job("strengths", ""))
    assert (found["best"], found["smallest"], found["n"], found["dataset"]) == (0.5, 0.5, ROWS, "test split")
    assert [one["strength"] for one in found["strengths"]] == list(STRENGTHS)
    assert [one["mean"] for one in found["strengths"]] == [0.25, 0.0625, 0.0, 0.0625, 0.25]
    assert [one["difference"] for one in found["strengths"]] == [0.0, -0.1875, -0.25, -0.1875, 0.0]
    assert told(found) == "The loss of round 1 is smallest at strength 0.5."
    asked = len(student.scored)
    assert asked == len(STRENGTHS) * ROWS
    assert find_strengths(studio, ASKED, Job("strengths", "")) == found
    evaluate(studio, [None, 1], None, 100, Job("evaluate", ""))  # strengths 0 and 1 are the base and the round
    assert len(student.scored) == asked


def test_a_best_one_that_the_rows_cannot_tell_from_the_round_is_told_so(studio: Studio) -> None:
    studio.student = BestBetween(0.0, 1.0, 0.9)
    found = find_strengths(studio, ASKED, Job("strengths", ""))
    assert (found["best"], found["smallest"]) == (1.0, 0.75)
    difference = found["strengths"][3]
    assert difference["difference_low"] is not None
    assert difference["difference_high"] is not None
    assert difference["difference_low"] < 0 < difference["difference_high"]
    assert told(found).endswith("without a difference to strength 1 that 6 rows can show.")
    studio.student = BestBetween(1.0)
    best = find_strengths(studio, FindStrength(round=1, dataset="school", items=2, part="all"), Job("strengths", ""))
    assert best["n"] == 2


def test_the_base_model_is_no_strength_to_keep(studio: Studio) -> None:
    studio.student = BestBetween(0.0)
    found = find_strengths(studio, ASKED, Job("strengths", ""))
    assert (found["best"], found["smallest"]) == (None, 0.0)
    assert told(found) == "The base model answers these 6 rows best: round 1 does not help here."


def test_a_smaller_mean_at_0_that_no_test_shows_is_not_kept(studio: Studio) -> None:
    # At 0 the mean is smallest by one row that differs much; at .5 every row is a little better than at 1.
    studio.student = Losses({0.0: (0.0, 0.0, 0.0, 0.0, 0.0, 2.8), 0.5: (0.5,) * 6, 1.0: (0.6,) * 6})
    found = find_strengths(studio, ASKED, Job("strengths", ""))
    assert (found["smallest"], found["best"]) == (0.0, 0.5)
    assert told(found).startswith("Strength 0.5 is better than strength 1; the smallest mean is at 0, but without")
    studio.student = Losses({0.0: (0.0, 0.0, 0.0, 0.0, 0.0, 2.8), 0.5: (0.7,) * 6, 1.0: (0.6,) * 6})
    with studio.store.write() as cursor:
        cursor.execute("DELETE FROM figures")
    found = find_strengths(studio, ASKED, Job("strengths", ""))
    assert (found["smallest"], found["best"]) == (0.0, 1.0)
    assert told(found).startswith("The smallest mean is at strength 0, but without a difference to strength 1")


def test_what_only_strengths_were_measured_of_is_no_column_and_no_set(studio: Studio) -> None:
    evaluate(studio, [None], None, 100, Job("evaluate", ""))
    finished(studio, 2, "other")
    with studio.store.write() as cursor:
        answers.add_model(cursor, answerer(studio, 2).model)  # as a comparison does
    find_strengths(studio, FindStrength(round=2, part="all"), Job("strengths", ""))
    import_rows(studio.store, rows("Elsewhere", 3), "far", held_out=True)
    find_strengths(studio, FindStrength(round=2, dataset="far", part="all"), Job("strengths", ""))
    (found,) = measured_sets(studio)
    assert (found["name"], found["models"]) == ("test split", [0])
    evaluate(studio, [2], None, 100, Job("evaluate", ""))
    assert measured_sets(studio)[0]["models"] == [0, 2]


def test_one_that_is_cancelled_goes_on_where_it_stopped(studio: Studio) -> None:
    student, job = BestBetween(1.0), Job("strengths", "")
    studio.student, student.job = student, job
    with pytest.raises(Cancelled):
        find_strengths(studio, ASKED, job)
    assert count(studio.store, "figures") == 2 * ROWS
    student.job, student.scored = None, []
    found = find_strengths(studio, ASKED, Job("strengths", ""))
    assert len(student.scored) == 3 * ROWS
    assert told(found) == "The loss of round 1 is smallest at strength 1, as it was trained."


def test_a_strength_has_a_key_of_its_own_but_for_the_base_and_the_round() -> None:
    keys = {strength: model_key("s", "weights", strength) for strength in STRENGTHS}
    assert keys[0.0] == model_key("s", None)
    assert keys[1.0] == model_key("s", "weights")
    assert len(set(keys.values())) == len(STRENGTHS)
    assert model_key("s", None, 0.5) == model_key("s", None)


def test_a_round_without_an_adapter_and_a_data_set_without_rows_are_refused(studio: Studio) -> None:
    for asked, sentence in (
        (FindStrength(round=2), "Round 2 has no adapter"),
        (FindStrength(round=1, dataset="nothing", part="all"), "no reference answers to measure on in nothing"),
    ):
        with pytest.raises(CitingError, match=sentence):
            find_strengths(studio, asked, Job("strengths", ""))
