"""The open studio: one data folder with its store, models, device and jobs, made once and passed to every page."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.models.addresses import is_loopback
from citing_app.models.embedder import Embedder
from citing_app.models.judge import BY_REFERENCE, Judge
from citing_app.models.names import resolve_student
from citing_app.models.openai_model import OPENAI_URL, OpenAIModel
from citing_app.models.served_student import ServedStudent
from citing_app.models.student import Student
from citing_app.models.teacher import REFERENCE, Teacher
from citing_app.models.token_counts import TokenCounts
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.models.worker_embedder import WorkerEmbedder
from citing_app.rounds.adapter import adapter_hash, ensure_made_for
from citing_app.rounds.launcher import Launchers
from citing_app.running.device import Device
from citing_app.running.device_info import KnownDevice, room_beside
from citing_app.running.jobs import Jobs
from citing_app.running.leftovers import delete_leftovers
from citing_app.settings import Settings
from citing_app.store import ledger
from citing_app.store.data_changes import CHANGES
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.store.votes import VOTES
from citing_app.workflows import student_choice
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.triage import Vectors
from citing_app.workflows.student_choice import ChosenStudent

_TIMEOUTS = {"teacher": 60.0, "judge": 300.0}
"""Seconds that a call may take; a judge that reasons writes 2,048 tokens before it says a word."""
_LOCAL_TIMEOUT = 900.0
"""Seconds that a server on this machine may take, which may have nothing but a CPU for thousands of tokens."""
log = logging.getLogger(__name__)


@dataclass
class Studio:
    """Everything a workflow may need. Close it when done."""

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
    leases: Leases = field(default_factory=Leases)
    vectors: Vectors = field(default_factory=Vectors)
    token_counts: TokenCounts = field(default_factory=TokenCounts)
    starting_round: threading.Lock = field(default_factory=threading.Lock)

    @property
    def teacher(self) -> Teacher:
        """The teacher of every data set that nobody has chosen others for."""
        return self.teachers[0]

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
        """Stop the jobs and the generation worker and close the store. A round in training goes on by itself."""
        self.jobs.close()
        self.worker.stop()
        self.store.close()


def open_studio(settings: Settings) -> Studio:
    """Open the data folder and bring store and journal together. No model is loaded yet.

    What a killed app left half written is deleted. Raises CitingError where the folder is in use or cannot be written,
    or a teacher or judge is not fully given.
    """
    teachers, judges = make_teachers(settings), make_judges(settings)
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
    worker = WorkerProcess(settings.data_dir / "worker.log")
    launchers = Launchers.of(settings.launchers)
    known_device = KnownDevice(worker, store, launchers)
    chosen = student_choice.at_opening(store, settings.data_dir / "rounds", settings.student)
    studio = Studio(
        settings=settings,
        store=store,
        journal=journal,
        votes=votes,
        imports=imports,
        chosen=chosen,
        student=make_student(worker, settings, chosen.given),
        embedder=WorkerEmbedder(worker, "bundled", settings.cache_dir),
        teachers=teachers,
        judges=judges,
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


def make_teachers(settings: Settings) -> tuple[Teacher, ...]:
    """The teachers that the settings name, the first one first. Raises CitingError for a name without an endpoint."""
    teachers = tuple(_make_teacher(settings, given) for given in settings.teachers)
    names = [teacher.name for teacher in teachers]
    if len(set(names)) < len(names):
        raise CitingError("Two teachers have the same name; every teacher needs a name of its own.")
    return teachers


def make_judges(settings: Settings) -> tuple[Judge, ...]:
    """The judges that the settings name, and the one by reference. Raises CitingError as `make_judge` does."""
    judges = tuple(make_judge(settings, given) for given in settings.judges)
    names = [judge.name for judge in judges]
    if len(set(names)) < len(names):
        raise CitingError("Two judges have the same name; every judge needs a name of its own.")
    return judges if BY_REFERENCE in judges else (*judges, BY_REFERENCE)


def make_judge(settings: Settings, given: str) -> Judge:
    """The judge that `given` names: `reference`, MODEL or MODEL=URL. Raises CitingError for one without an endpoint."""
    if given == BY_REFERENCE.name:
        return BY_REFERENCE
    model = _endpoint(settings, given, "judge", settings.judge_key or settings.teacher_key, settings.judge_key)
    return Judge(model.name, model)


def _make_teacher(settings: Settings, given: str) -> Teacher:
    if given == REFERENCE.name:
        return REFERENCE
    return Teacher.of(_endpoint(settings, given, "teacher", settings.teacher_key, None))


def _endpoint(settings: Settings, given: str, role: str, key: str | None, elsewhere: str | None) -> OpenAIModel:
    """The model that MODEL or MODEL=URL names; `key` is for the teacher's endpoint, `elsewhere` for other URLs."""
    name, _, own = given.rpartition("=http")
    url = settings.teacher_url
    if name:
        url = f"http{own}"
        key = settings.teacher_keys.get(url) or elsewhere
    elif not url and not key:
        raise CitingError(f"The {role} {given} needs an endpoint: give --teacher-url, or set OPENAI_API_KEY.")
    url = url or OPENAI_URL
    timeout = _LOCAL_TIMEOUT if is_loopback(url) else _TIMEOUTS[role]
    return OpenAIModel(name or given, url, key, timeout, connections=settings.teacher_connections)
