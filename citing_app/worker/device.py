"""Which device a worker computes on and in which numbers, the same rule for training and for generation."""

from __future__ import annotations

import os
import platform
from collections.abc import MutableMapping

import torch

from citing_app.errors import CitingError

DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def keep_one_gpu(environment: MutableMapping[str, str] = os.environ) -> None:
    """Leave a process that was started alone one GPU: with several, transformers would split batches by thread.

    A process started by accelerate, torchrun or srun is told its GPU by them and is left as it is. Call this before
    CUDA is first used.
    """
    if "LOCAL_RANK" not in environment:
        environment["CUDA_VISIBLE_DEVICES"] = environment.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]


def choose_device(wish: str = "auto") -> torch.device:
    """The device for `wish`: "auto" (a CUDA GPU where there is one), "cuda" or "cpu".

    Raises CitingError where CUDA is wished for and there is none.
    """
    if wish == "cpu" or (wish == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise CitingError("This machine has no CUDA GPU that torch can use; choose the device auto or cpu.")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


def choose_dtype(device: torch.device, wish: str = "auto") -> torch.dtype:
    """The numbers for `wish` on `device`: "auto", "bfloat16" or "float32"; "auto" is bfloat16 where it is faster.

    On a CPU that is one with bfloat16 instructions. Without them bfloat16 products were measured seven times slower
    than float32 ones (AVX2), so the file's own type is no guide.
    """
    if wish != "auto":
        return DTYPES[wish]
    fast = torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else _cpu_multiplies_bf16()
    return torch.bfloat16 if fast else torch.float32


def _cpu_multiplies_bf16() -> bool:
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def device_name(device: torch.device) -> str:
    """What a person calls `device`: "NVIDIA H200", or the processor and how many threads are used."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = torch.cpu.get_capabilities().get("cpu_name") or platform.processor() or platform.machine()
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'' if threads == 1 else 's'}"


def dtype_name(dtype: torch.dtype) -> str:
    """The name that a spec and a result use: "bfloat16" or "float32"."""
    return str(dtype).removeprefix("torch.")
