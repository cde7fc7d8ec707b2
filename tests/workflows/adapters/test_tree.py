"""Adapters named, imported, exported, merged and deleted: on real adapters of the tiny student."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from citing_app.errors import CitingError
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.spec import Parent, RoundSpec
from citing_app.rounds.status import read_status
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import answers, figures, instructions, rounds, test_sets
from citing_app.store.answers import Answer, Model
from citing_app.store.figures import Figure
from citing_app.store.metrics import Metric
from citing_app.types import Instruction
from citing_app.workflows.adapters.exporting import export_adapter, exported, start_export
from citing_app.workflows.adapters.importing import import_adapter
from citing_app.workflows.adapters.model_card import model_card
from citing_app.workflows.adapters.tree import adapters_view, delete_adapter, name_round
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.figures.measuring import start as start_evaluation
from citing_app.workflows.evaluation.requests import Evaluate
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.supervising import find_rounds, import_round, record
from citing_app.workflows.rounds.training import repeat_round
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.rounds.view import made_from
from citing_app.workflows.students import BASE
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import count, old_means, pairs, served_by, studio_with_accepted
from tests.worker.test_train import eventually

ROW = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path, warm_worker: WorkerProcess) -> Iterator[Studio]:
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student))
    opened = served_by(studio_with_accepted(settings, 4, "<b>set</b> | one"), warm_worker)
    yield opened
    opened.close()


def trained(
    studio: Studio,
    adapter: Path,
    parent: int | None = None,
    decisions: int = 0,
    answers: Sequence[Instruction] = (),
    kind: str = "citing",
) -> int:
    """A finished round with this adapter, as a trainer would have left it, that learned these decisions and answers."""
    with studio.store.read() as cursor:
        number = rounds.highest_number(cursor) + 1
    rows = [ROW | {"decision": pair} for pair in decision_ids(studio)[:decisions]]
    rows += [ROW | {"instruction": answer.hash, "replay": kind == "citing"} for answer in answers]
    given = Parent(parent, str(adapter), adapter_hash(adapter)) if parent else None
    spec = RoundSpec(number, f"run-{number}", studio.settings.student, kind=kind, parent=given, depth=1)
    directory = create(studio.rounds_folder, spec, rows or [ROW], [])
    shutil.copytree(adapter, directory.adapter)
    result = {"adapter_hash": adapter_hash(adapter), "adapter_bytes": 5, "rows": len(rows), "tokens": 9}
    losses = {"validation_loss_before": 2.0, "validation_loss_after": 1.5}
    directory.result.write_text(json.dumps(result | losses))
    record(studio, directory, "ada")
    import_round(studio, number)
    return number


def decision_ids(studio: Studio) -> list[str]:
    with studio.store.read() as cursor:
        return [row[0] for row in cursor.execute("SELECT id FROM decisions ORDER BY number").fetchall()]


def directory_of(studio: Studio, number: int) -> RoundDirectory:
    return RoundDirectory(studio.rounds_folder / f"{number:04d}")


def waiting_pairs(studio: Studio) -> int:
    return gather(studio.store, Choices()).pairs


def test_adapters_are_a_tree_with_what_they_learned_and_measured(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path
) -> None:
    first = trained(studio, tiny_adapter, decisions=2)
    second = trained(studio, other_tiny_adapter, parent=first, decisions=1)
    trained(studio, other_tiny_adapter)
    old_means(studio.store, [Metric(f"round {second}", "d", "draft", "rouge_l", 0.3, 0.2, 0.4, 9)])
    tree = adapters_view(studio)["adapters"]
    assert [(one["round"], [child["round"] for child in one["children"]]) for one in tree] == [(1, [2]), (3, [])]
    assert (tree[0]["items"], tree[0]["loss_before"], tree[0]["loss_after"]) == (2, 2.0, 1.5)
    assert tree[0]["hash"] == adapter_hash(tiny_adapter)
    assert [one["value"] for one in tree[0]["children"][0]["figures"]] == [0.3]


def test_a_name_is_given_cut_to_its_words_and_taken_away(studio: Studio, tiny_adapter: Path) -> None:
    number = trained(studio, tiny_adapter)
    name_round(studio, number, "  the \n kind one ")
    assert adapters_view(studio)["adapters"][0]["name"] == "the kind one"
    with pytest.raises(CitingError, match="at most 60"):
        name_round(studio, number, "x" * 61)
    name_round(studio, number, " ")
    assert adapters_view(studio)["adapters"][0]["name"] is None
    with pytest.raises(CitingError, match="Round 9 has no adapter"):
        name_round(studio, 9, "x")


def test_an_export_is_a_peft_folder_with_a_card_and_comes_back_the_same(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    number = trained(studio, tiny_adapter, decisions=3)
    old_means(studio.store, [Metric("round 1", "<i>d</i>|", "draft", "loss", 0.31, 0.2, 0.4, 9)])
    name_round(studio, number, "# <b>kind</b>")
    start_export(studio, number, "adapter")
    assert eventually(lambda: "adapter" in exported(studio, number))
    made = exported(studio, number)["adapter"]
    with zipfile.ZipFile(made["file"]) as packed:
        files = {name.split("/")[-1]: packed.read(name) for name in packed.namelist()}
    assert set(files) == {CONFIG, WEIGHTS, "README.md"}
    card = files["README.md"].decode()
    for line in (
        "# # &lt;b&gt;kind&lt;/b&gt;",
        "| lineage | base → round 1 |",
        "| &lt;b&gt;set&lt;/b&gt; \\| one | &lt;b&gt;set&lt;/b&gt; \\| one | 3 |",
        "| &lt;i&gt;d&lt;/i&gt;\\| | draft | loss | 0.310 | 0.200 – 0.400 | 9 |",
        "Loss on held-out rows: 2.000 before this round, 1.500 after it.",
    ):
        assert line in card, card
    everything = b"".join(files.values())
    assert str(studio.settings.data_dir).encode() not in everything
    assert studio.settings.student.encode() not in everything
    assert b"ada" not in files["README.md"].replace(b"adapter", b"")
    again = import_adapter(studio, Path(made["file"]), None, "ada")
    assert adapters_view(studio)["adapters"][1]["hash"] == adapter_hash(directory_of(studio, again).adapter)
    assert adapter_hash(directory_of(studio, again).adapter) == adapter_hash(tiny_adapter)


def test_the_hub_reads_the_card_and_shows_the_figures_of_each_data_set(studio: Studio, tiny_adapter: Path) -> None:
    """Names that people gave stay text, also where they are YAML."""
    from huggingface_hub import ModelCard

    number = trained(studio, tiny_adapter, decisions=3)
    assert ModelCard(model_card(studio, number, "adapter")).data.eval_results is None
    name_round(studio, number, "---")
    sets = ["set: | one\n---", "*other"]
    figures = [
        Metric(f"round {number}", name, answer, figure, 0.31 + place, 0.2, 0.4, 9)
        for place, name in enumerate(sets)
        for answer, figure in (("draft", "rouge_l"), ("self-revision", "rouge_l"), ("draft", "loss"))
    ]
    old_means(studio.store, [*figures, Metric("base", "set", "draft", "loss", 7.0, 6.0, 8.0, 9)])
    data = ModelCard(model_card(studio, number, "adapter")).data
    assert (data.library_name, data.base_model, data.model_name) == ("peft", Path(studio.settings.student).name, "---")
    shown = [(one.dataset_name, one.metric_type, one.metric_name, one.metric_value) for one in data.eval_results]
    said = "95 % interval 0.200 – 0.400, n = 9"
    assert shown == [
        (name, kind, f"{what}, {said}", 0.31 + place)
        for place, name in enumerate(sets)
        for kind, what in (
            ("rouge", "ROUGE-L, draft"),
            ("rouge", "ROUGE-L, self-revision"),
            ("loss", "loss of the reference answer, draft"),
        )
    ]
    assert ModelCard(model_card(studio, number, "merged")).data.library_name == "transformers"


def test_a_card_and_what_made_it_say_which_answers_were_learned_and_which_replayed(
    studio: Studio, tiny_adapter: Path
) -> None:
    import_rows(studio.store, pairs(2, "validation"), "checks")
    with studio.store.read() as cursor:
        train, validation = (instructions.in_split(cursor, split, 9) for split in ("train", "validation"))
    sft = trained(studio, tiny_adapter, answers=[*train, *validation], kind="sft")
    replaying = trained(studio, tiny_adapter, decisions=3, answers=train[:2])
    card = model_card(studio, sft, "adapter")
    assert "| data set | split | reference answers |" in card
    assert "| checks | validation | 2 |" in card
    assert "one | train | 4 |" in card
    card = model_card(studio, replaying, "adapter")
    assert "one | 3 |\n\n| data set | split | replayed reference answers |" in card
    assert "one | train | 2 |" in card
    assert "Not known here." in model_card(studio, trained(studio, tiny_adapter), "adapter")
    assert made_from(studio, sft)["rows"] == {"answer": 6}
    assert made_from(studio, replaying)["rows"] == {"draft": 3, "replay": 2}


def test_a_merged_student_answers_as_the_student_with_its_adapter(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    number = trained(studio, tiny_adapter)
    target = tmp_path / "merged"
    export_adapter(studio, number, "merged", target, Job("export", ""))
    tokenizer = AutoTokenizer.from_pretrained(target)
    ids = torch.tensor([tokenizer("Why is the sky blue?").input_ids])
    base = AutoModelForCausalLM.from_pretrained(studio.settings.student)
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that it will drop
        merged = AutoModelForCausalLM.from_pretrained(target)(ids).logits
        plain = base(ids).logits
        adapted = PeftModel.from_pretrained(base, str(tiny_adapter))(ids).logits
    torch.testing.assert_close(merged, adapted, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(merged, plain, atol=1e-2)
    assert "library_name: transformers" in (target / "README.md").read_text()
    assert list(tmp_path.glob(".export-*")) == []
    with pytest.raises(CitingError, match="there already"):
        export_adapter(studio, number, "merged", target, Job("export", ""))


def test_an_adapter_of_another_student_of_the_same_shape_is_not_used_but_exported_truly(
    studio: Studio, tiny_adapter: Path, tmp_path: Path
) -> None:
    number = trained(studio, tiny_adapter)
    directory = directory_of(studio, number)
    spec = json.loads(directory.spec.read_text()) | {"student": "/models/other-student"}
    directory.spec.write_text(json.dumps(spec))
    with studio.store.write() as cursor:
        cursor.execute("UPDATE rounds SET spec = ?", [json.dumps(spec)])
    told = "Round 1 was trained on other-student, and the student is"
    with pytest.raises(CitingError, match=told):
        list(studio.student.complete([[{"role": "user", "content": "a"}]], adapter=directory.adapter))
    with pytest.raises(CitingError, match=told):
        export_adapter(studio, number, "merged", tmp_path / "merged", Job("export", ""))
    export_adapter(studio, number, "adapter", tmp_path / "out", Job("export", ""))
    assert json.loads((tmp_path / "out" / CONFIG).read_text())["base_model_name_or_path"] == "other-student"
    assert "\nbase_model: other-student\n" in (tmp_path / "out" / "README.md").read_text()


def test_a_cancelled_merge_leaves_nothing(studio: Studio, tiny_adapter: Path, tmp_path: Path) -> None:
    trained(studio, tiny_adapter)
    start_export(studio, 1, "merged")
    studio.jobs.cancel("export merged 1")
    assert eventually(lambda: not studio.jobs.running("export merged 1"))
    job = studio.jobs.get("export merged 1")
    assert job is not None
    assert job.state == "cancelled"
    assert list((studio.settings.data_dir / "exports").iterdir()) == []


def test_a_merge_ends_with_the_process_that_wanted_it(tiny_student: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    merged = tmp_path / "merged"
    code = (
        "import os, psutil; from pathlib import Path; from citing_app.models.merging import merge\n"
        "def killed():\n    print(psutil.Process().children()[0].pid, flush=True)\n    os._exit(0)\n"
        f"merge({str(tiny_student)!r}, Path({str(tiny_adapter)!r}), Path({str(merged)!r}), "
        f"Path({str(tmp_path / 'log')!r}), killed)"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pid = int(child.stdout)
    assert eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert not merged.exists(), (tmp_path / "log").read_text()


def test_what_a_killed_app_left_half_made_is_gone_when_the_folder_is_opened_again(
    studio: Studio, tiny_adapter: Path
) -> None:
    number = trained(studio, tiny_adapter)
    data = studio.settings.data_dir
    half_made = [data / "exports/.export-a/round-0001", data / ".adapter-b", data / "rounds/.import-c/adapter"]
    for folder in (*half_made, data / "exports/mine", data / "uploads"):
        folder.mkdir(parents=True)
        (folder / WEIGHTS).write_text("weights")
    studio.close()
    open_studio(studio.settings).close()
    assert not any(path.exists() for path in (*half_made, *(folder.parent for folder in half_made[::2])))
    assert (data / "exports/mine" / WEIGHTS).exists()
    assert (data / "uploads" / WEIGHTS).exists()
    assert directory_of(studio, number).adapter.is_dir()


def test_a_deleted_adapter_is_gone_and_its_revisions_wait_again(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path
) -> None:
    first = trained(studio, tiny_adapter, decisions=2)
    second = trained(studio, other_tiny_adapter, parent=first, decisions=1)
    assert waiting_pairs(studio) == 2
    with studio.store.write() as cursor:
        answers.add_model(cursor, Model("m", "round 1", "student", adapter_hash(tiny_adapter), first))
        answers.add(cursor, [Answer("a", "m", "h", "draft", "Kept.", "p", "greedy")])
        figures.add(cursor, [Figure("m", "h", "a", "draft", "rouge_l", "", 0.5)])
        test_sets.freeze(cursor, "school", ["h"])
    delete_adapter(studio, first)
    assert read_status(directory_of(studio, first)).state == "deleted"
    assert not directory_of(studio, first).adapter.exists()
    assert waiting_pairs(studio) == 2  # the second began as it, and holds what it learned
    (tree,) = adapters_view(studio)["adapters"]
    assert [(one["dataset"], one["value"]) for one in tree["figures"]] == [("school", 0.5)]
    assert (tree["state"], [child["state"] for child in tree["children"]]) == ("deleted", ["finished"])
    with pytest.raises(CitingError, match="Round 1 has no adapter"):
        repeat_round(studio, second, "ada")
    delete_adapter(studio, second)
    assert waiting_pairs(studio) == 4
    with pytest.raises(CitingError, match="has no adapter"):
        delete_adapter(studio, second)
    find_rounds(studio)  # a restart keeps them so
    assert [one["state"] for one in adapters_view(studio)["adapters"]] == ["deleted"]
    assert [count(studio.store, table) for table in ("models", "answers", "figures")] == [1, 1, 1]


def test_an_adapter_that_a_waiting_round_goes_on_from_stays(studio: Studio, tiny_adapter: Path) -> None:
    first = trained(studio, tiny_adapter)
    parent = Parent(first, str(directory_of(studio, first).adapter), adapter_hash(tiny_adapter))
    spec = RoundSpec(2, "run-2", studio.settings.student, parent=parent)
    record(studio, create(studio.rounds_folder, spec, [ROW], []), "ada")
    with pytest.raises(CitingError, match="Round 2 goes on from this adapter"):
        delete_adapter(studio, first)
    assert directory_of(studio, first).adapter.is_dir()


def test_an_adapter_stays_while_answers_are_being_written_with_it(
    studio: Studio, tiny_adapter: Path, other_tiny_adapter: Path
) -> None:
    first, second = trained(studio, tiny_adapter), trained(studio, other_tiny_adapter)
    with studio.device.turn("round", "a round"):  # the evaluation waits
        start_evaluation(studio, Evaluate.of({"models": [BASE, str(first)], "dataset": "<b>set</b> | one", "items": 1}))
        delete_adapter(studio, second)
        with pytest.raises(CitingError, match="Answers are being written with this adapter"):
            delete_adapter(studio, first)
        studio.jobs.cancel("evaluate")
        assert eventually(lambda: not studio.jobs.running("evaluate"))
    delete_adapter(studio, first)
    assert not directory_of(studio, first).adapter.exists()
