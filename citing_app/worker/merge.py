"""`python -m citing_app.worker merge STUDENT ADAPTER FOLDER`: the student with an adapter in its own weights."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_weights
from citing_app.worker.student import load_tokenizer


def merge(student: str, adapter: Path, folder: Path) -> None:
    """Write the student with `adapter` merged into it to `folder`: safetensors in the student's own type, tokenizer.

    It is done on the CPU, in as much memory as the student takes. Raises CitingError where one of both cannot be read.
    """
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    adapter_weights(adapter)
    try:
        model = AutoModelForCausalLM.from_pretrained(student, dtype="auto", use_safetensors=True)
        merged = PeftModel.from_pretrained(model, str(adapter), autocast_adapter_dtype=False).merge_and_unload()
    except (OSError, ValueError, RuntimeError) as error:
        raise CitingError("The student or the adapter cannot be read, or they do not fit each other.") from error
    merged.save_pretrained(str(folder))
    load_tokenizer(student).save_pretrained(str(folder))


def main(arguments: Sequence[str]) -> int:
    """Merge; 0, or 1 with one line on standard error."""
    student, adapter, folder = arguments
    try:
        merge(student, Path(adapter), Path(folder))
    except (CitingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
