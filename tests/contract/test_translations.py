"""Everything a page can show is in the Chinese dictionary, and nothing else is."""

from __future__ import annotations

import json
import re
from collections import Counter

from tests.contract.sentences import PACKAGE, shown_texts, words

ASSETS = PACKAGE.parent / "assets"
SAME_IN_EVERY_LANGUAGE = {"CITING Studio", "English", "EN"}
GRADIO_SAYS = {"Click to upload or drop files"}
"""What Gradio has in English only."""
_STRING = r'"((?:[^"\\]|\\.)*)"'


def dictionary() -> dict[str, str]:
    """assets/zh.js: JSON between its braces, but for lines of comment."""
    text = (ASSETS / "zh.js").read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
    pairs = json.loads(body.removeprefix("studio.zh = ").removesuffix(";"), object_pairs_hook=list)
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    assert repeated == []
    return dict(pairs)


def scripts() -> dict[str, str]:
    """The scripts of the pages by their place below assets, without the dictionary and what others wrote."""
    ours = (path for path in ASSETS.rglob("*.js") if "vendor" not in path.parts and path.name != "zh.js")
    return {path.relative_to(ASSETS).as_posix(): path.read_text(encoding="utf-8") for path in ours}


def asked() -> dict[str, str]:
    """The texts that scripts ask for, and where."""
    found: dict[str, str] = {}
    for name, text in scripts().items():
        for key in re.findall(rf"\bt\(\s*{_STRING}", text):
            found.setdefault(json.loads(f'"{key}"'), f"assets/{name}")
    return found


def test_scripts_ask_for_texts_by_their_whole_words() -> None:
    calls = {name: re.findall(r"(?<![\w.])t\((?!\s*\").{0,40}", text) for name, text in scripts().items()}
    assert {name: found for name, found in calls.items() if found} == {}
    assert len(asked()) > 200


def test_every_text_of_the_scripts_is_translated() -> None:
    assert {text: place for text, place in asked().items() if text not in dictionary()} == {}


def test_every_text_of_the_server_is_translated() -> None:
    shown = {text: place for text, place in shown_texts().items() if text not in SAME_IN_EVERY_LANGUAGE}
    assert len(shown) > 200
    assert {text: place for text, place in shown.items() if text not in dictionary()} == {}


def test_nothing_is_translated_that_no_page_shows() -> None:
    used = asked().keys() | shown_texts().keys() | words() | GRADIO_SAYS
    assert [text for text in dictionary() if text not in used] == []


def test_a_translation_holds_what_its_text_holds() -> None:
    def values(text: str) -> Counter[str]:
        return Counter(re.findall(r"\{(?:said )?(\w+)\}", text))

    differing = {text: chinese for text, chinese in dictionary().items() if values(text) != values(chinese)}
    assert differing == {}


def test_chinese_texts_are_chinese() -> None:
    """Full-width marks after Chinese characters, and a space between Chinese and Latin letters."""
    han = "[\\u4e00-\\u9fff]"
    faults = rf"{han}[,;:?!()]|[,;?!()]{han}|{han}\.(?!\.)|{han}[A-Za-z0-9]|[A-Za-z0-9]{han}"
    assert {text: chinese for text, chinese in dictionary().items() if re.search(faults, chinese)} == {}
