"""`python -m citing_app.worker look NAME --parent PID [--here]`: what a student is, before it is downloaded or used.

It tells one JSON object: {"bytes", "weights", "config", "tokenizer", "licence"} of a student of the hub, of which only
small files come; {"parameters"} of one that is here, which is built without its weights; {"error": sentence} where it
cannot be used. As `fetch`, it is given the hub's token.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from citing_app.errors import CitingError
from citing_app.worker.fetch import is_weights, needed, telling_why
from citing_app.worker.parent import end_with
from citing_app.worker.unreadable import ensure_whole, reading

_SMALL = ("config.json", "tokenizer_config.json")


def main(arguments: Sequence[str]) -> int:
    """Tell what the student is; 0, or 1 where it cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker look")
    parser.add_argument("name", help="a hub name or a folder")
    parser.add_argument("--parent", type=int, required=True, help="the process to end with")
    parser.add_argument("--here", action="store_true", help="its files are on this machine")
    options = parser.parse_args(arguments)
    end_with(options.parent)
    try:
        found = of_files(options.name) if options.here else of_hub(options.name)
    except CitingError as error:
        found = {"error": str(error)}
    print(json.dumps(found), flush=True)
    return int("error" in found)


def of_hub(name: str) -> dict[str, Any]:
    """What the hub says of the student `name`. Raises CitingError as `fetch` does."""
    from huggingface_hub import HfApi, hf_hub_download

    with telling_why(name), TemporaryDirectory(prefix="citing-") as folder:
        info = HfApi().model_info(name, files_metadata=True)
        files = needed(name, info)
        config, tokenizer = (
            json.loads(Path(hf_hub_download(name, file, local_dir=folder)).read_text(encoding="utf-8"))
            if file in files
            else {}
            for file in _SMALL
        )
    return {
        "bytes": sum(files.values()),
        "weights": sum(size for file, size in files.items() if is_weights(file)),
        "config": config,
        "tokenizer": {"model_max_length": tokenizer.get("model_max_length")},
        "licence": getattr(info.card_data, "license", None),
    }


def of_files(name: str) -> dict[str, Any]:
    """What can be said of a student whose files are here. Raises CitingError where it cannot be used."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from citing_app.worker.student import load_tokenizer

    def build(student: str, **options: Any) -> Any:
        config = AutoConfig.from_pretrained(student, **options)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, **options)

    ensure_whole(name)
    model = reading(name, build)
    load_tokenizer(name)
    return {"parameters": sum(one.numel() for one in model.parameters())}
