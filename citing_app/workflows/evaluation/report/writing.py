"""A report as a file: HTML with charts that opens without the app, or Markdown."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from pathlib import Path

import jinja2

from citing_app.errors import CitingError
from citing_app.workflows.evaluation.report import words
from citing_app.workflows.evaluation.report.contents import Report, report
from citing_app.workflows.evaluation.report.modules import ASSETS, import_map
from citing_app.workflows.evaluation.requests import REPORTS as FORMATS
from citing_app.workflows.studio import Studio

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(studio: Studio, path: Path) -> Report:
    """Write everything measured and compared to `path`, as its ending says; a file that is there is replaced whole.

    Raises CitingError for another ending, where nothing was measured, and where the file cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise CitingError(f"A report ends in {' or '.join(FORMATS)}; {path.name} does not.")
    found = report(studio, datetime.now(UTC))
    replace_text(path, as_html(found) if path.suffix.lower() == ".html" else as_markdown(found))
    return found


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises CitingError where it cannot be written."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CitingError(f"{path} cannot be written: {error.strerror}.") from error


def report_among(studio: Studio, ending: str) -> Path:
    """A report in the folder of the exports that people download; it replaces one like it."""
    studio.exports_folder.mkdir(exist_ok=True)
    path = studio.exports_folder / f"report{ending}"
    write_report(studio, path)
    return path


def as_html(found: Report) -> str:
    """The report as one page; what came from models, files and people is escaped."""
    given = json.dumps({"sets": found["sets"]}, ensure_ascii=False)
    return _rendered(
        "report.html.jinja",
        found,
        style=(ASSETS / "studio.css").read_text(encoding="utf-8"),
        given=given.replace("<", "\\u003c"),  # a text may hold the end of a script
        modules=import_map("report/report.js"),
    )


def as_markdown(found: Report) -> str:
    """The report in GitHub's Markdown, without charts."""
    return _rendered("report.md.jinja", found)


def _rendered(template: str, found: Report, **more: str) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=template.endswith(".html.jinja"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell
    return environment.get_template(template).render(
        r=found,
        short=words.in_short(found),
        rows=words.table_rows,
        metrics_named=words.metrics_named,
        metric_name=words.metric_name,
        model_name=words.model_name,
        differences=words.differences,
        distinct=words.distinct,
        number=words.number,
        signed=words.signed,
        percent=words.percent,
        rate_told=words.rate_told,
        ranged=words.ranged,
        **more,
    )


def cell(text: str | None) -> str:
    """A text in a cell of a Markdown table: one line, with nothing that Markdown or HTML would take for its own."""
    line = html.escape(" ".join((text or "").split()), quote=False)
    for sign in "\\`*_[]|~#!":
        line = line.replace(sign, f"\\{sign}")
    return line
