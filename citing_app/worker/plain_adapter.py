"""An adapter as llama.cpp's converter takes it: one alpha for all modules, and weights that lie as in a Linear."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file

from citing_app.rounds.adapter import WEIGHTS
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.worker.blend import Part, Tensors


def write_plain(adapter: Path, folder: Path) -> None:
    """Write `adapter` to `folder` with the same ΔW: rank and alpha patterns and rank-stabilised scaling become plain.

    llama.cpp scales a module by alpha / rank with one alpha for all, and the converter reads neither patterns nor
    `use_rslora`; so each B is multiplied by what is missing. Of a weight that lies the other way round (GPT-2's Conv1D,
    `fan_in_fan_out`), the converter turns ΔW = BA round too, so it is given ΔWᵀ = AᵀBᵀ.
    """
    part = Part(adapter, 1.0)
    turned, alpha = bool(part.config.get("fan_in_fan_out")), float(part.config["lora_alpha"]) or 1.0
    tensors: Tensors = {}
    for module in part.modules:
        a, b = part.weighted(module)
        a, b = (b.T, a.T) if turned else (a, b)
        side = {f"{module}.lora_A.weight": a, f"{module}.lora_B.weight": b * (a.shape[0] / alpha)}
        tensors |= {name: one.contiguous() for name, one in side.items()}
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})
    config = {"peft_type": "LORA", "r": part.rank, "lora_alpha": alpha}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
