"""Turn the bundled GGUF into a transformers folder: `python -m citing_app.worker prepare student FILE.gguf FOLDER`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from citing_app.worker.templates import ensure_chat_template


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker prepare", description=__doc__)
    parser.add_argument("what", choices=["student"])
    parser.add_argument("source", type=Path, help="a .gguf file")
    parser.add_argument("target", type=Path, help="the folder to write")
    options = parser.parse_args(arguments)
    convert_student(options.source, options.target)
    return 0


def convert_student(source: Path, target: Path) -> None:
    """Dequantise the GGUF `source` and save it as bfloat16 safetensors with its tokenizer in `target`.

    bfloat16 is what the student was trained in and half the size; the four-bit values lose nothing that matters.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, file = str(source.parent), source.name
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.bfloat16)
    # transformers refuses to save what it still takes for a quantised model, although every weight is dense by now
    model.hf_quantizer = None
    model.is_quantized = False
    del model.config.quantization_config
    ensure_chat_template(tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
