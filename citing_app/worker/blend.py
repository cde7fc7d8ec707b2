"""`python -m citing_app.worker blend FOLDER --of ADAPTER WEIGHT … --parent PID`: an adapter made of others."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from citing_app.errors import CitingError
from citing_app.rounds.adapter import WEIGHTS, adapter_weights
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.worker.parent import end_with

_PREFIX, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
_TARGETING = ("target_modules", "exclude_modules", "layers_to_transform", "layers_pattern")
Tensors = dict[str, torch.Tensor]


class Part:
    """One adapter and its weight; a module's ΔW is scaling · B A, with A (r, n) and B (m, r)."""

    def __init__(self, folder: Path, weight: float) -> None:
        self.weight = weight
        self.config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        # In float32, as a weight makes of half a number's digits something that they cannot hold.
        self.tensors: Tensors = {name: one.float() for name, one in load_file(adapter_weights(folder)).items()}

    @property
    def modules(self) -> set[str]:
        return {name.removesuffix(_A) for name in self.tensors if name.endswith(_A)}

    @property
    def rank(self) -> int:
        """The largest rank of a module."""
        return max(self.tensors[module + _A].shape[0] for module in self.modules)

    def weighted(self, module: str) -> tuple[torch.Tensor, torch.Tensor]:
        """A, and weight · scaling · B, whose product is weight · ΔW."""
        a, b = self.tensors[module + _A], self.tensors[module + _B]
        rank, by_pattern = a.shape[0], self.config.get("alpha_pattern") or {}
        name = module.removeprefix(_PREFIX)
        # The first pattern counts, as in PEFT, whose import would take longer than all of this.
        found = (alpha for key, alpha in by_pattern.items() if re.match(rf"(.*\.)?({key})$", name))
        alpha = next(found, self.config["lora_alpha"])
        return a, b * (self.weight * alpha / (math.sqrt(rank) if self.config.get("use_rslora") else rank))


def blend(adapters: Sequence[tuple[Path, float]], folder: Path) -> None:
    """Write to `folder` the adapter whose ΔW is the sum of weight · ΔW of these adapters, in float32.

    One alone keeps its shape, and its matrices B are multiplied. Several are laid side by side, as `cat` of PEFT's
    `add_weighted_adapter` does, without the student that it needs: Σ wᵢ BᵢAᵢ = [w₁B₁ w₂B₂ …] [A₁; A₂; …], so the rank
    is the sum of theirs.
    """
    parts = [Part(*one) for one in adapters]
    config, tensors = _scaled(parts[0]) if len(parts) == 1 else _side_by_side(parts)
    config.pop("base_model_name_or_path", None)  # a path of this machine
    save_file({name: one.contiguous() for name, one in tensors.items()}, folder / WEIGHTS, {"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _scaled(part: Part) -> tuple[dict[str, Any], Tensors]:
    scaled = {name: one * part.weight if name.endswith(_B) else one for name, one in part.tensors.items()}
    return part.config, scaled


def _side_by_side(parts: Sequence[Part]) -> tuple[dict[str, Any], Tensors]:
    """With lora_alpha = r nothing scales the product any more; a module of a lower rank is filled up with zeros."""
    rank = sum(part.rank for part in parts)
    modules = sorted(set().union(*(part.modules for part in parts)))
    tensors: Tensors = {}
    for module in modules:
        pairs = [part.weighted(module) for part in parts if module in part.modules]
        a, b = torch.cat([a for a, _ in pairs]), torch.cat([b for _, b in pairs], dim=1)
        missing = rank - a.shape[0]
        tensors[module + _A] = torch.nn.functional.pad(a, (0, 0, 0, missing))
        tensors[module + _B] = torch.nn.functional.pad(b, (0, missing))
    shape = {"r": rank, "lora_alpha": rank, "use_rslora": False, "rank_pattern": {}, "alpha_pattern": {}}
    return {**parts[0].config, **shape, **_targeting(parts, modules)}, tensors


def _targeting(parts: Sequence[Part], modules: Sequence[str]) -> dict[str, Any]:
    """The settings that say which modules have an adapter: by their whole names where the parts do not agree."""
    first, *others = [{name: _unordered(part.config.get(name)) for name in _TARGETING} for part in parts]
    if all(other == first for other in others):
        return {}
    return dict.fromkeys(_TARGETING) | {"target_modules": [module.removeprefix(_PREFIX) for module in modules]}


def _unordered(value: Any) -> Any:
    """PEFT writes a set of names as a list, in any order."""
    return sorted(value) if isinstance(value, list) else value


def main(arguments: Sequence[str]) -> int:
    """Blend, unless the parent process ends first; 0, or 1 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker blend")
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--of", nargs=2, action="append", required=True, metavar=("ADAPTER", "WEIGHT"))
    parser.add_argument("--parent", type=int, required=True, help="the process to end with")
    options = parser.parse_args(arguments)
    end_with(options.parent)
    try:
        blend([(Path(adapter), float(weight)) for adapter, weight in options.of], options.folder)
    except (CitingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
