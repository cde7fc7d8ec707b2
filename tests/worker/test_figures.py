"""What a GPU does at most, told by its name."""

from __future__ import annotations

import pytest
import torch

from citing_app.worker.figures import TERA, peak_of


@pytest.mark.parametrize(
    ("name", "half"),
    [
        ("NVIDIA A100-SXM4-80GB", 312.0),
        ("NVIDIA A10", 125.0),
        ("NVIDIA GH200 480GB", 989.0),
        ("NVIDIA H100 80GB HBM3", 989.0),
        ("NVIDIA H100 PCIe", 756.0),
        ("NVIDIA L4", 121.0),
        ("NVIDIA L40", 181.0),
        ("NVIDIA L40S", 362.0),
        ("Tesla T4", 65.0),
        ("NVIDIA GeForce RTX 4090", 165.2),
    ],
)
def test_the_peak_of_a_known_gpu(name: str, half: float) -> None:
    assert peak_of(name, torch.bfloat16) == TERA * half


@pytest.mark.parametrize(
    "name",
    [
        *("NVIDIA A10G", "NVIDIA RTX A1000", "NVIDIA T400", "NVIDIA GB200", "NVIDIA GeForce RTX 3090 Ti"),
        *("NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "AMD Instinct MI300X"),
    ],
)
def test_a_name_that_only_resembles_a_known_one_tells_no_peak(name: str) -> None:
    assert peak_of(name, torch.bfloat16) is None
