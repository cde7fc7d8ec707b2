"""Replies read tolerantly: what stands around an answer goes, the answer stays; what is none is named."""

from __future__ import annotations

import pytest

from citing_app.method.replies import Unusable, answer_text, field_of, is_refusal, json_object

DRAFT = "The sky is blue because of magic."
GOOD = "The sky is blue because of scattering."


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"  {GOOD}\n",
        f"```text\n{GOOD}\n```",
        f"“{GOOD}”",
        f"<think>They want physics.\nLet me see.</think>\n\n{GOOD}",
        f"<draft 0123456789abcdef>\n{GOOD}\n</draft 0123456789abcdef>",
        *(f"{GOOD}{end}" for end in ("<|im_end|>", "\n<|eot_id|>\n", "</s>", "<end_of_turn>", "<｜end▁of▁sentence｜>")),
        *(
            f"<think>Hm.</think>{GOOD}{end}"
            for end in ("<|im_end|>", "<|end|><|return|>", "\n[END FINAL RESPONSE]\n<|end|>")
        ),
        f"<answer>\n{GOOD}\n</answer>",
        f"<|begin_of_box|>{GOOD}<|end_of_box|>",
        f"```\n<think>\nThey want physics.\n</think>\n{GOOD}\n```",
    ],
)
def test_what_stands_around_an_answer_goes(reply: str) -> None:
    assert answer_text(reply, DRAFT) == GOOD


def test_a_fence_or_a_quotation_that_the_draft_has_too_belongs_to_the_answer() -> None:
    assert answer_text("```text\nblue\n```", "```text\nred\n```").startswith("```text")
    assert answer_text('"Blue," he said. "Very."', "He said blue.") == '"Blue," he said. "Very."'
    assert answer_text("“Blue.”", "“Red.”") == "“Blue.”"


@pytest.mark.parametrize(
    ("answer", "topic"),
    [
        ("It ends with <|im_end|>", "Which token ends a turn, <|im_end|> or <|eot_id|>?"),
        ("<s>Red.</s>", "Strike it out."),
        ("<answer>4</answer>", "Answer between <answer> and </answer>."),
        ("<answer>4</answer> or <answer>5</answer>?\nNo.", ""),
    ],
)
def test_what_the_instruction_speaks_of_stays(answer: str, topic: str) -> None:
    assert answer_text(answer, DRAFT, topic) == answer
    assert answer_text(answer, f"{answer}!") == answer


@pytest.mark.parametrize(
    "reply",
    [
        '{"revision": "x"}',
        'Sure! Here it is:\n```json\n{"revision": "x"}\n```\nHope that helps.',
        '<think>{"not": "this"}</think>{"revision": "x"}',
        '{"revision": "x",}',
        'A set {1, 2} first. {"revision": "x"}',
        '{"revision": "x"} {"revision": "y"}',
    ],
)
def test_the_first_object_is_found_whatever_stands_around_it(reply: str) -> None:
    assert json_object(reply) == {"revision": "x"}


def test_a_comma_after_the_last_element_hides_no_outer_object() -> None:
    edit = {"before": "bad", "after": "good"}
    reply = '{"revision": "x", "edits": [{"before": "bad", "after": "good"},], "rationale": [],\n}'
    assert json_object(reply) == {"revision": "x", "edits": [edit], "rationale": []}
    assert json_object('{"revision": "a, [b,]", "edits": []}')["revision"] == "a, [b,]"


@pytest.mark.parametrize("reply", ["", "No.", "[1, 2]", '{"revision": ', "{}{", '{"a":' * 4_000])
def test_no_object_is_said_so(reply: str) -> None:
    if reply == "{}{":
        assert json_object(reply) == {}
        return
    with pytest.raises(Unusable, match="no JSON object"):
        json_object(reply)


def test_a_field_of_another_kind_is_said_so() -> None:
    assert field_of({"edits": []}, "edits", list) == []
    with pytest.raises(Unusable, match="“edits” is missing or is no list"):
        field_of({"edits": "none"}, "edits", list)
    with pytest.raises(Unusable, match="“revision”"):
        field_of({}, "revision", str)


@pytest.mark.parametrize(
    ("reply", "draft", "expected"),
    [
        ("I'm sorry, but I can't help with that.", DRAFT, True),
        ("I cannot assist: I am not able to do this.", DRAFT, True),
        ("As an AI language model, I am unable to revise this.", DRAFT, True),
        ("Sorry for the delay. Your parcel ships on Monday.", DRAFT, False),
        ("I'm sorry, but I can't come on Friday.", "I'm sorry, I can't come Friday.", False),
        (GOOD, DRAFT, False),
        ("I'm sorry that I can't. " + "But here is the whole letter. " * 30, DRAFT, False),
    ],
)
def test_a_refusal_is_told_from_an_answer(reply: str, draft: str, expected: bool) -> None:
    assert is_refusal(reply, draft) is expected
