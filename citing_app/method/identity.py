"""Content hashes: what makes an import, a draft or an embedding idempotent, and what fixes a row's split."""

from __future__ import annotations

import hashlib
import unicodedata

from citing_app.types import Split, Task

_SEPARATOR = "\x1f"


def content_hash(*texts: str) -> str:
    """sha256 (64 hex digits) of the texts after Unicode NFC and with runs of white space made one space.

    Two rows that differ only in white space are the same row.
    """
    tidy = (" ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    return hashlib.sha256(_SEPARATOR.join(tidy).encode()).hexdigest()


def task_hash(task: Task) -> str:
    """The content hash of what is asked.

    Turns count as the text that stood before the input while an import kept no turns, a line for each: a conversation
    that was imported then is the same row now.
    """
    before = [f"{turn.role.capitalize()}: {turn.content}" for turn in task.turns]
    return content_hash(task.instruction, "\n".join([*before, task.input]))


def exact_hash(*texts: str) -> str:
    """sha256 (64 hex digits) of the texts as they are: for drafts and revisions, where white space counts."""
    return hashlib.sha256(_SEPARATOR.join(texts).encode()).hexdigest()


def split_of(instruction_hash: str) -> Split:
    """8:1:1 train, validation, test (paper §4.1), from the content hash alone.

    It depends on nothing else, so importing more rows never moves a row from one split to another.
    """
    tenth = int(instruction_hash[:8], 16) % 10
    return "train" if tenth < 8 else "validation" if tenth == 8 else "test"
