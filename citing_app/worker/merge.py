"""`python -m citing_app.worker merge STUDENT ADAPTER FOLDER --parent PID`: a student with an adapter in its weights."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_weights
from citing_app.worker.parent import end_with


def merge(student: str, adapter: Path, folder: Path) -> None:
    """Write the student with `adapter` merged into it to `folder`: safetensors in the student's own type, tokenizer.

    It is done on the CPU, in as much memory as the student takes. Raises CitingError where one of both cannot be read.
    """
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from citing_app.worker.student import load_tokenizer
    from citing_app.worker.unreadable import reading

    adapter_weights(adapter)
    try:
        model = reading(student, AutoModelForCausalLM.from_pretrained, dtype="auto", use_safetensors=True)
        merged = PeftModel.from_pretrained(model, str(adapter), autocast_adapter_dtype=False).merge_and_unload()
    except (OSError, ValueError, RuntimeError) as error:
        raise CitingError("The student or the adapter cannot be read, or they do not fit each other.") from error
    merged.save_pretrained(str(folder))
    load_tokenizer(student).save_pretrained(str(folder))


def main(arguments: Sequence[str]) -> int:
    """Merge, unless the parent process ends first; 0, or 1 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker merge")
    parser.add_argument("student", help="a folder or a hub name")
    parser.add_argument("adapter", type=Path, help="the folder of a PEFT adapter")
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--parent", type=int, required=True, help="the process to end with")
    options = parser.parse_args(arguments)
    end_with(options.parent)
    try:
        merge(options.student, options.adapter, options.folder)
    except (CitingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
