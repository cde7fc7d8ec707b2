"""llama.cpp's converters, which are not ours: they fit the `gguf` that is installed, and bring their licence."""

from __future__ import annotations

import ast
import importlib.metadata

import gguf
import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "assets" / "vendor" / "llama.cpp"
SCRIPTS = ("convert_hf_to_gguf.py", "convert_lora_to_gguf.py")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_converter_uses_nothing_that_the_installed_gguf_lacks(script: str) -> None:
    tree = ast.parse((FOLDER / script).read_text(encoding="utf-8"))
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    missing = []
    for name in sorted(one for one in used if one.startswith("gguf.") and one.replace(".", "").isidentifier()):
        found = gguf
        for part in name.split(".")[1:]:
            found = getattr(found, part, None)
        missing += [name] if found is None else []
    asked = {name.split(".")[2] for name in used if name.startswith("self.gguf_writer.add_")}
    missing += sorted(name for name in asked if not hasattr(gguf.GGUFWriter, name))
    assert missing == []


def test_what_is_vendored_says_its_version_its_library_and_its_licence() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"`gguf` {importlib.metadata.version('gguf')}" in readme
    assert "MIT License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_file()) == ["LICENSE", "README.md", *SCRIPTS]
