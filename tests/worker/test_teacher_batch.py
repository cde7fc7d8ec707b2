"""Whole batches of revisions over a real, misbehaving server: nothing is lost, nothing is paid for twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.method.fence import mended
from citing_app.method.prices import Price, cost
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import Teacher
from citing_app.running.jobs import Job
from citing_app.store import instructions, items, ledger
from citing_app.store import spending as paid
from citing_app.store.database import Store
from citing_app.workflows.calls import spending
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.drafts.revising import failed_calls, retry, revise
from tests.conftest import ROOT
from tests.seeding import item
from tests.teacher_server import BEHAVIOURS, TeacherServer, serving

CALLS = int(os.environ.get("CITING_TEST_CALLS", "400"))
KEY = "sk-canary-7f3a9c21"
PRICE = Price(sent=2.0, answered=8.0)


def job() -> Job:
    return Job("revise", "Revising")


def seed(store: Store, number: int, behaviours: list[str]) -> list[int]:
    """That many drafts of train instructions, whose prompts ask the server to behave in turn; its calls cost money."""
    spending.set_price(store, "gpt-canary", PRICE.sent, PRICE.answered, "ada")
    many = range(round(number * 1.5))  # a tenth each are held out
    rows = [{"instruction": f"Instruction {n}. behave:{behaviours[n % len(behaviours)]}"} for n in many]
    import_rows(store, rows, "set")
    with store.write() as cursor:
        chosen = instructions.without_draft(cursor, "base", number)
        assert len(chosen) == number
        made = [items.add_draft(cursor, one, f"Draft {one.id}.", "base", None) for one in chosen]
    return [item_id for item_id in made if item_id is not None]


def teacher(url: str, connections: int = 32, timeout: float = 1.0) -> Teacher:
    return Teacher.of(OpenAIModel("gpt-canary", url, KEY, timeout=timeout, connections=connections))


def states(store: Store) -> dict[str, int]:
    with store.read() as cursor:
        return dict(cursor.execute("SELECT state, count(*) FROM items GROUP BY state").fetchall())


def test_calls_through_every_fault(store: Store) -> None:
    seed(store, CALLS, ["good"] * 20 + BEHAVIOURS)
    with serving(TeacherServer(hang_seconds=1.5)) as server:
        one = teacher(server.url)
        outcomes = revise(store, [one], CALLS, job())
        assert outcomes.total() == CALLS
        assert outcomes["failed"] == 0  # what passes was waited out
        with store.read() as cursor:
            lost = cursor.execute("SELECT count(*) FROM teacher_calls WHERE state IN ('sent', 'reserved')").fetchall()
            held = paid.spent_and_held(cursor)
            unpaid = ledger.unknown(cursor).get("revise", 0)
        assert lost == [(0,)]
        assert [count for count in server.billed.values() if count > 1] == []
        good = outcomes["ok"] + outcomes["unchanged"]
        assert states(store) == {"waiting": good, "drafted": CALLS - good}
        assert len(parked_items(store)) == CALLS - good
        assert unpaid == outcomes["unknown"] > 0
        assert held >= (cost(PRICE, server.tokens - 12 * server.billed.total(), 12 * server.billed.total()) or 0)
        again = server.seen.total()
        revise(store, [one], CALLS, job())
        assert server.seen.total() == again  # nothing that was paid, or may have been, is sent unasked
        retry(store, [one], job(), ["unknown"])
        twice = [count for count in server.billed.values() if count > 1]
        assert len(twice) == unpaid  # these were sent again because somebody said so


def parked_items(store: Store) -> set[int]:
    with store.read() as cursor:
        return {row.item_id for row in ledger.failed_calls(cursor, 5000)}


def test_a_limit_is_not_passed_under_faults_and_the_rest_goes_on_when_it_is_raised(store: Store) -> None:
    seed(store, 300, ["good", "good", "busy", "broken", "truncate", "slow-stream"])
    limit = 400_000_000
    spending.set_limit(store, limit / 1e9, "ada")
    with serving(TeacherServer()) as server:
        with pytest.raises(CitingError, match="spending limit"):
            revise(store, [teacher(server.url, timeout=5.0)], 300, job())
        billed = cost(PRICE, server.tokens - 12 * server.billed.total(), 12 * server.billed.total())
        assert billed is not None
        assert 0 < billed <= limit
        before = server.billed.total()
        spending.set_limit(store, 1_000.0, "ada")
        revise(store, [teacher(server.url, timeout=5.0)], 300, job())
        assert server.billed.total() == 300 > before
        assert set(server.billed.values()) == {1}


def test_the_recorded_answers_all_arrive_each_under_its_own_instruction(store: Store, shared_data: Path) -> None:
    lines = (shared_data / "draft_revision_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line) for line in lines[:CALLS]]
    answers = {(row["instruction"].strip(), row["draft"].strip()): row["revision"] for row in pairs}

    def recorded(prompt: str) -> str:
        parts = dict(re.findall(r"<(\w+) [0-9a-f]{16}>\n(.*?)\n</\1 ", prompt, re.DOTALL))
        return answers[mended(parts["instruction"]).strip(), mended(parts["draft"]).strip()]

    rows = [{"instruction": row["instruction"], "output": ""} for row in pairs]
    import_rows(store, rows, "alpaca eval")
    drafts = {row["instruction"].strip(): row["draft"] for row in pairs}
    with store.write() as cursor:
        every = cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()
        cursor.execute("UPDATE instructions SET split = 'train'")
        chosen = instructions.get(cursor, [row[0] for row in every])
        ids = [items.add_draft(cursor, one, drafts[one.text.strip()], "alpaca-7b", None) for one in chosen]
    with serving(TeacherServer(answer=recorded, chance_of_delay=0.3)) as server:
        outcomes = revise(store, [teacher(server.url, timeout=30.0)], len(ids), job())
    assert outcomes["ok"] + outcomes["unchanged"] + outcomes["refused"] == len(ids) > 0.9 * min(CALLS, len(lines))
    for item_id in ids:
        assert item_id is not None
        found = item(store, item_id)
        expected = answers[found.instruction.text.strip(), found.draft.strip()]
        if found.revision is not None:
            assert found.revision.strip() in (expected.strip(), expected.strip().strip('"“”'))
    assert len(failed_calls(store)) == min(50, outcomes["refused"])


KILLED = """
import sys
from pathlib import Path
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import Teacher
from citing_app.store import ledger
from citing_app.store.database import Store
from citing_app.running.jobs import Job
from citing_app.workflows.drafts.revising import retry, revise
with Store(Path(sys.argv[1])) as store:
    with store.write() as cursor:
        ledger.orphan(cursor)
    print("began", flush=True)
    teacher = Teacher.of(OpenAIModel("gpt-canary", sys.argv[2], "sk-canary-7f3a9c21", timeout=5.0, connections=8))
    revise(store, [teacher], 1000, Job("revise", "Revising"))
"""


def test_a_batch_killed_at_random_points_buys_no_known_answer_again_and_loses_none(tmp_path: Path) -> None:
    kills = int(os.environ.get("CITING_TEST_KILLS", "4"))
    with Store(tmp_path) as store:
        seed(store, 500, ["good"])
    with serving(TeacherServer(latency=0.15, keep_requests=False)) as server:
        for _ in range(kills):
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED, str(tmp_path), server.url],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            assert process.stdout is not None
            with process.stdout:
                assert process.stdout.readline() == b"began\n"
                time.sleep(server.chance.uniform(0.0, 4.0 / kills + 0.6))
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            time.sleep(0.2)  # what was under way is answered, and billed, into the void
        with Store(tmp_path) as store:
            with store.write() as cursor:
                ledger.orphan(cursor)
            revise(store, [teacher(server.url, timeout=5.0)], 1000, job())
            with store.read() as cursor:
                unknown = ledger.unknown(cursor).get("revise", 0)
            assert [count for count in server.billed.values() if count > 1] == []
            good = states(store).get("waiting", 0)
            assert good + unknown == 500
            # in doubt: what eight connections had under way, and the one call written down ahead for them
            assert unknown <= (8 + 1) * kills
            retry(store, [teacher(server.url, timeout=5.0)], job(), ["unknown"])
            assert states(store) == {"waiting": 500}
            assert sum(count > 1 for count in server.billed.values()) <= unknown


def test_the_key_is_nowhere_after_every_fault(store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seed(store, 60, BEHAVIOURS)
    with serving(TeacherServer(hang_seconds=1.5, answer=lambda prompt: f"Your key is {KEY}.")) as server:
        outcomes = revise(store, [teacher(server.url)], 60, job())
        assert server.keys == {f"Bearer {KEY}"}
        said = repr([row.reason for row in failed_calls(store)])
    assert outcomes["ok"] > 0
    with store.read() as cursor:
        (replies,) = cursor.execute("SELECT string_agg(coalesce(raw, ''), ' ') FROM teacher_calls").fetchone() or ("",)
    with store.write() as cursor:
        cursor.execute("SELECT 1")
    store.close()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "Your key is [key]." in replies
    for place in (files.decode(errors="replace"), said, replies, *capfd.readouterr()):
        assert KEY not in place
