"""What is known of this machine's device, also while no generation worker is there to ask."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from citing_app.errors import CitingError
from citing_app.models.hub import local_folder
from citing_app.models.names import config_of, resolve_student, weights_bytes
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.estimate import training_bytes
from citing_app.rounds.launcher import HERE, Launchers
from citing_app.store import rounds
from citing_app.store.database import Store

log = logging.getLogger(__name__)


class KnownDevice:
    """The device that the generation worker and this machine's rounds share.

    What it is is remembered, or else told by the newest round that was trained here; how much memory is free is
    asked for each time.
    """

    def __init__(self, worker: WorkerProcess, store: Store, launchers: Launchers) -> None:
        self._worker = worker
        self._store = store
        self._launchers = launchers
        self._remembered: dict[str, Any] = {}

    def info(self, may_start: bool = False) -> dict[str, Any]:
        """`device`, `name`, `dtype`; `free_bytes`, `total_bytes` where they can be said; empty while nothing is known.

        A worker is started to ask only where it `may_start` and has never been asked. Raises CitingError where it does
        not answer.
        """
        if self._asks(may_start):
            told = self._worker.device()
            self._remembered = {name: told[name] for name in ("device", "name", "dtype")}
            if told["device"] != "cpu":
                return told
        found = self._remembered or self._trained_on()
        if found.get("device") == "cpu":
            memory = psutil.virtual_memory()
            return {**found, "free_bytes": memory.available, "total_bytes": memory.total}
        return dict(found)

    def _asks(self, may_start: bool) -> bool:
        if self._worker.pid is None:
            return may_start and not self._remembered
        return self._remembered.get("device") != "cpu"

    def _trained_on(self) -> dict[str, Any]:
        with self._store.read() as cursor:
            finished = [row for row in rounds.all_rounds(cursor) if row.result and "device" in row.result]
        for row in finished:
            launcher = self._launchers.named.get(row.spec.get("launcher", HERE))
            if launcher is not None and not launcher.is_elsewhere:
                result = row.result or {}
                device = str(result["device"])
                name, dtype = result.get("device_name", device), result.get("dtype", "float32")
                return {"device": device, "name": name, "dtype": dtype}
        return {}


def room_beside(known: KnownDevice, student: Callable[[], str], cache: Path) -> Callable[[], bool]:
    """Whether a round of the `student` that is in use then fits on the device beside the generation worker.

    Where no worker is there to say how much of a GPU is free, it does not.
    """

    def has_room() -> bool:
        try:
            device = known.info() or known.info(may_start=True)
            resolved = resolve_student(student(), cache)
            folder = local_folder(resolved) or Path(resolved)
        except CitingError as error:
            log.warning("nothing can be said of the device: %s", error)
            return False
        needed = training_bytes(weights_bytes(folder), config_of(folder), dtype=device["dtype"])
        return int(device.get("free_bytes", 0)) > needed

    return has_room
