"""Which texts are shown in a monospace face: code and tables, and not what people write."""

from __future__ import annotations

import pytest

from citing_app.method.layout import is_laid_out

LAID_OUT = {
    "fenced": "Use this:\n\n```python\nprint(1)\n```",
    "tildes": "~~~\nany\n~~~",
    "indented": "Then:\n\n    one two\n    three\n\nDone.",
    "tab indented": "Then:\n\n\tone\n\t\ttwo\n",
    "pipes": "| a | b |\n|---|---|\n| 1 | 2 |",
    "bare pipes": "a | b\n--- | ---\n1 | 2",
    "ruled": "+----+----+\n| a  | b  |\n+----+----+",
    "box": "┌───┬───┐\n│ a │ b │",
    "tabbed": "name\tage\nAda\t36\nBob\t41",
    "python": "def f(x):\n    return x + 1",
    "python script": "import os\nfor name in os.listdir('.'):\n    print(name)",
    "c": "#include <stdio.h>\nint main(void) {\n  return 0;\n}",
    "sql": "SELECT name\nFROM people\nWHERE age > 3;",
    "html": "<ul>\n  <li>one</li>\n</ul>",
    "json": '{\n  "a": 1,\n  "b": 2\n}',
    "crlf": "def f(x):\r\n    return x\r\n",
    "crlf table": "| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n",
}
PLAIN = {
    "sentence": "The sky is blue; it scatters light.",
    "list": "1. Add the flour.\n2. Stir.\n- and rest",
    "poem": "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate;\nRough winds do shake",
    "letter": "Dear Sir,\n\n    I write to you today.\n\nYours",
    "math": "2 | 4 means that two divides four.\nSo does 1 | 4.",
    "dash": "A title\n-------\nA text.",
    "chinese": "天空为什么是蓝色的?\n因为空气散射光。",
    "dialogue": "Ann: for whom?\nBob: for you.",
    "emphasis": "class is over:\nif you want, come with me.\nfor a while, rest.",
    "empty": "",
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_code_and_tables_are_laid_out(name: str) -> None:
    assert is_laid_out(LAID_OUT[name])


@pytest.mark.parametrize("name", PLAIN)
def test_what_people_write_is_not(name: str) -> None:
    assert not is_laid_out(PLAIN[name])
