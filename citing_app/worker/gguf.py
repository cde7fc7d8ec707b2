"""`python -m citing_app.worker gguf STUDENT FOLDER [--adapter ADAPTER] --parent PID`: GGUF for llama.cpp.

They are written by llama.cpp's own converters, which lie in assets/vendor/llama.cpp.
"""

from __future__ import annotations

import argparse
import json
import runpy
import shutil
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.modelfile import go_template, modelfile
from citing_app.worker.merge import merge
from citing_app.worker.parent import end_with
from citing_app.worker.plain_adapter import write_plain
from citing_app.worker.student import load_tokenizer
from citing_app.worker.templates import stop_ids

CONVERTERS = Path(__file__).resolve().parents[2] / "assets" / "vendor" / "llama.cpp"
UNKNOWN = 3
"""The exit status for a student whose architecture or tokenizer the converter does not know."""
MODEL, ADAPTER, STUDENT = "model.gguf", "adapter.gguf", "student.gguf"


def write_merged(student: str, adapter: Path, folder: Path) -> None:
    """The student with `adapter` merged into it, in 16 bits, and its Modelfile."""
    with TemporaryDirectory(dir=folder.parent) as made:
        merge(student, adapter, Path(made))
        _convert_model(Path(made), folder / MODEL)
    _write_modelfile(student, folder, f"FROM ./{MODEL}")


def write_student(student: str, folder: Path) -> None:
    """The student itself, in 16 bits, and its Modelfile."""
    with TemporaryDirectory(dir=folder.parent) as made:
        _lay_out(student, Path(made))
        _convert_model(Path(made), folder / STUDENT)
    _write_modelfile(student, folder, f"FROM ./{STUDENT}")


def write_adapter(student: str, adapter: Path, folder: Path) -> None:
    """The adapter alone, and a Modelfile that expects the student's file beside it."""
    with TemporaryDirectory(dir=folder.parent) as made:
        base, plain = Path(made) / "student", Path(made) / "adapter"
        base.mkdir()
        plain.mkdir()
        _lay_out(student, base)
        write_plain(adapter, plain)
        _without_code(base)
        _run("convert_lora_to_gguf.py", "--base", str(base), "--outfile", str(folder / ADAPTER), str(plain))
    _write_modelfile(student, folder, f"FROM ./{STUDENT}", f"ADAPTER ./{ADAPTER}")


def _lay_out(student: str, folder: Path) -> None:
    """The student's files as the converters read them: its weights by links, and its tokenizer with a template."""
    from transformers.utils import cached_file

    try:
        source = Path(str(cached_file(student, "config.json"))).parent
    except (OSError, ValueError) as error:
        raise CitingError(f"The student {student} cannot be read.") from error
    for path in source.glob("*.safetensors*"):
        (folder / path.name).symlink_to(path.resolve())
    for path in source.glob("*config.json"):
        shutil.copyfile(path, folder / path.name)
    load_tokenizer(student).save_pretrained(str(folder))


def _convert_model(model: Path, target: Path) -> None:
    _without_code(model)
    _run("convert_hf_to_gguf.py", str(model), "--outfile", str(target), "--outtype", "auto")


def _without_code(model: Path) -> None:
    """Let a model's folder name no code of its own: the converters would run it."""
    for path in model.glob("*config.json"):
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        config.pop("auto_map", None)
        path.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")


def _run(script: str, *arguments: str) -> None:
    """Run a converter in this process, as its command would."""
    sys.path.insert(0, str(CONVERTERS))
    sys.argv = [script, *arguments]
    runpy.run_path(str(CONVERTERS / script), run_name="__main__")


def _write_modelfile(student: str, folder: Path, *lines: str) -> None:
    from transformers import GenerationConfig

    tokenizer = load_tokenizer(student)
    starts = tokenizer("")["input_ids"][:1]
    bos = tokenizer.decode(starts) if starts else ""
    template = go_template(partial(tokenizer.apply_chat_template, add_generation_prompt=True, tokenize=False), bos)
    try:
        generation = GenerationConfig.from_pretrained(student)
    except OSError:  # many have none
        generation = GenerationConfig()
    stops = tokenizer.convert_ids_to_tokens(sorted(stop_ids(tokenizer, generation)))
    (folder / "Modelfile").write_text(modelfile(lines, template, stops), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Convert, unless the parent process ends first; 0, else what is wrong on standard error and 1 or `UNKNOWN`."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker gguf")
    parser.add_argument("student", help="a folder or a hub name")
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--adapter", type=Path, help="the folder of a PEFT adapter; without one, the student itself")
    parser.add_argument("--alone", action="store_true", help="the adapter by itself, not merged into the student")
    parser.add_argument("--parent", type=int, required=True, help="the process to end with")
    options = parser.parse_args(arguments)
    end_with(options.parent)
    try:
        if options.adapter is None:
            write_student(options.student, options.folder)
        elif options.alone:
            write_adapter(options.student, options.adapter, options.folder)
        else:
            write_merged(options.student, options.adapter, options.folder)
    except (NotImplementedError, SystemExit):  # how the converters say so
        traceback.print_exc()
        return UNKNOWN
    except (CitingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
