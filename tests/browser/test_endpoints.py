"""The endpoints by their stable names, called as a program would: through Gradio's own client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.browser.conftest import App


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, tiny_student: Path, model_cache: Path, trainer: str
) -> Iterator[App]:
    flags = ["--student", str(tiny_student), "--launcher", f"here={trainer}"]
    app = App(tmp_path_factory.mktemp("endpoints"), model_cache, *flags)
    app.start()
    yield app
    app.stop()


@pytest.fixture(scope="module")
def client(running: App) -> Client:
    return Client(running.url, verbose=False)


def wait_for(ready: Any, seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.3)
    return found


def test_deciding_and_undoing(client: Client) -> None:
    first = wait_for(lambda: client.predict(limit=5, api_name="/queue")["items"])[0]
    assert client.predict(first["id"], api_name="/item")["draft"] == first["draft"]
    answer = client.predict(first["id"], first["version"], "edit", "request-1", "My text.", api_name="/decide")
    assert (answer["item"]["state"], answer["item"]["final_text"]) == ("accepted", "My text.")
    again = client.predict(first["id"], first["version"], "edit", "request-1", "My text.", api_name="/decide")
    assert again["decision"] == answer["decision"]
    with pytest.raises(AppError, match="already decided by"):
        client.predict(first["id"], first["version"], "reject", "request-2", None, api_name="/decide")
    assert client.predict(first["id"], "request-3", api_name="/undo")["item"]["state"] == "waiting"


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("/item", ["seven"], "There is no item seven"),
        ("/item", [10**9], "There is no item"),
        ("/queue", [-1], "between 1 and 50"),
        ("/decide", [1, 1, "burn", "r", None], "accept, edit, reject and skip"),
        ("/decide", [1, 1, "edit", "r", "\x00"], "no text"),
        ("/start_round", ["everything", None, None], "objective"),
        ("/start_round", ["both", 0, None], "between 1"),
        ("/cancel_round", [77], "not training"),
        ("/draft", [0, None], "between 1"),
        ("/evaluate", [[], "", 5], "one to twenty models"),
        ("/evaluate", [["9"], "", 5], "Round 9 has no adapter"),
        ("/compare", ["9"], "Round 9 has no adapter"),
        ("/compare", ["base", ["base"]], "Name another model"),
        ("/compare", ["base", ["1"], "", 5, "http://127.0.0.1:9/v1"], "The judges here are reference"),
        ("/comparisons", ["gone"], "no test set of this name"),
        ("/export", ["/etc/passwd", "full"], "ending is one of"),
        ("/export", [".csv", "../full"], "shape is one of"),
        ("/chat", ["", "base", False], "Write something"),
        ("/chat", ["Hello", "12; drop", False], "Choose a model"),
    ],
)
def test_bad_input_gets_one_sentence(client: Client, name: str, arguments: list[Any], sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(*arguments, api_name=name)


def test_draft_train_chat_evaluate_and_export(client: Client) -> None:
    wait_for(lambda: not any_running(client))
    for item in client.predict(limit=6, api_name="/queue")["items"]:
        client.predict(item["id"], item["version"], "accept", f"accept-{item['id']}", None, api_name="/decide")
    number = client.predict("both", 6, None, api_name="/start_round")
    finished = wait_for(lambda: [r for r in client.predict(api_name="/rounds") if r["state"] == "finished"])
    assert [r["round"] for r in finished] == [number]

    job = client.submit("What is rain?", str(number), False, api_name="/chat")
    job.result(timeout=120)  # raises what the server answered, where iterating would only stop
    pieces = job.outputs()
    assert finished[0]["result"]["adapter_hash"][:8] in pieces[-1]["model"]
    assert pieces[-1]["done"]
    assert len(pieces) >= 2

    client.predict(["base", str(number)], "", 3, api_name="/evaluate")
    exported = client.predict(".csv", "alpaca", api_name="/export")
    assert (exported["shape"], exported["left_out"]) == ("alpaca", 0)
    assert len(Path(exported["file"]).read_text().splitlines()) > exported["exported"] >= 6


def any_running(client: Client) -> bool:
    """Whether drafts are still on their way: the queue grows until the first start has done its work."""
    before = client.predict(limit=1, api_name="/queue")["counts"]
    time.sleep(2)
    return before != client.predict(limit=1, api_name="/queue")["counts"] or before["drafted"] > 0
