"""A judge behind a real server: asked in both orders, kept whatever it says, and never paid twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.method.judging import Judgement, read_judgement
from citing_app.models.chat_model import Fault
from citing_app.models.judge import BY_REFERENCE, Judge
from citing_app.models.openai_model import OpenAIModel
from citing_app.running.jobs import Job
from citing_app.store import comparisons, ledger
from citing_app.store.database import Store
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.asking import ask
from citing_app.workflows.drafts.teachers import allow_unknown
from citing_app.workflows.evaluation.judge.judging import Case, Manner, judge_all, judge_questions, keep, preference_of
from citing_app.workflows.evaluation.judge.win_rates_view import WinRateView, told, win_rate_view
from tests.conftest import ROOT
from tests.scripted_judge import MODELS, HoldingServer, cases, first_place, judging, longer, reply
from tests.scripted_model import Scripted, said
from tests.teacher_server import TeacherServer, serving

TEXTS = [
    ("yes, long", "no"),
    ("no", "yes, long"),
    ("same", "other"),
    ("long yes", "yes"),
    ("same", "same"),
    ("yes", " "),
]
"""By `longer`: won, lost, lost by a letter, won, tied by rule, won by rule."""


def manner(url: str, connections: int = 8) -> Manner:
    return Manner(Judge("judge", OpenAIModel("judge", url, "key", timeout=20.0, connections=connections)))


def view(store: Store, how: Manner, every: Sequence[Case]) -> WinRateView:
    test_set = {"name": "set", "hash": "hash", "n": len(every), "unanswered": 0}
    return win_rate_view(store, MODELS, "draft", how.known_as, test_set, every)  # type: ignore[arg-type]


def judged(store: Store, how: Manner, every: Sequence[Case]) -> WinRateView:
    judge_all(store, how, every, Job("compare", "Comparing"))
    return view(store, how, every)


def counts(found: WinRateView, aspect: str = "overall") -> dict[str, int]:
    names = ("wins", "ties", "losses", "inconsistent", "invalid", "empty", "identical")
    return {name: found["rates"][aspect][name] for name in names if found["rates"][aspect][name]}  # type: ignore[literal-required]


def test_a_judge_with_a_rule_is_asked_twice_each_and_by_rule_not_at_all(store: Store) -> None:
    every = cases(store, TEXTS)
    with serving(TeacherServer(judging(longer))) as server:
        found = judged(store, manner(server.url), every)
        assert server.billed.total() == 2 * 4
        again = judged(store, manner(server.url), every)
        assert (server.billed.total(), again) == (8, found)
    assert found["rates"].keys() == {"overall", "articulate", "in_depth", "comprehensive"}
    assert counts(found) == {"wins": 3, "ties": 1, "losses": 2, "empty": 1, "identical": 1}
    assert found["rates"]["overall"]["rate"] == pytest.approx(3.5 / 6)
    assert (found["replies"], found["unasked"]) == ({"ok": 8}, 0)
    assert "58.3 %" in told(found)
    assert "(3 wins, 1 tie, 2 losses, 0 inconsistent, 0 both bad, 0 invalid; bounds 58.3 to 58.3 %)" in told(found)
    trust = found["trust"]
    assert (trust["inconsistent"]["mean"], trust["longer_wins"]["mean"], trust["longer_wins"]["n"]) == (0.0, 1.0, 4)
    assert [third["rate"]["n"] for third in found["lengths"]["thirds"]] == [2, 2, 2]
    with store.read() as cursor:
        kept = comparisons.standing(cursor)
    assert len(kept) == 12
    assert {one.author for one in kept} == {"judge"}
    assert all(one.prompt_hash for one in kept)
    swapped = [Case(one.instruction, one.second, one.first, one.accepted) for one in every]
    assert view(store, manner(server.url), swapped)["rates"]["overall"]["rate"] == pytest.approx(1 - 3.5 / 6)


def test_a_judge_that_prefers_the_first_place_is_inconsistent_everywhere(store: Store) -> None:
    with serving(TeacherServer(judging(first_place))) as server:
        found = judged(store, manner(server.url), cases(store, TEXTS[:4]))
    assert counts(found) == {"inconsistent": 4}
    assert found["rates"]["overall"]["rate"] == 0.5
    assert found["rates"]["overall"]["bounds"] == (0.0, 1.0)
    assert found["warnings"] == ["The inconsistent and invalid comparisons could reverse this result."]


@pytest.mark.parametrize(
    ("answer", "instruction", "outcome"),
    [
        (lambda prompt: "A is better, I think.", "Do {}.", "malformed"),
        (lambda prompt: reply("Both"), "Do {}.", "malformed"),
        (judging(longer), "Do {}. behave:truncate", "truncated"),
        (lambda prompt: "<think>Well, A …", "Do {}. behave:truncate", "truncated"),
        (lambda prompt: "<think>A, surely.</think>", "Do {}.", "empty"),
        (judging(longer), "Do {}. behave:refuse", "refused"),
    ],
)
def test_a_reply_that_cannot_be_read_is_invalid_and_not_bought_again(
    store: Store, answer: object, instruction: str, outcome: str
) -> None:
    every = cases(store, TEXTS[:2], instruction)
    with serving(TeacherServer(answer)) as server:  # type: ignore[arg-type]
        found = judged(store, manner(server.url), every)
        judged(store, manner(server.url), every)
        assert server.billed.total() == 4  # one call for each order: nothing is mended or asked for again
    assert counts(found) == {"invalid": 2}
    assert found["replies"] == {outcome: 4}
    assert (found["rates"]["overall"]["n"], found["rates"]["overall"]["rate"]) == (0, None)


def test_a_judge_may_think_first(store: Store) -> None:
    thinking = judging(longer, lambda text: f'<think>{{"overall": "tie"}} or so</think>\n{text}')
    with serving(TeacherServer(thinking)) as server:
        assert counts(judged(store, manner(server.url), cases(store, TEXTS[:2]))) == {"wins": 1, "losses": 1}
        assert server.requests[0]["max_completion_tokens"] >= 1024


def test_a_changed_reader_reads_the_kept_replies_and_buys_nothing(store: Store) -> None:
    def lenient(text: str) -> Judgement:
        return read_judgement(text.replace("answer ", ""))

    every = cases(store, TEXTS[:2])
    with serving(TeacherServer(judging(lambda a, b: f"answer {longer(a, b)}"))) as server:
        how = manner(server.url)
        assert how.judge.model
        assert counts(judged(store, how, every)) == {"invalid": 2}
        read_again = [replace(one, read=lenient) for one in judge_questions(every, how)]
        found = ask(store, how.judge.model, read_again, Job("compare", "Comparing"), "judging")
        with store.write() as cursor:
            keep(cursor, [preference_of(one, how) for one in found])
        assert counts(view(store, how, every)) == {"wins": 1, "losses": 1}
        assert counts(judged(store, how, every)) == {"invalid": 2}  # and the strict one again
        assert server.billed.total() == 4
    with store.read() as cursor:
        assert len(comparisons.standing(cursor)) == 12  # nothing that was said is changed


def test_what_failed_is_asked_again_and_what_may_be_billed_only_once_a_person_allows_it(store: Store) -> None:
    every = cases(store, TEXTS[:1])
    kinds = ["final", "unknown"]
    model = Scripted(lambda text, times: Fault(kinds.pop(), "No.") if kinds else said(reply("A")), name="judge")  # type: ignore[arg-type]
    how = Manner(Judge("judge", model))
    assert judged(store, how, every)["replies"] == {"unknown": 1, "failed": 1}
    found = judged(store, how, every)
    assert (counts(found), found["replies"]) == ({"invalid": 1}, {"unknown": 1, "ok": 1})
    assert judged(store, how, every) == found
    assert len(model.asked) == 3
    assert allow_unknown(store) == 1
    assert counts(judged(store, how, every)) == {"inconsistent": 1}


def test_the_limit_stops_with_a_sentence_and_keeps_what_was_said(store: Store) -> None:
    every = cases(store, [("long " * n, "x") for n in range(2, 14)])
    spending.set_price(store, "judge", 100.0, 100.0, "ada")
    spending.set_limit(store, 1.0, "ada")
    with serving(TeacherServer(judging(longer))) as server:
        with pytest.raises(CitingError, match="spending limit"):
            judged(store, manner(server.url, connections=1), every)
        before, found = server.billed.total(), view(store, manner(server.url), every)
        assert 0 < before < 24
        assert found["rates"]["overall"]["n"] == before // 2 == 12 - found["unasked"]
        spending.set_limit(store, None, "ada")
        assert counts(judged(store, manner(server.url), every)) == {"wins": 12}
        assert server.billed.total() == 24


def test_by_reference_the_closer_answer_wins_without_a_call(store: Store) -> None:
    how, every = Manner(BY_REFERENCE), cases(store, [*TEXTS, ("", "")])
    found = judged(store, how, every)
    assert counts(found) == {"wins": 2, "ties": 3, "losses": 2, "empty": 1, "identical": 2}
    assert list(found["rates"]) == ["overall"]
    assert (found["source"], found["judge"], found["replies"]) == ("reference", "rouge_l", {"ok": 8})
    assert judged(store, how, every) == found


KILLED = """
import sys
import threading
from pathlib import Path
from citing_app.running.jobs import Job
from citing_app.store.database import Store
from citing_app.workflows.drafts.teachers import allow_unknown
from citing_app.workflows.evaluation.judge.judging import judge_all
from tests.scripted_judge import cases
from tests.workflows.evaluation.test_judging import TEXTS, manner, rows
with Store(Path(sys.argv[1])) as store:
    arguments = (store, manner(sys.argv[2], connections=1), cases(store, TEXTS[:1]), Job("compare", "Comparing"))
    threading.Thread(target=judge_all, args=arguments, daemon=True).start()
    while rows(store) != ["done", "reserved"]:
        pass
    print("one order is judged, the other turned down", flush=True)
    sys.stdin.read()
"""


def rows(store: Store) -> list[str]:
    with store.read() as cursor:
        return [state for (state,) in cursor.execute("SELECT state FROM teacher_calls ORDER BY called_at").fetchall()]


def test_killed_between_the_two_orders_one_call_is_left_to_buy(tmp_path: Path) -> None:
    server = HoldingServer(judging(longer), at_most=1)
    with serving(server):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), server.url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin
        assert process.stdout
        with process.stdin, process.stdout:
            assert process.stdout.readline().startswith(b"one order")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        server.at_most = 10
        with Store(tmp_path) as store:
            with store.write() as cursor:
                ledger.orphan(cursor)
            found = judged(store, manner(server.url), cases(store, TEXTS[:1]))
        assert counts(found) == {"wins": 1}
        assert sorted(server.billed.values()) == [1, 1]
