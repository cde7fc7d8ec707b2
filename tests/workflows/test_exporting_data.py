"""Exports of what a filter holds and of what a round learned, their names, their cards and the folder for the Hub."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from huggingface_hub import DatasetCard

from citing_app.errors import CitingError
from citing_app.settings import Settings
from citing_app.store import instructions
from citing_app.types import Example, Turn
from citing_app.workflows.data.exporting import Exported
from citing_app.workflows.data.importing import import_file, import_rows
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.requests import ItemFilter
from citing_app.workflows.exporting_data import STATES, Export, choices, counted, export, export_among, name_of
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import count, pairs, request, waiting


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """One accepted, one edited, one rejected and one waiting item of the set "rows", and one accepted of "other"."""
    opened = open_studio(Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache"))
    import_rows(opened.store, pairs(4), "rows")
    import_rows(opened.store, pairs(1, name="Other"), "other")
    first, second, third, _, fifth = waiting(opened.store)
    for found, kind in ((first, "accept"), (second, "edit"), (third, "reject"), (fifth, "accept")):
        decide(opened.store, opened.journal, opened.leases, request(found, kind))  # type: ignore[arg-type]
    yield opened
    opened.close()


def exported(studio: Studio, **asked: Any) -> list[dict[str, Any]]:
    path, _, made = export_among(studio, Export.of(asked))
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(found) == made.rows == counted(studio, Export.of(asked)).rows
    return found


def test_it_holds_what_the_filter_holds(studio: Studio) -> None:
    assert len(exported(studio)) == 3
    assert [row["dataset"] for row in exported(studio, dataset="other")] == ["other"]
    assert [row["revision"] for row in exported(studio, text="edited BY")] == ["Edited by ada."]
    assert exported(studio, dataset="none of that name") == []


def test_rejected_and_undecided_ones_come_with_their_state_and_what_was_proposed(studio: Studio) -> None:
    rows = exported(studio, states=STATES, dataset="rows")
    assert [(row["state"], row["annotator"], row["decided_at"] is None) for row in rows] == [
        ("accepted", "ada", False),
        ("accepted", "ada", False),
        ("rejected", "ada", False),
        ("waiting", None, True),
    ]
    assert [row["revision"] for row in rows[2:]] == ["Draft 2 is good.", "Draft 3 is good."]


def test_trainers_columns_hold_accepted_answers_alone_and_the_rest_is_counted(studio: Studio) -> None:
    asked = Export.of({"shape": "messages", "states": STATES})
    assert counted(studio, asked) == Exported(3, 3, not_accepted=2)
    assert str(counted(studio, asked)) == "3 accepted revisions · 2 left out because they are not accepted"
    everything = Export.of({"states": STATES})
    assert str(counted(studio, everything)) == "5 items, 3 of them accepted"


def test_a_rejected_revision_is_brought_to_no_other_studio(studio: Studio, tmp_path: Path) -> None:
    path, *_ = export_among(studio, Export.of({"states": STATES}))
    other = open_studio(Settings(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache"))
    report = import_file(other.store, path)
    assert (report.imported, report.revisions) == (5, 4)
    assert all(found.revision != "Draft 2 is good." for found in waiting(other.store))
    assert (count(other.store, "decisions"), count(other.store, "accepted_answers")) == (0, 0)
    other.close()


def test_a_rounds_export_holds_the_decisions_that_it_learned(studio: Studio) -> None:
    with studio.store.write() as cursor:
        cursor.execute("INSERT INTO round_items (round, decision_id) SELECT 1, id FROM decisions WHERE kind = 'edit'")
        cursor.execute(
            "INSERT INTO rounds (number, run_id, kind, depth, state, spec, started_by, started_at, place, repeats) "
            "SELECT unnest([1, 2]), 'run', 'citing', 1, 'finished', '{}', 'ada', now(), 1, NULL"
        )
    undo(studio.store, studio.journal, "ada", "undo-other")
    edited = next(row for row in exported(studio) if row["revision"] == "Edited by ada.")
    assert exported(studio, learned_by=1) == [edited]
    assert choices(studio) == {"datasets": ["other", "rows"], "rounds": [1]}
    with pytest.raises(CitingError, match="There is no round 7"):
        export_among(studio, Export.of({"learned_by": 7}))
    with pytest.raises(CitingError, match="Round 2 learned no decisions"):
        export_among(studio, Export.of({"learned_by": 2}))


def test_conversations_leave_as_messages_and_are_left_out_where_there_is_no_place(studio: Studio) -> None:
    with studio.store.write() as cursor:
        cursor.execute(
            """UPDATE instructions SET turns = '[{"role": "system", "content": "Be brief."}]' WHERE id = 1"""
        )
    first, second, _ = exported(studio, shape="prompt-completion")
    assert [message["role"] for message in first["prompt"]] == ["system", "user"]
    assert second["prompt"] == [{"role": "user", "content": second["instruction"]}]
    assert second["completion"] == [{"role": "assistant", "content": "Edited by ada."}]
    (plain,) = exported(studio, shape="prompt-completion", dataset="other")
    assert (plain["prompt"], plain["completion"]) == (plain["instruction"], "Draft 0 is good.")
    (pair, *_) = exported(studio, shape="preference")
    assert pair["rejected"] == [{"role": "assistant", "content": "Draft 0 is bad."}]
    (whole, *_) = exported(studio, shape="messages")
    assert [message["role"] for message in whole["messages"]] == ["system", "user", "assistant"]
    told = "2 accepted revisions · 1 left out because these columns hold no conversation"
    assert str(counted(studio, Export.of({"shape": "alpaca"}))) == told


def test_a_file_is_called_by_what_it_holds() -> None:
    asked: list[dict[str, Any]] = [
        {},
        {"shape": "alpaca", "for_excel": True},
        {"states": STATES},
        {"states": ["rejected", "waiting"], "dataset": "my set/2"},
        {"learned_by": 3, "shape": "messages"},
        {"category": "explaining"},
    ]
    names = [name_of(Export.of(one)) for one in asked]
    assert names[:3] == ["accepted", "accepted-alpaca-excel", "all"]
    assert names[3].startswith("rejected-waiting-my_set_2-")
    assert names[4] == "round-3-messages"
    assert names[5].startswith("accepted-")
    assert len(set(names)) == len(names)


def test_only_a_csv_for_excel_is_marked_and_guarded(studio: Studio) -> None:
    import_rows(studio.store, [pairs(1, name="=Sum")[0]], "rows")
    *_, found = waiting(studio.store)
    decide(studio.store, studio.journal, studio.leases, request(found, "accept"))
    plain, *_ = export_among(studio, Export.of({"ending": ".csv", "shape": "alpaca"}))
    excel, *_ = export_among(studio, Export.of({"ending": ".csv", "shape": "alpaca", "for_excel": True}))
    assert plain.read_bytes().startswith(b"instruction,")
    assert b"\n=Sum" in plain.read_bytes()
    assert excel.read_bytes().startswith(b"\xef\xbb\xbfinstruction,")
    assert b"\n'=Sum" in excel.read_bytes()
    with pytest.raises(CitingError, match="Only a CSV is written for Excel"):
        export_among(studio, Export.of({"for_excel": True}))


def test_an_apostrophe_of_somebody_elses_stays(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_text("\ufeffinstruction,output,annotator\nWhose?,'=1+1,ada\n", encoding="utf-8")
    import_file(studio.store, path)
    with studio.store.read() as cursor:
        (found,) = cursor.execute("SELECT output FROM instructions WHERE instruction = 'Whose?'").fetchall()
    assert found == ("'=1+1",)


def test_a_guarded_csv_of_an_earlier_version_comes_back_as_nothing_new(studio: Studio, tmp_path: Path) -> None:
    (row,) = pairs(1, name="=Sum")
    import_rows(studio.store, [row], "rows")
    path = tmp_path / "accepted-alpaca.csv"
    names = "instruction,input,output,category,rubric_version,annotator,teacher,round"
    path.write_text(f"{names}\n'{row['instruction']},,So.,,,ada,rows,\n", encoding="utf-8")
    assert import_file(studio.store, path).duplicates == 1


def test_every_export_has_a_card_with_what_the_hub_reads(studio: Studio) -> None:
    path, card, _ = export_among(studio, Export.of({"states": STATES}))
    read = DatasetCard(card.read_text(encoding="utf-8"))
    told, text = read.data.to_dict(), read.text
    assert told["configs"] == [{"config_name": "default", "data_files": [{"split": "train", "path": path.name}]}]
    assert told["dataset_info"] == {"splits": [{"name": "train", "num_bytes": path.stat().st_size, "num_examples": 5}]}
    assert (told["license"], told["size_categories"]) == ("unknown", "n<1K")
    for line in ("| waiting | 1 |", "| other | 1 |", "| ada | 4 |", "## Licence"):
        assert line in text


def test_the_zip_for_the_hub_holds_each_split_and_the_card(studio: Studio, tmp_path: Path) -> None:
    with studio.store.write() as cursor:
        long = Example("Who?", turns=(Turn("user", "Hello."),), metadata={"source": "web"}, row_id="7")
        instructions.add(cursor, [long], "rows", held_out=True)
    import_rows(studio.store, pairs(1, "validation"), "rows")
    made = export(studio, tmp_path / "mine.zip", Export.of({"states": STATES}))
    assert made.rows == 6
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        files = ["data/train-00000-of-00001.parquet", "data/validation-00000-of-00001.parquet"]
        assert archive.namelist() == [*files, "README.md"]
        told = DatasetCard(archive.read("README.md").decode()).data.to_dict()
        assert [one["path"] for one in told["configs"][0]["data_files"]] == files
        assert [one["num_examples"] for one in told["dataset_info"]["splits"]] == [5, 1]
        archive.extractall(tmp_path / "mine")
    found = [row for file in files for row in duckdb.read_parquet(str(tmp_path / "mine" / file)).fetchall()]
    assert len(found) == 6
    assert import_file(studio.store, tmp_path / "mine" / files[0]).duplicates == 5


def test_names_in_a_card_stay_text(studio: Studio) -> None:
    import_rows(studio.store, pairs(1, name="Named"), "[x](y)|<b>\u202e: - #")
    _, card, _ = export_among(studio, Export.of({"states": STATES}))
    assert "\\[x](y)\\|&lt;b&gt;" in card.read_text(encoding="utf-8")


def test_a_value_of_metadata_without_its_column_is_refused() -> None:
    with pytest.raises(CitingError, match="in which column of the metadata"):
        _ = ItemFilter.of({"metadata_value": "3"}).chosen
