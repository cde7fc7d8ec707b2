"""What a trainer tells of its steps: the loss, the rate and the time left, as events of the round."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from citing_app.errors import CitingError
from citing_app.rounds.events import EventLog
from citing_app.worker.figures import memory_bytes, peak_memory_bytes

_TOLD = ("margin", "reward", "kl")
"""What only some rounds have to tell of a step."""


class StepReport(TrainerCallback):  # type: ignore[misc]
    """Writes an event per step and per evaluation.

    `tokens` is what the whole training will read, prompt and answer, without padding (None: nobody knows, as in a round
    that writes its own answers; then the steps tell the time left); `evaluations` is how often it
    will stop to evaluate, the one before the first step included. Evaluations are no part of `tokens_per_second`.
    `flops_per_token` and the `peak_flops` of all processes' devices (None: not known) give the utilisation.
    """

    pause = 1.0
    """Seconds between two events of how far a measurement is."""

    def __init__(
        self,
        events: EventLog,
        tokens: int | None,
        evaluations: int,
        flops_per_token: float = 0.0,
        peak_flops: float | None = None,
    ) -> None:
        self._events = events
        self._tokens = tokens
        self._evaluations = evaluations
        self._flops_per_token = flops_per_token
        self._peak_flops = peak_flops
        self._seen_before = self._steps_before = 0
        self._evaluation_seconds: list[float] = []
        self._began = 0.0
        self._evaluation_began = 0.0
        self._told_at = time.monotonic()
        self.tokens_per_second = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self._began = time.monotonic()
        self._seen_before, self._steps_before = state.num_input_tokens_seen, state.global_step
        self._events.add("state", state="training")

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the step's event. Raises CitingError where the loss is no number: the round has diverged."""
        if not logs or "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise CitingError(f"The loss was no number at step {state.global_step}; lower the learning rate.")
        tokens = state.num_input_tokens_seen
        seconds = time.monotonic() - self._began - sum(self._evaluation_seconds)
        self.tokens_per_second = (tokens - self._seen_before) / seconds
        self._events.add(
            "step",
            step=state.global_step,
            steps=state.max_steps,
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            tokens=tokens,
            tokens_per_second=round(self.tokens_per_second, 1),
            seconds_left=round(self._seconds_left(state, seconds), 1),
            memory_bytes=memory_bytes(args.device),
            **self._utilisation(),
            **{name: logs[name] for name in _TOLD if name in logs},
        )

    def resumes(self, evaluations: int) -> None:
        """So many evaluations are done already."""
        self._evaluations -= evaluations

    def memory(self, device: torch.device, batch_size: int, accumulation: int) -> None:
        """Write what a pass of `batch_size` rows took at most; a step takes `accumulation` of them."""
        peak = peak_memory_bytes(device)
        self._events.add("memory", peak_bytes=peak, batch_size=batch_size, accumulation=accumulation)

    def ordering_begins(self) -> None:
        """The rows' own losses are measured, to visit the easy ones first."""
        self._measures("ordering")

    def comparing_begins(self) -> None:
        """The rows' answers are measured with the adapter that the round begins with."""
        self._measures("comparing")

    def rewarding_begins(self) -> None:
        """The reward of held-out answers is measured."""
        self._events.add("state", state="rewarding")

    def evaluation_begins(self) -> None:
        """Stop the training's clock."""
        self._evaluation_began = time.monotonic()
        self._measures("evaluating")

    def measured(self, done: int, of: int) -> None:
        """So many rows of what is measured now are; it is written now and then, for whoever waits."""
        if time.monotonic() - self._told_at >= self.pause:
            self._told_at = time.monotonic()
            self._events.add("measured", done=done, of=of)

    def evaluation_ends(self, step: int, loss: float) -> None:
        """Write the held-out `loss` at `step` and let the training's clock go on."""
        self._evaluation_seconds.append(time.monotonic() - self._evaluation_began)
        self._events.add("validation", step=step, loss=loss)
        self._events.add("state", state="training")

    def _measures(self, what: str) -> None:
        self._told_at = time.monotonic()
        self._events.add("state", state=what)

    def _utilisation(self) -> dict[str, float]:
        if self._peak_flops is None:
            return {}
        return {"mfu": round(self._flops_per_token * self.tokens_per_second / self._peak_flops, 4)}

    def _seconds_left(self, state: TrainerState, seconds: float) -> float:
        if self._tokens is None:
            done, left = state.global_step - self._steps_before, state.max_steps - state.global_step
            return seconds / int(done) * int(left)
        training = max(0, self._tokens - int(state.num_input_tokens_seen)) / self.tokens_per_second
        evaluations_left = self._evaluations - len(self._evaluation_seconds)
        return training + evaluations_left * max(self._evaluation_seconds, default=0.0)
