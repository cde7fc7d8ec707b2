"""The turns of a conversation as a tree: which are shown, and which other versions there are of each."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.store.chats import ChatTurn


def path(turns: Sequence[ChatTurn], leaf: str | None) -> list[ChatTurn]:
    """The turns from the first one down to `leaf`."""
    by_id = {turn.id: turn for turn in turns}
    found: list[ChatTurn] = []
    while leaf is not None:
        found.append(by_id[leaf])
        leaf = by_id[leaf].parent
    return found[::-1]


def versions(turns: Sequence[ChatTurn], turn: ChatTurn) -> list[ChatTurn]:
    """The turn and the others in its place, oldest first: edited questions, or answers to the same question."""
    return [one for one in turns if (one.parent, one.lane, one.role) == (turn.parent, turn.lane, turn.role)]


def newest_below(turns: Sequence[ChatTurn], turn: ChatTurn) -> ChatTurn:
    """Where one gets from `turn` by always taking the newest of the turns that follow."""
    while below := [one for one in turns if one.parent == turn.id and one.lane == turn.lane]:
        turn = below[-1]
    return turn
