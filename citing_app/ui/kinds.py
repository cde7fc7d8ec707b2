"""The kinds of round as the pages' scripts get them: the list that every form, list and detail reads."""

from __future__ import annotations

from typing import TypedDict

from citing_app.kinds import kinds
from citing_app.kinds.kind import Kind


class KindView(TypedDict):
    """A kind and what it learns from; the fields are those of `Kind` and `Source`.

    `in_curricula` says whether a curriculum's rounds can be of it. Kinds with the same number `watched` are watched on
    the same held-out rows, so that their losses compare. `has_own_loss` says that what it minimises is another quantity
    than its held-out loss.
    """

    name: str
    label: str
    title: str
    about: str
    button: str
    offers: list[str]
    begins: bool
    in_curricula: bool
    epochs: int
    learning_rate: float
    patience: int
    watched: int
    has_own_loss: bool
    trains: str
    asks_reward: bool
    has_edits: bool
    watched_on: str
    prefers: bool
    one: str
    many: str
    figure: str
    nothing: str
    mend: str
    page: str
    given_back: str
    makes: str


_LOSS_IS_HELD_OUT = ("likelihood", "reward")
"""The trainers that minimise what is measured on held-out rows too."""


def kinds_view() -> list[KindView]:
    """Every kind, the default first."""
    found = list(kinds().values())
    sources = [kind.learns_from for kind in found]
    return [_view(kind, sources.index(kind.learns_from)) for kind in found]


def _view(kind: Kind, watched: int) -> KindView:
    source = kind.learns_from
    return KindView(
        name=kind.name,
        label=kind.label,
        title=kind.title,
        about=kind.about,
        button=kind.button,
        offers=list(kind.offers),
        begins=kind.begins,
        in_curricula=kind.trains == "student",
        epochs=kind.epochs,
        learning_rate=kind.learning_rate,
        patience=kind.patience,
        watched=watched,
        has_own_loss=kind.trainer not in _LOSS_IS_HELD_OUT,
        trains=kind.trains,
        asks_reward=kind.asks_reward,
        has_edits=source.has_edits,
        watched_on=source.watched_on,
        prefers=kind.prefers,
        one=source.one,
        many=source.many,
        figure=source.figure,
        nothing=source.nothing,
        mend=source.mend,
        page=source.page,
        given_back=source.given_back,
        makes=source.makes,
    )
