"""CITING Studio: python app.py [--data-dir DIR] [--port 7860] [--student NAME] [--teacher reference|MODEL] …"""

from __future__ import annotations

import argparse
import logging
import sys

from citing_app import settings as settings_module
from citing_app.errors import CitingError
from citing_app.settings import Settings
from citing_app.ui.environment import settle_gradio
from citing_app.ui.serve import ensure_guarded, serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="app.py", description="Train a small student model together with a teacher.")
    settings_module.add_flags(parser)
    settings_module.add_server_flags(parser)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        run(settings_module.from_flags(parser.parse_args()))
    except CitingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(settings: Settings) -> None:
    """Open the data folder, serve the pages, and prepare what is missing meanwhile."""
    uploads = settings.data_dir / "uploads"
    settle_gradio(uploads)
    from citing_app.workflows.people.accounts import has_owner
    from citing_app.workflows.studio import open_studio

    studio = open_studio(settings)
    try:
        is_guarded = has_owner(studio.store)
        ensure_guarded(settings.host, settings.allowed_hosts, is_guarded)
        from citing_app.ui.build import build_app  # after settle_gradio: Gradio reads its environment when imported
        from citing_app.workflows.begin_again import begin_again
        from citing_app.workflows.curriculum import control as curriculum
        from citing_app.workflows.first_start import prepare_all
        from citing_app.workflows.race import control as race
        from citing_app.workflows.rounds.supervising import find_rounds

        find_rounds(studio)
        app = build_app(studio, uploads)
        prepare_all(studio)
        curriculum.find(studio)
        race.find(studio)
        begin_again(studio)
        serve(app, settings.host, settings.port, is_guarded)
    finally:
        studio.close()


if __name__ == "__main__":
    sys.exit(main())
