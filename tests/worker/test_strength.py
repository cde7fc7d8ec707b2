"""An adapter at a strength in the worker: W₀ + α·ΔW, whatever is loaded and asked for meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from citing_app.worker.blend import blend
from citing_app.worker.generate import StudentModel

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
IDS = torch.tensor([[5, 17, 120, 33, 9, 250, 41]])


def test_each_use_has_its_own_strength_and_an_interrupted_one_keeps_it(
    tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    student = StudentModel(str(tiny_student), torch.device("cpu"), torch.float32)
    using = student.adapters.using

    def said() -> torch.Tensor:
        with torch.inference_mode():
            logits: torch.Tensor = student.model(IDS).logits
        return logits

    base = said()
    with using(tiny_adapter) as digest:
        whole = said()
    with using(tiny_adapter, 0.0):
        assert said().equal(base)
    with using(tiny_adapter, 0.5) as same:
        half = said()
        assert same == digest
        with using(tiny_adapter, 1.0):
            assert said().equal(whole)
            with using(None):
                assert said().equal(base)
        assert said().equal(half)
        with using(shutil.copytree(tiny_adapter, tmp_path / "loaded amid it"), 2.0):
            assert not said().equal(half)
        assert said().equal(half)
    with using(tmp_path / "loaded amid it"), using(tiny_adapter, 0.25):
        pass
    with using(tmp_path / "loaded amid it"):
        assert said().equal(whole)
    assert not half.equal(whole)
    saved = tmp_path / "saved"
    saved.mkdir()
    blend([(tiny_adapter, 0.5)], saved)
    with using(saved):
        assert said().equal(half)
