"""What a workflow takes and what it gives: one rule each (docs/architecture.md), read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.contract.test_imports import PACKAGE, ROOT, sources, tree

WORKFLOWS = PACKAGE / "workflows"
KNOW_NO_STUDIO = {"desk", "calls", "data", "people"}
"""The wings that can be read alone: they take the parts of a studio, since they may not import it."""


def parts_of_the_studio() -> set[str]:
    """The types of what a studio holds: Store, Journal, Teacher …"""
    (studio,) = (
        node for node in tree(WORKFLOWS / "studio.py").body if isinstance(node, ast.ClassDef) and node.name == "Studio"
    )
    return set().union(*(names(node.annotation) for node in studio.body if isinstance(node, ast.AnnAssign))) - {"tuple"}


def names(annotation: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}


def called() -> set[str]:
    """The full names of the workflows that pages, endpoints and commands name."""
    found = set()
    for path in [*sources("ui"), *sources("cli"), PACKAGE / "__main__.py", ROOT / "app.py"]:
        modules = {}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("citing_app.workflows"):
                modules |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        found |= set(modules.values())
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                found.add(f"{modules[node.value.id]}.{node.attr}")
    return found


def workflows() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of a module of workflows/, with its full name."""
    for path in sources("workflows"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield from ((f"{module}.{node.name}", node) for node in tree(path).body if isinstance(node, ast.FunctionDef))


def wing_of(name: str) -> str:
    return name.split(".")[2]


def test_what_pages_and_commands_call_takes_the_studio_or_one_part_of_it() -> None:
    parts, wanted = parts_of_the_studio(), called()
    assert {"Store", "Journal", "Teacher", "Device", "Jobs"} <= parts
    looked_at = 0
    for name, function in workflows():
        if name not in wanted or wing_of(name) in KNOW_NO_STUDIO:
            continue
        looked_at += 1
        taken = [names(argument.annotation) for argument in function.args.args if argument.annotation]
        if any("Studio" in one for one in taken):
            assert taken[0] == {"Studio"}, f"{name} takes the studio, but not first"
        else:
            assert sum(bool(one & parts) for one in taken) <= 1, f"{name} takes parts of the studio: let it take it"
    assert looked_at > 40


VIEWS = {
    "workflows/adapters/tree.py",
    "workflows/calls/spending.py",
    "workflows/curriculum/view.py",
    "workflows/race/offering.py",
    "workflows/race/view.py",
    "workflows/desk/insights.py",
    "workflows/drafts/teachers.py",
    "workflows/evaluation/arena/arena_view.py",
    "workflows/evaluation/judge/comparison_texts.py",
    "workflows/evaluation/arena/handing.py",
    "workflows/evaluation/figures/overlaps.py",
    "workflows/evaluation/arena/revealing.py",
    "workflows/evaluation/view.py",
    "workflows/rounds/view.py",
    "workflows/rubrics/inducing_plan.py",
    "workflows/rubrics/inducing_view.py",
    "workflows/rubrics/unmatched.py",
    "workflows/rubrics/views.py",
    "workflows/status.py",
}
"""Modules whose public functions give pages what they show."""


def test_a_view_has_a_type() -> None:
    bare: dict[str, set[str]] = {}
    for path in sources("workflows"):
        module = path.relative_to(PACKAGE).as_posix()
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and (node.name.endswith("_view") or module in VIEWS):
                is_public = not node.name.startswith("_")
                if is_public and node.returns and "dict[str, Any]" in ast.unparse(node.returns):
                    bare.setdefault(module, set()).add(node.name)
    assert bare == {}
