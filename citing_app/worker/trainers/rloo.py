"""RLOO (arXiv 2402.14740) by TRL: REINFORCE with each answer's reward against its siblings' mean, less a KL term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any

from datasets import Dataset
from pyarrow import Table
from transformers import set_seed
from trl import RLOOConfig, RLOOTrainer

from citing_app.errors import Cancelled, CitingError
from citing_app.rounds.checkpoints import checkpoint_step
from citing_app.rounds.estimate import passes_of
from citing_app.rounds.layout import Row
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.architecture import architecture_of
from citing_app.worker.budget import cost, ended_after
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.loop import Loop
from citing_app.worker.options import choose_options
from citing_app.worker.reporting import StepReport
from citing_app.worker.rewards import Reward, reward_of
from citing_app.worker.run import Run, Trained
from citing_app.worker.student import load_student, load_tokenizer, with_adapter
from citing_app.worker.templates import as_taken, prompt_ids, stop_ids

SAMPLES = 4
"""Answers to each prompt: the k of RLOO."""
BETA = 0.05
"""How much the KL divergence from where the round began counts: the reward is r − β·KL."""
NEW_TOKENS = 160
"""Of an answer at most, as in a draft; and at most half of a row."""
TEMPERATURE = 1.0
MEASURED = 32
"""Prompts on which the reward is measured before and after."""


@dataclass(frozen=True)
class Prompts:
    """Rows whose prompts leave room for an answer; `dropped` is how many others there were.

    `longest` is the number of tokens of the longest prompt.
    """

    train: list[Row]
    held_out: list[Row]
    dropped: int
    longest: int


class Policy(Loop, RLOOTrainer):  # type: ignore[misc]
    """TRL's trainer, which can be stopped within a token and writes checkpoints that are whole.

    TRL keeps a copy of the adapter that the round begins with beside it, as its reference.
    """

    def __init__(self, *, stop: StopRequest, report: StepReport, **kwargs: Any) -> None:
        super().__init__(callbacks=[report], **kwargs)
        self.report = report
        base = self.accelerator.unwrap_model(self.model).get_base_model()
        base.register_forward_pre_hook(lambda *given: _stop_if_asked(stop))

    def measured(self) -> tuple[float, float]:
        """The mean reward, and the KL per token, of one sample for each held-out prompt; each time by the same seed."""
        self.report.rewarding_begins()
        set_seed(self.args.seed)
        found = self.evaluate()
        return float(found["eval_reward"]), float(found["eval_kl"])

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """None: an exported adapter has the app's own."""


def train(run: Run) -> Trained:
    """Train the round by its reward. Raises CitingError for what it cannot do, Cancelled where it was asked to stop."""
    return trained(run, reward_of(run))


def trained(run: Run, reward: Reward) -> Trained:
    """Train the round by `reward`. Raises CitingError in one process of several: this loop stops each by itself."""
    prompts = read_prompts(run)
    if arguments(run, len(prompts.train)).world_size > 1:
        raise CitingError("RLHF trains in one process; choose another launcher, or another kind of round.")
    run = replace(run, spec=_within_budget(run.spec, prompts))
    policy = build(run, prompts, reward)
    before, _ = policy.measured()
    policy.train(resume_from_checkpoint=None if run.checkpoint is None else str(run.checkpoint))
    after, kl = policy.measured()
    losses = [log["loss"] for log in policy.state.log_history if "loss" in log]
    return Trained(
        policy.model,
        {
            "train_loss": sum(losses) / len(losses),
            "reward": "reference" if run.spec.reward is None else run.spec.reward.round,
            "reward_before": before,
            "reward_after": after,
            "kl": kl,
            "steps": policy.state.global_step,
            "tokens": policy.state.num_input_tokens_seen,
            "cost": _cost(run.spec, int(policy.state.num_input_tokens_seen)),
            "tokens_per_second": None,  # most of the time it writes: other rounds are not estimated by it
            "rows": len(prompts.train),
            "rows_dropped": prompts.dropped,
            # A sample depends on more than a checkpoint holds.
            "sampled_anew_from": None if run.checkpoint is None else checkpoint_step(run.checkpoint),
        },
    )


def read_prompts(run: Run) -> Prompts:
    """The round's rows. Raises CitingError where none is left to learn from."""
    spec, directory, tokenizer = run.spec, run.directory, load_tokenizer(run.spec.student)
    rows = [directory.read_rows(path) for path in (directory.train, directory.validation)]
    room = max(0, min(spec.max_length, architecture_of(spec.student, tokenizer).context) - _new_tokens(spec))
    lengths = [[len(prompt_ids(tokenizer, row["prompt"])) for row in some] for some in rows]
    train, held_out = (
        [row for row, length in zip(some, its, strict=True) if length <= room]
        for some, its in zip(rows, lengths, strict=True)
    )
    longest = max((length for length in lengths[0] if length <= room), default=0)
    prompts = Prompts(train, held_out, sum(map(len, rows)) - len(train) - len(held_out), longest)
    run.events.add("rows", train=len(train), validation=len(held_out), dropped=prompts.dropped)
    if not train:
        raise CitingError(f"No prompt fits into {room} tokens beside its answer; train on shorter instructions.")
    return prompts


def build(run: Run, prompts: Prompts, reward: Reward) -> Policy:
    """The trainer of the round, with its student."""
    spec = run.spec
    tokenizer = load_tokenizer(spec.student)
    options = choose_options(spec, run.device, run.dtype, architecture_of(spec.student, tokenizer))
    tokenizer.padding_side = "left"
    set_seed(spec.seed)
    student = load_student(spec.student, run.dtype, options.attention, run.device if options.four_bits else None)
    student.generation_config.eos_token_id = sorted(stop_ids(tokenizer, student.generation_config))
    return Policy(
        stop=run.stop,
        report=StepReport(run.events, None, 0),
        checkpoint_seconds=spec.checkpoint_seconds,
        model=with_adapter(student, spec, run.directory.path),
        reward_funcs=_called(reward),
        args=arguments(run, len(prompts.train)),
        train_dataset=_dataset(tokenizer, _whole_steps(prompts.train, _step(spec))),
        eval_dataset=_dataset(tokenizer, (prompts.held_out or prompts.train)[:MEASURED]),
        processing_class=tokenizer,
    )


def arguments(run: Run, rows: int) -> RLOOConfig:
    """TRL's own settings for a round on so many rows. A step takes as many prompts as another round's takes rows."""
    spec, on_cpu = run.spec, run.device.type == "cpu"
    return RLOOConfig(
        output_dir=str(run.directory.checkpoints),
        per_device_train_batch_size=spec.batch_size,
        per_device_eval_batch_size=spec.batch_size * spec.accumulation,
        gradient_accumulation_steps=spec.accumulation * SAMPLES,
        num_generations=SAMPLES,
        num_generations_eval=1,
        max_completion_length=_new_tokens(spec),
        temperature=TEMPERATURE,
        beta=BETA,
        num_train_epochs=spec.epochs,
        max_steps=spec.max_steps if passes_of(rows, _step(spec), spec.epochs, spec.max_steps) < spec.epochs else -1,
        learning_rate=spec.learning_rate,
        warmup_steps=spec.warmup_ratio,
        seed=spec.seed,
        use_cpu=on_cpu,
        bf16=False,  # the student has its numbers already, and the adapter is in float32
        activation_checkpointing=spec.checkpointing == "on",
        chat_template_kwargs={"sanitize_control_tokens": True},  # a control token spelled out in a text is text
        save_strategy="epoch" if spec.checkpoint_seconds else "no",
        logging_steps=1,
        dataloader_pin_memory=not on_cpu,
        disable_tqdm=True,
        report_to="none",
    )


def _within_budget(spec: RoundSpec, prompts: Prompts) -> RoundSpec:
    """The spec with as many steps as its budget surely pays for: each sample may be as long as the longest."""
    if not spec.budget:
        return spec
    of_a_step = _cost(spec, _step(spec) * SAMPLES * (prompts.longest + _new_tokens(spec)))
    return ended_after(spec, len(prompts.train), min(spec.budget // of_a_step, spec.max_steps or spec.budget))


def _cost(spec: RoundSpec, tokens: int) -> int:
    """What so many tokens of samples cost: each is written, measured twice, perhaps scored, and learned from."""
    return cost(tokens * (3 + (spec.reward is not None)), tokens)


def _step(spec: RoundSpec) -> int:
    """The prompts of a step."""
    return spec.batch_size * spec.accumulation


def _new_tokens(spec: RoundSpec) -> int:
    return min(NEW_TOKENS, spec.max_length // 2)


def _called(reward: Reward) -> Any:
    """`reward` as TRL calls it."""

    def named(prompts: Any, completions: Any, reference: Any, **others: Any) -> list[float]:
        return reward(prompts, [answer["content"].strip() for (answer,) in completions], reference)

    return named


def _whole_steps(rows: Sequence[Row], size: int) -> list[Row]:
    """The rows, and again from the first one as many as fill the last step: TRL leaves out a step that is not full."""
    return list(islice(cycle(rows), -(-len(rows) // size) * size))


def _dataset(tokenizer: Any, rows: Sequence[Row]) -> Dataset:
    """The rows as TRL reads them. Named by hand: datasets would hash them by pickling what pyarrow can't pickle."""
    found = [
        {"prompt": as_taken(tokenizer, row["prompt"]), "reference": row["completion"][0]["content"]} for row in rows
    ]
    return Dataset(Table.from_pylist(found), fingerprint="rows")


def _stop_if_asked(stop: StopRequest) -> None:
    if stop.asked():
        raise Cancelled("The round was cancelled.")
