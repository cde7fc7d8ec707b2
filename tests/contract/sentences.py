"""Every text that the Python side shows to people, read from the source: sentences, titles of jobs, labels of pages.

A text is a template: what is put into it is `{1}`, `{2}` … in the order of its holes, as in assets/zh.js.
"""

from __future__ import annotations

import ast
import functools
import gc
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent.parent / "citing_app"
HOLE = "\x00"
ASSIGNED = ast.Assign | ast.AnnAssign
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef

SHOWN_BY = {
    "CitingError": 0,
    "Refused": 0,
    "Cancelled": 0,
    "OverBudget": 0,
    "WorkerStopped": 0,
    "Unusable": 0,
    "super().__init__": 0,
    "refusal": 1,
    "ensure_owner": 1,
    "ensure_free": 2,
    "owner": 1,
    "owners_may": 0,
    "Whole": 0,
    "Number": 0,
    "Text": 0,
    "Word": 0,
    "Flag": 0,
    "Many": 0,
    "Numbered": 0,
    "Chosen": 0,
    "Part": 0,
    "Headers": 0,
    "Fields": 0,
    "_ItemNumber": 0,
    "_Between": 0,
    "_PageKey": 0,
    "_Criterion": 0,
    "_Model": 0,
    "_Reward": 0,
    "studio.jobs.start": 1,
    "start_lasting": 2,
    "jobs.start": 1,
    "studio.jobs.start_in_turn": 2,
    "ledger.add_failures": 3,
    "directory.write_error": 1,
    "studio.device.turn": 1,
    "self._studio.device.turn": 1,
    "device.turn": 1,
    "job.progress": 2,
    "self._job.progress": 2,
    "Check": 1,
    "gr.Button": 0,
    "_heading": 0,
}
"""Callee → which of its arguments is shown."""
SHOWN_AS = {
    "Kind": ("label", "title", "about", "button"),
    "Source": ("plural", "one", "many", "figure", "nothing", "mend", "watched_on", "given_back"),
    **dict.fromkeys(("Word", "Whole", "Number", "Text", "Flag", "_Reward"), ("why",)),
    "Provider": ("hint",),
}
"""Callee → which of its named arguments are shown: what kinds of round say of themselves, and what helps to choose."""
SHOWN_IN = {
    "method/agreement.py": {"_agreement"},
    "method/evaluation/ratings.py": {"_why"},
    "workflows/evaluation/judge/comparing.py": {"work", "warnings_of"},
    "workflows/evaluation/judge/judging.py": {"_SETTLED", "_by_reference"},
    "workflows/evaluation/judge/win_rates_view.py": {"_warnings"},
    "models/completion.py": {"read"},
    "models/openai_model.py": {"_moved"},
    "models/refusals.py": {"fault_of", "_saying", "_busy", "_not_taken", "fault_in", "_unreached"},
    "models/worker_client.py": {"_ending"},
    "rounds/status.py": {"_state"},
    "ui/components.py": {"answer"},
    "ui/data_preview.py": {"report_html", "preview_html", "_rejected", "_turned_down"},
    "workflows/data/sifting.py": {"notes", "_LEFT_OUT"},
    "workflows/data/previewing.py": {"notes", "ALL_REJECTED"},
    "ui/panel.py": {"_UNOPENED"},
    "worker/failure.py": {"describe"},
    "models/served_student.py": {"_one", "_streamed"},
    "worker/unreadable.py": {"_of_hub", "_of_files", "_complaint", "_weights_complaint"},
    "workflows/calls/loop.py": {"_tell"},
    "workflows/calls/replies.py": {"gave_up"},
    "workflows/chats/chatting.py": {"_wait", "_author"},
    "workflows/chats/reviewing.py": {"_put"},
    "workflows/chats/writing.py": {"_rubric", "_FAULT"},
    "workflows/rounds/preflight.py": {"_told"},
    "workflows/curriculum/control.py": {"run"},
    "workflows/curriculum/stages.py": {"_label", "_decide"},
    "workflows/race/control.py": {"run"},
    "workflows/race/running.py": {"_run", "_measure", "_measured", "_compared"},
    "workflows/curriculum/stopping.py": {"reason_to_stop"},
    "running/device.py": {"_sentence"},
    "workflows/rubrics/inducing.py": {"__str__"},
    "running/jobs.py": {"_run"},
    "workflows/data/exporting.py": {"__str__"},
    "workflows/data/importing.py": {"notes"},
    "workflows/data/replacing.py": {"_left"},
    "workflows/data/taking_back.py": {"_told"},
    "workflows/rubrics/unmatched.py": {"work"},
    "workflows/evaluation/figures/measuring.py": {"work", "_measure", "_own_rows"},
    "workflows/evaluation/figures/means.py": {"BEFORE"},
    "workflows/evaluation/figures/strengths.py": {"told"},
    "workflows/evaluation/figures/metrics.py": {"NAMED"},
    "workflows/evaluation/test_sets.py": {"learned_by"},
    "workflows/first_start.py": {"on_progress"},
    "workflows/models/fetching.py": {"fetch"},
    "workflows/models/using.py": {"change"},
    "workflows/student_choice.py": {"base_of"},
    "workflows/calls/questions.py": {"judge", "_THOUGHT_TOO_LONG"},
    "workflows/drafts/checking.py": {"check"},
    "workflows/desk/reviewing.py": {"text_warnings"},
    "workflows/rounds/queue.py": {"sentence"},
    "workflows/status.py": {"_line"},
    "workflows/rounds/training.py": {"_device_line"},
    "workflows/candidates/sampling.py": {"summary"},
    "workflows/desk/triage.py": {"reason"},
    "workflows/desk/item_view.py": {"warnings"},
}
"""Functions whose every text of several words is shown."""
SHOWN_ONLY_IN_A_TERMINAL = {
    "__main__.py": "the command line",
    "cli/teacher.py": "the command line",
    "cli/accounts.py": "the command line",
    "settings.py": "flags and variables, before there is a page",
    "workflows/evaluation/figures/exporting.py": "the command line",
    "ui/serve.py": "the port, before there is a page",
    "ui/environment.py": "the data folder, before there is a page",
    "workflows/data/hub.py": "data sets of the Hub are imported by command only",
    "workflows/data/sources.py": "folders are imported by command only",
    "workflows/data/card_files.py": "folders are imported by command only",
    "workflows/evaluation/judge/foreign.py": "judgements of others are read by command only",
    "workflows/people/accounts.py": "accounts are changed by command only; the login's own sentence is named below",
    "workflows/studio.py": "the data folder, before there is a page",
    "workflows/student_choice.py": "the student given at the start, before there is a page; a base's name is below",
    "workflows/calls/models.py": "the addresses of teachers and judges, before there is a page",
    "store/database.py": "a database that cannot be opened, before there is a page; a full disk is named below",
    "store/journal.py": "a journal that cannot be read, before there is a page",
    "rounds/adapter.py": "a round's directory that another program wrote",
    "rounds/files.py": "a round's directory that another program wrote",
    "rounds/owner.py": "a trainer that another program starts twice",
    "rounds/layout.py": "a round's directory that another program wrote",
    "rounds/launcher.py": "a launcher that is set wrong when the app starts; that there is none is named below",
    "rounds/spec.py": "a round's directory that another program wrote",
    "rounds/status.py": "what has become of a trainer, which is named below",
    "worker/dataset.py": "a round's rows that another program wrote",
    "worker/arguments.py": "a step shared by processes that another program started",
    "worker/generate.py": "a request that only another program sends",
    "worker/device.py": "a device that only another program asks for",
    "method/diff.py": "edits that only a program hands over",
}
"""Files and folders whose errors no page shows, and why."""
SHOWN_ALL_THE_SAME = {
    "base of {1}",
    "This name and password do not fit; try again.",
    "The disk is full: nothing was saved. Free some space and try again.",
    "The round was not written completely; make it again.",
    "The trainer on {1} ended without a word (killed, or the machine went down).",
    "This host knows no launcher “{1}”; it knows {2}.",
    "The trainer could not be started: {1}: {2}.",
    "The trainer could not be started (exit status {1}); see worker.log.",
    "The trainer could not be started; see worker.log.",
    "The round was cancelled.",
    "This folder holds no adapter in safetensors (adapter_model.safetensors); choose another one.",
    "Round {1} cannot be resumed: it left no checkpoint, or is still ending.",
    "Round {1} was trained on {2}, and the student is {3}; choose the round's student on the Models page to use it.",
}


def shown_texts() -> dict[str, str]:
    """Each text that a page can show, as a template, with a place where it is said."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        silent = name in SHOWN_ONLY_IN_A_TERMINAL or name.split("/")[0] in SHOWN_ONLY_IN_A_TERMINAL
        reader = Reader(path, SHOWN_IN.get(name, set()))
        for text, line in reader.texts():
            if not silent or text in SHOWN_ALL_THE_SAME:
                found.setdefault(text, f"citing_app/{name}:{line}")
    return found


def words() -> set[str]:
    """Every text constant: what a page may be sent as a bare word, such as what a round does now."""
    nodes = itertools.chain.from_iterable(ast.walk(_tree(path)) for path in PACKAGE.rglob("*.py"))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


class Reader:
    """The texts of one module; `telling` are the names of the functions and constants whose texts are all shown."""

    def __init__(self, path: Path, telling: set[str]) -> None:
        self.tree = _tree(path)
        self.telling = telling
        self.is_ui = path.parent.name == "ui"
        self.joined: set[int] = set()

    def texts(self) -> Iterator[tuple[str, int]]:
        """(template, line), in no order."""
        shown = [
            (node, self._alternatives(node, scope))
            for node, scope in self._expressions(self.tree, _assignments(self.tree.body))
        ]
        for node, texts in shown:
            for text in texts if id(node) not in self.joined else []:
                for piece in _pieces(text) if "<" in text and self.is_ui else text.split(" · "):
                    template = _numbered(piece.strip())
                    if re.search("[A-Za-z]{2}", re.sub(r"\{\d\}", "", template)):
                        yield template, node.lineno

    def _expressions(
        self, node: ast.AST, scope: dict[str, ast.expr]
    ) -> Iterator[tuple[ast.expr, Mapping[str, ast.expr]]]:
        """What is shown, each with the values that names have there."""
        for child in ast.iter_child_nodes(node):
            inner = {**scope, **_assignments(ast.walk(child))} if isinstance(child, FUNCTION) else scope
            if isinstance(child, FUNCTION) and child.name in self.telling:
                yield from ((text, inner) for text in _outermost_texts(child))
            if isinstance(child, ASSIGNED) and self.telling & set(_assignments([child])):
                yield from ((text, inner) for text in _outermost_texts(child))
            if isinstance(child, ast.Call):
                yield from ((expression, inner) for expression in self._arguments(child))
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if self.is_ui and _is_text(child) and "<" in ast.unparse(child):
                yield child, inner  # type: ignore[misc]
                continue
            yield from self._expressions(child, inner)

    def _arguments(self, call: ast.Call) -> Iterator[ast.expr]:
        callee = ast.unparse(call.func)
        if callee in SHOWN_BY:
            yield from call.args[SHOWN_BY[callee] :][:1]
        yield from (keyword.value for keyword in call.keywords if keyword.arg in SHOWN_AS.get(callee, ()))
        if callee == "_reply":
            yield from (keyword.value for keyword in call.keywords if keyword.arg == "reason")
        if callee.startswith("gr."):
            yield from (keyword.value for keyword in call.keywords if keyword.arg in ("label", "placeholder"))

    def _alternatives(self, node: ast.AST, scope: Mapping[str, ast.expr], depth: int = 0) -> list[str]:
        """What an expression may be, with HOLE for what only a run knows."""
        if depth:
            self.joined.add(id(node))  # shown as a part of this text, not by itself
        if isinstance(node, ast.Constant):
            return [node.value if isinstance(node.value, str) else HOLE]
        parts = [self._alternatives(part, scope, depth + 1) for part in _parts(node, scope)] if depth < 8 else []
        if isinstance(node, ast.JoinedStr | ast.BinOp) and parts:
            return ["".join(chosen) for chosen in itertools.product(*parts)]
        return list(dict.fromkeys(itertools.chain.from_iterable(parts))) or [HOLE]


@functools.cache
def _tree(path: Path) -> ast.Module:
    gc.disable()  # a destructor that runs meanwhile, of a browser's say, can upset the parser of Python 3.11
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


def _assignments(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """Names that one statement gives a value."""
    found = {}
    for node in nodes:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ASSIGNED) and isinstance(target, ast.Name) and node.value is not None:
            found[target.id] = node.value
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _outermost_texts(node: ast.AST) -> Iterator[ast.expr]:
    """Texts of several words, without docstrings."""
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if is_docstring or (isinstance(child, ast.Call) and ast.unparse(child.func).startswith("log.")):
            continue
        if _is_text(child) or isinstance(child, ast.BinOp):
            if " " in ast.unparse(child):
                yield child  # type: ignore[misc]
            continue
        yield from _outermost_texts(child)


def _parts(node: ast.AST, scope: Mapping[str, ast.expr]) -> list[ast.AST]:
    """The expressions that this one is joined of, or is one of."""
    match node:
        case ast.JoinedStr(values=values) | ast.BoolOp(op=ast.Or(), values=values):
            return list(values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [left, right]
        case ast.FormattedValue(value=value):
            return [value]
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.Name(id=name) if name in scope:
            return [scope[name]]
        case ast.Subscript(value=ast.Name(id=name)) if isinstance(found := scope.get(name), ast.Dict):
            return list(found.values)
    return []


def _numbered(text: str) -> str:
    numbers = itertools.count(1)
    return re.sub(HOLE, lambda _: f"{{{next(numbers)}}}", text)


def _pieces(markup: str) -> list[str]:
    """The texts of some HTML, and its attributes that are read out or shown."""
    found: list[str] = []

    class Parser(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value or "" for name, value in attrs if name in ("title", "aria-label", "placeholder"))

    Parser().feed(markup)
    return found
