"""Teachers added, changed and removed while the app runs: what is sent, refused and kept, and where keys go."""

from __future__ import annotations

import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.providers import PROVIDERS
from citing_app.running.jobs import Job
from citing_app.settings import Settings, from_flags
from citing_app.store import instructions, items, ledger, teachers
from citing_app.store.ledger import Row
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.models import key_for
from citing_app.workflows.calls.requests import AddModel, SetModel
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.drafts import adding, checking, starting
from citing_app.workflows.drafts.models_view import models_view
from citing_app.workflows.drafts.requests import ChooseTeachers
from citing_app.workflows.drafts.teachers import choose_teachers
from citing_app.workflows.job_names import REVISE_JOB
from citing_app.workflows.studio import Studio, open_studio
from tests.answering_server import Said, answering, completion
from tests.seeding import pairs
from tests.workflows.calls.test_asking import eventually

OPENAI = "https://api.openai.com/v1"
KEY = "sk-canary-7f3a9c"
HEADERS = "HTTP-Referer: https://example.org\nX-Title: Studio"


@contextmanager
def opened(folder: Path, **settings: Any) -> Iterator[Studio]:
    studio = open_studio(Settings(folder / "data", folder / "cache", **settings))
    try:
        yield studio
    finally:
        studio.close()


def add(studio: Studio, **asked: Any) -> str:
    return adding.add_teacher(studio, AddModel.of({"model": "m", "url": "http://127.0.0.1:9/v1", **asked}), "ada")


def change(studio: Studio, name: str, **asked: Any) -> None:
    adding.set_teacher(studio, SetModel.of({"teacher": name, **asked}), "ada")


def model(studio: Studio, name: str) -> OpenAIModel:
    found = checking.model_of([*studio.teachers, *studio.judges], name)
    assert isinstance(found, OpenAIModel)
    return found


def drafts(studio: Studio, count: int) -> None:
    import_rows(studio.store, pairs(count), "rows")
    with studio.store.write() as cursor:
        for one in instructions.without_draft(cursor, "base", count):
            items.add_draft(cursor, one, f"Draft {one.id}.", "base", None)


def test_everything_that_was_set_is_sent_and_a_restart_keeps_it(tmp_path: Path) -> None:
    settings = {"timeout": "7", "longest_answer": 9000, "effort": "low", "connections": 3, "headers": HEADERS}
    with answering(lambda request, number: Said(completion("Better."))) as server:
        url = f"{server.url}?api-version=preview"
        keys = {url: KEY}
        with opened(tmp_path, teacher_keys=keys) as studio:
            asked = {"model": "big", "name": "mine", "url": f" {url} ", "body": '{"temperature": 0}', **settings}
            assert add(studio, **asked) == "mine"
        with opened(tmp_path, teacher_keys=keys) as studio:
            drafts(studio, 1)
            choose_teachers(
                studio, ChooseTeachers.of({"dataset": "rows", "teachers": ["mine"], "style": "free"}), "ada"
            )
            assert starting.revise_now(studio, 5, Job("revise", ""))["ok"] == 1
            found = model(studio, "mine")
            assert (found.timeout, found.connections, found.slots is not None) == (7, 3, True)
            assert "mine answered in" in checking.check_now(studio, "mine", Job("check", ""))
    revision, check = server.seen
    assert revision["path"] == "/v1/chat/completions?api-version=preview"
    headers = revision["headers"]
    assert (headers["authorization"], headers["http-referer"]) == (f"Bearer {KEY}", "https://example.org")
    sent = {name: revision[name] for name in ("model", "reasoning_effort", "temperature", "max_tokens")}
    assert sent == {"model": "big", "reasoning_effort": "low", "temperature": 0, "max_tokens": 9000}
    assert check["max_tokens"] == 64  # what is short anyway stays so
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        *(
            ({"body": {name: 1}}, f"field {name} is set")
            for name in ("max_tokens", "n", "messages", "stream", "plugins")
        ),
        ({"body": '{"max_completion_tokens": 1}'}, "field max_completion_tokens is set"),
        ({"body": {"metadata": {"api_key": "x"}}}, "field api_key looks like a key"),
        ({"body": {"user": "sk-0123456789abcdef"}}, "field user looks like a key"),
        ({"body": "[1]"}, "The extra body is a JSON object"),
        ({"body": {"x": float("nan")}}, "The extra body is a JSON object"),
        ({"body": {"x": "y" * 5000}}, "The extra body is a JSON object"),
        *(
            ({"headers": {name: "x"}}, f"header {name} looks like a key")
            for name in ("Authorization", "api-key", "X-Api-Key", "Cookie", "X-Auth-Token", "X-Goog-Api-Key", "Token")
        ),
        ({"headers": "X-Title: Bearer abc"}, "header X-Title looks like a key"),
        ({"headers": "Host: elsewhere"}, "header Host is set by the app"),
        ({"headers": "no colon"}, "header no colon needs a value|of the form Name: value"),
        ({"headers": {"X": "a\r\nHost: b"}}, "header X needs a value"),
        ({"effort": "heroic"}, "The reasoning effort is one of none"),
        ({"timeout": 0}, "The timeout is a whole number"),
        ({"longest_answer": 10**9}, "The longest answer is a whole number"),
        ({"ca_file": "/etc/hostname"}, "CA file can't be read"),
        ({"ca_file": "/nowhere"}, "CA file can't be read"),
        ({"url": "http://ada:secret@a.example/v1"}, "holds a password or a key"),
        ({"url": "https://a.example/v1?api-key=abc"}, "holds a password or a key"),
        ({"url": "http://169.254.169.254/v1"}, "link-local"),
        ({"url": "ftp://a.example"}, "must begin with http"),
        ({"url": ""}, "Enter the server's URL"),
        ({"url": "", "provider": "azure"}, "Replace YOUR-RESOURCE"),
        ({"model": " "}, "Enter the model's name"),
        ({"name": "reference"}, "is reserved"),
        ({"name": "given"}, "already exists"),
    ],
)
def test_what_is_wrong_or_a_key_is_refused_with_a_sentence_and_nothing_is_added(
    shared: Studio, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CitingError, match=sentence):
        add(shared, **asked)
    assert [one.name for one in shared.teachers] == ["reference", "given"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio that nothing is added to."""
    with opened(tmp_path_factory.mktemp("shared"), teachers=("reference", "given=http://127.0.0.1:9/v1")) as studio:
        yield studio


def test_harmless_headers_and_fields_pass() -> None:
    fields = {"provider": {"order": ["together"]}, "max_thinking_tokens": 5, "stop_token_ids": [1]}
    asked = AddModel.of({"model": "m", "headers": HEADERS + "\nX-Author: Ada\n", "body": fields})
    assert asked.headers == {"HTTP-Referer": "https://example.org", "X-Title": "Studio", "X-Author": "Ada"}
    assert asked.body == fields


@pytest.mark.parametrize(
    "url",
    [
        *("http://api.openai.com/v1", "https://api.openai.com.evil.example/v1", "https://evil.example/api.openai.com"),
        *("https://api.openai.com@evil.example/v1", "https://evil.example/?api.openai.com", "https://openai.com/v1"),
        *("https://xopenai.azure.com/v1", "https://evil.example#.openai.azure.com", "http://127.0.0.1:8000/v1"),
        *(
            "https://openrouter.ai.evil.example",
            "https://sub.api.openai.com/v1",
            "https://evil.example\\.openai.azure.com",
        ),
    ],
)
def test_a_providers_key_goes_to_its_own_hosts_alone(url: str) -> None:
    assert key_for(settings_with_every_key(), url) is None


def settings_with_every_key() -> Settings:
    variables = {one.variable for one in PROVIDERS if one.variable}
    noise = {"HF_TOKEN": KEY, "CITING_JUDGE_KEY": KEY, "AWS_SECRET_ACCESS_KEY": KEY, "CITING_TEACHER_KEY": KEY}
    found = from_flags(Namespace(), {name: f"key of {name}" for name in variables} | noise)
    assert found.provider_keys.keys() == variables
    assert "key of" not in repr(found)
    return found


def test_every_provider_gets_its_own_key_and_other_servers_get_theirs_by_url() -> None:
    settings = settings_with_every_key()
    for one in PROVIDERS:
        url = one.url.replace("YOUR-RESOURCE", "mine")
        assert key_for(settings, url) == (f"key of {one.variable}" if one.variable else None)
    named = Settings(teacher_keys={"http://lab.example/v1": KEY})
    assert (key_for(named, "http://lab.example/v1"), key_for(named, "http://lab.example/v2")) == (KEY, None)


def test_an_added_azure_model_sends_its_key_as_azure_reads_it(tmp_path: Path) -> None:
    with opened(tmp_path, provider_keys={"AZURE_OPENAI_API_KEY": KEY}) as studio:
        host = "https://mine.openai.azure.com/openai"
        add(studio, provider="azure", url=f"{host}/v1?api-version=preview", as_judge=True)
        add(studio, provider="azure", url=f"{host}/deployments/x?api-version=2024-10-21", name="older")
        found, older = model(studio, "m"), model(studio, "older")
        assert (found.api_key, found.key_header, found.timeout) == (KEY, "Authorization", 60)
        assert (older.api_key, older.key_header) == (KEY, "api-key")
        assert studio.judges[-1].model == replace(found, timeout=300)
    flags = {"teachers": ("reference", "m=http://127.0.0.1:9/v1")}
    with opened(tmp_path, **flags) as studio:  # what the app is started with goes before what was added
        assert [one.name for one in studio.teachers] == ["reference", "m", "older"]
        assert model(studio, "m").is_loopback


def test_a_model_given_at_start_is_changed_by_name_and_not_removed(tmp_path: Path) -> None:
    flags: dict[str, Any] = {"teachers": ("reference", "given=http://127.0.0.1:9/v1")}
    with opened(tmp_path, **flags) as studio:
        begun = studio.teachers
        change(studio, "given", timeout=5)
        assert (model(studio, "given").timeout, begun[1].model) == (5, replace(model(studio, "given"), timeout=900))
        with pytest.raises(CitingError, match="given was set when the app started"):
            adding.remove_teacher(studio, "given", "ada")
        for name in ("nobody", "reference"):
            with pytest.raises(CitingError, match="no model of that name"):
                change(studio, name, timeout=5)
            with pytest.raises(CitingError, match="no model of that name"):
                adding.remove_teacher(studio, name, "ada")
    with opened(tmp_path, **flags) as studio:
        assert model(studio, "given").timeout == 5
        change(studio, "given")
        assert model(studio, "given").timeout == 900


def test_a_removed_teacher_leaves_its_data_sets_to_others_unless_it_is_being_asked(tmp_path: Path) -> None:
    with opened(tmp_path) as studio:
        drafts(studio, 1)
        add(studio, name="one")
        add(studio, name="two")
        kept = model(studio, "two")
        choose_teachers(studio, ChooseTeachers.of({"dataset": "rows", "teachers": ["one"], "style": "free"}), "ada")
        with studio.store.write() as cursor:
            ledger.send(cursor, [Row("1", "key", "one", "revise", None, 0, "hash")], None)
        with pytest.raises(CitingError, match="one has calls under way"):
            adding.remove_teacher(studio, "one", "ada")
        with studio.store.write() as cursor:
            ledger.end(cursor, [ledger.End("1", "done", "ok")])
        assert adding.remove_teacher(studio, "one", "ada") == ["rows"]
        assert model(studio, "two") is kept  # with what it has learned of its server
        with studio.store.read() as cursor:
            assert (teachers.chosen(cursor)["rows"].teachers, teachers.chosen(cursor)["rows"].style) == ((), "free")
        assert adding.remove_teacher(studio, "two", "ada") == []
    with opened(tmp_path) as studio:
        assert ([one.name for one in studio.teachers], len(studio.judges)) == (["reference"], 1)


def test_a_teacher_that_a_running_job_will_ask_stays_until_the_job_ends(tmp_path: Path) -> None:
    goes_on = threading.Event()

    def answer(request: dict[str, Any], number: int) -> Said:
        goes_on.wait(60)
        return Said(completion("Better."))

    with answering(answer) as server, opened(tmp_path) as studio:
        drafts(studio, 1)
        names = [add(studio, url=server.url, name=name) for name in ("one", "two")]
        choose_teachers(studio, ChooseTeachers.of({"dataset": "rows", "teachers": names, "style": "free"}), "ada")
        starting.start_revisions(studio, 5)
        eventually(lambda: len(server.seen) == 1)
        for name in names:  # the second one has no call yet
            with pytest.raises(CitingError, match=f"{name} has calls under way"):
                adding.remove_teacher(studio, name, "ada")
        goes_on.set()
        eventually(lambda: not studio.jobs.running(REVISE_JOB))
        assert [adding.remove_teacher(studio, name, "ada") for name in names] == [["rows"], ["rows"]]
    assert len(server.seen) == 2


def test_a_new_teacher_inherits_neither_test_nor_price_of_one_that_had_its_name(tmp_path: Path) -> None:
    with opened(tmp_path) as studio:
        for change_it in (lambda: change(studio, "m"), lambda: adding.remove_teacher(studio, "m", "ada")):
            if not any(one.name == "m" for one in studio.teachers):
                add(studio)
            spending.set_price(studio.store, "m", 0, 0, "ada")
            checking.start_check(studio, "m")
            eventually(lambda: not studio.jobs.running(checking.check_job("m")))
            assert models_view(studio, is_owner=True)["teachers"][0]["check"] is not None
            change_it()
            assert studio.jobs.get(checking.check_job("m")) is None
        add(studio, url="https://a.example/v1")
        (one,) = models_view(studio, is_owner=True)["teachers"]
        assert (one["check"], one["price"], one["is_free"]) == (None, None, False)


def test_another_url_is_asked_with_its_own_key_alone(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"provider_keys": {"OPENAI_API_KEY": KEY}, "teacher_keys": {"https://a.example/v1": "other"}}
    given = ("reference", "given=http://127.0.0.1:9/v1")
    with opened(tmp_path, teachers=given, **keys) as studio:
        add(studio, url=OPENAI, as_judge=True, timeout=7)
        begun = model(studio, "m")
        assert (begun.url, begun.api_key) == (OPENAI, KEY)
        for url, key in (("https://a.example/v1 ", "other"), ("https://b.example/v1/chat/completions", None)):
            change(studio, "m", url=url, timeout=7)
            for one in (model(studio, "m"), studio.judges[-1].model):
                assert isinstance(one, OpenAIModel)
                assert (one.api_key, one.timeout) == (key, 7)
        assert model(studio, "m").url == "https://b.example/v1"
        for url, sentence in (
            ("nowhere", "must begin with http"),
            ("https://a:b@c.example", "holds a password or a key"),
            ("http://169.254.169.254/v1", "link-local"),
        ):
            with pytest.raises(CitingError, match=sentence):
                change(studio, "m", url=url, timeout=9)
        with pytest.raises(CitingError, match="given was set when the app started, and so was its URL"):
            change(studio, "given", url="https://b.example/v1")
        assert (model(studio, "m").url, model(studio, "m").timeout) == ("https://b.example/v1", 7)
        view = models_view(studio, is_owner=True)["teachers"]
        assert [one["url"] for one in view] == [None, "https://b.example/v1"]
        assert models_view(studio, is_owner=False)["teachers"][1]["url"] is None
    with opened(tmp_path, teachers=given, **keys) as studio:
        assert (model(studio, "m").url, begun.url) == ("https://b.example/v1", OPENAI)  # a batch goes on as it began


def test_a_longer_answer_is_held_against_the_spending_limit(tmp_path: Path) -> None:
    with answering(lambda request, number: Said(completion("Better."))) as server, opened(tmp_path) as studio:
        add(studio, url=server.url)
        spending.set_price(studio.store, "m", 0, 100, "ada")
        spending.set_limit(studio.store, 1.0, "ada")  # 10,000 tokens
        drafts(studio, 1)
        choose_teachers(studio, ChooseTeachers.of({"dataset": "rows", "teachers": ["m"], "style": "free"}), "ada")
        change(studio, "m", longest_answer=10_001)
        with pytest.raises(CitingError, match=r"spending limit of \$1\.00 is reached"):
            starting.revise_now(studio, 5, Job("revise", ""))
        assert server.seen == []
        change(studio, "m", longest_answer=9_999)
        assert starting.revise_now(studio, 5, Job("revise", ""))["ok"] == 1
    assert [one["max_tokens"] for one in server.seen] == [9_999]


def test_settings_are_shown_to_owners_alone_and_a_server_here_is_free(tmp_path: Path) -> None:
    with opened(tmp_path, judges=("far=https://a.example/v1",)) as studio:
        add(studio, headers=HEADERS)
        view = models_view(studio, is_owner=True)
        (one,), (judge,) = view["teachers"], view["judges"]
        assert one["settings"] is not None
        assert one["settings"]["headers"] == {"HTTP-Referer": "https://example.org", "X-Title": "Studio"}
        assert (one["is_free"], judge["is_free"], one["is_given"], judge["is_given"]) == (True, False, False, True)
        assert models_view(studio, is_owner=False)["teachers"][0]["settings"] is None
        told = spending.summary(spending.spending_view(studio.store, studio.models))
        assert "m: never asked; free, on this machine." in told
        assert "far: never asked; price unknown." in told
