"""Train one round: `python -m citing_app.worker rounds/0003`, or by `accelerate launch` in several processes.

Reads the round's inputs, tells `events.jsonl` what it does, and ends with `adapter/` and `result.json`, or with one
sentence in `error.json`. Process 0 writes; the others only compute. This module imports no torch, so that `run.json`
says who runs the round before the seconds that torch takes.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from citing_app.errors import Cancelled, CitingError
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.failure import describe
from citing_app.worker.heartbeat import StopRequest, heartbeat

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Train the round; returns the exit status: 0 with an adapter, 1 without."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker", description=__doc__)
    parser.add_argument("round", type=Path, help="the round's directory")
    directory = RoundDirectory(parser.parse_args(arguments).round.absolute())
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read with the first import of a library
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    is_first = os.environ.get("RANK", "0") == "0"
    try:
        spec = directory.read_spec()
        alive = _claim(directory, spec) if is_first else nullcontext()
    except CitingError as error:
        log.error(str(error))
        if is_first and not directory.run.exists() and directory.path.is_dir():
            directory.write_error(*describe(error))
        return 1
    with alive:
        if is_first:
            _clear(directory)
        return _train(directory, spec, is_first)


def _claim(directory: RoundDirectory, spec: RoundSpec) -> AbstractContextManager[None]:
    owner = Owner.this_process(spec.run_id)
    owner.claim(directory.run)
    return heartbeat(owner, directory)


def _clear(directory: RoundDirectory) -> None:
    """Remove what a trainer that died left unfinished; an adapter without a result is made again.

    It is renamed before it is removed, so that `adapter/` is never half there.
    """
    shutil.rmtree(directory.unfinished_adapter, ignore_errors=True)
    if directory.adapter.exists() and not directory.result.exists():
        directory.adapter.rename(directory.unfinished_adapter)
        shutil.rmtree(directory.unfinished_adapter)


def _train(directory: RoundDirectory, spec: RoundSpec, is_first: bool) -> int:
    stop, events = StopRequest(directory), EventLog(directory.events if is_first else Path(os.devnull))
    try:
        if stop.asked():
            raise Cancelled("The round was cancelled before it began.")
        from citing_app.worker.round import train_round

        train_round(directory, spec, events, stop)
        return 0
    except Exception as error:
        log.exception("the round ended without an adapter")
        if not is_first:  # whether the round has failed says process 0; where that was killed, the round is resumed
            return 1
        # Before the sentence: on a full disk it makes room. Once the cause is mended, a failed round is resumed.
        directory.discard_unfinished(keeps_newest=not isinstance(error, Cancelled))
        directory.write_error(*describe(error))
        return 1
