"""Sixteen people over HTTP at the same 60 items: one winner each, and every loser is told by whom."""

from __future__ import annotations

import json
import random
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.people import accounts
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import pairs, waiting

PEOPLE = [f"person-{number}" for number in range(16)]
ITEMS = 60
EACH = 10  # so that two or three people on average go for the same item, at the same time
PASSWORD = "one for all of them"


def test_each_item_has_one_winner_and_every_loser_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("many")
    with Store(folder / "data") as store:
        import_rows(store, pairs(ITEMS), "rows")
        for name in PEOPLE:
            accounts.add(store, name, PASSWORD, "annotator")
        versions = {item.id: item.version for item in waiting(store)}
    app = App(folder / "data", folder / "cache")
    app.environment = OFFLINE
    app.start()
    try:
        won, lost = everybody_decides(app, versions)
    finally:
        app.stop()

    tried = set(won) | set(lost)
    assert all(len(names) == 1 for names in won.values())
    assert tried == set(won), "an item that somebody went for has a winner"
    for item, losers in lost.items():
        for loser, sentence in losers:
            assert loser != won[item][0]
            assert f"already decided by {won[item][0]} at 20" in sentence
    lines = read_lines(app.data / "journal" / "decisions.jsonl")
    assert {line["annotator"] for line in lines} <= set(PEOPLE)
    assert len(lines) == len(won) == len({line["id"] for line in lines})
    with Store(app.data) as store, store.read() as cursor:
        stored = cursor.execute(
            "SELECT item_id, annotator, final_text FROM decisions JOIN items ON items.decision_id = decisions.id"
        ).fetchall()
    assert {item: [name] for item, name, _ in stored} == won
    assert all(text == f"{name} says so." for _, name, text in stored)


def everybody_decides(
    app: App, versions: dict[int, int]
) -> tuple[dict[int, list[str]], dict[int, list[tuple[str, str]]]]:
    """Who won each item, and who lost it with what sentence."""
    won: dict[int, list[str]] = defaultdict(list)
    lost: dict[int, list[tuple[str, str]]] = defaultdict(list)
    broken: list[BaseException] = []
    lock, start = threading.Lock(), threading.Barrier(len(PEOPLE), timeout=120)

    def work(name: str) -> None:
        chosen = random.Random(name).sample(sorted(versions), EACH)
        try:
            with httpx.Client(base_url=app.url, timeout=120) as http:
                http.post("/login", data={"username": name, "password": PASSWORD, "next": "/"})
                component = desk_component(http)
                start.wait()
                for item in chosen:
                    answer = decide(http, component, item, versions[item], name)
                    with lock:
                        if "error" in answer:
                            lost[item].append((name, answer["error"]))
                        else:
                            won[item].append(name)
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in PEOPLE]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert broken == []
    return dict(won), dict(lost)


def desk_component(http: httpx.Client) -> int:
    """The number of the component whose server functions the review page calls."""
    config: dict[str, Any] = http.get("/config").json()
    return next(
        int(component["id"])
        for component in config["components"]
        if "served_decide" in (component["props"].get("server_fns") or ())
    )


def decide(http: httpx.Client, component: int, item: int, version: int, name: str) -> dict[str, Any]:
    body = {"item": item, "version": version, "kind": "edit", "final_text": f"{name} says so."}
    body["request_id"] = f"{name}-{item}"
    call = {"data": body, "component_id": component, "fn_name": "served_decide", "session_hash": name}
    response = http.post("/gradio_api/component_server/", json=call)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
