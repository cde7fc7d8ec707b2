"""Adapters that were trained elsewhere: what is looked at before one becomes a round here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_weights
from citing_app.rounds.safetensors_header import Shapes, shapes
from citing_app.rounds.spec import Lora

CONFIG = "adapter_config.json"
_PREFIX, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
_LONGEST_CONFIG = 2**20
_KEPT = (
    *("r", "lora_alpha", "lora_dropout", "use_rslora", "rank_pattern", "alpha_pattern", "fan_in_fan_out"),
    *("target_modules", "exclude_modules", "layers_to_transform", "layers_pattern"),
)
"""The settings without which the matrices are not what they were trained to be."""
_DROPPED = (
    *("peft_type", "task_type", "peft_version", "base_model_name_or_path", "revision", "inference_mode"),
    *("eva_config", "loftq_config", "corda_config", "lora_ga_config", "velora_config"),
    *("megatron_core", "qalora_group_size", "runtime_config"),
)
"""Settings that say where it came from, how its training began, or how to do what is refused anyway."""
_PLAIN = {"bias": ("none",), "init_lora_weights": (True, "gaussian", "eva", "orthogonal", "mica")}
"""Values beside false and nothing that leave the student as it is. What begins in another way (PiSSA, OLoRA, CorDA …)
subtracts itself from the student's own weights, and what it learned means nothing without that."""


@dataclass(frozen=True)
class ForeignAdapter:
    """An adapter that fits: its LoRA settings, the base that it says it was trained on, and the `config` to load it by.

    Of its own configuration `config` holds only what cannot change the student.
    """

    lora: Lora
    base: str
    config: dict[str, Any]


def check(folder: Path, student: Path | None) -> ForeignAdapter:
    """Look at the PEFT adapter in `folder` without loading it.

    Each pair of matrices A (r, n) and B (m, r) must belong to a weight (m, n) of the `student`; where that is no folder
    (None), the worker finds out. Raises CitingError for anything but a LoRA adapter in safetensors that fits, and for
    one that needs a changed student.
    """
    config = _config(folder)
    found = shapes(adapter_weights(folder))
    strange = next((name for name in found if not name.endswith((_A, _B))), None)
    if not found or strange:
        raise CitingError(f"The adapter holds more than LoRA matrices ({strange}), and only those are taken.")
    if student is not None:
        _ensure_fits(found, _weights(student))
    return ForeignAdapter(_lora(config), str(config.get("base_model_name_or_path") or ""), _kept(config))


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        if path.stat().st_size > _LONGEST_CONFIG:
            raise ValueError("too long")
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CitingError(f"There is no readable {CONFIG}: give a PEFT adapter's folder, or a zip of one.") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise CitingError("This is no LoRA adapter; only those are taken.")
    if config.get("auto_mapping") or config.get("modules_to_save"):  # the first would import code, the second replaces
        raise CitingError("The adapter brings code or whole layers of its own, and only LoRA matrices are taken.")
    asked = next((key for key, value in config.items() if value and not _is_plain(key, value)), None)
    if asked is not None:
        raise CitingError(f"The adapter asks for {asked}, and only plain LoRA on the unchanged student is taken.")
    return config


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


def _ensure_fits(adapter: Shapes, student: Shapes) -> None:
    for name, shape in adapter.items():
        if not name.endswith(_A):
            continue
        module = name.removesuffix(_A)
        weight = student.get(f"{module.removeprefix(_PREFIX)}.weight")
        other = adapter.get(module + _B)
        if weight is None or other is None or (other[0], shape[-1]) != weight or shape[0] != other[-1]:
            raise CitingError("The adapter does not fit this student; it was trained on another one.")
