"""What a thought is: what comes before an answer goes, an answer that speaks of such tags stays whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from citing_app.method.replies import Unusable, answer_text, json_object
from citing_app.method.thoughts import parted
from citing_app.models.chat_model import Call, Reply
from citing_app.models.messages import message_text
from citing_app.workflows.calls.questions import Question, judge

GOOD = "Tides follow the moon."
PLAN = "The draft is vague. I should name the moon."
CHANNEL = "<|start|>assistant<|channel|>"
PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<THINK>", "</Think>"),
    ("< think >", "</ think >"),
    ('<think step="1">', "</think>"),
    ("<thinking>", "</think>"),
    ("<seed:think>", "</seed:think>"),
    ("<longcat_think>", "</longcat_think>"),
    ("<|think|>", "<|/think|>"),
    ("[THINK]", "[/THINK]"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought\n", "<channel|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("<|channel|>analysis<|message|>", f"<|end|>{CHANNEL}final<|message|>"),
    (f"{CHANNEL}analysis<|message|>", f"<|end|>{CHANNEL}final <|constrain|>text<|message|>"),
]
each = pytest.mark.parametrize(("opening", "closing"), PAIRS, ids=[opening.strip() for opening, _ in PAIRS])


@each
def test_a_thought_before_an_answer_goes(opening: str, closing: str) -> None:
    for thought in (PLAN, f"\n{PLAN}\n", "", "\n\n", 'It wants {"revision": "x"}.', f"One.\n\n```\n{PLAN}\n```\n"):
        for between in ("", " ", "\n\n"):
            assert parted(f"\n {opening}{thought}{closing}{between}{GOOD}\n").answer == GOOD


@each
def test_a_thought_that_is_closed_and_was_never_opened_goes(opening: str, closing: str) -> None:
    for reply in (f"{PLAN}{closing}{GOOD}", f"{PLAN}\n{closing}\n\n{GOOD}", f"{closing}\n{GOOD}"):
        assert parted(reply).answer == GOOD


@each
def test_a_thought_that_is_never_closed_is_no_answer(opening: str, closing: str) -> None:
    for reply in (f"{opening}{PLAN}", f"{opening}\n{PLAN}\n\nSo: {GOOD}\n", opening):
        assert parted(reply).is_only_thought


@each
def test_a_thought_that_ends_without_an_answer_is_none(opening: str, closing: str) -> None:
    for reply in (f"{opening}{PLAN}{closing}", f"{opening}\n{PLAN}\n{closing}\n \n", f"{PLAN}\n{closing}\n"):
        assert parted(reply).is_only_thought


@each
def test_several_thoughts_in_a_row_go(opening: str, closing: str) -> None:
    assert parted(f"{opening}{PLAN}{closing}\n{opening}{PLAN}{closing}\n{GOOD}").answer == GOOD
    assert parted(f"{PLAN}{closing}\n{opening}{PLAN}{closing}{GOOD}").answer == GOOD
    assert parted(f"{opening}{PLAN}{closing}\n{closing}\n{GOOD}").answer == GOOD
    assert parted(f"{opening}{PLAN}{closing}{opening}{PLAN}").is_only_thought


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>{PLAN}<think>Twice.</think>{PLAN}</think>{GOOD}",
        f"<think>A pair of <reasoning> tags?</think>{GOOD}",
        f"<think>Shall I write `</think>` here?\n</think>\n{GOOD}",
        f"I could write a <think> tag.\n</think>\n\n{GOOD}",
        f"{PLAN}</think>{PLAN}</think>{GOOD}",
        f"\ufeff<think>{PLAN}</think>\ufeff{GOOD}",
        f"<think>{PLAN}</think><answer>{GOOD}</answer>",
        f"<|begin_of_thought|>{PLAN}<|end_of_thought|>\n<|begin_of_solution|>\n{GOOD}\n<|end_of_solution|>",
        f"<|channel|>analysis<|message|>{PLAN}<|end|>{CHANNEL}commentary<|message|>Hm.<|end|>"
        f"{CHANNEL}final<|message|>{GOOD}<|return|>",
        f"<|channel|>final<|message|>{GOOD}<|return|>",
        f"analysisThe draft is vague.assistantfinal{GOOD}",
        f"<think>{PLAN}</think>{GOOD}</think>",
    ],
)
def test_thoughts_as_models_muddle_them_go(reply: str) -> None:
    assert parted(reply).answer == GOOD


@pytest.mark.parametrize(
    "thought",
    [
        f'<details type="reasoning" done="true">\n<summary>Thought for 3 s</summary>\n> {PLAN}\n</details>',
        f"Here is my thought process: {PLAN}\n\nHere is my response:",
        f"Here are my reasoning steps:\n{PLAN}\n[BEGIN FINAL RESPONSE]",
        f"Thinking...\n{PLAN}\n...done thinking.",
    ],
)
def test_a_thought_marked_in_words_goes_where_both_marks_are_there(thought: str) -> None:
    assert parted(f"\n{thought}\n\n{GOOD}").answer == GOOD
    assert parted(f"{thought}\n").is_only_thought
    assert parted(f"{thought} {GOOD}", draft=f"{thought} Bad.").answer == f"{thought} {GOOD}"
    for answer in (f"{thought[:30]} {GOOD}", f"{GOOD}\n{thought}", f"<details><summary>More</summary>{GOOD}</details>"):
        assert parted(answer).answer == answer


def test_a_model_that_repeats_itself_has_no_answer() -> None:
    assert parted(f"{PLAN}</think>" * 300).is_only_thought


def test_a_fence_that_a_thought_leaves_open_hides_no_end() -> None:
    code = "```py\nprint(1)\n```"
    assert parted(f"<think>\nI start with\n```py\nprint\n</think>\n\n{code}").answer == code


MENTIONS = [
    "Wrap the steps in <think> and </think>, then answer.",
    "<think> and </think> are tags of reasoning models.",
    "<think> is a tag of reasoning models.",
    "The </think> tag ends a thought.",
    "A thought ends with `</think>`. The rest is the answer.",
    'Split at "</think>" and keep the rest.',
    "按“</think>”分割。",
    "Split there:\n\n```python\nthought, answer = reply.split('</think>')\n```\n\nKeep the answer.",
    "```html\n<think>\nHm.\n</think>\n```",
    "Ask for this:\n\n<thinking>\nYour steps\n</thinking>\n<answer>\nYour answer\n</answer>",
    "Models think first.\n<think>\nHm.\n</think>\nThen they answer.",
    json.dumps({"revision": "It ends.</think> And it goes on."}),
    "Analysis shows that the assistant finally answered.",
    "I think, therefore [I am].",
    GOOD,
    f"  {GOOD}\n",
    "",
]


@pytest.mark.parametrize("reply", MENTIONS)
def test_an_answer_that_speaks_of_such_tags_stays_whole(reply: str) -> None:
    assert parted(reply).answer == reply
    assert not parted(reply).thinks
    if reply.strip() and not reply.startswith("{"):
        assert parted(f"<think>{PLAN}</think>\n{reply}").answer == reply.strip()


@pytest.mark.parametrize(
    ("draft", "better"),
    [
        ("<think>It is blue.</think>Blue.", "<think>It is the sky.</think>Blue."),
        ("<think>\nBlue\n</think>", "<think>\nIt is blue.\n</think>"),
        ("It ends.</think>Blue.", "It ends here.</think>Blue."),
    ],
)
def test_a_thought_that_the_draft_has_too_belongs_to_the_answer(draft: str, better: str) -> None:
    assert parted(better, draft).answer == better
    assert parted(f"<think>{PLAN}</think>{better}", draft).answer == better
    assert parted(f"{PLAN}\n</think>\n\n{better}", draft).answer == better


def test_a_draft_with_a_thought_lets_no_thought_alone_pass() -> None:
    draft = "<think>It is blue.</think>Blue."
    assert parted(f"<think>{PLAN}", draft).is_only_thought
    assert parted(f"<think>{PLAN}</think>", draft).is_only_thought
    assert parted(f"<think>{PLAN}", "<think>It is").is_only_thought
    assert parted(f"{PLAN}</think>{GOOD}", draft).answer == GOOD


def test_where_the_instruction_speaks_of_tags_only_what_stands_apart_is_a_thought() -> None:
    topic = "What does </think> do?"
    for whole in ("It ends.</think> So it goes on.", "<think>It shows thoughts.", "<think>x</think>"):
        assert parted(whole, topic=topic).answer == whole
    assert parted(f"{PLAN}\n</think>\n\n{GOOD}", topic=topic).answer == GOOD
    assert parted(f"{PLAN}</think>\n\n{GOOD}", topic=topic).answer == GOOD
    assert parted(f"<think>{PLAN}</think>{GOOD}", topic=topic).answer == GOOD
    assert parted(f"<think>\n{PLAN}", topic=topic).is_only_thought


THINKING: list[dict[str, Any]] = [
    {"content": None, "reasoning_content": PLAN},
    {"content": "", "reasoning": PLAN},
    {"content": " \n", "thinking": PLAN},
    {"reasoning_details": [{"type": "reasoning.text", "text": PLAN}]},
    {"content": [{"type": "thinking", "thinking": PLAN}]},
    {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": PLAN}]}]},
    {"content": [{"type": "reasoning", "summary": [{"text": PLAN}]}, {"type": "text", "text": ""}]},
    {"content": None, "reasoning_content": f"{PLAN} </think> {PLAN}"},
]


@pytest.mark.parametrize("message", THINKING)
def test_thoughts_that_a_server_keeps_apart_are_no_answer(message: dict[str, Any]) -> None:
    text = message_text(message)
    assert PLAN in text  # for the person who looks at what was paid for
    assert parted(text).is_only_thought


@pytest.mark.parametrize("message", THINKING)
def test_beside_an_answer_thoughts_that_a_server_keeps_apart_are_left_out(message: dict[str, Any]) -> None:
    content = message.get("content")
    both = [*content, {"type": "text", "text": GOOD}] if isinstance(content, list) else GOOD
    assert message_text({**message, "content": both}) == GOOD


def test_a_message_without_text_is_empty_and_one_of_another_kind_is_said_so() -> None:
    assert message_text({"content": None}) == message_text({"content": []}) == message_text({}) == ""
    assert (
        message_text({"content": [{"type": "image_url", "image_url": {}}, {"type": "output_text", "text": "a"}]}) == "a"
    )
    for content in (7, {"text": "a"}, [7], [{"type": "text"}]):
        with pytest.raises(TypeError):
            message_text({"content": content})


def test_an_object_that_a_thought_quotes_is_no_answer() -> None:
    quoted = '{"revision": "no"}'
    for before in (f"<think>{quoted}</think>", f"As in {quoted}.\n</think>\n", f"[THINK]{quoted}[/THINK]Here:\n"):
        assert json_object(f'{before}{{"revision": "yes"}}') == {"revision": "yes"}
        with pytest.raises(Unusable, match="no JSON object"):
            json_object(before)
    assert answer_text(f"```\n{GOOD}\n```", "") == answer_text(f"<Think>\n</Think>```\n{GOOD}\n```", "") == GOOD


@pytest.mark.parametrize(
    ("text", "finish", "outcome", "says"),
    [
        (f"<think>{PLAN}", "stop", "empty", "only thought"),
        (f"<think>{PLAN}</think>", "stop", "empty", "only thought"),
        (f"<think>{PLAN}", "length", "truncated", "Thinking used up the answer's tokens"),
        (f"<think>{PLAN}</think>Tides", "length", "truncated", "greatest length"),
        (f"<think>{PLAN}</think>I'm sorry, but I can't help with that.", "stop", "refused", "refused"),
        (f"I'm sorry, I can't be vague here.</think>{GOOD}", "stop", "ok", None),
        (f"<|\N{WORD JOINER}channel|>analysis<|message|>{PLAN}", "stop", "empty", "only thought"),
    ],
)
def test_the_outcome_of_a_thought_has_its_own_words(text: str, finish: str, outcome: str, says: str | None) -> None:
    question = Question("revise", Call((), 9), "", lambda reply: answer_text(reply, "Tides."), draft="Tides.")
    found, value, reason = judge(question, Reply(text, finish, False, 1, 1))
    assert (found, value) == (outcome, GOOD if outcome == "ok" else None)
    assert (says or "") in (reason or "")
