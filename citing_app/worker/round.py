"""A round from its rows to its adapter."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from typing import Any

import torch
from transformers import set_seed

from citing_app.errors import CitingError
from citing_app.kinds import kind_of
from citing_app.rounds.adapter import adapter_hash, adapter_weights
from citing_app.rounds.checkpoints import checkpoint_step, newest_complete
from citing_app.rounds.estimate import passes_of
from citing_app.rounds.events import EventLog, read_events
from citing_app.rounds.files import sync_files, sync_folder, write_whole
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.architecture import architecture_of
from citing_app.worker.arguments import training_arguments
from citing_app.worker.batches import Collator
from citing_app.worker.budget import cost, within_budget
from citing_app.worker.dataset import RowDataset, read_rows
from citing_app.worker.device import choose_device, choose_dtype, device_name, dtype_name, keep_one_gpu
from citing_app.worker.examples import best_and_worst
from citing_app.worker.figures import flops_per_token, peak_flops
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.loop import ADAPTER
from citing_app.worker.options import choose_options
from citing_app.worker.reporting import StepReport
from citing_app.worker.run import Run, Trained
from citing_app.worker.student import load_tokenizer
from citing_app.worker.trainer import RoundTrainer
from citing_app.worker.trainers import own_loop, trainer_of


def train_round(directory: RoundDirectory, spec: RoundSpec, events: EventLog, stop: StopRequest) -> None:
    """Train the round in `directory`; process 0 saves its adapter and result.

    Raises CitingError for inputs that cannot be trained on, Cancelled where the round was asked to stop.
    """
    began = time.monotonic()
    resumes = bool(read_events(directory.events))
    events.add("state", state="loading")
    keep_one_gpu()
    device = choose_device(spec.device)
    dtype = choose_dtype(device, spec.dtype)
    checkpoint = newest_complete(directory.checkpoints)
    if resumes:
        events.add("resume", step=0 if checkpoint is None else checkpoint_step(checkpoint))
    trained = _train(Run(directory, spec, events, stop, device, dtype, checkpoint))
    if trained is None:
        return
    events.add("state", state="saving")
    save_adapter(trained.model, directory)
    result = {
        "adapter_hash": adapter_hash(directory.adapter),
        "adapter_bytes": adapter_weights(directory.adapter).stat().st_size,
        **trained.result,
        "seconds": round(time.monotonic() - began, 1),
        "device": str(device),
        "device_name": device_name(device),
        "dtype": dtype_name(dtype),
    }
    write_whole(directory.result, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    shutil.rmtree(directory.checkpoints, ignore_errors=True)


def _train(run: Run) -> Trained | None:
    """What the kind's loop has trained: its own, or that of its `Trainer`. None in every process but the first."""
    kind = kind_of(run.spec.kind)
    if kind.needs:
        kind.needs.ensure_installed()
    if own := own_loop(kind.trainer):
        return own(run)
    trainer = build_trainer(run.directory, run.spec, run.device, run.dtype, run.events, run.stop)
    trainer.run(run.checkpoint)
    return Trained(trainer.model, _result(trainer, run.directory)) if trainer.is_world_process_zero() else None


def build_trainer(
    directory: RoundDirectory,
    spec: RoundSpec,
    device: torch.device,
    dtype: torch.dtype,
    events: EventLog,
    stop: StopRequest,
) -> RoundTrainer:
    """The trainer of the round in `directory`, with its rows and its student. Raises CitingError as `train_round`."""
    trainer = trainer_of(kind_of(spec.kind).trainer)
    tokenizer = load_tokenizer(spec.student)
    student = architecture_of(spec.student, tokenizer)
    options = trainer.options(choose_options(spec, device, dtype, student))
    most = min(spec.max_length, student.context)
    train = RowDataset(read_rows(directory.train, tokenizer), most)
    validation = RowDataset(read_rows(directory.validation, tokenizer), most)
    events.add("rows", train=len(train), validation=len(validation), dropped=train.dropped + validation.dropped)
    if not len(train):
        mended = "make the round again with a longer max_length" if most < student.context else "shorten the texts"
        raise CitingError(f"No row fits into {most} tokens; {mended}.")
    spec = within_budget(spec, train.lengths, trainer.reads_first(train))
    set_seed(spec.seed)
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    model = trainer.load(spec, directory.path, dtype, options.attention, device if options.four_bits else None)
    peak = peak_flops(device, dtype)
    passes = passes_of(len(train), spec.batch_size * spec.accumulation, spec.epochs, spec.max_steps)
    return trainer(
        spec=spec,
        stop=stop,
        report=StepReport(
            events,
            round(sum(train.lengths) * passes),
            math.ceil(passes) + 1 if len(validation) else 0,
            flops_per_token(model, train),
            None if peak is None else peak * processes,
        ),
        model=model,
        args=training_arguments(
            spec,
            directory.checkpoints,
            processes=processes,
            on_cpu=device.type == "cpu",
            validates=len(validation) > 0,
            options=options,
            ends_early=passes < spec.epochs,
        ),
        train_dataset=train,
        eval_dataset=validation,
        data_collator=Collator(tokenizer.pad_token_id, weighted=train.has_weights, packs=options.packs),
    )


def save_adapter(model: Any, directory: RoundDirectory) -> None:
    """Save the adapter of the PEFT `model` so that `adapter/` is there only when it is complete and on the disk."""
    shutil.rmtree(directory.unfinished_adapter, ignore_errors=True)
    model.save_pretrained(str(directory.unfinished_adapter), save_embedding_layers=False, selected_adapters=[ADAPTER])
    sync_files(directory.unfinished_adapter)
    directory.unfinished_adapter.rename(directory.adapter)
    sync_folder(directory.path)


def _result(trainer: RoundTrainer, directory: RoundDirectory) -> dict[str, Any]:
    losses, progress = trainer.validation_losses, trainer.progress
    margins = [log["margin"] for log in trainer.state.log_history if "margin" in log]
    saved = progress.last if progress.best_weights is None else progress.best
    examples = (
        None if saved is None else best_and_worst(directory.validation, trainer.eval_dataset.rows, saved.row_losses)
    )
    return {
        "train_loss": trainer.train_loss,
        "validation_loss_before": losses[0] if losses else None,
        "validation_loss_after": saved.loss if saved else None,
        "validation_loss_best": progress.best.loss if progress.best else None,
        "margin_before": margins[0] if margins else None,
        "margin_after": margins[-1] if margins else None,
        "examples": examples,
        "steps": trainer.state.global_step,
        "tokens": trainer.state.num_input_tokens_seen,
        "cost": cost(trainer.reads_first(trainer.train_dataset), int(trainer.state.num_input_tokens_seen)),
        # None for a trainer that went on from the last step's checkpoint: it had nothing left to measure.
        "tokens_per_second": round(trainer.report.tokens_per_second, 1) or None,
        "rows": len(trainer.train_dataset),
        "rows_dropped": trainer.train_dataset.dropped,
        **trainer.findings(saved),
    }
