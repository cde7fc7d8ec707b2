"""The answers that are accepted of an instruction besides its reference answer, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from citing_app.store.database import Cursor


def add(
    cursor: Cursor, answers: Mapping[str, Sequence[str]], held_out: bool = False, import_id: int | None = None
) -> set[str]:
    """Give known instructions, by their hashes, the accepted answers that they lack; the hashes of those that did.

    What is there stays, in its order. `held_out` answers go to test rows only, as reference answers do.
    """
    known = _taking(cursor, list(answers), held_out)
    fresh = {hash: [one for one in _tidy(answers[hash]) if one not in has] for hash, has in known.items()}
    rows = [(hash, place, text) for hash, texts in fresh.items() for place, text in enumerate(texts, len(known[hash]))]
    cursor.execute(
        "INSERT INTO accepted_answers (hash, place, text, import_id) "
        "SELECT unnest(?::VARCHAR[]), unnest(?::INTEGER[]), unnest(?::VARCHAR[]), ?",
        [*([row[column] for row in rows] for column in range(3)), import_id],
    )
    return {hash for hash, texts in fresh.items() if texts}


def accepted(cursor: Cursor, hashes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By hash, the accepted answers of these instructions: the reference answer, then the others in their order.

    Without blank ones and duplicates; instructions of which no answer is accepted are left out.
    """
    found: dict[str, list[str]] = {}
    for hash, text in _all(cursor, hashes):
        found.setdefault(hash, []).append(text)
    return {hash: tidy for hash, texts in found.items() if (tidy := _tidy(texts))}


def _taking(cursor: Cursor, hashes: Sequence[str], held_out: bool) -> dict[str, list[str]]:
    """By hash, all that the instructions which take answers have, reference answer first, blank or not."""
    rows = cursor.execute(
        "SELECT hash FROM instructions WHERE hash IN (SELECT unnest(?::VARCHAR[])) AND (split = 'test' OR NOT ?)",
        [list(hashes), held_out],
    ).fetchall()
    found: dict[str, list[str]] = {row[0]: [] for row in rows}
    for hash, text in _all(cursor, list(found)):
        found[hash].append(text)
    return found


def _all(cursor: Cursor, hashes: Sequence[str]) -> list[tuple[str, str]]:
    """Hash and text of every answer of these instructions, by hash and place; each begins with place 0."""
    return cursor.execute(
        "WITH wanted AS (SELECT DISTINCT unnest(?::VARCHAR[]) AS hash) "
        "SELECT hash, text FROM (SELECT hash, 0 AS place, output AS text FROM instructions "
        "UNION ALL SELECT hash, place, text FROM accepted_answers) SEMI JOIN wanted USING (hash) ORDER BY hash, place",
        [list(hashes)],
    ).fetchall()


def _tidy(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text.strip()))
