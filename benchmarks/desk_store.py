"""A large store for benchmarks/desk.py, made by SQL in minutes: texts of the length and words of real answers."""

from __future__ import annotations

import json
import random
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from citing_app.store import rubrics
from citing_app.store.database import Cursor, Store
from citing_app.types import Criterion, Rubric

CURRICULUM = Path(__file__).resolve().parent.parent / "assets" / "curriculum"
RARE, COMMON = "quokka", "because"
DATASETS = ("alpaca", "dolly", "self-instruct", "our own")
TEACHERS = ("reference", "gpt-4o", "qwen3-32b")
CRITERIA = ("Accurate", "For its reader", "In order")
PEOPLE = ("ada", "bob", "chen", "dora")
_ROUNDS = 4
_MACROS = """
CREATE OR REPLACE TEMP MACRO picked(seed, n) AS array_to_string(list_transform(
    range(n::BIGINT),
    lambda k: getvariable('sentences')[1 + (hash(seed, k) % len(getvariable('sentences')))::BIGINT]), ' ');
CREATE OR REPLACE TEMP MACRO spread(seed, low, high) AS low + (hash(seed) % (high - low + 1))::BIGINT;
CREATE OR REPLACE TEMP MACRO one_of(seed, names) AS names[1 + (hash(seed) % len(names))::BIGINT];
CREATE OR REPLACE TEMP MACRO unit(seed) AS (hash(seed) % 1000000)::FLOAT / 1000000;
"""
_INSTRUCTIONS = f"""
INSERT INTO instructions (id, hash, instruction, input, output, dataset, split, imported_at)
SELECT n, sha256('i' || n),
    'Task ' || n || ': ' || picked('i' || n, 1),
    CASE WHEN n % 3 = 0 THEN picked('in' || n, spread('inl' || n, 1, 4)) ELSE '' END,
    picked('o' || n, spread('ol' || n, 1, 9)),
    one_of('d' || n, $datasets),
    CASE WHEN n % 10 < 8 THEN 'train' WHEN n % 10 = 8 THEN 'validation' ELSE 'test' END, $now
FROM range(1, $items // {_ROUNDS} + 1) t(n);
"""
_ASSIGNMENTS = """
INSERT INTO assignments (instruction_id, category, similarity, runner_up, runner_up_similarity)
SELECT id, CASE WHEN unit('s' || id) < 0.05 THEN NULL ELSE one_of('c' || id, $categories) END,
    unit('s' || id) * 0.6, one_of('r' || id, $categories), unit('s' || id) * 0.4 FROM instructions ORDER BY id;
"""
_DRAFTS = f"""
INSERT INTO drafts (item_id, hash, instruction_id, text, author, round, drafted_at)
SELECT n, sha256('d' || n), 1 + (n - 1) % ($items // {_ROUNDS}),
    picked('t' || n, spread('tl' || n, 2, 10)),
    CASE (n - 1) // ($items // {_ROUNDS}) WHEN 0 THEN 'base' ELSE 'round ' || (n - 1) // ($items // {_ROUNDS}) END,
    nullif((n - 1) // ($items // {_ROUNDS}), 0), $now FROM range(1, $items + 1) t(n);
"""
_REVISIONS = f"""
INSERT INTO revisions (id, hash, item_id, text, author, edits, revised_at)
SELECT item_id, sha256('v' || item_id), item_id,
    text || ' ' || picked('v' || item_id, spread('vl' || item_id, 1, 4))
        || CASE WHEN hash('q' || item_id) % 20000 = 0 THEN ' {RARE}' ELSE '' END,
    one_of('te' || item_id, $teachers),
    to_json([{{'before': '', 'after': '', 'criterion': one_of('k' || item_id, $criteria)}}]), $now
FROM drafts ORDER BY item_id;
"""
_DECISIONS = """
INSERT INTO decisions (number, id, request_id, item_id, revision_id, version, kind, final_text, annotator, decided_at,
    settles, changed, seconds)
SELECT row_number() OVER (ORDER BY v.id), md5('x' || v.id), md5('y' || v.id), v.item_id, v.id, 2,
    CASE WHEN unit('w' || v.id) < 0.55 THEN 'accept' WHEN unit('w' || v.id) < 0.7 THEN 'edit' ELSE 'reject' END AS kind,
    CASE WHEN unit('w' || v.id) < 0.55 THEN v.text WHEN unit('w' || v.id) < 0.7
        THEN v.text || ' ' || picked('e' || v.id, 1) END,
    one_of('p' || v.id, $people), $now::TIMESTAMPTZ - to_seconds(spread('at' || v.id, 0, 10000000)),
    false, unit('w' || v.id), 20
FROM revisions v JOIN drafts d ON d.item_id = v.item_id JOIN instructions i ON i.id = d.instruction_id
WHERE i.split = 'train' AND unit('dec' || v.id) < 0.75 ORDER BY v.id;
"""
_ITEMS = """
INSERT INTO items (id, instruction_id, state, version, revision_id, decision_id, place, slots, deciders, decided_at,
    category, similarity, dataset, author, round, teacher, edit_size, criteria)
SELECT d.item_id, d.instruction_id,
    CASE WHEN c.kind IN ('accept', 'edit') THEN 'accepted' WHEN c.kind = 'reject' THEN 'rejected'
        WHEN i.split <> 'train' THEN 'held_out' ELSE 'waiting' END,
    2 + (c.id IS NOT NULL)::INTEGER, v.id, c.id, d.item_id, 1,
    CASE WHEN c.id IS NULL THEN [] ELSE [c.annotator] END, c.decided_at, a.category, a.similarity, i.dataset, d.author,
    d.round, v.author, unit('z' || d.item_id), [v.edits->0->>'criterion']
FROM drafts d JOIN instructions i ON i.id = d.instruction_id JOIN assignments a ON a.instruction_id = i.id
JOIN revisions v ON v.item_id = d.item_id LEFT JOIN decisions c ON c.item_id = d.item_id ORDER BY d.item_id;
"""
_SEQUENCES = [
    f"SELECT max(nextval('{name}')) FROM {table}"
    for name, table in (
        ("instruction_ids", "instructions"),
        ("item_ids", "drafts"),
        ("revision_ids", "revisions"),
        ("decision_numbers", "decisions"),
    )
]


def build(folder: Path, items: int) -> None:
    """Fill an empty data folder with this many items, six decisions for ten of them."""
    with Store(folder) as store, store.write() as cursor:
        _prepare(cursor)
        for statement in (_INSTRUCTIONS, _ASSIGNMENTS, _DRAFTS, _REVISIONS, _DECISIONS, _ITEMS, *_SEQUENCES):
            cursor.execute(statement, _values(statement, items))
        for category in _categories():
            criteria = tuple(Criterion(name, "As it should be.", "As it should not be.") for name in CRITERIA)
            rubrics.add(cursor, Rubric(category, criteria), "")


def _values(statement: str, items: int) -> dict[str, Any]:
    """What the statement asks for."""
    known = {
        "items": items,
        "now": datetime(2026, 11, 1, tzinfo=timezone.utc),
        "datasets": DATASETS,
        "teachers": TEACHERS,
        "people": PEOPLE,
        "criteria": CRITERIA,
        "categories": _categories(),
    }
    return {name: value for name, value in known.items() if f"${name}" in statement}


def _categories() -> list[str]:
    return sorted(path.name for path in CURRICULUM.iterdir() if path.is_dir())


def _prepare(cursor: Cursor) -> None:
    """The phrases that texts are made of: three words each, from the bundled reference answers."""
    words = []
    for path in sorted(CURRICULUM.glob("*/instructions.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            words += json.loads(line)["output"].split()
    phrases = [" ".join(words[start : start + 3]) for start in range(0, len(words) - 3, 3)]
    chance = random.Random(1)
    sentences = [" ".join(chance.choices(phrases, k=3)) for _ in range(20_000)]
    cursor.execute("SET VARIABLE sentences = ?::VARCHAR[]", [sentences])
    cursor.execute(_MACROS)
