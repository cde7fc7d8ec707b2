"""Instructions, and the vectors and categories that belong to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citing_app.method.identity import split_of, task_hash
from citing_app.store import categories
from citing_app.store.database import Cursor
from citing_app.store.turns import turns_from_json, turns_to_json
from citing_app.types import Assignment, Example, Instruction, Split

_COLUMNS = "i.id, i.hash, i.instruction, i.input, i.output, i.dataset, i.split, i.turns"


@dataclass(frozen=True)
class Vectors:
    """Vectors of instructions: `places` in `stacked` [n, dimensions] by id."""

    places: Mapping[int, int]
    stacked: npt.NDArray[np.float32]

    def of(self, instruction_ids: Iterable[int]) -> npt.NDArray[np.float32]:
        """The vectors of these instructions, which all have one, [n, dimensions]."""
        return self.stacked[[self.places[one] for one in instruction_ids]]


def known_hashes(cursor: Cursor, hashes: Sequence[str]) -> dict[str, int]:
    """The ids of those hashes that are stored already."""
    rows = cursor.execute(
        "SELECT hash, id FROM instructions WHERE hash IN (SELECT unnest(?::VARCHAR[]))", [list(hashes)]
    ).fetchall()
    return dict(rows)


def add(
    cursor: Cursor,
    examples: Sequence[Example],
    dataset: str,
    held_out: bool = False,
    import_id: int | None = None,
) -> None:
    """Insert new instructions, `held_out` ones all as test rows. The caller has left out those whose hash is known."""
    hashes = [task_hash(example.task) for example in examples]
    columns = [
        [example.instruction for example in examples],
        [example.input for example in examples],
        [example.output for example in examples],
        hashes,
        ["test" if held_out else split_of(value) for value in hashes],
        [turns_to_json(example.turns) for example in examples],
        [example.row_id for example in examples],
        [json.dumps(example.metadata, ensure_ascii=False) if example.metadata else None for example in examples],
    ]
    cursor.execute(
        "INSERT INTO instructions (instruction, input, output, hash, split, turns, row_id, metadata, dataset, "
        f"import_id, imported_at) SELECT {', '.join(['unnest(?::VARCHAR[])'] * len(columns))}, ?, ?, now()",
        [*columns, dataset, import_id],
    )


def instruction_of(row: Sequence[Any]) -> Instruction:
    """The instruction in a row of its columns: id, hash, instruction, input, output, data set, split and turns."""
    id, hash, text, input, output, dataset, split, turns = row
    return Instruction(id, hash, text, input, output, dataset, split, turns_from_json(turns))


def answer(
    cursor: Cursor, answers: Mapping[str, str], held_out: bool = False, import_id: int | None = None
) -> set[str]:
    """Give known instructions, by their hashes, the reference answers that they lack; the hashes of those that did.

    An answer that is there is never changed. `held_out` answers go to test rows only, so that nothing learns them.
    """
    rows = cursor.execute(
        "UPDATE instructions SET output = new.output, answer_import_id = ? "
        "FROM (SELECT unnest(?::VARCHAR[]) AS hash, unnest(?::VARCHAR[]) AS output) new "
        "WHERE instructions.hash = new.hash AND NOT regexp_matches(instructions.output, '\\S') "
        "AND (instructions.split = 'test' OR NOT ?) RETURNING instructions.hash",
        [import_id, list(answers), list(answers.values()), held_out],
    ).fetchall()
    return {row[0] for row in rows}


def get(cursor: Cursor, instruction_ids: Sequence[int]) -> list[Instruction]:
    """The instructions with these ids, in the order of the ids."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM instructions i WHERE i.id IN (SELECT unnest(?::BIGINT[]))", [list(instruction_ids)]
    ).fetchall()
    found = {row[0]: instruction_of(row) for row in rows}
    return [found[instruction_id] for instruction_id in instruction_ids]


def by_hash(cursor: Cursor, hashes: Sequence[str]) -> list[Instruction]:
    """The instructions with these hashes, in the order of the hashes; those that are not stored are left out."""
    known = known_hashes(cursor, hashes)
    return get(cursor, [known[value] for value in hashes if value in known])


def without_draft(cursor: Cursor, author: str, limit: int, among: Sequence[int] | None = None) -> list[Instruction]:
    """Train instructions that this draft author has not answered, in the order of their hashes (a fixed shuffle).

    Those with a reference answer come first: without a teacher model only they can be revised. With `among`, only
    instructions with these ids.
    """
    which = "" if among is None else "AND i.id IN (SELECT unnest(?::BIGINT[])) "
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM instructions i WHERE i.split = 'train' {which}AND NOT EXISTS "
        "(SELECT 1 FROM drafts d WHERE d.instruction_id = i.id AND d.author = ?) "
        "ORDER BY i.output = '', i.hash LIMIT ?",
        [*([] if among is None else [list(among)]), author, limit],
    ).fetchall()
    return [instruction_of(row) for row in rows]


def train_hashes(cursor: Cursor, answered: bool) -> list[str]:
    """The content hashes of all train instructions, or of those with a reference answer."""
    which = "AND output <> ''" if answered else ""
    rows = cursor.execute(f"SELECT hash FROM instructions WHERE split = 'train' {which} ORDER BY hash").fetchall()
    return [row[0] for row in rows]


def count_train(cursor: Cursor, answered: bool) -> int:
    """How many train instructions there are, or how many with a reference answer."""
    which = "AND output <> ''" if answered else ""
    row = cursor.execute(f"SELECT count(*) FROM instructions WHERE split = 'train' {which}").fetchone()
    return int(row[0]) if row else 0


def in_split(cursor: Cursor, split: Split, limit: int, without: Sequence[str] = ()) -> list[Instruction]:
    """Instructions of one split that have a reference answer, but for the hashes `without`, ordered by hash."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM instructions i WHERE i.split = ? AND i.output <> '' "
        "AND i.hash NOT IN (SELECT unnest(?::VARCHAR[])) ORDER BY i.hash LIMIT ?",
        [split, list(without), limit],
    ).fetchall()
    return [instruction_of(row) for row in rows]


def never_trained(cursor: Cursor, dataset: str, limit: int) -> list[Instruction]:
    """Instructions of one data set that have a reference answer and that no round has learned."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM instructions i WHERE i.dataset = ? AND i.output <> '' AND i.id NOT IN "
        "(SELECT items.instruction_id FROM round_items JOIN decisions ON decisions.id = round_items.decision_id "
        "JOIN items ON items.id = decisions.item_id) AND i.hash NOT IN (SELECT hash FROM round_answers) "
        "ORDER BY i.hash LIMIT ?",
        [dataset, limit],
    ).fetchall()
    return [instruction_of(row) for row in rows]


def rubric_categories(cursor: Cursor, instruction_ids: Sequence[int]) -> dict[int, str | None]:
    """The category whose rubric each instruction gets: the one it was sorted into, else the assigned one."""
    rows = cursor.execute(
        "SELECT i.id, coalesce(m.category, a.category) FROM instructions i "
        "LEFT JOIN category_members m ON m.instruction_id = i.id LEFT JOIN assignments a ON a.instruction_id = i.id "
        "WHERE i.id IN (SELECT unnest(?::BIGINT[]))",
        [list(instruction_ids)],
    ).fetchall()
    return dict(rows)


def datasets(cursor: Cursor) -> list[tuple[str, int, int, int]]:
    """Name and number of train, validation and test rows of every data set."""
    return cursor.execute(
        "SELECT dataset, count(*) FILTER (split = 'train'), count(*) FILTER (split = 'validation'), "
        "count(*) FILTER (split = 'test') FROM instructions GROUP BY dataset ORDER BY dataset"
    ).fetchall()


def held_out_datasets(cursor: Cursor) -> list[str]:
    """The data sets of whose rows none can be learned: all are test rows, as in those imported only to measure on."""
    return [name for name, train, validation, _ in datasets(cursor) if not train + validation]


def without_embedding(cursor: Cursor, embedder: str) -> list[Instruction]:
    """An instruction for each text that has no vector of this embedder yet."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM instructions i WHERE sha256(i.instruction) NOT IN "
        "(SELECT text_hash FROM embeddings WHERE embedder = ?) "
        "QUALIFY row_number() OVER (PARTITION BY i.instruction ORDER BY i.id) = 1 ORDER BY i.id",
        [embedder],
    ).fetchall()
    return [instruction_of(row) for row in rows]


def add_embeddings(
    cursor: Cursor, embedder: str, instruction_ids: Sequence[int], vectors: npt.NDArray[np.float32]
) -> None:
    """Keep one vector for the text of each instruction, the first that came; `vectors` has shape [n, dimensions]."""
    cursor.execute(
        "INSERT INTO embeddings (text_hash, embedder, vector) SELECT sha256(i.instruction), ?, new.vector FROM "
        "(SELECT unnest(?::BIGINT[]) AS id, unnest(?::FLOAT[][]) AS vector) new JOIN instructions i ON i.id = new.id "
        "WHERE sha256(i.instruction) NOT IN (SELECT text_hash FROM embeddings WHERE embedder = ?) "
        "QUALIFY row_number() OVER (PARTITION BY i.instruction ORDER BY i.id) = 1",
        [embedder, np.asarray(instruction_ids), vectors, embedder],  # arrays are bound four times faster than lists
    )


def embeddings(cursor: Cursor, embedder: str) -> tuple[list[int], npt.NDArray[np.float32], list[str | None]]:
    """Ids, vectors [n, dimensions] and the category each was sorted into (None: not a member), by id."""
    found = cursor.execute(
        "SELECT i.id, e.vector, coalesce(m.category, '') AS category FROM instructions i "
        "JOIN embeddings e ON e.text_hash = sha256(i.instruction) AND e.embedder = ? "
        "LEFT JOIN category_members m ON m.instruction_id = i.id ORDER BY i.id",
        [embedder],
    ).fetchnumpy()
    vectors = np.stack(list(found["vector"])) if len(found["vector"]) else np.zeros((0, 0))
    return found["id"].tolist(), vectors.astype(np.float32), [category or None for category in found["category"]]


def vectors(cursor: Cursor, embedder: str, instruction_ids: Sequence[int]) -> Vectors:
    """The vectors that the texts of these instructions have of this embedder."""
    found = cursor.execute(
        "SELECT i.id, e.vector FROM instructions i JOIN embeddings e ON e.text_hash = sha256(i.instruction) "
        "AND e.embedder = ? WHERE i.id IN (SELECT unnest(?::BIGINT[]))",
        [embedder, list(instruction_ids)],
    ).fetchnumpy()
    stacked = np.stack(list(found["vector"])) if len(found["vector"]) else np.zeros((0, 0))
    return Vectors({key: place for place, key in enumerate(found["id"].tolist())}, stacked.astype(np.float32))


def sorted_by_people(cursor: Cursor) -> set[int]:
    """The members that a person sorted: not a file that was imported, nor a teacher in an induction or since."""
    rows = cursor.execute(
        "SELECT instruction_id FROM category_members WHERE sorted_by NOT IN (SELECT dataset FROM instructions "
        "UNION SELECT dataset FROM imports UNION SELECT teacher FROM inductions "
        "UNION SELECT teacher FROM teacher_calls)"
    ).fetchall()
    return {row[0] for row in rows}


def replace_assignments(cursor: Cursor, assignments: Iterable[tuple[int, Assignment]]) -> None:
    """Put these assignments in the place of all earlier ones; those of instructions that went meanwhile are left out.

    One that names a category retired since it was computed goes to the category's successor.
    """
    rows = list(assignments)
    cursor.execute("DELETE FROM assignments")
    cursor.execute(
        "INSERT INTO assignments (instruction_id, category, similarity, runner_up, runner_up_similarity, nearest) "
        "SELECT * FROM (SELECT unnest(?::BIGINT[]) AS id, unnest(?::VARCHAR[]), unnest(?::FLOAT[]), "
        "unnest(?::VARCHAR[]), unnest(?::FLOAT[]), unnest(?::VARCHAR[])) WHERE id IN (SELECT id FROM instructions)",
        [
            np.array([instruction_id for instruction_id, _ in rows], dtype=np.int64),
            [assignment.category for _, assignment in rows],
            np.array([assignment.similarity for _, assignment in rows], dtype=np.float32),
            [assignment.runner_up for _, assignment in rows],
            np.array([assignment.runner_up_similarity for _, assignment in rows], dtype=np.float32),
            [assignment.nearest for _, assignment in rows],
        ],
    )
    categories.follow(cursor)
