"""What is shown of an import: before it the preview, after it the report. All of a file's text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from citing_app.types import ImportReport, Rejected
from citing_app.workflows.data import previewing
from citing_app.workflows.data.importing import NOTHING_CAME, is_all_rejected, notes
from citing_app.workflows.data.mapping import TARGETS
from citing_app.workflows.data.previewing import First, Preview
from citing_app.workflows.data.raw import plain_name

_NAMED = 50
"""Rows that are named of those turned down."""


def preview_html(found: Preview, mapped: Mapping[str, str]) -> str:
    """What an import will do; `mapped` are the columns mapped by hand, by their plain names."""
    counts = f"<p><b lang=''>{escape(found.name)}</b>: {found.read:,} read, {found.good:,} can be imported.</p>"
    shapes = "".join(f"<li><span lang=''>{escape(name)}</span>: {n:,}</li>" for name, n in found.shapes.items())
    columns = "".join(_column(name, role, mapped) for name, role in found.columns.items())
    rows = "".join(map(_first, found.first))
    said = previewing.notes(found)
    tables = (
        f'<h3>Columns</h3><div class="wide" tabindex="0" role="region" aria-label="Columns"><table class="plain"><tr>'
        f"<th>column</th><th>becomes</th><th>map by hand</th></tr>{columns}</table></div>"
        '<h3>First rows</h3><div class="wide" tabindex="0" role="region" aria-label="First rows">'
        f'<table class="plain">{rows}</table></div>'
    )
    shown = f"{counts}{_said(said)}<ul>{shapes}</ul>{tables}{_rejected(found.rejected)}"
    return f'<div class="card preview" role="status"><div class="body">{shown}</div></div>'


def report_html(found: ImportReport) -> str:
    """An import's report; of many rejected rows the first fifty are named."""
    new, old, bad = f"{found.imported:,}", f"{found.duplicates:,}", f"{len(found.rejected):,}"
    name, pairs = f"<b lang=''>{escape(found.dataset)}</b>", f"{found.revisions:,}"
    if found.updated:
        counts = (
            f"<p>{name}<span>: {found.read:,} read, {new} imported, {found.updated:,} updated, {old} duplicates, "
            f"{bad} rejected; {pairs} came with a revision.</span></p>"
        )
    else:
        counts = (
            f"<p>{name}<span>: {found.read:,} read, {new} imported, {old} duplicates, {bad} rejected; "
            f"{pairs} came with a revision.</span></p>"
        )
    said = ([NOTHING_CAME] if is_all_rejected(found) else []) + notes(found)
    shown = f"{counts}{_said(said)}{_rejected(found.rejected)}"
    return f'<div class="card report" role="status"><div class="body">{shown}</div></div>'


def _said(notes: Iterable[str]) -> str:
    return "<div>" + "".join(f"<p>{escape(note)}</p>" for note in notes) + "</div>"


def _rejected(rows: Sequence[Rejected]) -> str:
    listed = "".join(_turned_down(row) for row in rows[:_NAMED])
    if len(rows) > _NAMED:
        listed += f"<li>and {len(rows) - _NAMED:,} more</li>"
    return f"<ul>{listed}</ul>" if listed else ""


def _turned_down(row: Rejected) -> str:
    file, _, place = (row.place or f"row {row.row}").rpartition(", ")
    named = f"<span lang=''>{escape(file)}</span>, " if file else ""
    kind, _, number = place.partition(" ")
    where = f"<span>line {number}</span>" if kind == "line" else f"<span>row {number}</span>"
    return f"<li>{named}{where}: <span>{escape(row.reason)}</span></li>"


def _column(name: str, role: str, mapped: Mapping[str, str]) -> str:
    chosen = mapped.get(plain_name(name), "")
    options = "".join(_option(target, chosen) for target in TARGETS)
    select = (
        f'<select data-column="{escape(name)}" aria-label="{escape(name)}">'
        f'<option value="">as found</option>{options}</select>'
    )
    return f"<tr><td lang=''>{escape(name.strip())}</td><td lang=''>{escape(role)}</td><td>{select}</td></tr>"


def _option(target: str, chosen: str) -> str:
    return f"<option lang=''{' selected' if target == chosen else ''}>{target}</option>"


def _first(row: First) -> str:
    texts = {
        "instruction": row.instruction,
        "input": row.input,
        "output": row.output,
        "draft": row.draft,
        "revision": row.revision,
    }
    cells = "".join(
        f"<tr><th lang='' scope='row'>{name}</th><td lang='' dir='auto'>{escape(text)}</td></tr>"
        for name, text in texts.items()
        if text
    )
    turns = f"<tr><th scope='row'>earlier messages</th><td>{row.turns:,}</td></tr>" if row.turns else ""
    return f"<tbody>{turns}{cells}</tbody>"
