"""The open studio: one data folder with its store, models, device and jobs, made once and passed to every page."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.models.chat_model import ChatModel
from citing_app.models.embedder import Embedder
from citing_app.models.judge import Judge
from citing_app.models.names import resolve_student
from citing_app.models.served_student import ServedStudent
from citing_app.models.student import Student
from citing_app.models.teacher import Teacher
from citing_app.models.token_counts import TokenCounts
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.models.worker_embedder import WorkerEmbedder
from citing_app.rounds.adapter import adapter_hash, ensure_made_for
from citing_app.rounds.launcher import Launchers
from citing_app.running.device import Device
from citing_app.running.device_info import KnownDevice, room_beside
from citing_app.running.jobs import Jobs
from citing_app.running.leftovers import delete_leftovers
from citing_app.running.writers import Writers
from citing_app.settings import Settings
from citing_app.store import ledger
from citing_app.store.data_changes import CHANGES
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.store.votes import VOTES
from citing_app.workflows import student_choice
from citing_app.workflows.calls.models import Stored, make_judges, make_teachers
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.triage import Vectors
from citing_app.workflows.student_choice import ChosenStudent

log = logging.getLogger(__name__)


@dataclass
class Studio:
    """Everything a workflow may need. Close it when done.

    `teachers` and `judges` are replaced as wholes when one is added, changed or removed (under `changing_models`): who
    has begun with some goes on with them.
    """

    settings: Settings
    store: Store
    journal: Journal
    votes: Journal
    imports: Journal
    chosen: ChosenStudent
    student: Student
    embedder: Embedder
    teachers: tuple[Teacher, ...]
    judges: tuple[Judge, ...]
    launchers: Launchers
    device: Device
    known_device: KnownDevice
    worker: WorkerProcess
    jobs: Jobs = field(default_factory=Jobs)
    writers: Writers = field(default_factory=Writers)
    leases: Leases = field(default_factory=Leases)
    vectors: Vectors = field(default_factory=Vectors)
    token_counts: TokenCounts = field(default_factory=TokenCounts)
    starting_round: threading.Lock = field(default_factory=threading.Lock)
    changing_models: threading.Lock = field(default_factory=threading.Lock)

    @property
    def teacher(self) -> Teacher:
        """The teacher of every data set that nobody has chosen others for."""
        return self.teachers[0]

    @property
    def models(self) -> list[ChatModel]:
        """Every model that teaches or judges, the teachers first."""
        teaching = [teacher.model for teacher in self.teachers if teacher.model]
        return teaching + [judge.model for judge in self.judges if judge.model]

    @property
    def teaches_answers(self) -> bool:
        """Whether the teachers only know reference answers, so that an instruction without one cannot be revised."""
        return all(teacher.is_free for teacher in self.teachers)

    @property
    def rounds_folder(self) -> Path:
        return self.settings.data_dir / "rounds"

    @property
    def exports_folder(self) -> Path:
        """Where what people download lies."""
        return self.settings.data_dir / "exports"

    def device_info(self) -> dict[str, Any]:
        """What rounds and the generation worker of this machine compute on; empty while nothing can be said.

        A worker is not started while a round trains.
        """
        return self.known_device.info(may_start=not any(wish.kind == "round" for wish in self.device.using()))

    def close(self) -> None:
        """Stop chats, jobs and the generation worker and close the store. A round in training goes on by itself."""
        self.writers.close()
        self.jobs.close()
        self.worker.stop()
        self.store.close()


def open_studio(settings: Settings) -> Studio:
    """Open the data folder and bring store and journal together. No model is loaded yet.

    What a killed app left half written is deleted. Raises CitingError where the folder is in use or cannot be written,
    or a teacher or judge is not fully given.
    """
    make_teachers(settings), make_judges(settings)  # a wrong flag is told before the folder is touched
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        store = Store(settings.data_dir)
        journal, votes = Journal(settings.data_dir), Journal(settings.data_dir, "vote")
        imports = Journal(settings.data_dir, "import")
    except OSError as error:
        raise CitingError(f"The data folder {settings.data_dir} cannot be used: {error.strerror}.") from error
    delete_leftovers(settings.data_dir)
    with store.write() as cursor:
        ledger.orphan(cursor)
    # Imports first: a decision that comes back belongs to a data set by the name that it has now.
    works = (("imports", imports, CHANGES), ("decisions", journal, DECISIONS), ("votes", votes, VOTES))
    for work, kept, records in works:
        replayed, added = reconcile(store, kept, records)
        if replayed or added:
            log.warning("store and journal differed: %d %s replayed, %d written to the journal", replayed, work, added)
    stored = Stored.of(store)
    worker = WorkerProcess(settings.data_dir / "worker.log")
    launchers = Launchers.of(settings.launchers)
    known_device = KnownDevice(worker, store, launchers)
    try:
        chosen = student_choice.at_opening(store, settings.data_dir / "rounds", settings.student)
    except CitingError:
        store.close()
        raise
    studio = Studio(
        settings=settings,
        store=store,
        journal=journal,
        votes=votes,
        imports=imports,
        chosen=chosen,
        student=make_student(worker, settings, chosen.given),
        embedder=WorkerEmbedder(worker, "bundled", settings.cache_dir),
        teachers=make_teachers(settings, stored),
        judges=make_judges(settings, stored),
        launchers=launchers,
        device=Device(
            has_room=room_beside(known_device, lambda: studio.chosen.given, settings.cache_dir), send_away=worker.stop
        ),
        known_device=known_device,
        worker=worker,
    )
    return studio


def make_student(worker: WorkerProcess, settings: Settings, name: str) -> Student:
    """The student of this name (`bundled`, a folder or a hub name), in the worker or behind the settings' server."""
    local = WorkerStudent(worker, name, settings.cache_dir)
    if settings.student_url is None:
        return local

    def hash_of(adapter: Path) -> str:
        ensure_made_for(adapter, resolve_student(name, settings.cache_dir))
        return adapter_hash(adapter)

    key = settings.student_key
    return ServedStudent(settings.student_url, name, settings.cache_dir, local, hash_of, key)
