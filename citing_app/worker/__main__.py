"""`python -m citing_app.worker rounds/0003` trains a round; the others are for the app itself."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "serve": "citing_app.worker.serve",
    "prepare": "citing_app.worker.prepare",
    "fetch": "citing_app.worker.fetch",
    "look": "citing_app.worker.look",
    "merge": "citing_app.worker.merge",
    "blend": "citing_app.worker.blend",
    "gguf": "citing_app.worker.gguf",
}
TRAINER = "citing_app.worker.train"


def main(arguments: Sequence[str]) -> int:
    """Run the command named by the first argument, else train the round in that directory; returns the exit status."""
    if not arguments:
        others = " | ".join(f"{name} …" for name in COMMANDS)
        print(f"usage: python -m citing_app.worker ROUND | {others}", file=sys.stderr)
        return 2
    module, rest = (COMMANDS[arguments[0]], arguments[1:]) if arguments[0] in COMMANDS else (TRAINER, arguments)
    return int(importlib.import_module(module).main(rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
