"""Who may do what, asked from outside: every page, server function, event and endpoint of the real app."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client

from citing_app.store.database import Store
from citing_app.ui.theme import ROUTES
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.people import accounts
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import pairs

PASSWORDS = {"olga": "the owner's password", "anna": "the annotator's password"}
PATHS = [path for _, path in ROUTES]
OWNERS_FUNCTIONS = {
    *("cancel_job", "dismiss_job", "retry_job", "draft_more"),
    *(
        "start_round",
        "cancel_round",
        "repeat_round",
        "resume_round",
        "move_round",
        "sample",
        "sampling_estimate",
        "evaluate",
        "find_strength",
        "draft",
        "revise",
        "set_overlap",
    ),
    *("edit_rubric", "rename_category", "merge_categories", "split_category", "move_members", "revise_stale"),
    *("start_induction", "set_floor", "pick", "take_back", "ask_teacher"),
    *("start_curriculum", "pause_curriculum", "continue_curriculum", "cancel_curriculum"),
    *("start_race", "pause_race", "continue_race", "cancel_race", "race_report"),
    *("look", "fetch", "cancel_fetch", "use"),
    *("name_adapter", "blend_adapter", "export_adapter", "delete_adapter"),
    *("compare", "comparison_estimate"),
    "report",
    *("export", "count_export", "import_goes", "dataset_goes", "delete_dataset", "rename_dataset", "send_back"),
    *("check", "choose", "set_price", "set_limit", "retry_failed", "allow_unknown"),
    *("add_model", "set_model", "remove_model"),
}
"""Server functions for owners only. Any other is open to annotators and must be in the next list: say which."""
EVERYBODYS_FUNCTIONS = {
    *("status", "queue", "item", "decide", "undo_decision", "warnings", "hold", "figures", "people", "notes"),
    *("rounds", "plan", "metrics", "categories", "overview", "rubric_history", "members", "unmatched_rows"),
    *("curricula", "round_detail", "round_made_from", "after_round", "adapters_tree", "models", "texts", "by_category"),
    *("overlap", "strengths", "students"),
    *("races", "race_progress", "race_tables", "race_plan"),
    *("induction", "induction_examples", "induction_estimate"),
    *("list_items", "count_items", "filter_choices", "decide_all", "undo_all", "export_choices"),
    *("comparisons", "comparison_texts", "ratings"),
    *("chats", "conversation", "written", "send", "edit_question", "again", "stop_writing", "show", "branch"),
    *("rename", "delete_conversation", "export_conversation", "review_answer"),
    *("arena", "start_session", "next_pairs", "vote", "take_back_vote", "reveal", "can_ask", "ask_both"),
}
OWNERS_ENDPOINTS = {
    *("draft", "revise", "sample", "start_round", "cancel_round", "blend", "evaluate", "compare", "report", "export"),
    *("race", "send_back", "export_adapter", "fetch_student", "use_student"),
}
EVERYBODYS_ENDPOINTS = {
    *("queue", "item", "decide", "undo", "rounds", "races", "chat", "comparisons"),
    *("pair", "vote", "undo_vote", "reveal", "students"),
}
OWNERS_EVENTS = {"do_import", "do_import_adapter"}


class Visitor:
    """Someone who asks the running app over HTTP, logged in or not."""

    def __init__(self, app: App, name: str | None = None) -> None:
        self.http = httpx.Client(base_url=app.url, timeout=120)
        if name is not None:
            assert self.log_in(name, PASSWORDS[name]).json() == {"success": True}

    def log_in(self, name: str, password: str, **headers: str) -> httpx.Response:
        form = {"username": name, "password": password, "next": headers.pop("next", "/")}
        return self.http.post("/login", data=form, headers=headers)

    def config(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/config", params={"page": path.strip("/")}).json()
        return found

    def call(self, component: int, function: str, **body: Any) -> httpx.Response:
        data = {"data": body, "component_id": component, "fn_name": function, "session_hash": "x"}
        return self.http.post("/gradio_api/component_server/", json=data)

    def endpoint(self, name: str, **arguments: Any) -> str:
        event = self.http.post(f"/gradio_api/call/v2/{name}", json=arguments).json()["event_id"]
        return self.http.get(f"/gradio_api/call/v2/{name}/{event}").text

    def event(self, number: int, *values: Any) -> str:
        session = uuid.uuid4().hex
        body = {"data": list(values), "fn_index": number, "session_hash": session}
        assert self.http.post("/gradio_api/queue/join", json=body).status_code == 200
        return self.http.get("/gradio_api/queue/data", params={"session_hash": session}).text


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("people")
    with Store(folder / "data") as store:
        import_rows(store, pairs(6), "rows")
        accounts.add(store, "olga", PASSWORDS["olga"], "owner")
        accounts.add(store, "anna", PASSWORDS["anna"], "annotator")
    running = App(folder / "data", folder / "cache", "--allowed-host", "studio.example")
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def visit(app: App) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, who leave when the module's tests have run."""
    with ExitStack() as leaving:

        def make(name: str | None = None) -> Visitor:
            visitor = Visitor(app, name)
            leaving.callback(visitor.http.close)
            return visitor

        yield make


@pytest.fixture(scope="module")
def nobody(visit: Callable[..., Visitor]) -> Visitor:
    return visit()


@pytest.fixture(scope="module")
def owner(visit: Callable[..., Visitor]) -> Visitor:
    return visit("olga")


@pytest.fixture(scope="module")
def annotator(visit: Callable[..., Visitor]) -> Visitor:
    return visit("anna")


@pytest.fixture(scope="module")
def functions(owner: Visitor) -> list[tuple[int, str]]:
    """(component, name) of every server function of every page."""
    return [
        (part["id"], name)
        for path in PATHS
        for part in owner.config(path)["components"]
        for name in part["props"].get("server_fns") or ()
    ]


# -- nobody -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_a_page_sends_to_the_login_which_leads_back_to_it(nobody: Visitor, path: str) -> None:
    answer = nobody.http.get(f"{path}?item=7")
    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).params["next"] == f"{path}?item=7"
    login = nobody.http.get(answer.headers["location"])
    assert login.status_code == 200
    assert f'<input type="hidden" name="next" value="{path}?item=7">' in login.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[
            ("GET", f"/{name}")
            for name in ("config", "gradio_api/info", "gradio_api/app_id", "gradio_api/queue/status")
        ],
        ("GET", "/gradio_api/queue/data?session_hash=x"),
        ("GET", "/gradio_api/heartbeat/x"),
        ("GET", "/gradio_api/startup-events"),
        ("GET", "/gradio_api/file=/etc/hostname"),
        *[("POST", f"/gradio_api/{name}") for name in ("queue/join", "component_server/", "upload", "cancel", "reset")],
        *[("POST", f"/gradio_api/run/{name}") for name in ("predict", "decide")],
        ("POST", "/"),
        ("POST", "/logout"),
    ],
)
def test_everything_else_answers_401_to_nobody(nobody: Visitor, method: str, path: str) -> None:
    answer = nobody.http.request(method, path, json={})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Log in first: this studio has accounts."})


def test_no_server_function_and_no_endpoint_answers_nobody(nobody: Visitor, functions: list[tuple[int, str]]) -> None:
    assert len(functions) > len(PATHS)
    for component, name in functions:
        assert nobody.call(component, name).status_code == 401, name
    for name in OWNERS_ENDPOINTS | EVERYBODYS_ENDPOINTS:
        assert nobody.http.post(f"/gradio_api/call/{name}", json={"data": []}).status_code == 401, name


def test_a_made_up_cookie_is_nobodys(app: App) -> None:
    for token in ("x", "a" * 43, "' OR 1=1 --"):
        assert httpx.get(f"{app.url}/config", headers={"Cookie": f"citing-login={token}"}).status_code == 401


# -- logging in and out -----------------------------------------------------------------------------------------------


def test_the_cookie_is_for_this_site_alone_and_secure_where_the_browser_came_over_https(app: App) -> None:
    def flags(**headers: str) -> set[str]:
        with httpx.Client(base_url=app.url) as http:
            form = {"username": "anna", "password": PASSWORDS["anna"]}
            cookie = http.post("/login", data=form, headers=headers).headers["set-cookie"]
        return {part.split("=")[0].strip() + part[part.find("=") :] * ("=" in part) for part in cookie.split(";")[1:]}

    plain = {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=43200"}
    assert flags() == plain
    proxied = {"Host": "studio.example", "X-Forwarded-Proto": "https", "Origin": "https://studio.example"}
    assert flags(**proxied) == {*plain, "Secure"}


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/rounds?round=3", "/rounds?round=3"),
        ("/", "/"),
        *[
            (address, "/")
            for address in ("//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example")
        ],
        *[(address, "/") for address in ("///evil.example/rounds", "/nowhere", "rounds", "", "/rounds\r\nX: y")],
    ],
)
def test_logging_in_leads_to_one_of_our_pages_and_nowhere_else(
    visit: Callable[..., Visitor], wanted: str, led_to: str
) -> None:
    visitor = visit()
    answer = visitor.log_in("anna", PASSWORDS["anna"], next=wanted, Accept="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, led_to)
    again = visitor.http.get("/login", params={"next": wanted})
    assert (again.status_code, again.headers["location"]) == (303, led_to)


def test_a_wrong_password_shows_the_form_again_with_the_name_as_text(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    answer = visitor.log_in('"><b>eve', "wrong password", Accept="text/html", **{"X-Forwarded-For": "192.0.2.1"})
    assert answer.status_code == 401
    assert "This name and password do not fit; try again." in answer.text
    assert 'value="&quot;&gt;&lt;b&gt;eve"' in answer.text
    assert "<b>eve" not in answer.text
    assert "set-cookie" not in answer.headers


def test_after_five_failures_an_address_has_to_wait(visit: Callable[..., Visitor]) -> None:
    visitor, here = visit(), {"X-Forwarded-For": "192.0.2.2"}
    answers = [visitor.log_in(f"guess{number}", "wrong password", **here) for number in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 5
    while answers[-1].status_code == 401 and len(answers) < 9:  # five seconds are soon over on a busy machine
        answers.append(visitor.log_in("anna", "wrong password", **here))
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["detail"].startswith("Logging in has failed too often; wait ")


def test_another_site_may_not_log_anyone_in(visit: Callable[..., Visitor]) -> None:
    answer = visit().log_in("anna", PASSWORDS["anna"], Origin="https://evil.example")
    assert answer.status_code == 403


def test_signing_out_ends_the_login_even_for_who_kept_the_cookie(app: App, visit: Callable[..., Visitor]) -> None:
    visitor = visit("anna")
    kept = {"Cookie": f"citing-login={visitor.http.cookies['citing-login']}"}
    assert httpx.get(f"{app.url}/config", headers=kept).status_code == 200
    assert visitor.http.post("/logout").json() == {"success": True}
    assert not visitor.http.cookies
    assert httpx.get(f"{app.url}/config", headers=kept).status_code == 401


def test_gradios_own_client_logs_in_by_name_and_password(app: App) -> None:
    client = Client(app.url, auth=("anna", PASSWORDS["anna"]), verbose=False)
    assert client.predict(limit=1, api_name="/queue")["items"]


# -- annotators and owners --------------------------------------------------------------------------------------------


def test_everybody_logged_in_sees_every_page(annotator: Visitor) -> None:
    for path in PATHS:
        assert annotator.http.get(path).status_code == 200


def test_each_server_function_is_for_owners_or_for_everybody(
    annotator: Visitor, functions: list[tuple[int, str]]
) -> None:
    assert {name.removeprefix("served_") for _, name in functions} == OWNERS_FUNCTIONS | EVERYBODYS_FUNCTIONS
    for component, called in functions:
        said, name = annotator.call(component, called).json(), called.removeprefix("served_")
        refused = "Only an owner may" in str(said.get("error"))
        assert refused == (name in OWNERS_FUNCTIONS), f"{name}: {said}"


def test_each_endpoint_is_for_owners_or_for_everybody(annotator: Visitor, owner: Visitor) -> None:
    named = annotator.http.get("/gradio_api/info").json()["named_endpoints"]
    assert {name.strip("/") for name in named} == OWNERS_ENDPOINTS | EVERYBODYS_ENDPOINTS
    models = {"evaluate": {"models": ["base"]}, "compare": {"model": "base"}, "blend": {"round": 1, "strength": 1}}
    models |= {
        "send_back": {"item": 1, "note": "Look again."},
        "export_adapter": {"form": "gguf"},
        "fetch_student": {"student": "org/one"},
    }
    models |= {"use_student": {"student": "bundled"}}
    arguments = {"cancel_round": {"round": 1}, "item": {"item": 10**9}, **models}
    for name in OWNERS_ENDPOINTS:
        assert "Only an owner may" in annotator.endpoint(name, **arguments.get(name, {})), name
    for name in ("queue", "item", "rounds", "undo"):
        assert "Only an owner may" not in annotator.endpoint(name, **arguments.get(name, {})), name
    assert "Round 1 is not training" in owner.endpoint("cancel_round", round=1)


def test_importing_and_exporting_by_the_pages_own_events_are_for_owners(annotator: Visitor, owner: Visitor) -> None:
    events = {event["api_name"]: event for path in PATHS for event in owner.config(path)["dependencies"]}
    assert events.keys() >= OWNERS_EVENTS
    for name in OWNERS_EVENTS:
        nothing = [None] * len(events[name]["inputs"])
        assert "Only an owner may" in annotator.event(events[name]["id"], *nothing), name
        assert "Only an owner may" not in owner.event(events[name]["id"], *nothing), name


def test_files_are_for_owners(app: App, annotator: Visitor, owner: Visitor) -> None:
    exported = app.data / "exports" / "secret.csv"
    exported.parent.mkdir(exist_ok=True)
    exported.write_text("everybody's work")
    assert owner.http.get(f"/gradio_api/file={exported}").text == "everybody's work"
    for answer in (
        annotator.http.get(f"/gradio_api/file={exported}"),
        annotator.http.post("/gradio_api/upload", files={"files": ("rows.jsonl", b"{}")}),
    ):
        assert (answer.status_code, answer.json()) == (403, {"detail": "Only an owner may send and fetch files."})
    assert owner.http.post("/gradio_api/upload", files={"files": ("rows.jsonl", b"{}")}).status_code == 200


def test_the_page_is_told_who_is_logged_in(annotator: Visitor, functions: list[tuple[int, str]]) -> None:
    [strip, *_] = [component for component, name in functions if name == "status"]
    assert annotator.call(strip, "status").json()["me"] == {"name": "anna", "role": "annotator"}


def test_a_decision_carries_the_name_of_who_is_logged_in_whatever_the_request_says(
    app: App, annotator: Visitor, owner: Visitor, functions: list[tuple[int, str]]
) -> None:
    component = {name: component for component, name in functions}
    first = annotator.call(component["served_queue"], "served_queue", limit=1).json()["items"][0]
    body = {"item": first["id"], "version": first["version"], "kind": "accept", "request_id": uuid.uuid4().hex}
    body |= {"annotator": "olga", "person": {"name": "olga"}}
    decided = annotator.call(component["served_decide"], "served_decide", **body).json()
    assert decided["item"]["decided_by"] == "anna"
    told = owner.endpoint("queue", limit=1)
    second = json.loads(told.split("data: ")[-1])[0]["items"][0]
    owner.endpoint("decide", item=second["id"], version=second["version"], kind="reject")
    lines = (app.data / "journal" / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(line["kind"], line["annotator"]) for line in map(json.loads, lines)] == [
        ("accept", "anna"),
        ("reject", "olga"),
    ]


def test_only_who_decided_may_undo(owner: Visitor, functions: list[tuple[int, str]]) -> None:
    component = {name: component for component, name in functions}
    said = owner.call(
        component["served_undo_decision"], "served_undo_decision", item=1, request_id=uuid.uuid4().hex
    ).json()
    assert "decided by anna" in said["error"]


def test_the_store_holds_no_token_and_no_password(app: App, annotator: Visitor) -> None:
    kept = b"".join(path.read_bytes() for path in Path(app.data).glob("studio.duckdb*"))
    for secret in (annotator.http.cookies["citing-login"], *PASSWORDS.values()):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept
