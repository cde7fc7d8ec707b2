"""The command line as a person runs it: a process, two streams and an exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.store import rounds
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from tests.conftest import ROOT
from tests.seeding import pairs


@dataclass(frozen=True)
class CommandLine:
    """`python -m citing_app` on one data folder, with nothing in its environment that it could pick up."""

    folder: Path

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder.parent), "CITING_ANNOTATOR": "ada"}
        command = [sys.executable, "-W", "error", "-m", "citing_app", "--data-dir", self.folder, *arguments]
        return subprocess.run(
            list(map(str, command)), cwd=ROOT, env=environment, capture_output=True, check=False, text=True, timeout=120
        )

    def json(self, *arguments: str | Path) -> dict[str, Any]:
        done = self("--json", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def citing(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def rows_file(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    lines = [*map(json.dumps, pairs(3)), "not json", json.dumps({"output": "no instruction"})]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def assert_one_line(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_import_decide_export_and_status_with_json(citing: CommandLine, tmp_path: Path) -> None:
    report = citing.json("import", rows_file(tmp_path), "--dataset", "mine")
    assert (report["dataset"], report["read"], report["imported"], report["duplicates"]) == ("mine", 5, 3, 0)
    assert [row["row"] for row in report["rejected"]] == [4, 5]
    assert citing.json("decide", "--accept-pending", "--as", "bob") == {"accepted": 3, "annotator": "bob"}
    out = tmp_path / "accepted.jsonl"
    made = {"exported": 3, "left_out": 0, "not_accepted": 0}
    assert citing.json("export", out) == made | {"shape": "full", "file": str(out)}
    assert {json.loads(line)["annotator"] for line in out.read_text().splitlines()} == {"bob"}
    preferences = tmp_path / "preferences.parquet"
    assert citing.json("export", "--as", "preference", preferences)["shape"] == "preference"
    assert citing.json("import", preferences)["duplicates"] == 3
    some = ("--states", "accepted,rejected", "--edit-size", "..100", "--text", "no such text")
    assert citing.json("export", tmp_path / "some.csv", "--for-excel", "--card", tmp_path / "card.md", *some) == {
        **dict.fromkeys(made, 0),
        **{"shape": "full", "file": str(tmp_path / "some.csv")},
    }
    assert "license: unknown" in (tmp_path / "card.md").read_text()
    found = citing.json("status")
    states = {"drafted": 0, "waiting": 0, "disputed": 0, "accepted": 3, "rejected": 0, "held_out": 0}
    assert found["items"] == states
    assert found["datasets"] == [{"name": "mine", "train": 3, "validation": 0, "test": 0, "held_out": False}]
    assert (found["rounds"], found["teacher"], found["data_dir"]) == ([], "reference", str(citing.folder))
    assert len(Journal(citing.folder).read()) == 3


def test_without_json_each_command_says_a_sentence(citing: CommandLine, tmp_path: Path) -> None:
    done = citing("import", rows_file(tmp_path))
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "rows: 5 read, 3 imported, 0 duplicates, 2 rejected, 3 revisions.",
        "  line 4: the line is not JSON",
        "  line 5: there is no instruction, prompt or messages field",
    ]
    assert citing("decide", "--accept-pending").stdout == "3 revisions accepted as ada.\n"


def test_an_import_says_what_was_not_read_and_what_an_import_updated(citing: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "Why?", "reply": "So.", "image": "a.png"}\n', encoding="utf-8")
    assert citing("import", path).stdout.splitlines() == [
        "rows: 1 read, 1 imported, 0 duplicates, 0 rejected, 0 revisions.",
        "  Kept as metadata: reply.",
        "  Columns not read: image.",
        "  1 row has no reference answer.",
        "  Images or sounds were left out of 1 row.",
    ]
    path.write_text('{"instruction": "Why?", "response": "So."}\n', encoding="utf-8")
    counts = "rows: 1 read, 0 imported, 1 updated, 0 duplicates, 0 rejected, 0 revisions."
    assert citing("import", path).stdout.splitlines() == [counts]
    report = citing.json("import", path)
    assert (report["updated"], report["duplicates"], report["without_answer"]) == (0, 1, 0)
    assert report["columns_not_read"] == []


def test_a_dry_run_shows_what_an_import_will_do_and_writes_nothing(citing: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text('{"instruction": "Why?", "reply": "So."}\nnot json\n', encoding="utf-8")
    assert citing("import", path, "--dry-run", "--map", "Reply=output").stdout.splitlines() == [
        "rows: 2 read, 1 can be imported. Nothing was written.",
        "  1 row: instruction → output",
        "  column instruction becomes instruction",
        "  column reply becomes output",
        "  example 1: instruction “Why?”, output “So.”",
        "  line 2: the line is not JSON",
    ]
    assert citing.json("status")["datasets"] == []
    found = citing.json("import", path, "--dry-run")
    assert (found["good"], found["columns_kept"], found["without_answer"]) == (1, ["reply"], 1)
    path.write_text("frage,antwort\nWarum?,Darum.\n")
    assert (citing("import", path, "--dry-run").returncode, citing("import", path).returncode) == (1, 1)
    assert "Map a column with COLUMN=NAME" in citing("import", path, "--map", "frage").stderr
    assert "The mapping of columns is one of" in citing("import", path, "--map", "frage=answer").stderr
    assert citing.json("import", path, "--map", "frage=instruction", "--map", "antwort=output")["imported"] == 1


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_an_import_of_which_every_row_is_rejected_fails(citing: CommandLine, tmp_path: Path, flags: list[str]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"frage": "Warum?"}\nnot json\n', encoding="utf-8")
    done = citing(*flags, "import", path)
    assert (done.returncode, done.stderr) == (1, "Every row was rejected; nothing was imported.\n")
    if flags:
        report = json.loads(done.stdout)
        assert (report["read"], len(report["rejected"]), report["columns_not_read"]) == (2, 2, ["frage"])
    else:
        assert done.stdout.startswith("rows: 2 read, 0 imported, 0 duplicates, 2 rejected, 0 revisions.\n")


@pytest.mark.parametrize("command", ["status", "spending", "revise"])
def test_a_command_whose_reader_has_gone_ends_quietly(tmp_path: Path, command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    line = [sys.executable, "-m", "citing_app", "--data-dir", str(tmp_path / "data"), command]
    with os.fdopen(write, "wb") as nobody:
        done = subprocess.run(line, cwd=ROOT, stdout=nobody, stderr=subprocess.PIPE, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_bundled_curriculum_imports_by_name(citing: CommandLine) -> None:
    assert citing.json("import", "bundled")["dataset"] == "bundled"


def test_revise_with_the_reference_teacher_needs_no_model(citing: CommandLine) -> None:
    assert citing("revise").stdout == "0 revisions written.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("unknown",),
        ("decide",),
        ("status", "--nothing"),
        ("draft", "--items", "many"),
        ("revise", "--items", "-5"),
        ("evaluate", "--items", "0"),
        ("round", "--objective", "wrong"),
        ("export", "rows.csv", "--as", "sharegpt"),
        ("export", "rows.csv", "--states", "accepted,gone"),
        ("export", "rows.csv", "--edit-size", "ten..20"),
    ],
)
def test_wrong_usage_ends_with_2_and_touches_nothing(citing: CommandLine, arguments: tuple[str, ...]) -> None:
    done = citing(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: python -m citing_app" in done.stderr
    assert not citing.folder.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "none.jsonl"), "none.jsonl cannot be read: No such file or directory."),
        (("import", "bundled", "--held-out"), "The bundled curriculum has its own name, splits and columns"),
        (("export", "rows.xlsx"), "An export is a file ending in .jsonl, .parquet, .csv, .zip."),
        (("--teacher", "gpt", "status"), "The teacher gpt needs an endpoint"),
        (("export", "/nowhere/at/all.parquet"), "cannot be written: No such file or directory."),
    ],
)
def test_what_goes_wrong_is_one_line_and_ends_with_1(
    citing: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    assert_one_line(citing("--json", *arguments), said)


def test_a_folder_in_use_or_a_file_in_its_place_is_one_line(citing: CommandLine) -> None:
    with Store(citing.folder):
        assert_one_line(citing("status"), f"The data folder {citing.folder} is in use by another process.")
    file = citing.folder / "a file"
    file.write_text("")
    assert_one_line(CommandLine(file)("status"), f"The data folder {file} cannot be used")


def test_decisions_of_a_lost_database_come_back_from_the_journal(citing: CommandLine, tmp_path: Path) -> None:
    citing("import", rows_file(tmp_path))
    citing("decide", "--accept-pending")
    for path in citing.folder.glob("studio.duckdb*"):
        path.unlink()
    assert citing.json("status")["items"]["accepted"] == 3


def known_round(folder: Path, number: int, answers: list[str] | None = None) -> RoundDirectory:
    """A round that waits, in its directory and in the store; with `answers` it is SFT."""
    spec = RoundSpec(number, f"run-{number}", "bundled", kind="citing" if answers is None else "sft")
    row = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}
    with Store(folder) as store, store.write() as cursor:
        rounds.add(cursor, asdict(spec), None, "ada", [], answers or [])
    return create(folder / "rounds", spec, [row], [])


def finish(directory: RoundDirectory) -> None:
    """As its trainer leaves it."""
    directory.adapter.mkdir()
    (directory.adapter / "adapter_model.safetensors").write_bytes(b"weights")
    (directory.adapter / "adapter_config.json").write_text("{}")
    directory.result.write_text(json.dumps({"adapter_hash": "0", "adapter_bytes": 7}))


def test_what_became_of_rounds_while_no_app_ran_is_told_by_their_directories(citing: CommandLine) -> None:
    finished, trains, died, _ = (known_round(citing.folder, number) for number in range(1, 5))
    finish(finished)
    Owner.this_process("run-2").claim(trains.run)
    replace(Owner.this_process("run-3"), process_started="another's").claim(died.run)
    states = {row["round"]: row["state"] for row in citing.json("status")["rounds"]}
    assert states == {1: "finished", 2: "running", 3: "lost", 4: "waiting"}
    with Store(citing.folder) as store, store.read() as cursor:
        known = {row.number: row.state for row in rounds.all_rounds(cursor)}
    assert known == {1: "finished", 2: "waiting", 3: "waiting", 4: "waiting"}  # the app goes on with the third


def test_the_status_counts_what_each_round_learns_by_its_name(citing: CommandLine) -> None:
    known_round(citing.folder, 1, ["a", "b"])
    known_round(citing.folder, 2, ["a"])
    known_round(citing.folder, 3)
    told = citing("status").stdout.splitlines()[1:]
    assert told == [
        "  round 3: waiting, citing, 0 revisions",
        "  round 2: waiting, sft, 1 answer",
        "  round 1: waiting, sft, 2 answers",
    ]


def test_an_export_finds_a_finished_adapter_and_trains_nothing(citing: CommandLine, tmp_path: Path) -> None:
    finish(known_round(citing.folder, 1))
    waits = known_round(citing.folder, 2)
    file = tmp_path / "adapter.zip"
    launcher = ("--launcher", "here=touch {round}/begun")
    assert citing.json(*launcher, "adapter", "export", "--round", "1", file) == {"round": 1, "file": str(file)}
    assert file.exists()
    assert not (waits.path / "begun").exists()
    assert not waits.log.exists()


def test_prices_and_the_spending_limit_are_set_and_shown(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "citing_app", "--data-dir", str(tmp_path), "--json", "spending", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=120)

    done = run("--limit", "20", "--price", "gpt-4o-mini", "0.15", "0.60")
    assert json.loads(done.stdout)["limit"] == 20_000_000_000
    assert json.loads(run("--limit", "none").stdout) == {"limit": None, "taken": 0, "teachers": []}
    wrong = run("--price", "m", "much", "more")
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "A price is two numbers: dollars for a million tokens sent, and answered.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "usage", "said"),
    [
        (("evaluate", "--test-set", "x"), "evaluate", "unrecognized arguments: --test-set x"),
        (("blend", "--round", "1", "--strength", ""), "blend", "The strength is a number between 0 and 2."),
        (("spending", "--limit", "much"), "spending", "The limit is a number of dollars, or none."),
        (("compare", "--dataset"), "compare", "argument --dataset: expected one argument"),
    ],
)
def test_wrong_usage_shows_how_that_command_is_used(
    citing: CommandLine, arguments: tuple[str, ...], usage: str, said: str
) -> None:
    done = citing(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"citing_app {usage} [-h]" in done.stderr
    assert "COMMAND" not in done.stderr
    assert said in done.stderr


def test_status_tells_the_kind_of_each_round_and_which_data_sets_are_held_out(
    citing: CommandLine, tmp_path: Path
) -> None:
    citing("import", rows_file(tmp_path), "--dataset", "far", "--held-out")
    with Store(citing.folder) as store, store.write() as cursor:
        spec = {"round": 1, "run_id": "run 1", "kind": "rlhf", "depth": 1}
        rounds.add(cursor, spec, None, "ada", [], ["hash one", "hash two"])
        rounds.set_state(cursor, 1, "deleted", {})
    assert "round 1: deleted, rlhf, 2 answers" in citing("status").stdout
    assert citing.json("status")["datasets"] == [
        {"name": "far", "train": 0, "validation": 0, "test": 3, "held_out": True}
    ]
