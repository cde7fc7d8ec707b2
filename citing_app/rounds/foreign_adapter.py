"""Adapters that were trained elsewhere: what is looked at before one becomes a round here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_weights
from citing_app.rounds.safetensors_bytes import ensure_finite
from citing_app.rounds.safetensors_header import Shapes, shapes
from citing_app.rounds.spec import Lora

CONFIG = "adapter_config.json"
_PREFIX = "base_model.model."
_MATRIX = re.compile(r"(?:base_model\.model\.)?(?P<module>.+)\.lora_(?P<side>[AB])(?:\.(?P<adapter>[^.]+))?\.weight")
"""The name of a matrix, as PEFT writes it, without its prefix, or with the name that the adapter had in memory."""
_INNER = ("model", "transformer", "gpt_neox")
"""What a causal model calls the model inside it: left out where an adapter was trained on that alone."""
_LONGEST_CONFIG = 2**20
_KEPT = (
    *("r", "lora_alpha", "lora_dropout", "use_rslora", "rank_pattern", "alpha_pattern", "fan_in_fan_out"),
    *("target_modules", "target_parameters", "exclude_modules", "layers_to_transform", "layers_pattern"),
)
"""The settings without which the matrices are not what they were trained to be."""
_DROPPED = (
    *("peft_type", "task_type", "peft_version", "base_model_name_or_path", "revision", "inference_mode"),
    *("eva_config", "loftq_config", "corda_config", "lora_ga_config", "velora_config"),
    *("megatron_core", "qalora_group_size", "runtime_config", "auto_mapping"),
)
"""Settings that say where it came from, how its training began, or how to do what is refused anyway."""
_PLAIN = {"bias": ("none",), "init_lora_weights": (True, "gaussian", "eva", "orthogonal", "mica")}
"""Values beside false and nothing that leave the student as it is. What begins in another way (PiSSA, OLoRA, CorDA …)
subtracts itself from the student's own weights, and what it learned means nothing without that."""


@dataclass(frozen=True)
class ForeignAdapter:
    """An adapter that fits: its LoRA settings, the base that it says it was trained on, and the `config` to load it by.

    Of its own configuration `config` holds only what cannot change the student. `names` are the tensors whose names are
    not those that PEFT looks for in this student, with the names that are.
    """

    lora: Lora
    base: str
    config: dict[str, Any]
    names: dict[str, str]


@dataclass(frozen=True)
class _Matrix:
    """A tensor of an adapter: A (r, n) or B (m, r) of a module."""

    name: str
    module: str
    side: str
    shape: tuple[int, ...]


def check(folder: Path, student: Path | None) -> ForeignAdapter:
    """Look at the PEFT adapter in `folder` without loading it.

    Each pair of matrices A (r, n) and B (m, r) must belong to a weight (m, n) of the `student`, or (n, m), as GPT-2 has
    them; where the student is no folder (None), the worker finds out. Raises CitingError for anything but a LoRA
    adapter in safetensors that fits, for one that needs a changed student, and for weights that are no numbers.
    """
    config, path = _config(folder), adapter_weights(folder)
    matrices = _matrices(shapes(path))
    ensure_finite(path)
    known = None if student is None else _weights(student)
    if known is not None:
        _ensure_fits(matrices, known, bool(config.get("target_parameters")))
    base = str(config.get("base_model_name_or_path") or "")
    return ForeignAdapter(_lora(config), base, _kept(config), _names(matrices, known or {}))


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        if path.stat().st_size > _LONGEST_CONFIG:
            raise ValueError("too long")
        config = json.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows put a mark before it
    except (OSError, ValueError, RecursionError) as error:
        raise CitingError(f"There is no readable {CONFIG}: give a PEFT adapter's folder, or a zip of one.") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise CitingError("This is no LoRA adapter; only those are taken.")
    if _is_code(config.get("auto_mapping")) or config.get("modules_to_save"):  # the second replaces layers
        raise CitingError("The adapter brings code or whole layers of its own, and only LoRA matrices are taken.")
    asked = next((key for key, value in config.items() if value and not _is_plain(key, value)), None)
    if asked is not None:
        raise CitingError(f"The adapter asks for {asked}, and only plain LoRA on the unchanged student is taken.")
    return config


def _is_code(auto_mapping: Any) -> bool:
    """Whether it names a class that is not of transformers; PEFT names one wherever it was told no task."""
    library = auto_mapping.get("parent_library") if isinstance(auto_mapping, dict) else auto_mapping
    return bool(auto_mapping) and str(library).split(".")[0] != "transformers"


def _is_plain(key: str, value: Any) -> bool:
    """A setting that is not known here is not: it may change the student, or what the matrices mean."""
    return key in _KEPT or key in _DROPPED or value in _PLAIN.get(key, ())


def _kept(config: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: config[key] for key in _KEPT if config.get(key) is not None}
    return {"peft_type": "LORA", "task_type": "CAUSAL_LM", **kept}


def _lora(config: Mapping[str, Any]) -> Lora:
    r, alpha, targets = config.get("r"), config.get("lora_alpha"), config.get("target_modules")
    listed = tuple(sorted(map(str, targets))) if isinstance(targets, list) else str(targets)
    if not isinstance(r, int) or not isinstance(alpha, int | float) or not listed:
        raise CitingError(f"{CONFIG} does not say r, lora_alpha and target_modules.")
    return Lora(r=r, alpha=alpha, dropout=config.get("lora_dropout") or 0.0, targets=listed)


def _weights(student: Path) -> Shapes:
    found: Shapes = {}
    for path in student.glob("*.safetensors"):
        found |= shapes(path)
    return found


def _matrices(found: Shapes) -> list[_Matrix]:
    """The tensors as matrices of one adapter. Raises CitingError for any other tensor among them."""
    read = {name: _MATRIX.fullmatch(name) for name in found}
    adapters = {one["adapter"] for one in read.values() if one}
    strange = next((name for name, one in read.items() if one is None or len(adapters) > 1), None)
    if not found or strange:
        raise CitingError(f"The adapter holds more than LoRA matrices ({strange}), and only those are taken.")
    return [_Matrix(name, one["module"], one["side"], found[name]) for name, one in read.items() if one]


def _ensure_fits(matrices: list[_Matrix], student: Shapes, of_experts: bool) -> None:
    """Experts (`of_experts`) are one weight in memory and many in the files, so that the worker finds out of those."""
    sides = {(one.module, one.side): one.shape for one in matrices}
    fitting = 0
    for module in {one.module for one in matrices}:
        a, b, name = sides.get((module, "A")), sides.get((module, "B")), _weight(module, student)
        if name is None and of_experts:
            continue
        if a is None or b is None or a[0] != b[-1] or name is None or student[name] not in _ways(a, b):
            raise _unfit()
        fitting += 1
    if not fitting:
        raise _unfit()


def _ways(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The shapes of the weight of these matrices: as in a Linear, and as in GPT-2."""
    return (b[0], a[-1]), (a[-1], b[0])


def _unfit() -> CitingError:
    return CitingError("The adapter does not fit this student; it was trained on another one.")


def _weight(module: str, student: Shapes) -> str | None:
    """The name in the student's files of what the adapter calls `module`; one of both may leave out leading parts."""
    name = f"{module}.weight"
    if name in student:
        return name
    shorter = (name.split(".", place)[-1] for place in range(1, name.count(".")))
    longer = (one for one in student if one.endswith(f".{name}"))
    return next((one for one in shorter if one in student), next(longer, None))


def _names(matrices: list[_Matrix], student: Shapes) -> dict[str, str]:
    """What PEFT calls each matrix of this student, where its own name is another."""
    wanted = {one.name: f"{_PREFIX}{_module(one.module, student)}.lora_{one.side}.weight" for one in matrices}
    return {name: right for name, right in wanted.items() if name != right}


def _module(module: str, student: Shapes) -> str:
    name = _weight(module, student)
    found = [] if name is None else [inner for inner in _INNER if name == f"{inner}.{module}.weight"]
    return f"{found[0]}.{module}" if found else module
