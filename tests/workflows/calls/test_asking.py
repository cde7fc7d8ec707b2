"""Asking through the ledger with a model that a test writes: what is bought, what is not, and what waits for a word."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.method.prices import Price
from citing_app.method.replies import Unusable
from citing_app.models.chat_model import Call, Fault, Reply
from citing_app.running.jobs import Job
from citing_app.store import ledger
from citing_app.store import spending as paid
from citing_app.store.database import Cursor, Store
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.asking import ask, ask_all
from citing_app.workflows.calls.questions import Answer, Question
from citing_app.workflows.drafts import teachers
from tests.scripted_model import Scripted, said


def question(text: str, read: Callable[[str], str] = str) -> Question:
    return Question("sort", Call(({"role": "user", "content": text},), 50), "hash", read)


def job() -> Job:
    return Job("ask", "Asking")


def outcomes(answers: Sequence[Answer]) -> list[str]:
    return [answer.outcome for answer in answers]


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def rows(store: Store) -> list[tuple[str, str | None]]:
    with store.read() as cursor:
        return cursor.execute("SELECT state, outcome FROM teacher_calls ORDER BY called_at").fetchall()


def test_answers_come_in_the_order_of_their_questions_within_the_bound(store: Store) -> None:
    model = Scripted()
    answers = ask(store, model, [question(f"{n}") for n in range(40)], job(), "asking")
    assert [answer.value for answer in answers] == [f"re: {n}" for n in range(40)]
    assert model.most_under_way == 4
    assert rows(store) == [("done", "ok")] * 40


def test_what_was_paid_for_is_not_bought_again(store: Store) -> None:
    first = Scripted()
    ask(store, first, [question("a"), question("b")], job(), "asking")
    second = Scripted(lambda text, times: said("another answer"))
    answers = ask(store, second, [question("b"), question("c"), question("a")], job(), "asking")
    assert [answer.value for answer in answers] == ["re: b", "another answer", "re: a"]
    assert second.asked == ["c"]


def test_the_same_question_twice_is_one_call(store: Store) -> None:
    model = Scripted()
    answers = ask(store, model, [question("a") for _ in range(5)], job(), "asking")
    assert [answer.value for answer in answers] == ["re: a"] * 5
    assert model.asked == ["a"]


def test_two_jobs_that_ask_the_same_at_once_buy_each_answer_once(store: Store) -> None:
    model, texts = Scripted(), [f"{n}" for n in range(12)]
    with ThreadPoolExecutor(2) as jobs:
        both = [jobs.submit(ask, store, model, [question(text) for text in texts], job(), "asking") for _ in range(2)]
        found = [[answer.value for answer in answers.result()] for answers in both]
    assert found == [[f"re: {text}" for text in texts]] * 2
    assert sorted(model.asked) == sorted(texts)


def test_a_call_that_another_job_has_under_way_is_waited_for_and_sent_where_it_fails(store: Store) -> None:
    model = Scripted(lambda text, times: Fault("busy", "Later.", retry_after=600.0) if times == 1 else said("now"))
    first, second, third = job(), job(), job()
    with ThreadPoolExecutor(3) as jobs:
        running = [jobs.submit(ask, store, model, [question("a")], first, "asking")]
        eventually(lambda: rows(store) == [("reserved", None)])
        running += [jobs.submit(ask, store, model, [question("a")], one, "asking") for one in (second, third)]
        time.sleep(1.2)  # they look again, and wait on
        second.cancelled.set()
        with pytest.raises(Cancelled):
            running[1].result(60)
        assert (model.asked, running[2].done()) == (["a"], False)
        first.cancelled.set()
        assert outcomes(running[2].result(60)) == ["ok"]
    assert model.asked == ["a", "a"]


def test_another_model_server_or_length_is_another_call(store: Store) -> None:
    ask(store, Scripted(), [question("a")], job(), "asking")
    elsewhere = Scripted()
    elsewhere.url = "http://elsewhere/v1"
    ask(store, elsewhere, [question("a")], job(), "asking")
    longer = Scripted()
    call = Call(({"role": "user", "content": "a"},), 51)
    ask(store, longer, [Question("sort", call, "hash", str)], job(), "asking")
    assert (elsewhere.asked, longer.asked) == (["a"], ["a"])


@pytest.mark.parametrize("kind", ["busy", "passing"])
def test_what_was_not_paid_is_tried_again(store: Store, kind: str) -> None:
    fault = Fault(kind, "Later.", retry_after=0.0)  # type: ignore[arg-type]
    model = Scripted(lambda text, times: fault if times < 3 else said("at last"))
    (answer,) = ask(store, model, [question("a")], job(), "asking")
    assert (answer.value, len(model.asked)) == ("at last", 3)
    assert rows(store) == [("done", "ok")]


def test_what_fails_for_good_says_why_and_can_be_asked_again(store: Store) -> None:
    model = Scripted(lambda text, times: Fault("final", "No such model.") if times == 1 else said("now"))
    (answer,) = ask(store, model, [question("a")], job(), "asking")
    assert (answer.outcome, answer.reason) == ("failed", "No such model.")
    (answer,) = ask(store, model, [question("a")], job(), "asking")
    assert answer.value == "now"


def test_a_call_whose_fate_is_unknown_waits_for_a_word(store: Store) -> None:
    model = Scripted(lambda text, times: Fault("unknown", "Timed out.") if times == 1 else said("now"))
    assert outcomes(ask(store, model, [question("a")], job(), "asking")) == ["unknown"]
    assert outcomes(ask(store, model, [question("a")], job(), "asking")) == ["unknown"]
    assert model.asked == ["a"]
    assert teachers.allow_unknown(store) == 1
    assert outcomes(ask(store, model, [question("a")], job(), "asking")) == ["ok"]
    assert model.asked == ["a", "a"]


def test_what_was_sent_when_the_app_died_is_of_unknown_fate(store: Store) -> None:
    with store.write() as cursor:
        ledger.send(cursor, [ledger.Row("1", "key", "scripted", "sort", None, None, "hash")], None)
    with store.write() as cursor:
        assert ledger.orphan(cursor) == 1
        assert ledger.unknown(cursor) == {"sort": 1}
        assert ledger.orphan(cursor) == 0


def test_a_reply_that_cannot_be_used_is_mended_once(store: Store) -> None:
    def read(reply: str) -> str:
        if "good" not in reply:
            raise Unusable("The word good is missing.")
        return reply

    model = Scripted(lambda text, times: said("good" if "The word good is missing." in text else "bad"))
    (answer,) = ask(store, model, [question("a", read)], job(), "asking")
    assert (answer.value, len(model.asked)) == ("good", 2)
    hopeless = Scripted(lambda text, times: said("bad"))
    hopeless.url = "http://hopeless/v1"
    (answer,) = ask(store, hopeless, [question("a", read)], job(), "asking")
    assert (answer.outcome, answer.raw, len(hopeless.asked)) == ("malformed", "bad", 2)
    ask(store, hopeless, [question("a", read)], job(), "asking")
    assert len(hopeless.asked) == 2  # both replies were paid for: they are read again, not bought


def test_a_limit_is_never_passed_and_says_where_it_stopped(store: Store) -> None:
    spending.set_price(store, "scripted", 1_000.0, 1_000.0, "ada")
    one = spending.estimate(Price(1_000.0, 1_000.0), 1, 1, 50, 50)["most"]
    spending.set_limit(store, 3 * one / 1e9, "ada")
    model = Scripted(lambda text, times: said("x", tokens=25))
    kept: list[Answer] = []
    with pytest.raises(CitingError, match=r"spending limit of \$0\.\d+ is reached after \d answers"):
        ask_all(store, model, [question(f"{n}") for n in range(9)], job(), "asking", kept.extend)
    with store.read() as cursor:
        assert paid.spent_and_held(cursor) <= 3 * one
    assert 3 <= len(kept) == len(model.asked) < 9
    spending.set_limit(store, None, "ada")
    ask(store, model, [question(f"{n}") for n in range(9)], job(), "asking")
    assert len(model.asked) == 9


def test_with_a_limit_a_model_without_a_price_is_refused(store: Store) -> None:
    spending.set_limit(store, 5.0, "ada")
    model = Scripted()
    with pytest.raises(CitingError, match="no price for scripted"):
        ask(store, model, [question("a")], job(), "asking")
    assert model.asked == []


def test_a_limit_that_is_set_meanwhile_stops_a_model_without_a_price_and_keeps_what_came(store: Store) -> None:
    def answer(text: str, times: int) -> Reply:
        if text == "4":
            spending.set_limit(store, 5.0, "ada")
        return said(text)

    model, kept = Scripted(answer), list[Answer]()
    with pytest.raises(CitingError, match="no price for scripted"):
        ask_all(store, model, [question(f"{n}") for n in range(40)], job(), "asking", kept.extend)
    assert 5 <= len(kept) == len(model.asked) < 40
    assert set(rows(store)) == {("done", "ok")}


def test_the_limit_that_stopped_a_batch_is_named_though_it_was_set_meanwhile(store: Store) -> None:
    def answer(text: str, times: int) -> Reply:
        if text == "4":
            spending.set_limit(store, 0.25, "ada")
        return said(text, tokens=25)

    spending.set_price(store, "scripted", 1_000.0, 1_000.0, "ada")
    model = Scripted(answer)
    with pytest.raises(CitingError, match=r"spending limit of \$0\.25"):
        ask(store, model, [question(f"{n}") for n in range(40)], job(), "asking")


def test_a_reply_without_usage_counts_with_all_it_can_have_cost(store: Store) -> None:
    spending.set_price(store, "scripted", 1.0, 1.0, "ada")
    ask(store, Scripted(lambda text, times: Reply("x", "stop", False, None, None)), [question("a")], job(), "asking")
    with store.read() as cursor:
        ((held, cost),) = cursor.execute("SELECT held, cost FROM teacher_calls").fetchall()
    assert cost == held > 0


def test_after_cancelling_nothing_more_is_sent_and_what_was_sent_is_kept(store: Store) -> None:
    model, stopped, kept = Scripted(), job(), list[Answer]()

    def keep(answers: list[Answer]) -> None:
        kept.extend(answers)
        if len(kept) >= 8:
            stopped.cancelled.set()

    with pytest.raises(Cancelled, match="are kept"):
        ask_all(store, model, [question(f"{n}") for n in range(500)], stopped, "asking", keep)
    assert 8 <= len(kept) == len(model.asked) < 100
    assert set(rows(store)) == {("done", "ok")}


def test_a_cancelled_pause_holds_nothing(store: Store) -> None:
    spending.set_price(store, "scripted", 1.0, 1.0, "ada")
    stopped = job()
    model = Scripted(lambda text, times: Fault("busy", "Later.", retry_after=60.0))
    threading.Timer(0.5, stopped.cancelled.set).start()
    with pytest.raises(Cancelled):
        ask(store, model, [question("a")], stopped, "asking")
    with store.read() as cursor:
        assert paid.spent_and_held(cursor) == 0
    assert rows(store) == [("failed", "failed")]


def test_when_keeping_fails_no_answer_is_lost_and_none_is_bought_again(store: Store) -> None:
    def broken(answers: list[Answer]) -> None:
        raise RuntimeError("a fault of the program")

    model = Scripted()
    with pytest.raises(RuntimeError, match="fault of the program"):
        ask_all(store, model, [question(f"{n}") for n in range(30)], job(), "asking", broken)
    before, states = len(model.asked), Counter(state for state, _ in rows(store))
    assert states["done"] + states["unknown"] >= before  # and what was only written down is taken back: "failed"
    answers = ask(store, model, [question(f"{n}") for n in range(30)], job(), "asking")
    assert len(model.asked) == 30
    assert outcomes(answers).count("ok") >= 30 - before + 1


class FillingDisk(Store):
    """A store whose disk is full once, for the next write after `is_full` was set."""

    is_full = False

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        with super().write() as cursor:
            yield cursor
            if self.is_full:
                self.is_full = False
                raise CitingError("The disk is full.")


def test_when_the_ledger_cannot_be_written_the_replies_that_came_are_not_lost(tmp_path: Path) -> None:
    def answer(text: str, times: int) -> Reply | Fault:
        store.is_full = times == 1 and text == "2"
        return said(text) if text != "0" or times > 1 else Fault("busy", "Later.", retry_after=0.0)

    model = Scripted(answer)
    model.connections = 1  # so that nothing is under way, and in doubt, when the write fails
    with FillingDisk(tmp_path) as store:
        with pytest.raises(CitingError, match="disk is full"):
            ask(store, model, [question(f"{n}") for n in range(6)], job(), "asking")
        assert {state for state, _ in rows(store)} <= {"done", "failed"}
        assert outcomes(ask(store, model, [question(f"{n}") for n in range(6)], job(), "asking")) == ["ok"] * 6
    assert sorted(model.asked) == ["0", "0", "1", "2", "3", "4", "5"]


def test_a_question_that_comes_later_is_waited_for(store: Store) -> None:
    def later() -> object:
        yield question("a")
        for _ in range(5):
            yield None
        yield question("b")

    found: list[Answer] = []
    assert ask_all(store, Scripted(), later(), job(), "asking", found.extend) == {"ok": 2}  # type: ignore[arg-type]


def test_progress_names_the_rate_and_the_cost(store: Store) -> None:
    spending.set_price(store, "scripted", 1_000.0, 1_000.0, "ada")
    told = job()
    ask(store, Scripted(), [question(f"{n}") for n in range(3)], told, "asking")
    assert told.message.startswith("asking 3 of 3 · ")
    assert told.message.endswith("a second · $0.0600 so far")
