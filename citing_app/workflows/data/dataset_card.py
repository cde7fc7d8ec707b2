"""The card of an exported data set: what it holds, where that comes from and who decided it, as the Hub reads it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from citing_app.store.export_figures import Counted, ExportFigures
from citing_app.store.exports import Shape
from citing_app.types import Split

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10**7, "1M<n<10M"))
_HOLDS: dict[Shape, str] = {
    "full": "`revision` is the accepted answer, or the proposed one where `state` is not `accepted`; `draft` is what "
    "was revised, and `output` the reference answer of the data set that the instruction came from.",
    "messages": "`messages` is the conversation, with the accepted answer at its end.",
    "alpaca": "`output` is the accepted answer.",
    "prompt-completion": "`completion` is the accepted answer to `prompt`.",
    "preference": "`chosen` is the accepted answer to `prompt`, `rejected` the draft that was revised into it.",
}


@dataclass(frozen=True)
class Part:
    """A file of a data set: its split, its path beside the card, and its size in rows and in bytes."""

    split: Split
    path: str
    rows: int
    bytes: int


def dataset_card(title: str, shape: Shape, figures: ExportFigures, parts: Sequence[Part]) -> str:
    """The card as Markdown, with the Hub's metadata before it. It names no person whom the rows do not name."""
    lines = [
        "---",
        _metadata(title, parts),
        "---",
        "",
        f"# {_text(title)}",
        "",
        "Answers that people decided on, exported from CITING Studio (CITING, arXiv 2310.02527). " + _HOLDS[shape],
        "",
        *_section("Rows", ("split", "file", "rows"), [(part.split, part.path, part.rows) for part in parts]),
        *_section("State", ("state", "rows"), figures.states),
        *_section("Sources", ("data set", "rows"), figures.datasets),
        *_section("Rubrics", ("category", "version of its rubric", "rows"), figures.rubrics),
        *_section("Who decided", ("name", "rows"), figures.annotators),
        *_section("Who proposed the revisions", ("name", "rows"), figures.teachers),
        "## Licence",
        "",
        "To be filled in, here and as `license` above: the studio does not know the licences of the sources, nor what "
        "the terms of the models allow that wrote drafts and revisions.",
        "",
    ]
    return "\n".join(lines)


def _metadata(title: str, parts: Sequence[Part]) -> str:
    """What the Hub reads, as YAML: how to load the files, and what it searches by."""
    from huggingface_hub import DatasetCardData  # its import takes half a second, and few people export

    rows = sum(part.rows for part in parts)
    card = DatasetCardData(
        license="unknown",
        pretty_name=title,
        size_categories=next((name for most, name in _SIZES if rows < most), "n>10M"),
        task_categories=["text-generation"],
        tags=["citing", "instruction-tuning", "human-feedback"],
        configs=[
            {
                "config_name": "default",
                "data_files": [{"split": part.split, "path": part.path} for part in parts],
            }
        ],
        dataset_info={
            "splits": [{"name": part.split, "num_bytes": part.bytes, "num_examples": part.rows} for part in parts]
        },
    )
    return card.to_yaml()


def _section(title: str, head: Sequence[str], rows: Counted) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"## {title}", "", *(f"| {' | '.join(map(_text, line))} |" for line in lines), ""]


def _text(value: Any) -> str:
    """A cell or a title that stays text, whatever is in it."""
    shown = "–" if value is None else f"{value:,}" if isinstance(value, int) else " ".join(str(value).split())
    return html.escape(shown, quote=False).replace("|", "\\|").replace("`", "\\`").replace("[", "\\[")
