"""Files are read by what they hold: every format under every name, packed or not, gives the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citing_app.errors import CitingError
from citing_app.workflows.data.opening import unpacked
from citing_app.workflows.data.reading import read_file, read_rows
from citing_app.workflows.data.rows import to_example

Row = dict[str, Any]


def delimited(rows: list[Row], delimiter: str) -> bytes:
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, ["instruction", "input", "output"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue().encode()


def parquet(rows: list[Row]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("CREATE TABLE made (instruction VARCHAR, input VARCHAR, output VARCHAR)")
        texts = [[row["instruction"], row["input"], row["output"]] for row in rows]
        connection.executemany("INSERT INTO made (instruction, input, output) VALUES (?, ?, ?)", texts)
        connection.execute(f"COPY made TO '{folder}/made' (FORMAT parquet)")
        return (Path(folder) / "made").read_bytes()


WRITTEN: dict[str, Callable[[list[Row]], bytes]] = {
    "array": lambda rows: json.dumps(rows).encode(),
    "pretty array": lambda rows: json.dumps(rows, indent=2).encode(),
    "lines": lambda rows: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(),
    "CRLF lines": lambda rows: "\r\n".join(json.dumps(row) for row in rows).encode(),
    "pretty objects": lambda rows: "\n".join(json.dumps(row, indent=1) for row in rows).encode(),
    "list under a key": lambda rows: json.dumps({"version": 1, "data": rows}, indent=1).encode(),
    "commas": lambda rows: delimited(rows, ","),
    "semicolons": lambda rows: delimited(rows, ";"),
    "tabs": lambda rows: delimited(rows, "\t"),
    "parquet": parquet,
}
MARKED: dict[str, Callable[[bytes], bytes]] = {"": bytes, "with BOM": lambda content: b"\xef\xbb\xbf" + content}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FILLED = TEXT.filter(lambda text: bool(text.strip()))
NAMES = st.sampled_from(["a.json", "b.csv", "c"])
ROWS = st.lists(st.fixed_dictionaries({"instruction": FILLED, "input": TEXT, "output": TEXT}), min_size=1, max_size=4)


@pytest.mark.parametrize("form", WRITTEN)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    packed=st.sampled_from(list(PACKED)),
    mark=st.sampled_from(list(MARKED)),
    name=NAMES,
)
def test_any_rows_come_out_of_every_format_under_any_name(
    tmp_path: Path, form: str, rows: list[Row], packed: str, mark: str, name: str
) -> None:
    content = WRITTEN[form](rows)
    (tmp_path / name).write_bytes(PACKED[packed](content if form == "parquet" else MARKED[mark](content)))
    found = read_rows(tmp_path / name)
    assert [to_example(row) for row in found] == [to_example(row) for row in rows]


@pytest.mark.parametrize("name", ["data[12].parquet", "data*.parquet", "output=v2/rows.parquet", "quo'te?.parquet"])
def test_a_path_is_a_path(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / "data1.parquet").write_bytes(parquet([{"instruction": "another", "input": "", "output": ""}]))
    row = {"instruction": "this", "input": "", "output": "v1"}
    (tmp_path / name).write_bytes(parquet([row]))
    assert read_rows(tmp_path / name) == [row]


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ('\n\n{"a": 1}\n\n{oops\n{"a": 2}\n', ["line 3", "line 5", "line 6"]),
        ('{oops\n{"a": 2}\n', ["line 1", "line 2"]),
        ('{\n "a": 1\n}\n\n{\n "a": 2\n}\n', ["line 1", "line 5"]),
        ('{\n "a": 1\n}\n{\n oops\n}\n{\n "a": 2\n}\n', ["line 1", "line 4", "line 7"]),
        ('\ninstruction,output\n"two\nlines",x\n\ny,z\n', ["line 3", "line 6"]),
        ('[{"a": 1}, {"a": 2}]', ["row 1", "row 2"]),
    ],
)
def test_every_row_has_its_place(tmp_path: Path, content: str, places: list[str]) -> None:
    (tmp_path / "rows").write_text(content)
    assert [found.place for found in read_file(tmp_path / "rows")] == places


def test_of_columns_with_one_name_each_is_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("instruction,output,output,Output\nWhy?,So.,Thus.,\nWho?,,I.,\n")
    found = [to_example(row) for row in read_rows(path)]
    assert [(one.output, one.metadata) for one in found] == [("So.", {"output": "Thus."}), ("I.", {})]


def test_a_number_of_very_many_digits_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text('[{"instruction": "Why?", "output": "So.", "id": ' + "9" * 5_000 + "}]")
    (row,) = read_rows(tmp_path / "rows.json")
    assert to_example(row).output == "So."


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    for name, pack in PACKED.items():
        if name:
            (tmp_path / name).write_bytes(pack(b"[" + b" " * 10_000_000))
            with (
                pytest.raises(CitingError, match="unpacks to more than 1,000,000 bytes"),
                unpacked(tmp_path / name, most=1_000_000) as content,
            ):
                content.read()
    (tmp_path / ".gz").write_bytes(gzip.compress(b'[{"instruction": "Why?"}]' * 100)[:-20])
    with pytest.raises(CitingError, match="damaged"):
        read_rows(tmp_path / ".gz")


def test_only_an_own_export_loses_the_apostrophe_before_a_formula(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("instruction,output\nWhy?,'-' * 10\n")
    assert read_rows(tmp_path / "rows.csv") == [{"instruction": "Why?", "output": "'-' * 10"}]
    (tmp_path / "ours.csv").write_text("instruction,annotator,teacher,rubric_version,round\n'=x,ada,t,1,\n")
    assert read_rows(tmp_path / "ours.csv")[0]["instruction"] == "=x"  # type: ignore[index]
