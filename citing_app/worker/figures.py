"""What a training costs: operations per token, what the device could do at most, and memory."""

from __future__ import annotations

import re
import resource
import sys
import time
from typing import Any

import psutil
import torch

from citing_app.worker.dataset import RowDataset

TERA = 1e12
PEAKS = (
    ("B200", 2250.0, 75.0),
    ("H200", 989.0, 67.0),
    ("GH200", 989.0, 67.0),
    ("H100 PCIe", 756.0, 51.0),
    ("H100 NVL", 835.0, 60.0),
    ("H100", 989.0, 67.0),
    ("A100", 312.0, 19.5),
    ("A10", 125.0, 31.2),
    ("L40S", 362.0, 91.6),
    ("L40", 181.0, 90.5),
    ("L4", 121.0, 30.3),
    ("T4", 65.0, 8.1),
    ("RTX 4090", 165.2, 82.6),
    ("RTX 3090", 71.0, 35.6),
    ("RTX A6000", 154.8, 38.7),
)
"""(words of the name, TFLOP/s in 16 bits, in 32): dense, from the makers' data sheets. The first that fits counts."""
_ANOTHER = re.compile(r"\b(D|Laptop|MIG|Ti)\b", re.IGNORECASE)
"""Words that make it another GPU than the one whose name stands before them, or a part of it."""


def flops_per_token(model: Any, rows: RowDataset) -> float:
    """Operations per token that training a LoRA needs: 2N forward and 2N backward, since the base gets no gradients.

    N are the parameters that every token passes, so without embeddings; the head over the vocabulary, where there is
    one, is passed by the answers' tokens alone. Attention's own products, which no parameter takes part in, are not
    counted.
    """
    head = model.get_output_embeddings()
    tables = {id(m.weight): m.weight for m in (model.get_input_embeddings(), head) if m is not None}
    parameters = model.get_nb_trainable_parameters()[1] - sum(table.numel() for table in tables.values())
    projected = 0 if head is None else head.weight.numel() * rows.answer_tokens / sum(rows.lengths)
    return float(4 * (parameters + projected))


def peak_flops(device: torch.device, dtype: torch.dtype) -> float | None:
    """Operations per second that `device` does at most; None for a GPU that is not in the table.

    A CPU's is measured: the best of a few large products.
    """
    if device.type == "cpu":
        return _measured(dtype)
    return peak_of(torch.cuda.get_device_name(device), dtype)


def peak_of(name: str, dtype: torch.dtype) -> float | None:
    """The peak in `PEAKS` of the GPU called `name`, by whole words: an L40 is no L4. None for one that is not there."""
    if _ANOTHER.search(name):
        return None
    for words, half, single in PEAKS:
        if re.search(rf"\b{words}\b", name, re.IGNORECASE):
            return TERA * (single if dtype == torch.float32 else half)
    return None


def _measured(dtype: torch.dtype, size: int = 768, times: int = 4) -> float:
    matrix = torch.ones(size, size, dtype=dtype)
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - began)
    return 2 * size**3 / min(seconds)


def memory_bytes(device: torch.device) -> int:
    """Memory that this process has held of a GPU at most, or holds of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def peak_memory_bytes(device: torch.device) -> int:
    """Memory that this process has held at most."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
