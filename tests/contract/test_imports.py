"""Who imports whom, as docs/architecture.md says it, read from the source; and one sentence seen in a real process."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "citing_app"
BASE = {"types", "errors"}
MAY_IMPORT: dict[str, set[str]] = {
    "types": set(),
    "errors": set(),
    "settings": {"errors"},
    "processes": set(),
    "method": BASE,
    "kinds": BASE | {"method"},
    "store": BASE | {"method"},
    "rounds": BASE | {"processes", "kinds"},
    "models": BASE | {"processes", "method"},
    "worker": BASE | {"rounds", "method", "kinds"},
    "running": BASE | {"settings", "store", "rounds", "models"},
    "workflows": BASE | {"settings", "method", "kinds", "store", "rounds", "models", "running"},
    "ui": BASE | {"workflows", "running", "kinds"},
    "cli": BASE | {"workflows", "running"},
    "__main__": BASE | {"settings", "kinds", "workflows", "running", "cli"},
}
"""Parts of citing_app and the other parts each may import. Anything not named here is an error."""
FLAT = {"studio", "student_choice", "students", "draft_prompts", "job_names", "lasting", "request"}
"""Modules of workflows/ that every wing may import; the four that can be read alone only `request`, which has none."""
WINGS: dict[str, set[str]] = {
    "desk": {"request"},
    "calls": {"request"},
    "data": {"request"},
    "people": {"request"},
    "drafts": FLAT | {"calls"},
    "rubrics": FLAT | {"calls", "desk", "drafts"},
    "rounds": FLAT,
    "evaluation": FLAT | {"calls", "data"},
    "candidates": FLAT | {"calls", "evaluation"},
    "chats": FLAT | {"data", "rubrics"},
    "adapters": FLAT | {"rounds", "evaluation"},
    "models": FLAT | {"rounds"},
    "curriculum": FLAT | {"desk", "drafts", "rounds", "evaluation", "candidates"},
    "race": FLAT | {"curriculum", "rounds", "evaluation", "candidates"},
}
"""Wings of workflows/ and the other rooms of it each may import. The modules beside them join wings."""
MODEL_LIBRARIES = {"torch", "transformers", "peft", "sentence_transformers", "accelerate", "trl"}
READS_THE_ENVIRONMENT = {
    "settings.py": "the one place where a person's settings are read",
    "processes.py": "what a child process inherits is a list of names out of this process's environment",
    "ui/environment.py": "Gradio takes its own settings from nowhere else, so they are written there",
    "worker/device.py": "accelerate, torchrun and srun say only by variable which GPU a process has",
    "worker/round.py": "they say only by variable how many processes there are",
    "worker/train.py": "they say only by variable which process is the first",
    "worker/gguf.py": "llama.cpp's converters are commands, and read their arguments there",
    "worker/serve.py": "transformers takes its own settings from nowhere else, so they are written there",
    "worker/__main__.py": "the worker's argument is its round's directory; it has no settings",
}
SQL = ("SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE items", "CREATE TABLE ", "ATTACH ", "COPY ")


def sources(part: str = "") -> list[Path]:
    found = sorted((PACKAGE / part).rglob("*.py"))
    assert found, f"citing_app/{part} holds no Python files"
    return found


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The full names of every module that a file imports, at whatever depth of the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def libraries(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        assert not list(imported(path))
        return
    inside = {name.split(".")[1] for name in imported(path) if name.startswith("citing_app.")}
    assert inside - {part} <= MAY_IMPORT[part]


def test_the_order_of_the_parts_has_no_circle() -> None:
    rank: dict[str, int] = {}
    while len(rank) < len(MAY_IMPORT):
        ready = [part for part, below in MAY_IMPORT.items() if part not in rank and below <= rank.keys()]
        assert ready, f"a circle among {MAY_IMPORT.keys() - rank.keys()}"
        rank.update(dict.fromkeys(ready, len(rank)))


def rooms(path: Path) -> set[str]:
    """The wings and flat modules of workflows/ that a file imports."""
    names = (name.split(".") for name in imported(path))
    return {name[2] for name in names if name[:2] == ["citing_app", "workflows"] and len(name) > 2}


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_imports_only_the_wings_it_needs(wing: str) -> None:
    for path in sources(f"workflows/{wing}"):
        assert rooms(path) - {wing} <= WINGS[wing], path


def test_every_wing_is_named_and_none_is_in_a_circle() -> None:
    assert {path.name for path in (PACKAGE / "workflows").iterdir() if (path / "__init__.py").exists()} == set(WINGS)
    rank: set[str] = set(FLAT)
    while rank != set(WINGS) | FLAT:
        ready = {wing for wing, below in WINGS.items() if wing not in rank and below <= rank}
        assert ready, f"a circle among {set(WINGS) - rank}"
        rank |= ready


def test_what_wings_import_beside_them_imports_no_wing_that_imports_it() -> None:
    for name in FLAT:
        assert rooms(PACKAGE / "workflows" / f"{name}.py") <= FLAT | {"desk", "calls", "data", "people"}


def test_a_request_knows_no_use_case() -> None:
    inside = {name for name in imported(PACKAGE / "workflows" / "request.py") if name.startswith("citing_app.")}
    assert inside == {"citing_app.errors.CitingError"}


def test_the_app_imports_only_the_edge() -> None:
    inside = {name.split(".")[1] for name in imported(ROOT / "app.py") if name.startswith("citing_app.")}
    assert inside <= {"ui", "workflows", "settings", "errors"}
    assert "ui" in inside


@pytest.mark.parametrize(
    ("part", "never"),
    [
        ("method", {*MODEL_LIBRARIES, "duckdb", "gradio", "openai"}),
        ("kinds", {*MODEL_LIBRARIES, "duckdb", "gradio", "openai"}),
        ("worker", {"duckdb", "gradio", "fastapi", "openai"}),
        ("store", {*MODEL_LIBRARIES, "gradio", "fastapi"}),
        ("models", {*MODEL_LIBRARIES, "duckdb", "gradio", "fastapi"}),
        ("rounds", {*MODEL_LIBRARIES, "duckdb", "gradio", "fastapi"}),
        ("running", {*MODEL_LIBRARIES, "duckdb", "gradio", "fastapi"}),
        ("workflows", {*MODEL_LIBRARIES, "duckdb", "gradio", "fastapi"}),
        ("cli", {*MODEL_LIBRARIES, "duckdb", "gradio", "fastapi"}),
        ("ui", {*MODEL_LIBRARIES, "duckdb"}),
    ],
)
def test_a_part_keeps_away_from_what_is_not_its_own(part: str, never: set[str]) -> None:
    for path in sources(part):
        assert not libraries(path) & never, path


def test_only_the_store_imports_duckdb_and_only_the_worker_imports_model_libraries() -> None:
    with_duckdb = {part_of(path) for path in sources() if "duckdb" in libraries(path)}
    with_models = {part_of(path) for path in sources() if libraries(path) & MODEL_LIBRARIES}
    assert with_duckdb == {"store"}
    assert with_models == {"worker"}


def test_the_environment_and_the_arguments_are_read_where_the_list_says() -> None:
    readers = set()
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv", "argv"):
                readers.add(str(path.relative_to(PACKAGE)))
    assert readers == set(READS_THE_ENVIRONMENT)


def test_all_sql_is_in_the_store() -> None:
    with_sql = set()
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(SQL):
                with_sql.add(part_of(path))
    assert with_sql == {"store"}


def test_no_module_changes_its_own_globals() -> None:
    for path in sources():
        assert not [node for node in ast.walk(tree(path)) if isinstance(node, ast.Global)], path


def test_the_app_process_loads_no_model_library(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for part in ("ui", "workflows", "models", "rounds", "kinds", "store", "method", "running", "cli")
        for path in sources(part)
    ]
    program = f"""
import importlib, sys
from pathlib import Path
from citing_app.ui.environment import settle_gradio
settle_gradio(Path({str(tmp_path)!r}))
for name in {[*modules, "citing_app.__main__", "app"]}:
    importlib.import_module(name)
print(*sorted({{name.split(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"gradio", "duckdb", "citing_app"} <= loaded
    assert not loaded & MODEL_LIBRARIES
