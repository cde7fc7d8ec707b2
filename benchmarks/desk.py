"""python benchmarks/desk.py [--items 1000000] [--rounds 20]: how long the desk's questions take in a large store.

A store of 200,000 items (or as many as asked for) is made in a temporary folder: four rounds of drafts of the length of
real answers, a revision for each, six decisions for ten items, and the journal of them. Then each question is asked
again and again and its p50 and p95 in milliseconds printed, beside a plain LIMIT … OFFSET and a plain ILIKE over the
joined tables in the same run. On a machine that does other work the processor's time, printed beside, says more.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from desk_store import COMMON, RARE, build  # noqa: E402

from citing_app.errors import Cancelled  # noqa: E402
from citing_app.store.browse import Key  # noqa: E402
from citing_app.store.database import Cursor, Store  # noqa: E402
from citing_app.store.journal import Journal, reconcile  # noqa: E402
from citing_app.store.replay import DECISIONS  # noqa: E402
from citing_app.types import Filter  # noqa: E402
from citing_app.workflows.desk import batches, browsing, deciding, reviewing  # noqa: E402
from citing_app.workflows.desk.leases import Leases  # noqa: E402

NARROW = Filter(states=("waiting",), category="reasoning", round=1, similarity=(0.2, 0.5))
PAGE = 50
T = TypeVar("T")
JOINED = (
    "FROM items JOIN instructions i ON i.id = items.instruction_id JOIN drafts d ON d.item_id = items.id "
    "JOIN revisions v ON v.id = items.revision_id LEFT JOIN decisions c ON c.id = items.decision_id"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds("making the store", lambda: build(folder, given.items))
        with Store(folder) as store:
            seconds("writing its journal", lambda: reconcile(store, Journal(folder), DECISIONS))
        opened = seconds("opening it again", lambda: Store(folder))
        with opened as store:
            journal = Journal(folder)
            seconds("bringing store and journal together", lambda: reconcile(store, journal, DECISIONS))
            Desk(store, journal, given.rounds, given.items).run()


class Desk:
    """The questions, asked of one store."""

    def __init__(self, store: Store, journal: Journal, rounds: int, items: int) -> None:
        self.store, self.journal, self.rounds, self.items = store, journal, rounds, items

    def run(self) -> None:
        print(f"\n{self.items:,} items, each question {self.rounds} times{'':11}   p50      p95   processor p50  (ms)")
        self.pages()
        self.searches()
        self.decisions()

    def pages(self) -> None:
        """Pages by key, beside the same pages by offset."""
        far = (float(self.items - 999 * PAGE), self.items - 999 * PAGE)
        offset = f"SELECT items.id, i.instruction, d.text {JOINED} ORDER BY items.id DESC LIMIT {PAGE} OFFSET "
        self.timed("page 1", lambda: self.page(Filter()))
        self.timed("page 1 by offset", lambda: self.plain(offset + "0"))
        self.timed("page 1,000", lambda: self.page(Filter(), far))
        self.timed("page 1,000 by offset", lambda: self.plain(offset + str(999 * PAGE)))
        middle: Key = (0.5, self.items // 2)
        self.timed("page 1, largest edit first", lambda: self.page(Filter(), None, "largest edit"))
        self.timed("a page amid it", lambda: self.page(Filter(), middle, "largest edit"))
        self.timed("page 1, decided last", lambda: self.page(Filter(), None, "decided"))
        self.timed("page 1 of a filter", lambda: self.page(NARROW))
        self.timed("count of a filter", lambda: self.count(NARROW))

    def searches(self) -> None:
        """A rare and a common word, beside ILIKE over the joined tables."""
        texts = ("i.instruction", "i.input", "d.text", "v.text", "c.final_text")
        for word in (RARE, COMMON):
            matches = " OR ".join(f"{text} ILIKE '%{word}%'" for text in texts)
            plain = f"SELECT items.id, i.instruction, d.text {JOINED} WHERE {matches} ORDER BY items.id DESC LIMIT 50"
            self.timed(f"search for {word}", lambda word=word: self.page(Filter(text=word)))  # type: ignore[misc]
            self.timed(f"count of {word}", lambda word=word: self.count(Filter(text=word)))  # type: ignore[misc]
            self.timed(f"plain ILIKE for {word}", lambda plain=plain: self.plain(plain))  # type: ignore[misc]

    def decisions(self) -> None:
        """Decisions, the queue and a bulk; a decision while another person's search runs; a search withdrawn."""
        leases = Leases()
        self.timed("the queue", lambda: reviewing.queue(self.store, leases, "ada"))
        self.timed("one decision", self.decide)
        self.timed("its undo", lambda: deciding.undo(self.store, self.journal, "ada", uuid.uuid4().hex))
        stop = threading.Event()
        searching = threading.Thread(target=self.search_until, args=(stop,))
        searching.start()
        self.timed("one decision while a search runs", self.decide)
        stop.set()
        searching.join()
        self.timed("a search withdrawn ends after", self.withdrawn)
        self.bulk()

    def page(self, chosen: Filter, after: Key | None = None, sort: str = "newest") -> Any:
        with self.store.read() as cursor:
            return browsing.page_view(cursor, chosen, sort, after, "ada")

    def count(self, chosen: Filter) -> Any:
        with self.store.read() as cursor:
            return browsing.count_view(cursor, chosen, "ada")

    def plain(self, query: str) -> Any:
        with self.store.read() as cursor:
            return cursor.execute(query).fetchall()

    def decide(self) -> Any:
        with self.store.read() as cursor:
            row = cursor.execute(
                "SELECT id, version FROM items WHERE state = 'waiting' ORDER BY place LIMIT 1"
            ).fetchone()
        assert row is not None
        request = deciding.Asked(
            item=row[0], version=row[1], kind="accept", annotator="ada", request_id=uuid.uuid4().hex
        )
        started = time.perf_counter(), time.process_time()
        deciding.decide(self.store, self.journal, Leases(), request)
        return started

    def search_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.count(Filter(text=RARE))

    def withdrawn(self) -> Any:
        """How long an older search of a page goes on once a newer one has come."""
        searches = browsing.Searches()

        def older() -> None:
            with suppress(Cancelled), searches.newest(self.store, "ada", "page") as cursor:
                browsing.count_view(cursor, Filter(text=RARE), "ada")

        thread = threading.Thread(target=older)
        thread.start()
        time.sleep(0.05)
        started = time.perf_counter(), time.process_time()
        with searches.newest(self.store, "ada", "page"):
            thread.join()
        return started

    def bulk(self) -> None:
        chosen = Filter(states=("waiting",), similarity=(self._bound(1000), None))
        with self.store.read() as cursor:
            waiting = browsing.count_view(cursor, chosen, "ada")["counts"]["waiting"]
        batch = uuid.uuid4().hex
        what = f"{waiting:,} items"
        seconds(
            f"accepting {what}",
            lambda: batches.decide_all(self.store, self.journal, Leases(), chosen, "accept", "ada", batch, waiting),
        )
        seconds(f"undoing {what}", lambda: batches.undo_all(self.store, self.journal, batch, "ada"))

    def _bound(self, number: int) -> float:
        """The similarity above which about this many items wait."""
        with self.store.read() as cursor:
            return _nth(cursor, number)

    def timed(self, name: str, ask: Callable[[], Any]) -> None:
        """Ask, and print p50 and p95 of the wall clock and p50 of the processor's time in milliseconds.

        A question that prepares something first answers with the two times at which it really began.
        """
        ask()
        walls, processor = [], []
        for _ in range(self.rounds):
            began = time.perf_counter(), time.process_time()
            answer = ask()
            if isinstance(answer, tuple):
                began = answer
            walls.append(1000 * (time.perf_counter() - began[0]))
            processor.append(1000 * (time.process_time() - began[1]))
        p50, p95 = np.quantile(walls, [0.5, 0.95])
        print(f"{name:48} {p50:8.1f} {p95:8.1f} {np.median(processor):12.1f}", flush=True)


def _nth(cursor: Cursor, number: int) -> float:
    row = cursor.execute(
        f"SELECT similarity FROM items WHERE state = 'waiting' ORDER BY similarity DESC LIMIT 1 OFFSET {number - 1}"
    ).fetchone()
    assert row is not None
    return float(row[0])


def seconds(name: str, work: Callable[[], T]) -> T:
    """Do it once and print how many seconds it took."""
    began = time.perf_counter(), time.process_time()
    done = work()
    print(
        f"{name}: {time.perf_counter() - began[0]:.1f} s ({time.process_time() - began[1]:.1f} s processor)", flush=True
    )
    return done


if __name__ == "__main__":
    main()
