"""What comes back in a batch of teacher calls: answers for its questions, and what the ledger is told of each call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from citing_app.method.prices import Price, cost, hold
from citing_app.method.prompts import render
from citing_app.models.chat_model import Call, ChatModel, Fault, Reply
from citing_app.store import ledger
from citing_app.store.database import Store
from citing_app.workflows.calls.questions import Answer, Outcome, Question, judge, key_of


@dataclass
class Open:
    """A question on its way: `attempts` counts how often it was sent; `is_repair`: its messages ask to mend a reply."""

    question: Question
    call: Call
    key: str
    held: int | None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempts: int = 0
    is_repair: bool = False

    @property
    def is_free(self) -> bool:
        """Whether it can have cost nothing, so that it may be sent again where no answer came."""
        return self.held == 0

    def row(self, teacher: str) -> ledger.Row:
        """This call as the ledger reserves it."""
        purpose = "repair" if self.is_repair else self.question.purpose
        question = self.question
        return ledger.Row(
            self.id, self.key, teacher, purpose, question.item_id, self.held, question.prompt_hash, self.attempts + 1
        )


class Replies:
    """One batch's replies: each read once, mended once where it cannot be used, and answered to all who asked the same.

    The loop takes `answers` and `ended` away as they grow, and looks again at the calls `elsewhere`, which another job
    has under way. `spent` is in billionths of a dollar.
    """

    def __init__(self, store: Store, model: ChatModel, price: Price | None) -> None:
        self._store, self._model, self._price = store, model, price
        self._same: dict[str, list[Question]] = {}
        self.ended: list[ledger.End] = []
        self.answers: list[Answer] = []
        self.elsewhere: list[Open] = []
        self.spent = 0

    def opened(self, question: Question) -> Open:
        """The question with its key in the ledger and what it may cost at most."""
        return self._open(question, question.call)

    def known(self, keys: list[str]) -> dict[str, ledger.Known]:
        """What the ledger holds under these keys."""
        with self._store.read() as cursor:
            return ledger.known(cursor, keys)

    def place(self, one: Open, known: dict[str, ledger.Known], twins: Sequence[Question] = ()) -> Open | None:
        """Answer an opened question from what is `known`; the call to send where that is not enough.

        `twins` ask just the same.
        """
        row = known.get(one.key)
        asked = [one.question, *twins]
        if one.key in self._same:
            self._same[one.key] += asked  # under way already: one call answers all
        elif row is None:
            self._same[one.key] = list(twins)
            return one
        elif row.state == "unknown":
            self.answers += [Answer(question, "unknown", reason=row.reason, key=one.key) for question in asked]
        elif row.state != "done":
            self._same[one.key] = list(twins)
            self.elsewhere.append(one)
        else:
            self._same[one.key] = list(twins)
            reply = Reply(row.raw, row.finish, row.outcome == "refused", row.tokens_in, row.tokens_out)
            return self._read(one, reply, 0.0, *judge(one.question, reply))
        return None

    def place_again(self, one: Open, known: dict[str, ledger.Known]) -> Open | None:
        """As `place`, for a call that was placed already: another job has asked just the same."""
        return self.place(one, known, self._same.pop(one.key))

    def came(self, one: Open, reply: Reply, seconds: float) -> Open | None:
        """A reply came: its answer, or the call that asks to mend it."""
        outcome, value, reason = judge(one.question, reply)
        paid = one.held
        if reply.tokens_in is not None and reply.tokens_out is not None:
            paid = cost(self._price, reply.tokens_in, reply.tokens_out)
        self.spent += paid or 0
        tokens = reply.tokens_in, reply.tokens_out
        self.ended.append(ledger.End(one.id, "done", outcome, reason, reply.text, reply.finish, *tokens, paid, seconds))
        return self._read(one, reply, seconds, outcome, value, reason)

    def pauses(self, one: Open) -> None:
        """The server did not take the call, which will be sent again."""
        self.ended.append(ledger.End(one.id, "reserved"))

    def lost(self, one: Open, fault: Fault, seconds: float) -> None:
        """No reply will come: an answer without one for all who asked. What may be billed counts as spent."""
        fate: Literal["unknown", "failed"] = "unknown" if fault.kind == "unknown" and not one.is_free else "failed"
        self.ended.append(ledger.End(one.id, fate, fate, fault.reason, seconds=seconds))
        if fate == "unknown":
            self.spent += one.held or 0
        questions = [one.question, *self._same.pop(one.key, [])]
        self.answers += [
            Answer(question, fate, reason=fault.reason, seconds=seconds, key=one.key) for question in questions
        ]

    def gave_up(self, sent: Sequence[Open], unsent: Sequence[Open]) -> None:
        """What was sent is not awaited, and may be billed; what was not sent holds nothing."""
        why = "The batch ended before the answer came."
        fates: list[ledger.State] = ["failed" if one.is_free else "unknown" for one in sent]
        self.ended += [ledger.End(one.id, fate, fate, why) for one, fate in zip(sent, fates, strict=True)]
        why = "The batch ended before the server took the call."
        self.ended += [ledger.End(one.id, "failed", "failed", why) for one in unsent]

    def _open(self, question: Question, call: Call) -> Open:
        call = self._model.bounded(call)
        return Open(question, call, key_of(self._model, call), hold(self._price, call.prompt_bytes, call.max_tokens))

    def _read(
        self, one: Open, reply: Reply, seconds: float, outcome: Outcome, value: object, reason: str | None
    ) -> Open | None:
        is_mended = one.question.mends and not one.is_repair
        if outcome in ("malformed", "empty") and reply.text is not None and is_mended:
            repair = self._repair(one, reply.text, reason or "")
            return self.place(repair, self.known([repair.key]), self._same.pop(one.key, []))
        self.answers.append(Answer(one.question, outcome, value, reason, reply.text, seconds, one.key))
        for question in self._same.pop(one.key, []):
            outcome, value, reason = judge(question, reply)
            self.answers.append(Answer(question, outcome, value, reason, reply.text, key=one.key))
        return None

    def _repair(self, one: Open, raw: str, reason: str) -> Open:
        messages = (
            *one.call.messages,
            {"role": "assistant", "content": raw or "(nothing)"},
            {"role": "user", "content": render("repair", reason=reason)},
        )
        repair = self._open(one.question, replace(one.call, messages=messages))
        repair.is_repair = True
        return repair
