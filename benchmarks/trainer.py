"""Training speed beside TRL's SFTTrainer: `python benchmarks/trainer.py [--student FOLDER] [--rows 32]`.

Each trainer gets the same tokens, student, LoRA shape, batch size and numbers, in a process of its own, and trains one
pass over them. Printed: tokens per second (prompt and answer, without padding), the mean loss of the pass, peak memory,
and the ratios. TRL runs twice: as it comes (gradient checkpointing, batches at random), and tuned: no checkpointing,
and this project's own batches, schedule and seed, so that its loss must be the same. It is optional: `pip install trl`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from citing_app.rounds.layout import RoundDirectory, create  # noqa: E402
from citing_app.rounds.spec import RoundSpec  # noqa: E402

WORDS = ["the", "sky", "looks", "blue", "because", "air", "scatters", "short", "waves", "of", "light", "more"]
TRAINERS = {"citing": "CITING Studio", "trl-tuned": "TRL, tuned", "trl": "TRL as it comes"}


def main() -> None:
    """Run every trainer that is there and print the comparison."""
    options = _options()
    if options.trainer:
        print(json.dumps(run(options.trainer, RoundDirectory(options.round))))
        return
    names = list(TRAINERS)
    if importlib.util.find_spec("trl") is None:
        print("TRL is not installed (pip install trl), so only this project's trainer is measured.")
        names = ["citing"]
    base = None
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found = _measure(name, options, Path(folder) / name)
            base = base or found
            print(f"{TRAINERS[name]:24} {_line(found, base, options.limit)}", flush=True)


def _line(found: dict[str, float] | None, base: dict[str, float] | None, limit: int) -> str:
    if found is None or base is None:
        return f"did not finish in {limit} s"
    rate, loss, peak = found["tokens_per_second"], found["loss"], found["peak_gb"]
    ratio, memory = rate / base["tokens_per_second"], peak / base["peak_gb"]
    return f"{rate:9.1f} tokens/s  (x {ratio:.2f})   loss {loss:.4f}   peak {peak:.1f} GB  (x {memory:.2f})"


def run(trainer: str, directory: RoundDirectory) -> dict[str, float]:
    """Train the round in `directory` with one trainer, in this process."""
    from citing_app.worker.device import choose_device
    from citing_app.worker.figures import peak_memory_bytes

    began = time.monotonic()
    rate, loss = _run_citing(directory) if trainer == "citing" else _run_trl(directory, tuned=trainer == "trl-tuned")
    seconds, peak = time.monotonic() - began, peak_memory_bytes(choose_device())
    return {"tokens_per_second": rate, "loss": loss, "seconds": seconds, "peak_gb": peak / 2**30}


def _run_citing(directory: RoundDirectory) -> tuple[float, float]:
    from citing_app.worker.train import main as train

    if train([str(directory.path)]) != 0:
        raise SystemExit(directory.error.read_text())
    result = json.loads(directory.result.read_text())
    return float(result["tokens_per_second"]), float(result["train_loss"])


def _run_trl(directory: RoundDirectory, tuned: bool) -> tuple[float, float]:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    from citing_app.worker.dataset import read_rows
    from citing_app.worker.device import choose_device, choose_dtype
    from citing_app.worker.sampler import EpochSampler
    from citing_app.worker.student import load_student, load_tokenizer
    from citing_app.worker.trainer import RoundTrainer

    class Tuned(SFTTrainer):  # type: ignore[misc]
        """TRL's trainer on the batches and the learning rates of this project's."""

        create_scheduler = RoundTrainer.create_scheduler

        def _get_train_sampler(self, train_dataset: Any = None) -> EpochSampler:
            rows_per_step = self.args.train_batch_size * self.args.gradient_accumulation_steps
            return EpochSampler(lengths, rows_per_step, self.args.seed, lambda: int(self.state.epoch or 0))

    spec = directory.read_spec()
    tokenizer = load_tokenizer(spec.student)
    rows = read_rows(directory.train, tokenizer)
    lengths = [len(row) for row in rows]
    # The same tokens: of a text TRL would also learn the line end that the template puts after an answer.
    tokens = [
        {"input_ids": [*row.prompt, *row.answer], "labels": [-100] * len(row.prompt) + list(row.answer)} for row in rows
    ]
    trainer = (Tuned if tuned else SFTTrainer)(
        model=load_student(spec.student, choose_dtype(choose_device())),
        args=SFTConfig(
            output_dir=str(directory.checkpoints),
            per_device_train_batch_size=spec.batch_size,
            num_train_epochs=spec.epochs,
            learning_rate=spec.learning_rate,
            max_length=spec.max_length,
            warmup_steps=spec.warmup_ratio,
            seed=spec.seed,
            gradient_checkpointing=not tuned,
            bf16=False,
            use_cpu=not torch.cuda.is_available(),
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list(tokens),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=spec.lora.r, lora_alpha=spec.lora.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
    )
    began = time.monotonic()
    loss = float(trainer.train().training_loss)
    return sum(lengths) / (time.monotonic() - began), loss


def _measure(trainer: str, options: argparse.Namespace, folder: Path) -> dict[str, float] | None:
    spec = RoundSpec(1, "benchmark", str(options.student), epochs=1, batch_size=options.batch_size)
    directory = create(folder, spec, _rows(options.rows), [])
    command = [sys.executable, __file__, "--trainer", trainer, "--round", str(directory.path)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=options.limit, check=True)
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _rows(count: int) -> list[dict[str, Any]]:
    chance = random.Random(17)
    return [
        {
            "prompt": [{"role": "user", "content": _text(chance, 30, 120)}],
            "completion": [{"role": "assistant", "content": _text(chance, 20, 100)}],
            "task": "draft",
        }
        for _ in range(count)
    ]


def _text(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))


def _options() -> argparse.Namespace:
    from platformdirs import user_cache_path

    prepared = user_cache_path("citing-studio") / "student-smollm2-135m-instruct"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default=prepared, help="folder or hub name (default: the bundled student)")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--limit", type=int, default=600, help="seconds that each trainer may take")
    parser.add_argument("--trainer", choices=TRAINERS, help=argparse.SUPPRESS)
    parser.add_argument("--round", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
