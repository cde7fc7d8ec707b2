"""The settings of transformers' Trainer for a round, and how its steps are shared by processes."""

from __future__ import annotations

from pathlib import Path

from transformers import TrainingArguments

from citing_app.errors import CitingError
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.options import LIGER, Options


def training_arguments(
    spec: RoundSpec, output: Path, *, processes: int, on_cpu: bool, validates: bool, options: Options, ends_early: bool
) -> TrainingArguments:
    """The Trainer's own settings for `spec`, which `ends_early` where its epochs have more steps than it may take.

    Raises CitingError where `processes` cannot share a step equally.
    """
    rows = rows_per_pass(spec, processes)
    return TrainingArguments(
        output_dir=str(output),
        per_device_train_batch_size=rows // processes,
        per_device_eval_batch_size=rows // processes,
        gradient_accumulation_steps=spec.batch_size * spec.accumulation // rows,
        num_train_epochs=spec.epochs,
        max_steps=spec.max_steps if ends_early else -1,  # the Trainer would go on beyond its epochs to reach them
        learning_rate=spec.learning_rate,
        warmup_steps=spec.warmup_ratio,
        seed=spec.seed,
        use_cpu=on_cpu,
        eval_strategy="epoch" if validates else "no",
        eval_on_start=validates,
        save_strategy="epoch" if spec.checkpoint_seconds else "no",
        logging_steps=1,
        logging_nan_inf_filter=False,
        include_num_input_tokens_seen="all" if options.packs else "non_padding",
        remove_unused_columns=False,
        dataloader_pin_memory=not on_cpu,
        ddp_find_unused_parameters=False,
        use_liger_kernel=options.liger,
        liger_kernel_config=LIGER,
        disable_tqdm=True,
        report_to="none",
    )


def rows_per_pass(spec: RoundSpec, processes: int) -> int:
    """The rows that `processes` take at once: the spec's, or where they cannot share those equally, the next more.

    The step has the same rows all the same, and no process takes more at once than one alone would. Raises CitingError
    where they cannot share a step equally.
    """
    step = spec.batch_size * spec.accumulation
    for rows in range(spec.batch_size, step + 1):
        if rows % processes == 0 and step % rows == 0:
            return rows
    raise CitingError(f"A step of {step} rows cannot be shared equally by {processes} processes.")
