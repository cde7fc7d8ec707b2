"""What Gradio reads from the process environment. Importing this module does not import Gradio."""

from __future__ import annotations

import os
from pathlib import Path

from citing_app.errors import CitingError


def settle_gradio(upload_folder: Path) -> None:
    """Turn Gradio's analytics off and keep its uploads in `upload_folder`. Call it before anything imports Gradio.

    Gradio reads these while it is imported and while a page is built; by default it reports to its makers and keeps
    uploads in a folder that all users of a machine share. Raises CitingError where the folder cannot be made.
    """
    try:
        upload_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CitingError(f"The data folder {upload_folder.parent} cannot be used: {error.strerror}.") from error
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "True"
    os.environ["GRADIO_TEMP_DIR"] = str(upload_folder.resolve())
