"""What a person chooses for a round, checked once, wherever it came from: a page, an endpoint or the command line."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from citing_app.errors import CitingError
from citing_app.kinds import DEFAULT, kind_of
from citing_app.kinds.kind import Choice
from citing_app.types import Objective

Adapter = Literal["carried", "new"]
Tokens = Literal["all", "changed"]
Order = Literal["sampled", "edit_size", "easy"]
OBJECTIVES: tuple[Objective, ...] = ("both", "draft", "revise")


@dataclass(frozen=True)
class Choices:
    """A round's choices; the defaults are those of a first round.

    `kind`: one of kinds/, which says what is learned and which of the other choices there are.
    `items`: how many accepted revisions (or answers) at most; None: all of them. `decisions`: only these.
    `parent`: the round whose adapter is carried on; None: the base model. `adapter`: `carried` learns what no round has
    learned, `new` begins a new adapter on all revisions so far.
    `replay`: rows of train answers, as a share of the rows on revisions, mixed in against forgetting.
    `tokens`: `all` of a revision count alike, or those that were `changed` count more.
    `order`: as `sampled`, by `edit_size`, or `easy` to hard (by the student's own loss).
    `with_validation`: SFT also learns the validation answers, as the paper does; nothing is then held out.
    `launcher`: the name of the host's launcher that runs it; None: the first one that it names, else `here`.
    Raises CitingError for a value that is none of these, or one that the kind does not take.
    """

    kind: str = DEFAULT
    objective: Objective = "both"
    items: int | None = None
    decisions: tuple[str, ...] | None = None
    parent: int | None = None
    adapter: Adapter = "carried"
    replay: float = 0.0
    tokens: Tokens = "all"
    order: Order = "sampled"
    with_validation: bool = False
    launcher: str | None = None
    seed: int = 17

    def __post_init__(self) -> None:
        kind = kind_of(self.kind)
        for name, known in _WORDS.items():
            value = getattr(self, name)
            if value not in known:
                raise CitingError(f"The {name} of a round is one of {', '.join(known)}.")
        if self.items is not None and self.items < 1:
            raise CitingError("A round needs at least one accepted revision.")
        if not 0 <= self.replay <= 1:
            raise CitingError("The share of replayed answers lies between 0 and 1.")
        if not 0 <= self.seed < 2**32:
            raise CitingError("A seed is a whole number below 2**32.")
        if self.adapter == "new" and self.parent is not None:
            raise CitingError("A new adapter begins at the base model; leave the parent out.")
        for name in get_args(Choice):
            if name not in kind.offers and getattr(self, name) != _DEFAULTS[name]:
                raise CitingError(f"Leave {name} out: rounds of the kind “{kind.name}” do not take it.")


_WORDS: dict[str, tuple[str, ...]] = {
    "objective": OBJECTIVES,
    "adapter": get_args(Adapter),
    "tokens": get_args(Tokens),
    "order": get_args(Order),
}
_DEFAULTS = {field.name: field.default for field in fields(Choices)}
