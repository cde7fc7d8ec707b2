"""Every server function and endpoint of the real app, called with what no page ever sends.

Each must answer with one sentence or with a valid answer, never with a bare 500 or "something went wrong"; and what is
refused changes nothing in the store.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from citing_app.store.database import Store
from citing_app.ui.theme import ROUTES
from citing_app.workflows.data.importing import import_rows
from tests.browser.conftest import App
from tests.conftest import OFFLINE, ROOT
from tests.contract.test_people import EVERYBODYS_ENDPOINTS, EVERYBODYS_FUNCTIONS, OWNERS_ENDPOINTS, OWNERS_FUNCTIONS
from tests.seeding import pairs
from tests.worker.test_train import eventually

HOSTILE: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 10**30, 1e308, float("nan")),
    *("", "x" * 5000, "'; DROP TABLE instructions; --", "\x00", "\ud800", "../../etc/passwd", "<script>"),
    *([], [None, {}, "x"], [10**30], {}, {"x": {"y": None}}),
)
"""Values of every JSON kind: missing, too large, too small, too long, and texts that mean something elsewhere."""
FEW: tuple[Any, ...] = (None, -1, 10**30, "\x00", [[]], {"x": None})
USUAL: dict[str, Any] = {
    **{"item": 1, "items": 4, "id": 1, "round": 1, "version": 1, "limit": 3, "batch": 1, "expected": 1, "most": 8},
    **{"kind": "accept", "request_id": "r", "name": "writing", "category": "writing", "dataset": "rows", "sort": "id"},
    **{"instructions": [1], "members": [1], "models": ["base"], "text": "x", "description": "x", "teacher": "x"},
    **{"criteria": [], "filter": {}, "objective": "both", "rounds": 2, "similarity": 0.1, "up": True},
    **{"curriculum": 1, "race": 1},
}
"""Fields as a page sends them, so that a wrong one beside them is reached."""
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "citing_app" / "ui").glob("*.py")}
JSON = {"Content-Type": "application/json"}
SENTENCE = re.compile(r"[A-Z“\d][^\n]*[.…?]$", re.DOTALL)


class Caller:
    """Someone who calls the running app over HTTP."""

    def __init__(self, app: App) -> None:
        self.http = httpx.Client(base_url=app.url, timeout=60)
        self.data = app.data

    def functions(self) -> dict[str, tuple[int, str]]:
        """The component of every server function of every page, and what Gradio calls it, by its name."""
        found: dict[str, tuple[int, str]] = {}
        for _, path in ROUTES:
            config = self.http.get("/config", params={"page": path.strip("/")}).json()
            for part in config["components"]:
                names = part["props"].get("server_fns") or ()
                found |= {name.removeprefix("served_"): (part["id"], name) for name in names}
        return found

    def call(self, component: int, name: str, body: Any) -> Any:
        """The answer of a server function, which must be JSON and no fault."""
        sent = {"data": body, "component_id": component, "fn_name": name, "session_hash": "x"}
        answer = self.http.post("/gradio_api/component_server/", content=json.dumps(sent), headers=JSON)
        assert answer.status_code in (200, 422), f"{name}({body!r:.120}): {answer.status_code} {answer.text:.300}"
        return answer.json()

    def endpoint(self, name: str, arguments: Any) -> str:
        """All events that an endpoint answers with."""
        path = f"/gradio_api/call/v2/{name}"
        joined = self.http.post(path, content=json.dumps(arguments), headers=JSON)
        if joined.status_code != 200:
            assert joined.status_code in (400, 422), (
                f"{name}({arguments!r:.120}): {joined.status_code} {joined.text:.300}"
            )
            return joined.text
        return self.http.get(f"{path}/{joined.json()['event_id']}").text

    def snapshot(self, folder: Path) -> dict[str, Any]:
        """Every table of the store, as a copy of its files holds it."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in self.data.glob("studio.duckdb*"):
            if path.is_file():
                shutil.copy(path, folder)
        with duckdb.connect(str(folder / "studio.duckdb")) as copy:
            names = [row[0] for row in copy.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            query = "SELECT count(*), coalesce(bit_xor(hash(t)), 0) FROM {} t"
            return {name: copy.execute(query.format(name)).fetchone() for name in names}


def fields_of(name: str) -> list[str]:
    """The fields of what the server functions of this name are asked; `status` is called `live_status` in the code."""
    models = [
        vars(importlib.import_module(f"citing_app.ui.{module}"))[model]
        for module, source in SOURCES.items()
        for model in re.findall(rf"^ +def (?:live_)?{name}\((?:self, )?asked: (\w+), person", source, re.MULTILINE)
    ]
    assert models, f"what {name} is asked was not found"
    return sorted({field for model in models for field in model.model_fields})


def bodies(name: str) -> list[Any]:
    fields = fields_of(name)
    usual = {field: USUAL.get(field) for field in fields}
    return [
        *HOSTILE,
        *[dict.fromkeys(fields, value) for value in HOSTILE],
        *[{**usual, field: value} for field in fields for value in FEW],
    ]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("wrong")
    with Store(folder / "data") as store:
        import_rows(store, pairs(6), "rows")
    running = App(folder / "data", folder / "cache")
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def caller(app: App) -> Iterator[Caller]:
    made = Caller(app)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def components(caller: Caller) -> dict[str, tuple[int, str]]:
    return caller.functions()


@pytest.mark.parametrize("name", sorted(OWNERS_FUNCTIONS | EVERYBODYS_FUNCTIONS))
def test_a_server_function_answers_wrong_input_with_a_sentence(
    caller: Caller, components: dict[str, tuple[int, str]], tmp_path: Path, name: str
) -> None:
    component, called = components[name]
    refused, at_first = [], caller.snapshot(tmp_path / "first")
    for body in bodies(name):
        answer = caller.call(component, called, body)
        error = answer.get("error") if isinstance(answer, dict) else None
        if error:
            assert SENTENCE.match(error), f"{name}({body!r:.120}) answered {error!r:.300}"
            assert not error.startswith("Something went wrong"), f"{name}({body!r:.120}) failed"
            if not error.endswith("is already under way."):  # nothing is wrong with that one
                refused.append(body)
    assert refused or not fields_of(name), f"{name} accepts everything"
    eventually(lambda: not caller.call(*components["status"], {})["busy"])
    before = caller.snapshot(tmp_path / "before")
    if before == at_first:
        return
    for body in refused:  # what was accepted may have changed the store; what was refused must not
        caller.call(component, called, body)
    assert caller.snapshot(tmp_path / "after") == before


@pytest.mark.parametrize("name", sorted(OWNERS_ENDPOINTS | EVERYBODYS_ENDPOINTS))
def test_an_endpoint_answers_wrong_input_with_a_sentence(caller: Caller, name: str) -> None:
    parameters = caller.http.get("/gradio_api/info").json()["named_endpoints"][f"/{name}"]["parameters"]
    fields = [parameter["parameter_name"] for parameter in parameters]
    usual = {field: USUAL.get(field) for field in fields}
    tried = [dict.fromkeys(fields, value) for value in HOSTILE]
    tried += [{**usual, field: value} for field in fields for value in FEW]
    refused = 0
    for arguments in tried:
        told = caller.endpoint(name, arguments)
        assert "Traceback" not in told
        if "event: error" in told:
            error = json.loads(told.split("event: error\ndata: ")[1].split("\n")[0])
            sentence = error.get("error") if isinstance(error, dict) else error
            assert SENTENCE.match(sentence or ""), f"{name}({arguments!r:.120}) answered {told!r:.300}"
            refused += 1
    assert refused or not fields
