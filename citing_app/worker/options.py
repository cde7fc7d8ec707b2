"""What a round uses of its device: which attention, whether rows are packed, a base in four bits, fused kernels."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import torch

from citing_app.errors import CitingError
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.architecture import Architecture

LIGER = {"rope": True, "rms_norm": True, "swiglu": True, "cross_entropy": False, "fused_linear_cross_entropy": False}
"""Its kernels for the layers; not those for the loss, which would take the place of the trainer's own."""


@dataclass(frozen=True)
class Options:
    """`attention` is transformers' name of it, None its own choice; `packs` lays rows end to end instead of padding."""

    attention: str | None = None
    packs: bool = False
    four_bits: bool = False
    liger: bool = False


def is_installed(module: str) -> bool:
    """Whether `module` can be imported; it is not."""
    return importlib.util.find_spec(module) is not None


def choose_options(
    spec: RoundSpec,
    device: torch.device,
    dtype: torch.dtype,
    student: Architecture,
    installed: Callable[[str], bool] = is_installed,
) -> Options:
    """What `spec` asks for, and where it says "auto" what helps on `device` with this student.

    Rows are packed where FlashAttention keeps them apart, which no recurrent layer does; elsewhere rows of like length
    share a batch. Raises CitingError, with what to install, for a wish that cannot be met.
    """
    on_gpu = device.type == "cuda"
    flash = on_gpu and dtype != torch.float32 and student.takes_flash and installed("flash_attn")
    can_pack = flash and not student.is_recurrent
    if spec.packing == "on" and not can_pack:
        raise CitingError(
            "Packing needs a CUDA GPU, bfloat16, flash-attn and a student that takes it; install flash-attn, or set "
            "packing to auto."
        )
    if spec.quantization == "4bit" and not (on_gpu and installed("bitsandbytes")):
        raise CitingError(
            "A base in four bits needs a CUDA GPU and bitsandbytes; install bitsandbytes, or set quantization to none."
        )
    return Options(
        attention="flash_attention_2" if flash else None,
        packs=can_pack and spec.packing != "off",
        four_bits=spec.quantization == "4bit",
        liger=on_gpu and installed("liger_kernel"),
    )
