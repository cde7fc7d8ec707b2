"""The kinds of round as the pages' scripts get them: the list that every form, list and detail reads."""

from __future__ import annotations

from typing import TypedDict

from citing_app.kinds import kinds
from citing_app.kinds.kind import Kind
from citing_app.kinds.source import PAIRS


class KindView(TypedDict):
    """A kind and what it learns from; the fields are those of `Kind` and `Source`.

    `in_curricula` says whether a curriculum's rounds can be of it.
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
    trains: str
    asks_reward: bool
    prefers: bool
    one: str
    many: str
    figure: str
    nothing: str
    mend: str
    page: str
    given_back: str
    makes: str


def kinds_view() -> list[KindView]:
    """Every kind, the default first."""
    return [_view(kind) for kind in kinds().values()]


def _view(kind: Kind) -> KindView:
    source = kind.learns_from
    return KindView(
        name=kind.name,
        label=kind.label,
        title=kind.title,
        about=kind.about,
        button=kind.button,
        offers=list(kind.offers),
        begins=kind.begins,
        in_curricula=source is PAIRS,
        epochs=kind.epochs,
        learning_rate=kind.learning_rate,
        trains=kind.trains,
        asks_reward=kind.asks_reward,
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
