"""The directory of a round that nothing trains here: it has ended when it is made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError, Refused
from citing_app.rounds.adapter import WEIGHTS
from citing_app.rounds.files import sync_files, sync_folder, write_whole
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.spec import RoundSpec

UNFINISHED_ROUND = ".import-"
"""How the name of such a directory begins until it is whole."""


def create_finished(
    root: Path, spec: RoundSpec, weights: Path, config: Mapping[str, Any], result: Mapping[str, Any]
) -> RoundDirectory:
    """The directory of a round that has ended, with a copy of `weights` as its adapter: imported, or blended.

    It appears whole or not at all. Raises Refused where the number is taken, CitingError where the disk does not take
    it.
    """
    directory = RoundDirectory(root / f"{spec.round:04d}")
    if directory.path.exists():
        raise Refused(f"Round {spec.round} exists already; take the next number.")
    unfinished = RoundDirectory(root / f"{UNFINISHED_ROUND}{spec.run_id}")
    try:
        unfinished.adapter.mkdir(parents=True)
        shutil.copyfile(weights, unfinished.adapter / WEIGHTS)
        write_whole(unfinished.adapter / CONFIG, json.dumps(config, indent=2, ensure_ascii=False) + "\n")
        sync_files(unfinished.adapter)
        for path in (unfinished.train, unfinished.validation):
            write_whole(path, "")
        write_whole(unfinished.spec, spec.to_json())
        write_whole(unfinished.result, json.dumps(result, ensure_ascii=False) + "\n")
        unfinished.path.rename(directory.path)
        sync_folder(root)
    except OSError as error:
        shutil.rmtree(unfinished.path, ignore_errors=True)
        raise CitingError(f"Round {spec.round} could not be written to {root}: {error.strerror}.") from error
    return directory
