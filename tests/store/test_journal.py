"""The journal: what was reported as saved is never lost, whatever dies, and replays into an empty store."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.store import exports, learnable, rubrics, states
from citing_app.store.database import Store
from citing_app.store.exports import Which
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.types import Pair
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import deciding
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from tests.conftest import ROOT
from tests.seeding import NASTY, RUBRIC, count, item, pairs, request, seed, waiting


def learned(store: Store) -> list[tuple[Any, ...]]:
    """What a round would learn, without the ids that a store gives."""
    with store.read() as cursor:
        return [_told(pair) for pair in learnable.pairs(cursor)]


def _told(pair: Pair) -> tuple[Any, ...]:
    rubric = pair.rubric and (pair.rubric.category, pair.rubric.version, pair.rubric.criteria)
    return pair.decision_id, pair.instruction, pair.input, pair.draft, pair.revision, rubric, pair.split


def decide_in_every_way(store: Store, journal: Journal) -> None:
    """Every kind of decision, on rows with a rubric, an input and texts of every kind."""
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "Explaining something.")
    nasty = {"input": NASTY, "draft": f"Draft {NASTY}", "revision": f"Revision {NASTY}", "category": "explaining"}
    rows = [row | (nasty if n % 2 else {}) for n, row in enumerate(pairs(7))]
    rows[0]["edits"] = [{"before": "bad", "after": "good", "criterion": "Accurate"}]
    import_rows(store, rows, "seeded")
    one, two, three, four, five, six, _ = waiting(store)
    decide(store, journal, Leases(), request(one, "accept"))
    decide(store, journal, Leases(), request(two, "edit", final_text=f"Edited {NASTY}"))
    decide(store, journal, Leases(), request(three, "reject", "bob"))
    decide(store, journal, Leases(), request(four, "skip"))
    decide(store, journal, Leases(), request(five, "accept"))
    undo(store, journal, "ada", "undo-1")
    decide(store, journal, Leases(), request(six, "reject"))
    undo(store, journal, "ada", "undo-2")
    decide(store, journal, Leases(), request(item(store, six.id), "accept", "bob"))


def test_every_decision_is_one_line_that_stands_alone(store: Store, journal: Journal) -> None:
    decide_in_every_way(store, journal)
    raw = journal.path.read_bytes()
    lines = [json.loads(line) for line in raw.decode().removesuffix("\n").split("\n")]
    kinds = ["accept", "edit", "reject", "skip", "accept", "undo", "reject", "undo", "accept"]
    assert [line["kind"] for line in lines] == kinds
    assert [line["id"] for line in journal.read()] == [line["id"] for line in lines]
    edited = lines[1]
    assert edited["instruction"]["input"] == NASTY
    assert edited["draft"]["text"] == f"Draft {NASTY}"
    assert edited["revision"]["text"] == f"Revision {NASTY}"
    assert edited["final_text"] == f"Edited {NASTY}"
    assert edited["rubric"]["category"] == "explaining"
    assert edited["rubric"]["criteria"][0] == {"name": "Accurate", "good": "True.", "bad": "False."}


def test_a_journal_replays_into_an_empty_store(store: Store, journal: Journal, tmp_path: Path) -> None:
    decide_in_every_way(store, journal)
    before = learned(store)
    assert len(before) == 3
    other = Journal(tmp_path / "other")
    other.path.write_bytes(journal.path.read_bytes())
    with Store(tmp_path / "other") as empty:
        assert reconcile(empty, other, DECISIONS) == (9, 0)
        assert learned(empty) == before
        with empty.read() as cursor:
            found = states.counts(cursor)
        assert (found["accepted"], found["rejected"], found["waiting"]) == (3, 1, 2)
        with store.read() as cursor, empty.read() as replayed:
            (again, kept) = ([*exports.batches(one, exports.held(one, Which(), "full"))] for one in (replayed, cursor))
            assert again == kept
        assert reconcile(empty, other, DECISIONS) == (0, 0)
        assert other.path.read_bytes() == journal.path.read_bytes()


def test_a_replayed_store_goes_on_with_decisions_and_undo(store: Store, journal: Journal, tmp_path: Path) -> None:
    first, second = seed(store, 2)
    decide(store, journal, Leases(), request(first, "accept"))
    decide(store, journal, Leases(), request(second, "skip"))
    other = Journal(tmp_path / "other")
    other.path.write_bytes(journal.path.read_bytes())
    with Store(tmp_path / "other") as empty:
        reconcile(empty, other, DECISIONS)
        (left,) = waiting(empty)
        decide(empty, other, Leases(), request(left, "reject"))
        undo(empty, other, "ada", "undo-1")
        undo(empty, other, "ada", "undo-2")
        assert len(waiting(empty)) == 2
        assert len(other.read()) == count(empty, "decisions") == 5


def test_a_decision_that_only_the_store_has_gets_into_the_journal(store: Store, journal: Journal) -> None:
    first, second = seed(store, 2)
    decide(store, journal, Leases(), request(first, "accept"))
    kept = journal.path.read_bytes()
    decide(store, journal, Leases(), request(second, "reject"))
    whole = journal.read()
    journal.path.write_bytes(kept)  # as a crash between commit and journal leaves it
    assert reconcile(store, journal, DECISIONS) == (0, 1)
    assert journal.read() == whole
    assert reconcile(store, journal, DECISIONS) == (0, 0)


def test_a_lost_journal_is_written_again_from_the_store(store: Store, journal: Journal) -> None:
    decide_in_every_way(store, journal)
    whole = journal.read()
    journal.path.unlink()
    assert reconcile(store, Journal(store.folder), DECISIONS) == (0, 9)
    assert journal.read() == whole


def test_an_older_store_catches_up_with_its_journal(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Store(folder) as store:
        journal = Journal(folder)
        first, second = seed(store, 2)
        decide(store, journal, Leases(), request(first, "accept"))
    older = (folder / "studio.duckdb").read_bytes()
    with Store(folder) as store:
        decide(store, journal, Leases(), request(item(store, second.id), "edit"))
        undo(store, journal, "ada", "undo-1", first.id)
        expected = learned(store)
    (folder / "studio.duckdb").write_bytes(older)
    with Store(folder) as store:
        assert reconcile(store, journal, DECISIONS) == (2, 0)
        assert learned(store) == expected
        assert item(store, first.id).state == "waiting"


def test_lines_that_threads_wrote_in_another_order_than_they_committed_replay_in_the_order_of_the_decisions(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    (found,) = seed(store, 1)
    decide(store, journal, Leases(), request(found, "accept"))
    undo(store, journal, "ada", "undo-1")
    lines = journal.path.read_bytes().splitlines(keepends=True)
    other = Journal(tmp_path / "other")
    other.path.write_bytes(b"".join(reversed(lines)))
    with Store(tmp_path / "other") as empty:
        assert reconcile(empty, other, DECISIONS) == (2, 0)
        assert [one.state for one in waiting(empty)] == ["waiting"]


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_is_survived(store: Store, journal: Journal, cut: int) -> None:
    first, second, third = seed(store, 3)
    decide(store, journal, Leases(), request(first, "accept"))
    decide(store, journal, Leases(), request(second, "accept"))
    whole = journal.read()
    journal.path.write_bytes(journal.path.read_bytes()[:-cut])
    again = Journal(store.folder)
    reconcile(store, again, DECISIONS)
    decide(store, again, Leases(), request(third, "accept"))
    lines = again.read()
    assert sorted(line["id"] for line in lines[:-1]) == sorted(line["id"] for line in whole)
    assert {line["id"]: line for line in lines}.keys() >= {line["id"] for line in whole}
    assert len(lines) == 3


def test_a_torn_multibyte_character_is_survived(store: Store, journal: Journal) -> None:
    (found,) = seed(store, 1)
    decide(store, journal, Leases(), request(found, "edit", final_text="天"))
    raw = journal.path.read_bytes()
    journal.path.write_bytes(raw[: raw.index("天".encode()) + 1])
    again = Journal(store.folder)
    assert reconcile(store, again, DECISIONS) == (0, 1)
    assert [line["final_text"] for line in again.read()] == ["天"]


def test_a_journal_that_cannot_be_written_says_so_and_is_written_at_the_next_start(
    store: Store, journal: Journal
) -> None:
    first, second = seed(store, 2)
    decide(store, journal, Leases(), request(first, "accept"))
    kept = journal.path.read_bytes()
    journal.path.unlink()
    journal.path.mkdir()  # a folder's rights would not stop a test that runs as root
    with pytest.raises(CitingError, match="The decision is in the database, but the journal could not be written"):
        decide(store, journal, Leases(), request(second, "accept"))
    assert item(store, second.id).state == "accepted"
    journal.path.rmdir()
    journal.path.write_bytes(kept)
    assert reconcile(store, Journal(store.folder), DECISIONS) == (0, 1)
    assert len(journal.read()) == 2


def test_a_full_disk_is_told_and_leaves_no_line_glued_to_half_of_another(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from citing_app.errors import CitingError
from citing_app.store.journal import Journal
journal = Journal(Path(sys.argv[1]))
line = {"id": "a", "text": "x" * 300}
journal.append([line])
resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))
try:
    journal.append([{**line, "id": "b"}])
except CitingError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append([{**line, "id": "c"}])
print(*[found["id"] for found in journal.read()])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said, read = done.stdout.splitlines()
    assert "the journal could not be written" in said
    assert read == "a c"


DECIDING = """
import sys
from pathlib import Path
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.deciding import Asked, decide
from citing_app.workflows.desk.reviewing import queue
store = Store(Path(sys.argv[1]))
journal = Journal(store.folder)
reconcile(store, journal, DECISIONS)
while waiting := queue(store, Leases(), "ada", 50)["items"]:
    for one in waiting:
        made = decide(store, journal, Leases(), Asked(
            item=one["id"], version=one["version"], kind="accept", annotator="ada", request_id=f"click-{one['id']}"))
        print(made["decision"], flush=True)
"""


@pytest.mark.parametrize("enough", [1, 25])
def test_a_killed_process_loses_no_decision_that_it_reported_as_saved(tmp_path: Path, enough: int) -> None:
    folder = tmp_path / "data"
    with Store(folder) as store:
        seed(store, 60)
    with subprocess.Popen(
        [sys.executable, "-c", DECIDING, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        saved = [line.strip() for line in itertools.islice(process.stdout, enough)]
        process.send_signal(signal.SIGKILL)
        saved += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    assert len(saved) >= enough
    in_journal = {line["id"] for line in Journal(folder).read()}
    assert set(saved) <= in_journal
    with Store(folder) as store:
        reconcile(store, Journal(folder), DECISIONS)
        assert set(saved) <= {pair[0] for pair in learned(store)}
        assert count(store, "decisions") in (len(saved), len(saved) + 1)
        assert {line["id"] for line in Journal(folder).read()} == {pair[0] for pair in learned(store)}


def test_a_decision_is_dated_when_it_was_made(store: Store, journal: Journal) -> None:
    (found,) = seed(store, 1)
    deciding.decide(store, journal, Leases(), request(found, "accept"))
    decided = item(store, found.id).decided_at
    (line,) = journal.read()
    assert decided is not None
    assert line["at"] == decided.isoformat()
    assert abs(datetime.now(timezone.utc) - decided) < timedelta(minutes=5)
