"""What an evaluation is told with: the texts behind a figure, categories, the words after a round, and the report."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from math import sqrt
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import direction, turning_point
from citing_app.models.names import BUNDLED_BASE
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import answers, rounds, test_sets
from citing_app.store.answers import Model
from citing_app.types import Person
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.arena.requests import NextPair, Vote
from citing_app.workflows.evaluation.arena.voting import next_pair, vote
from citing_app.workflows.evaluation.figures.answering import answerer
from citing_app.workflows.evaluation.figures.categories import categories
from citing_app.workflows.evaluation.figures.measuring import evaluate
from citing_app.workflows.evaluation.figures.metrics import FORGETTING, LIKELIHOODS, METRICS, ORDER, WIN_RATE, named
from citing_app.workflows.evaluation.figures.summary import FAR, DistanceView, after_round
from citing_app.workflows.evaluation.figures.texts import TextsView, texts
from citing_app.workflows.evaluation.judge.comparing import compare
from citing_app.workflows.evaluation.judge.estimating import estimates
from citing_app.workflows.evaluation.judge.win_rates_view import told
from citing_app.workflows.evaluation.report.contents import report
from citing_app.workflows.evaluation.report.modules import ASSETS, import_map
from citing_app.workflows.evaluation.report.writing import as_html, as_markdown, write_report
from citing_app.workflows.evaluation.requests import Categories, Compare, Texts
from citing_app.workflows.evaluation.test_sets import sets_view
from citing_app.workflows.evaluation.view import measured_sets
from citing_app.workflows.rounds.view import rounds_list
from citing_app.workflows.student_choice import ChosenStudent
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import LengthEmbedder, ScriptedStudent, finished
from tests.seeding import instructions_in

ROWS = 12
EVIL = "</script><img src=x onerror=alert(1)> | `code` | 文字 😀"


def answer(weights: str, prompt: str) -> str:
    """The base answers nothing of use, SFT half, round 2 all but the first, which it harms with markup."""
    number = next(place for place in range(ROWS) if f"Question {place}" in prompt)
    if weights == "two":
        return EVIL if number == 0 else f"red green blue {number}"
    return f"red green {number}" if weights == "sft" else "nothing"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student, opened.embedder = ScriptedStudent(answer), LengthEmbedder()
    questions = [f"Question {place} {text}" for place, text in enumerate(islice(instructions_in("train", ""), ROWS))]
    rows = [{"instruction": text, "output": f"red green blue {at}"} for at, text in enumerate(questions)]
    import_rows(opened.store, rows, "school <b>", held_out=True)
    finished(opened, 1, "sft", kind="sft")
    finished(opened, 2, "two", parent=1)
    evaluate(opened, [None, 1, 2], "school <b>", 100, Job("evaluate", ""))
    yield opened
    opened.close()


def keys(studio: Studio) -> tuple[str, dict[str, str]]:
    with studio.store.read() as cursor:
        known = {one.name: one.key for one in answers.models(cursor)}
        return next(one.hash for one in test_sets.everything(cursor) if one.learned_by is None), known


def behind(studio: Studio, **asked: object) -> TextsView:
    test_set, known = keys(studio)
    body = {"test_set": test_set, "model": known["round 2"], "metric": "rouge_l", "against": known["round 1"]}
    return texts(studio.store, Texts.of({**body, **asked}))


def test_the_texts_behind_a_figure_come_worst_first_beside_the_other_models(studio: Studio) -> None:
    found = behind(studio, limit=3)
    worst = found["rows"][0]
    assert found["n"] == ROWS
    assert (worst["mine"], worst["theirs"]) == (EVIL, "red green 0")
    assert worst["gain"] is not None
    assert worst["gain"] < 0
    assert "".join(before for before, _ in worst["parts"]) == worst["theirs"]
    assert "".join(after for _, after in worst["parts"]) == EVIL
    best = behind(studio, limit=3, worst=False)["rows"][0]
    assert best["mine"].startswith("red green blue")
    assert worst["accepted"] == ["red green blue 0"]
    assert [row["hash"] for row in behind(studio, limit=50)["rows"][3:]] == [
        row["hash"] for row in behind(studio, place=3, limit=50)["rows"]
    ]


def test_of_a_loss_more_is_worse_and_an_unknown_test_set_is_said(studio: Studio) -> None:
    test_set, known = keys(studio)
    asked = {"test_set": test_set, "model": known["round 2"], "metric": "loss", "against": known["base"]}
    gains = [row["gain"] for row in texts(studio.store, Texts.of(asked))["rows"]]
    assert gains == [-3.0] * 10  # the scripted loss grows with the name of the weights
    with pytest.raises(CitingError, match="There is no test set of this name"):
        texts(studio.store, Texts.of({**asked, "test_set": "gone"}))


def test_a_self_revision_is_set_against_its_own_draft(studio: Studio) -> None:
    found = behind(studio, kind="self-revision", against="draft")
    assert found["n"] == ROWS
    assert all(row["gain"] == 0 for row in found["rows"])


def test_categories_say_what_rubric_and_training_brought(studio: Studio) -> None:
    test_set, known = keys(studio)
    asked = {"test_set": test_set, "model": known["round 1"], "metric": "rouge_l", "against": known["base"]}
    (row,) = categories(studio.store, Categories.of(asked))
    assert (row["category"], row["n"]) == (None, ROWS)
    assert row["by_rubric"] is not None
    assert row["by_training"] is not None
    assert (row["by_rubric"]["mean"], row["by_rubric"]["says"]) == (0.0, "unclear")
    assert row["by_training"]["says"] == "better"
    (longer,) = categories(studio.store, Categories.of({**asked, "metric": "length"}))
    assert longer["by_training"] is not None
    assert (longer["by_training"]["mean"] > 0, longer["by_training"]["says"]) == (True, None)
    (alone,) = categories(studio.store, Categories.of({**asked, "against": ""}))
    assert alone["by_training"] is None


def test_after_a_round_it_is_said_whether_the_student_is_better_and_what_to_do(studio: Studio) -> None:
    first, second = after_round(studio.store, 1), after_round(studio.store, 2)
    assert (first["says"], first["next"], first["rows_needed"]) == ("better", "next_round", None)
    assert [(one["to"], one["model"], one["changes"][0]["n"]) for one in first["against"]] == [("base", "base", ROWS)]
    # Eleven answers are better and one is ruined: an interval over twelve rows cannot tell.
    assert (second["says"], second["next"]) == ("unclear", "measure_more")
    assert [(one["to"], one["model"]) for one in second["against"]] == [("sft", "round 1"), ("base", "base")]
    assert second["rows_needed"] is not None
    assert second["rows_needed"] > ROWS
    finished(studio, 3, "three", parent=2)
    unmeasured = after_round(studio.store, 3)
    assert (unmeasured["says"], unmeasured["next"], unmeasured["against"]) == ("unmeasured", "measure", [])
    assert unmeasured["distance"] is None


def test_a_round_far_from_the_base_is_told_apart_from_one_that_is_near(studio: Studio) -> None:
    def distance(number: int) -> DistanceView | None:
        return after_round(studio.store, number)["distance"]

    # The scripted student's divergence is as many nats as the name of its weights has letters.
    assert distance(1) == {"kl": 3.0, "n": ROWS, "dataset": "school <b>", "is_far": True}
    finished(studio, 4, "", parent=1)
    evaluate(studio, [4], "school <b>", ROWS, Job("evaluate", ""))
    assert distance(4) == {"kl": 0.0, "n": ROWS, "dataset": "school <b>", "is_far": False}
    assert 1 - sqrt(FAR / 2) == 0.5


def test_quality_turns_where_a_step_is_worse_by_test_and_not_by_eye() -> None:
    up, flat, down = Estimate(0.1, 0.02, 0.2, 50), Estimate(-0.05, -0.2, 0.1, 50), Estimate(-0.1, -0.2, -0.01, 50)
    assert [direction(one) for one in (up, flat, down)] == ["better", "unclear", "worse"]
    assert [direction(one, lower_is_better=True) for one in (up, flat, down)] == ["worse", "unclear", "better"]
    assert direction(Estimate(0.5, None, None, 1)) == "unclear"
    assert (turning_point([up, flat, down, down]), turning_point([up, flat]), turning_point([])) == (2, None, None)


def test_a_report_is_one_file_that_needs_nothing_else(studio: Studio, tmp_path: Path) -> None:
    compare(studio, Compare.of({"model": "2", "test_set": "school <b>"}), Job("compare", ""))
    path = tmp_path / "report.html"
    found = write_report(studio, path)
    page = path.read_text(encoding="utf-8")
    assert {one["second"]["name"] for one in found["win_rates"]} == {"round 1", "base"}
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#)""", page)  # nothing is fetched
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert page.count("</script>") == 4
    given = json.loads(re.findall(r'<script type="application/json" id="given">(.*?)</script>', page, re.DOTALL)[0])
    assert [one["name"] for one in given["sets"]] == ["school <b>"]
    test_set, _ = keys(studio)
    assert test_set in page
    assert "Round 2 shows no clear difference to SFT (round 1)." in page
    assert "Against the base model, ROUGE-L on school" in page


def test_in_short_is_about_the_newest_round_that_stands_beside_another_model(studio: Studio) -> None:
    finished(studio, 3, "three", kind="raft", parent=2)
    with studio.store.write() as cursor:
        answers.add_model(cursor, answerer(studio, 3).model)  # it was sampled from, and not measured
    text = as_markdown(report(studio, datetime.now(UTC)))
    assert "Round 2 shows no clear difference to SFT" in text
    assert "has not been measured" not in text


def test_of_models_that_stand_beside_none_it_is_said_what_was_measured_and_compared(tmp_path: Path) -> None:
    alone = open_studio(Settings(tmp_path / "alone", tmp_path / "cache"))
    alone.student, alone.embedder = ScriptedStudent(lambda weights, prompt: "the same"), LengthEmbedder()
    texts = islice(instructions_in("train"), 6)
    import_rows(alone.store, [{"instruction": one, "output": "red"} for one in texts], "set", held_out=True)
    evaluate(alone, [None], "set", 6, Job("evaluate", ""))
    finished(alone, 1, "one")
    compare(alone, Compare.of({"model": "1", "test_set": "set"}), Job("compare", ""))
    found = report(alone, datetime.now(UTC))
    text = as_markdown(found).replace("\\", "")
    assert "- On set, base: measured, but no round beside the one before it, SFT or the base model." in text
    assert "- round 1 against base, drafts on set: by ROUGE-L, 6 ties of 6." in text
    assert "| 0 / 6 / 0 | 0 | 0 | 6 ties of 6 |" in text
    assert "50.0 % [" not in text
    assert told(found["win_rates"][0]).splitlines()[1].startswith("  overall        6 ties of 6 (0 wins")
    alone.close()


def test_a_reports_rounds_name_their_kind_and_what_their_loss_is_of(studio: Studio) -> None:
    losses = {"validation_loss_after": 1.25}
    with studio.store.write() as cursor:
        for number, kind, on in ((4, "reward", ""), (5, "sft_rubric", "far · dev"), (6, "dpo", "")):
            spec = {"round": number, "run_id": f"run {number}", "kind": kind, "depth": 1, "validates_on": on}
            rounds.add(cursor, spec, None, "ada", [], [])
            rounds.set_state(cursor, number, "finished", losses)
            answers.add_model(cursor, Model(f"key {number}", f"round {number}", "student", f"hash {number}", number))
    told_of = report(studio, datetime.now(UTC))["rounds"]
    assert {one["round"]: (one["kind"], one["loss"], one["loss_of"]) for one in told_of} == {
        1: ("SFT", None, ""),
        2: ("accepted revisions", None, ""),
        4: ("Reward", None, ""),
        5: ("SFT with rubrics", 1.25, "far · dev, with rubrics"),
        6: ("DPO", 1.25, "validation answers and revisions"),
    }
    listed = {row.round: row.loss for row in rounds_list(studio)["rows"] or []}
    assert (listed[4], listed[6]) == (None, 1.25)


def test_a_report_names_the_student_and_no_place_on_this_machine(studio: Studio, tmp_path: Path) -> None:
    def student(name: str) -> str:
        other = replace(studio, chosen=ChosenStudent(name, name, "base"))
        return dict(report(other, datetime.now(UTC))["setup"])["Student"]

    assert student("bundled") == BUNDLED_BASE
    assert student(str(tmp_path / "my-model")) == "my-model"
    assert student("organisation/model") == "organisation/model"


def votes_on_everything(studio: Studio, name: str, prefers_the_longer: bool) -> None:
    person = Person(name, "annotator")
    told = next_pair(studio, NextPair.of({"pairs": ROWS, "models": ["2", "1"]}), person)
    while told["next"]:
        pair = told["next"][0]
        is_left = (len(pair["left"]) > len(pair["right"])) == prefers_the_longer
        body = {"pair": pair["pair"], "prefer": "left" if is_left else "right", "request_id": pair["pair"]}
        told = vote(studio, Vote.of(body), person)


def test_a_report_has_ratings_and_peoples_votes(studio: Studio) -> None:
    for model, other in (("2", "1"), ("1", "base")):
        asked = {"model": model, "opponents": [other], "test_set": "school <b>"}
        compare(studio, Compare.of(asked), Job("compare", ""))
    for name, prefers_the_longer in (("ann", True), ("bob", True), ("cyd", False)):
        votes_on_everything(studio, name, prefers_the_longer)
    found = report(studio, datetime.now(UTC))
    text, page = as_markdown(found).replace("\\", ""), as_html(found)
    assert "| model | probability to beat round 1 | comparisons |" in text
    assert f"| base | not rateable. It never won or tied, so its rating has no lower limit. | {ROWS} |" in text
    assert f"| round 2 against round 1, drafts | {ROWS} / 0 / 0 | 0 | 0 | 100.0 % [" in text
    assert f"| {ROWS} | {3 * ROWS} | 3 |" in text
    assert "| ROUGE-L and ann |" in text
    assert re.findall("<h2>(Ratings|People's votes)</h2>", page) == ["Ratings", "People's votes"]


def test_a_report_in_markdown_keeps_its_tables_whatever_the_texts_hold(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_report(studio, path)
    text = path.read_text(encoding="utf-8")
    harmed = next(line for line in text.splitlines() if "onerror" in line)
    assert len(re.findall(r"(?<!\\)\|", harmed)) == 5
    assert "<img" not in text
    assert "文字 😀" in harmed
    assert not re.search("## (Ratings|People)", text)  # there are none
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("|---"):
            columns = line.count("|")
            assert len(re.findall(r"(?<!\\)\|", lines[place - 1])) == columns
            assert len(re.findall(r"(?<!\\)\|", lines[place + 1])) == columns


def test_a_report_of_nothing_or_of_another_kind_is_refused_in_a_sentence(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(CitingError, match=r"A report ends in .html or .md; report.pdf does not."):
        write_report(studio, tmp_path / "report.pdf")
    with pytest.raises(CitingError, match="cannot be written"):
        write_report(studio, tmp_path / "gone" / "report.md")
    empty = open_studio(Settings(tmp_path / "empty", tmp_path / "cache"))
    with pytest.raises(CitingError, match="There is nothing to report yet"):
        write_report(empty, tmp_path / "report.md")
    empty.close()


def test_every_module_of_a_report_is_in_its_import_map() -> None:
    modules = json.loads(import_map("report/report.js"))["imports"]
    sources = {name: b64decode(address.split(",", 1)[1]).decode() for name, address in modules.items()}
    imported = {name for text in sources.values() for name in re.findall(r'\bfrom\s*"([^"]+)"', text)}
    assert imported <= modules.keys()
    assert not any(name.startswith(".") for name in imported)
    assert all((ASSETS / name).is_file() for name in modules)


def test_win_rates_against_sft_stand_among_the_figures_by_one_judge(studio: Studio) -> None:
    assert not any(one["metric"] == WIN_RATE for one in measured_sets(studio)[0]["figures"])
    compare(studio, Compare.of({"model": "2", "test_set": "school <b>"}), Job("compare", ""))
    (rate,) = (one for one in measured_sets(studio)[0]["figures"] if one["metric"] == WIN_RATE)
    assert (rate["model"], rate["answer"], rate["judge"], rate["n"]) == (2, "draft", "ROUGE-L", ROWS)
    assert rate["value"] == 11 / 12  # all but the one that it ruined
    assert rate["low"] is not None
    assert rate["low"] > 0.5


def test_metrics_are_named_once_and_a_set_brings_them_in_their_order(studio: Studio) -> None:
    assert METRICS.keys() | LIKELIHOODS.keys() <= set(ORDER)
    (found,) = measured_sets(studio)
    assert [*found["metrics"]] == [one for one in ORDER if one not in (WIN_RATE, FORGETTING)]
    assert found["metrics"]["loss"]["name"] == "loss of the reference answer"
    assert named("bleu") == {"name": "bleu", "about": ""}


def test_an_estimate_freezes_no_test_set(studio: Studio) -> None:
    before = [one["hash"] for one in sets_view(studio.store)]
    rows = [{"instruction": text, "output": "x"} for text in islice(instructions_in("test", "Later"), 3)]
    import_rows(studio.store, rows, "more", held_out=True)
    (found, *_) = estimates(studio, Compare.of({"model": "2", "test_set": "more"}))
    assert found["n"] == 3
    assert [one["hash"] for one in sets_view(studio.store)] == before


def test_what_a_reference_cannot_be_shown_and_a_round_that_is_not_there_are_said(studio: Studio) -> None:
    with pytest.raises(CitingError, match="Only a model that judges can be shown the rubric"):
        compare(studio, Compare.of({"model": "2", "test_set": "school <b>", "rubric": True}), Job("compare", ""))
    with pytest.raises(CitingError, match="There is no round 99"):
        after_round(studio.store, 99)
