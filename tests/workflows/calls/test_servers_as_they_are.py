"""Servers as they are, over real HTTP: what they answer, what they do not take, and what they bill."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import Manner, Revised, RevisionTask
from citing_app.running.jobs import Job
from citing_app.store import ledger
from citing_app.store import spending as paid
from citing_app.store.database import Store
from citing_app.types import Task
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.asking import ask
from citing_app.workflows.calls.questions import Answer, Question
from tests.answering_server import Answering, Said, answering, completion

TEXT = "Rye needs less rain than wheat."
OBJECT = json.dumps({"revision": TEXT, "edits": [], "rationale": []})
Server = Callable[[dict[str, Any], int], Said]


def question(number: int = 0, rationale: bool = False) -> Question:
    task = RevisionTask(Task(f"How do rye and wheat differ? ({number})"), "In rain.", None)
    manner = Manner(rationale=rationale)
    call = manner.call(task)
    return Question("revise", call, "hash", lambda reply: manner.read(reply, task), draft=task.draft, topic=task.topic)


def good(body: dict[str, Any]) -> Said:
    """What a server answers that takes the request: an object where the prompt wants one."""
    return Said(completion(OBJECT if "JSON" in body["messages"][0]["content"] else TEXT))


def model_at(server: Answering, **given: Any) -> OpenAIModel:
    return OpenAIModel("m", server.url, None, **{"timeout": 10.0, **given})


def asked(store: Store, model: OpenAIModel, *questions: Question, job: Job | None = None) -> list[Answer]:
    return ask(store, model, questions, job or Job("ask", "Asking"), "asked")


def states(store: Store) -> list[str]:
    with store.read() as cursor:
        rows = cursor.execute("SELECT state FROM teacher_calls ORDER BY called_at").fetchall()
    return [state for (state,) in rows]


def streamed(*chunks: dict[str, Any], ends: bool = True) -> bytes:
    lines = [": waiting", *(f"data: {json.dumps(chunk)}" for chunk in chunks), *(["data: [DONE]"] if ends else [])]
    return "\n\n".join([*lines, ""]).encode()


def piece(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


PLAN = 'The draft is thin. Something like {"revision": "no"} would do.'
USAGE = {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}
ANSWERS = [
    ("a thought closed, never opened", completion(f"{PLAN}\n</think>\n\n{TEXT}")),
    ("thought in other tags", completion(f"<thinking>{PLAN}</thinking>\n{TEXT}")),
    ("tags in capitals", completion(f"<THINK>{PLAN}</THINK>\n{TEXT}")),
    ("thought in brackets", completion(f"[THINK]{PLAN}[/THINK]{TEXT}")),
    ("thought of a seed model", completion(f"<seed:think>{PLAN}</seed:think>{TEXT}")),
    ("channels", completion(f"<|channel|>analysis<|message|>{PLAN}<|end|><|channel|>final<|message|>{TEXT}")),
    ("a channel of thought", completion(f"<|channel>thought\n{PLAN}<channel|>{TEXT}")),
    ("thought in a field", completion(TEXT, reasoning_content=PLAN)),
    ("thought in another field", completion(TEXT, reasoning=PLAN)),
    ("content in parts", completion([{"type": "text", "text": TEXT}])),
    ("thought in a part", completion([{"type": "thinking", "thinking": PLAN}, {"type": "text", "text": TEXT}])),
    ("a stream unasked", streamed(piece(content="Rye needs "), piece("stop", content="less rain than wheat."), USAGE)),
]  # fmt: skip


@pytest.mark.parametrize("body", [body for _, body in ANSWERS], ids=[name for name, _ in ANSWERS])
def test_the_answer_is_found_whatever_stands_around_it(store: Store, body: Any) -> None:
    with answering(lambda request, number: Said(body)) as server:
        (answer,) = asked(store, model_at(server), question())
    assert (answer.outcome, answer.value) == ("ok", Revised(TEXT))
    assert states(store) == ["done"]


def test_the_object_is_not_the_one_that_a_thought_quotes(store: Store) -> None:
    with answering(lambda request, number: Said(completion(f"{PLAN}\n</think>\n\n{OBJECT}"))) as server:
        (answer,) = asked(store, model_at(server), question(rationale=True))
    assert answer.value == Revised(TEXT)


@pytest.mark.parametrize(
    ("body", "outcome", "reason", "calls"),
    [
        (completion(f"<think>\n{PLAN}"), "empty", "The model only thought", 2),
        (completion(None, reasoning_content=PLAN), "empty", "The model only thought", 2),
        (streamed(piece("stop", reasoning=PLAN)), "empty", "The model only thought", 2),
        (completion("", "length", reasoning_content=PLAN), "truncated", "raise the longest answer", 1),
        (completion(f"<think>{PLAN}", "MAX_TOKENS"), "truncated", "Thinking used up the answer's tokens", 1),
        (completion(TEXT[:9], "model_length"), "truncated", "cut off at its greatest length", 1),
        (completion(TEXT[:9], "SAFETY"), "filtered", "content filter", 1),
        (completion(TEXT[:9], "error"), "truncated", "broke the reply off", 1),
        (streamed(piece(content=TEXT[:9]), {"error": {"code": 502}}), "truncated", "broke the reply off", 1),
    ],
)
def test_what_is_no_answer_is_parked_with_its_reason(
    store: Store, body: Any, outcome: str, reason: str, calls: int
) -> None:
    with answering(lambda request, number: Said(body)) as server:
        (answer,) = asked(store, model_at(server), question())
    assert (answer.outcome, len(server.seen)) == (outcome, calls)
    assert reason in str(answer.reason)


@dataclass(frozen=True)
class Pauses:
    """How a server says that it is busy, and after how many seconds it wants to be asked again."""

    said: Said
    seconds: float


def in_a_while(seconds: float) -> dict[str, str]:
    """A date so far ahead, by a server whose clock is an hour slow."""
    now = datetime.now(UTC) - timedelta(hours=1)
    then = now + timedelta(seconds=seconds)
    return {"Date": format_datetime(now, usegmt=True), "Retry-After": format_datetime(then, usegmt=True)}


SLOW_DOWN = {"error": {"message": "Slow down."}}
BUSY = [
    Pauses(Said(SLOW_DOWN, 429, {"Retry-After": "1"}), 1.0),
    Pauses(Said(SLOW_DOWN, 429, {"Retry-After": "700ms"}), 0.7),
    Pauses(Said(SLOW_DOWN, 429, {"retry-after-ms": "700"}), 0.7),
    Pauses(Said(SLOW_DOWN, 429, in_a_while(1.0)), 0.7),
    Pauses(Said(SLOW_DOWN, 503, {"Retry-After": "0.5"}), 0.5),
    Pauses(Said({"error": {"code": 429, "message": "Rate limit exceeded"}}), 0.5),
    Pauses(Said({"error": {"type": "rate_limit_error", "message": "Wait."}}), 0.5),
    Pauses(Said(streamed({"error": {"code": "429", "message": "Wait."}})), 0.5),
]


@pytest.mark.parametrize("busy", BUSY)
def test_a_busy_server_is_asked_again_after_its_pause_and_was_not_paid(store: Store, busy: Pauses) -> None:
    with answering(lambda request, number: busy.said if number == 0 else good(request)) as server:
        spending.set_price(store, "m", 1.0, 1.0, "ada")
        (answer,) = asked(store, model_at(server), question())
    assert (answer.outcome, states(store)) == ("ok", ["done"])
    assert busy.seconds - 0.05 <= server.at[1] - server.at[0] < busy.seconds + 20.0


@pytest.mark.parametrize(
    ("headers", "span"),
    [
        ({"Retry-After": "86400"}, "24 hours"),
        ({"Retry-After": "45m"}, "45 minutes"),
        (in_a_while(7_150.0), "2 hours"),
    ],
)
def test_a_server_that_is_closed_for_long_ends_the_batch_at_once(
    store: Store, headers: dict[str, str], span: str
) -> None:
    def answer(request: dict[str, Any], number: int) -> Said:
        return good(request) if number == 0 else Said(SLOW_DOWN, 429, headers)

    started = time.monotonic()
    with answering(answer) as server, pytest.raises(CitingError, match=f"takes no calls for {span}"):
        asked(store, model_at(server), *map(question, range(9)))
    assert time.monotonic() - started < 60.0
    assert len(server.seen) == 2
    assert sorted(set(states(store))) == ["done", "failed"]


def refuses(status: int, error: Any, holds: Callable[[dict[str, Any]], bool]) -> Server:
    """A server that answers where `holds` is true of a request, and else refuses it so."""
    return lambda request, number: good(request) if holds(request) else Said(error, status)


def limit(request: dict[str, Any]) -> int:
    return max(request.get("max_tokens", 0), request.get("max_completion_tokens", 0))


def has(*names: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a request has just this one of the two limits."""
    return lambda request: {"max_tokens", "max_completion_tokens"} & request.keys() == set(names)


def lacks(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda request: name not in request


def told(message: Any, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


EXTRA = {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "Not permitted"}]}
TOO_LONG = "This model's maximum context length is 2048 tokens."
NOT_TAKEN = {
    "the older limit": refuses(
        400,
        told("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."),
        has("max_completion_tokens"),
    ),
    "the older limit, the newer named first": refuses(
        400, told("Please send max_completion_tokens instead of max_tokens."), has("max_completion_tokens")
    ),
    "the newer limit, by a validator": refuses(422, {"object": "error", "message": EXTRA}, has("max_tokens")),
    "both limits at once": refuses(
        400, told("Setting max_tokens and max_completion_tokens at the same time is not supported."), has("max_tokens")
    ),
    "the newer limit, without a word": refuses(400, {}, has("max_tokens")),
    "a long answer, input told": refuses(
        400,
        {"message": f"'max_tokens' is too large: 4096. {TOO_LONG} Your request has 300 input tokens."},
        lambda request: limit(request) <= 1748,
    ),
    "a long answer, as another server says it": refuses(
        400, told(f"{TOO_LONG} However, you requested 4396 tokens (300 in the messages)."),
        lambda request: limit(request) <= 1748,
    ),
    "a long answer, as a third one says it": refuses(
        422,
        {"error": "`inputs` tokens + `max_new_tokens` must be <= 2048. Given: 300 `inputs` tokens and 4096"},
        lambda request: limit(request) <= 1748,
    ),
    "a long answer, the bound told": refuses(
        400, told("max_tokens is too large. This model supports at most 1,024 completion tokens."),
        lambda request: limit(request) <= 1024,
    ),
    "a long answer, a range told": refuses(
        400, told("Invalid max_tokens value, the valid range of max_tokens is [1, 1024]"),
        lambda request: limit(request) <= 1024,
    ),
    "a long answer, nothing told": refuses(400, told("Too many tokens."), lambda request: limit(request) <= 1024),
    "structured output, by a router": refuses(
        404, told("No endpoints found that can handle the requested parameters.", code=404), lacks("response_format")
    ),
    "structured output, by its type": refuses(
        400, told("This response_format type is unavailable now"), lacks("response_format")
    ),
    "structured output, by a validator": refuses(422, told("json_schema: unknown variant"), lacks("response_format")),
    "structured output, by falling over": refuses(500, {}, lacks("response_format")),
    "structured output, not written yet": refuses(501, told("Not implemented"), lacks("response_format")),
    "structured output, inside a 200": refuses(200, told("grammar is not supported"), lacks("response_format")),
    "a temperature": refuses(
        400, told("Unsupported value: 'temperature' does not support 0.2.", param="temperature"), lacks("temperature")
    ),
    "anything but a stream": lambda request, number: (
        Said(streamed(*(piece(content=one) for one in OBJECT), piece("stop"), USAGE))
        if request.get("stream")
        else Said(told("This model only supports stream mode, please enable stream."), 400)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_a_server_does_not_take_is_learned_once_and_remembered(store: Store, name: str) -> None:
    with answering(NOT_TAKEN[name]) as server:
        model = model_at(server, body={"temperature": 0.2})
        (first,) = asked(store, model, question(1, rationale=True))
        once = len(server.seen)
        later = asked(store, model, question(2, rationale=True), question(3, rationale=True))
    assert [one.outcome for one in (first, *later)] == ["ok"] * 3
    assert 2 <= once <= 4
    assert len(server.seen) == once + 2
    assert all(limit(request) for request in server.seen)  # no answer is ever without a bound
    assert states(store) == ["done"] * 3


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, told("The model `m` has been retired."), "The server says: The model `m` has been retired."),
        (404, told("model 'm' not found, try pulling it first"), "try pulling it first"),
        (404, {"detail": "Not Found"}, "check the model's name and the URL. The server says: Not Found"),
        (422, {"object": "error", "message": EXTRA}, "body.max_completion_tokens Not permitted"),
        (400, told(f"{TOO_LONG} Your request has 2040 input tokens."), "maximum context length is 2048 tokens"),
        (200, {"error": "Unexpected endpoint or method."}, "Unexpected endpoint or method."),
        (400, told("Bad key sk-a-very-secret-key and sk-a-very…key"), "Bad key [key] and [key]"),
        (403, told("Not in your country."), "check the key. The server says: Not in your country."),
        (401, told("Incorrect key: sk-a-v…"), "The server refused the key (401); check the key."),
        (402, told("Insufficient Balance"), "no credit left (402)"),
        (429, told("You exceeded your quota.", code="insufficient_quota"), "no credit left (429)"),
        (400, told("Your credit balance is too low."), "no credit left (400)"),
        (400, b"<html><b>Bad request</b></html>", "does not take this request (400)"),
    ],
)
def test_where_nothing_helps_the_refusal_is_shown_in_its_own_words(
    store: Store, status: int, body: Any, reason: str
) -> None:
    with answering(lambda request, number: Said(body, status)) as server:
        model = OpenAIModel("m", server.url, "sk-a-very-secret-key", timeout=10.0)
        (answer,) = asked(store, model, question(rationale=True))
        assert (answer.outcome, states(store)) == ("failed", ["failed"])
        assert str(answer.reason).endswith(reason) or reason in str(answer.reason)
        assert "secret" not in str(answer.reason)
        assert "<" not in str(answer.reason)
        assert len(server.seen) <= 5
        assert model.learned.way == OpenAIModel("m", server.url).learned.way


def test_a_server_that_took_a_schema_once_is_not_asked_without_for_another_fault(store: Store) -> None:
    with answering(lambda request, number: good(request) if number != 1 else Said({}, 500)) as server:
        model = model_at(server)
        asked(store, model, question(1, rationale=True))
        asked(store, model, question(2, rationale=True))
    assert [("response_format" in request) for request in server.seen] == [True] * 3


def test_one_slot_answers_everyone_in_turn_and_nothing_is_in_doubt(store: Store) -> None:
    """Nine seconds an answer and a minute to wait, eighteen times as fast; eight at once would lose the later ones."""
    with answering(lambda request, number: Said(good(request).body, slot=0.5)) as server:
        answers = asked(store, model_at(server, timeout=3.5), *map(question, range(11)))
    assert [answer.outcome for answer in answers] == ["ok"] * 11
    assert (states(store), len(server.seen)) == (["done"] * 11, 11)


def test_an_answer_that_did_not_come_from_this_machine_is_asked_for_again(store: Store) -> None:
    def answer(request: dict[str, Any], number: int) -> Said:
        return Said(good(request).body, slot=1.5 if number == 0 else 0.0) if number != 1 else Said({}, 504)

    with answering(answer) as server:
        (came,) = asked(store, model_at(server, timeout=0.5), question())
    assert (came.outcome, len(server.seen), states(store)) == ("ok", 3, ["done"])


def test_a_server_on_this_machine_with_a_price_bills_and_is_not_asked_again(store: Store) -> None:
    spending.set_price(store, "m", 1.0, 1.0, "ada")
    with answering(lambda request, number: Said({}, 504)) as server:
        (came,) = asked(store, model_at(server), question())
    assert (came.outcome, len(server.seen), states(store)) == ("unknown", 1, ["unknown"])


def test_a_limit_does_not_stop_a_server_on_this_machine(store: Store) -> None:
    spending.set_limit(store, 0.0, "ada")
    with answering(lambda request, number: good(request)) as server:
        assert [one.outcome for one in asked(store, model_at(server), question(), question(1))] == ["ok", "ok"]
    with store.read() as cursor:
        assert paid.spent_and_held(cursor) == 0


def test_whoever_cancels_does_not_wait_for_an_answer_that_costs_nothing(store: Store) -> None:
    job, has_ended = Job("ask", "Asking"), threading.Event()

    def answer(request: dict[str, Any], number: int) -> Said:
        job.cancelled.set()
        has_ended.wait(60)  # so it is answered after the batch has ended, or kept as done where the batch waits for it
        return good(request)

    with answering(answer) as server:
        with pytest.raises(Cancelled):
            asked(store, model_at(server, timeout=100.0), question(), job=job)
        has_ended.set()
    assert states(store) == ["failed"]


def test_what_was_sent_to_a_server_on_this_machine_when_the_app_died_is_sent_again(store: Store) -> None:
    with store.write() as cursor:
        rows = [ledger.Row(f"{held}", f"key {held}", "m", "sort", None, held, "hash") for held in (0, 7)]
        ledger.send(cursor, rows, None)
    with store.write() as cursor:
        assert ledger.orphan(cursor) == 2
        assert list(ledger.known(cursor, ["key 0", "key 7"])) == ["key 7"]
