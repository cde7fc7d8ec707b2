"""What the generation worker holds: the device, one student, one reward model and one embedder, loaded when asked for.

Each op imports its own library, so that an answer does not wait for the import of sentence-transformers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import torch

from citing_app.worker.device import choose_device, choose_dtype, device_name, dtype_name, keep_one_gpu
from citing_app.worker.jobs import Checkpoint, Job, OutOfMemory
from citing_app.worker.memory import is_out_of_memory, release_memory

if TYPE_CHECKING:
    from citing_app.worker.embed import EmbedderModel
    from citing_app.worker.generate import StudentModel
    from citing_app.worker.scorer import Scorer


class Runtime:
    """Handles every op of serve.py. A request for another model replaces the one that is loaded."""

    def __init__(self, device: str, dtype: str) -> None:
        keep_one_gpu()
        self._device = choose_device(device)
        self._dtype = choose_dtype(self._device, dtype)
        self._student: StudentModel | None = None
        self._scorer: Scorer | None = None
        self._embedder: EmbedderModel | None = None

    def handle(self, job: Job, checkpoint: Checkpoint) -> None:
        """Answer `job`. Raises CitingError for what a person can mend, OutOfMemory among them."""
        answer = {
            "generate": self._generate,
            "score": self._score,
            "divergence": self._divergence,
            "reward": self._reward,
            "embed": self._embed,
            "device": self._report,
        }[job.fields["op"]]
        try:
            # What a job loads amid another one's inference mode could never be used outside it.
            with torch.inference_mode(False):
                answer(job, checkpoint)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            release_memory()
            raise OutOfMemory("There is not enough memory to load the model; free some, or choose another.") from error

    def _generate(self, job: Job, checkpoint: Checkpoint) -> None:
        from citing_app.worker.generate import generate

        generate(self._loaded_student(job), job, checkpoint)

    def _score(self, job: Job, checkpoint: Checkpoint) -> None:
        from citing_app.worker.score import score

        score(self._loaded_student(job), job, checkpoint)

    def _divergence(self, job: Job, checkpoint: Checkpoint) -> None:
        from citing_app.worker.divergence import divergence

        divergence(self._loaded_student(job), job, checkpoint)

    def _reward(self, job: Job, checkpoint: Checkpoint) -> None:
        from citing_app.worker.scorer import Scorer, reward

        name, folder = job.fields["model"], Path(job.fields["adapter"])
        if self._scorer is None or not self._scorer.is_of(name, folder):
            self._scorer = None
            release_memory()
            self._scorer = Scorer(name, folder, self._device, self._dtype)
        reward(self._scorer, job, checkpoint)

    def _loaded_student(self, job: Job) -> StudentModel:
        from citing_app.worker.generate import StudentModel

        name = job.fields["model"]
        if self._student is None or self._student.name != name:
            self._student = None
            release_memory()
            self._student = StudentModel(name, self._device, self._dtype)
        return self._student

    def _embed(self, job: Job, checkpoint: Checkpoint) -> None:
        from citing_app.worker.embed import EmbedderModel, embed

        name = job.fields["model"]
        if self._embedder is None or self._embedder.name != name:
            self._embedder = None
            release_memory()
            self._embedder = EmbedderModel(name, self._device)
        embed(self._embedder, job, checkpoint)

    def _report(self, job: Job, checkpoint: Checkpoint) -> None:
        free, total = self._memory()
        report = {"device": str(self._device), "name": device_name(self._device)}
        report["dtype"] = dtype_name(self._dtype)
        held = torch.cuda.memory_reserved(self._device) if self._device.type == "cuda" else 0
        job.send({"event": "device", **report, "free_bytes": free, "total_bytes": total, "held_bytes": held})
        job.send({"event": "done", "tokens": 0, "seconds": 0.0})

    def _memory(self) -> tuple[int, int]:
        if self._device.type == "cuda":
            return torch.cuda.mem_get_info(self._device)
        memory = psutil.virtual_memory()
        return memory.available, memory.total
