"""Texts that were cut off, and texts that only end without a mark."""

from __future__ import annotations

import pytest

from citing_app.method.cutoff import looks_cut_off

SENTENCE = "The hills are green. "


@pytest.mark.parametrize(
    "text",
    [
        "A full draft sentence that",
        SENTENCE + "They are large and the",
        SENTENCE + "The pastures below them are lar",
        "First we boil the water,",
        "Use this:\n```python\nprint(1)",
    ],
)
def test_a_cut_off_text_is_seen(text: str) -> None:
    assert looks_cut_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Paris",
        "Red, green and blue",
        SENTENCE + "They are large.",
        "He said: “I know what this is for.”",
        "Buy:\n- two loaves of bread\n- the large cheese from the shop",
        "1. Boil the water\n2. Add the rice and stir until done",
        SENTENCE + "\n\nEnd of Act 1",
        "Roses are red\nviolets are blue and so are you",
        SENTENCE + "Follow us for more of it! #food #green #hills",
        "```python\nprint(1)\n```",
        "答案是蓝色",
        SENTENCE + "I am glad that I live near to them 😅👍",
        "“The hills are green and I am glad of it.” - Theodore Roosevelt",
    ],
)
def test_an_end_without_a_mark_is_no_cut(text: str) -> None:
    assert not looks_cut_off(text)


def test_what_the_draft_ended_with_is_not_the_revisions_fault() -> None:
    assert not looks_cut_off("Now: They are large and the", draft="They are large and the\nNow: They are large and the")
