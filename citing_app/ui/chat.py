"""The chat page: the base model or any round's adapter, one or two side by side, with or without self-revision."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from citing_app.errors import Cancelled, CitingError
from citing_app.types import Message
from citing_app.ui.components import as_gradio_error
from citing_app.ui.streams import interleaved
from citing_app.workflows.chatting import Answer, Chat, chat
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.students import STRENGTH, finished_rounds, model_name, number_of
from citing_app.workflows.studio import Studio

_SAID = re.compile(r'<div class="said">(.*?)</div>', re.DOTALL)
History = list[dict[str, Any]]
_Panes = tuple[Any, History, History]
"""What the field to ask in and the two panes show."""
SECONDS_TO_LEAVE = 5.0
NOBODY = "none"
_STRENGTH_SAYS = "How much of what the round learned is applied: 0 is the base model, 1 the round as it was trained."
HINT = "Ask the student something. Its answer says which adapter really wrote it."
_COMPARE_ON = "(...given) => studio.compareOn(...given)"
EXAMPLES = (
    "Explain to a ten-year-old why the sky is blue.",
    "Write a short, polite e-mail that moves a meeting from Monday to Thursday.",
    "A train leaves at 14:25 and takes 95 minutes. When does it arrive?",
)


def chat_page(studio: Studio) -> None:
    """Draw the page. Both panes are streamed by one event, so that they answer together and one stop ends both.

    Stop ends the event from within: Gradio's own cancelling may draw an error over the conversation.
    """
    runs = _Runs()
    with gr.Column(elem_classes=["gr-page", "chat-page"]):
        with gr.Row(elem_classes=["chat-options"]):
            left = gr.Dropdown(choices=[], label="Model", elem_id="chat-model", filterable=False)
            right = gr.Dropdown(choices=[], label="Beside it", elem_id="chat-beside", filterable=False)
            mode = gr.Radio(
                [("draft", "draft"), ("draft, rubric, self-revision", "revise")], value="draft", label="Answer with"
            )
            strength = gr.Slider(
                STRENGTH.low,
                STRENGTH.high,
                value=1,
                step=0.05,
                label="Strength",
                info=_STRENGTH_SAYS,
                visible=False,
                buttons=[],
            )
        with gr.Row(elem_classes=["chat-panes"]):
            pane, beside = _pane("pane-left", visible=True), _pane("pane-right", visible=False)
        with gr.Row(elem_classes=["chat-ask"]):
            ask = gr.Textbox(
                label="Ask something",
                placeholder="Ask something",
                show_label=False,
                lines=1,
                max_lines=6,
                scale=8,
                autofocus=True,
            )
            send = gr.Button("Send", variant="primary", scale=1, min_width=90)
            stop = gr.Button("Stop", scale=1, min_width=90)
            clear = gr.Button("Clear", scale=1, min_width=90)
        with gr.Row(elem_classes=["chat-examples"]):
            for example in EXAMPLES:
                chosen = gr.Button(example, size="sm", min_width=0, elem_classes=["example"])
                chosen.click(None, None, ask, js=f"() => {json.dumps(example)}", api_visibility="private")
        with gr.Row(elem_classes=["chat-examples"]):
            compare = gr.Button(
                "Compare two models on this prompt, blind", size="sm", min_width=0, elem_classes=["to-arena"]
            )
            compare.click(None, [ask, pane], None, js=_COMPARE_ON, api_visibility="private")

    def choices(request: gr.Request) -> tuple[Any, Any]:
        names = model_choices(studio)
        asked = dict(request.query_params).get("model", "")
        newest = names[-1][1] if asked not in {value for _, value in names} else asked
        return gr.Dropdown(names, value=newest), gr.Dropdown([("nothing", NOBODY), *names], value=NOBODY)

    def answer(
        text: str, first: History, second: History, left: str, right: str, mode: str, at: float, request: gr.Request
    ) -> Iterator[_Panes]:
        run = runs.begin(request)
        try:
            models = [left] if right == NOBODY else [left, right]
            chosen = {"message": text, "strength": at, "self_revise": mode == "revise"}
            asked = [Chat.of({**chosen, "model": model}) for model in models]
            yield from _answer(studio, asked, [first, second], run)
        except CitingError as error:
            yield text, first, second
            raise as_gradio_error(error) from error
        finally:
            runs.finish(request, run)

    def end(request: gr.Request) -> None:
        runs.end(request, shown=True)

    def forget(request: gr.Request) -> tuple[History, History]:
        run = runs.end(request, shown=False)
        if run is not None:
            run.left.wait(SECONDS_TO_LEAVE)
        return [], []

    gr.on(None, choices, None, [left, right], show_progress="hidden", api_visibility="private")
    gr.on(
        [left.change, right.change],
        _show_strength,
        [left, right],
        strength,
        show_progress="hidden",
        api_visibility="private",
    )
    right.change(_show_second, right, beside, show_progress="hidden", api_visibility="private")
    gr.on(
        [ask.submit, send.click],
        answer,
        [ask, pane, beside, left, right, mode, strength],
        [ask, pane, beside],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=4,
        trigger_mode="multiple",  # a question asked while an answer is written ends that answer
    )
    stop.click(end, None, None, queue=False, show_progress="hidden", api_visibility="private")
    clear.click(forget, None, [pane, beside], queue=False, show_progress="hidden", api_visibility="private")


@dataclass
class _Run:
    """One question's answers while they are written: whether the panes still show them, and whether all is said."""

    stopped: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    shown: bool = True


class _Runs:
    """The answers being written, by session: one question of a session at a time."""

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}

    def begin(self, request: gr.Request) -> _Run:
        """A new question of this session; it takes the panes from one that is still being answered."""
        self.end(request, shown=False)
        run = self._runs[str(request.session_hash)] = _Run()
        return run

    def end(self, request: gr.Request, shown: bool) -> _Run | None:
        """Have the session's answer, if there is one, written no further; without `shown` it loses the panes."""
        run = self._runs.get(str(request.session_hash))
        if run is None:
            return None
        run.shown = shown
        run.stopped.set()
        return run

    def finish(self, request: gr.Request, run: _Run) -> None:
        """All is said that this run will ever say."""
        run.left.set()
        if self._runs.get(str(request.session_hash)) is run:
            del self._runs[str(request.session_hash)]


def _pane(name: str, visible: bool) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id=name,
        visible=visible,
        show_label=False,
        height="max(240px, calc(100vh - 400px - var(--strip, 0px)))",
        latex_delimiters=[],
        buttons=["copy"],
        placeholder=HINT,
    )


def _show_second(right: str) -> Any:
    return gr.Chatbot(visible=right != NOBODY, value=[])


def _show_strength(left: str, right: str) -> Any:
    """The base model has no adapter to weaken."""
    return gr.Slider(visible=any(model not in (BASE, NOBODY) for model in (left, right)))


def model_choices(studio: Studio) -> list[tuple[str, str]]:
    """The base model and every finished round, as (label, value)."""
    named = [
        (
            " · ".join(filter(None, (f"round {row.number}", row.name, (row.result or {}).get("adapter_hash", "")[:8]))),
            str(row.number),
        )
        for row in finished_rounds(studio)
    ]
    return [("base model", BASE), *reversed(named)]


def plain(history: Any) -> list[Message]:
    """The conversation as a model reads it, out of what the pane shows: of an answer its last text, no headings."""
    turns: list[Message] = []
    for turn in history if isinstance(history, list) else []:
        if not isinstance(turn, dict) or turn.get("role") not in ("user", "assistant"):
            raise CitingError("The conversation is not one of this page; clear it and start again.")
        said = _SAID.findall(_text_of(turn.get("content")))
        turns.append({"role": turn["role"], "content": html.unescape(said[-1].replace("<br>", "\n")) if said else ""})
    return turns


def _answer(studio: Studio, asked: list[Chat], shown: list[History], run: _Run) -> Iterator[_Panes]:
    streams = [
        chat(studio, one, plain(history), run.stopped.is_set) for one, history in zip(asked, shown, strict=False)
    ]
    names = [model_name(studio, number_of(one.model)) for one in asked]
    answers = [Answer(model=name, waiting=f"{name} · writing …") for name in names]
    begun = [
        [*history, {"role": "user", "content": said(one.message)}] for one, history in zip(asked, shown, strict=False)
    ]

    def panes(ask: Any, stopped: bool = False) -> _Panes:
        filled = [[*history, _bubble(answer, stopped)] for history, answer in zip(begun, answers, strict=True)]
        return ask, filled[0], filled[1] if len(filled) > 1 else []

    yield panes("")
    try:
        for index, newest in interleaved(streams):
            answers[index] = newest
            if run.shown:
                yield panes(gr.skip())  # the next question may be in the field already
    except Cancelled:
        if run.shown:
            yield panes(gr.skip(), stopped=True)
    finally:
        run.stopped.set()  # the page may have been left: the worker is freed within a token


def _bubble(answer: Answer, stopped: bool = False) -> dict[str, Any]:
    """An answer as one chat message: who answers, the draft, and where asked the rubric and the self-revision."""
    end = _heading("stopped") if stopped and not answer.done else ""
    if answer.waiting and not answer.draft:
        return {"role": "assistant", "content": end or _heading(answer.waiting)}
    draft = " · draft" if answer.assignment is not None else ""
    content = _heading(answer.model + draft) + said(answer.draft)
    if answer.assignment is not None:
        content += _heading("self-revision · " + _rubric(answer)) + said(answer.revision)
    return {"role": "assistant", "content": content + end}


def _rubric(answer: Answer) -> str:
    if answer.assignment is None or answer.rubric is None:
        return "no matching rubric, so only: correct, helpful"
    criteria = ", ".join(criterion.name for criterion in answer.rubric.criteria)
    return f"{answer.rubric.category} {answer.assignment.similarity:.2f} · {criteria}"


def _heading(text: str) -> str:
    return f'<div class="who">{html.escape(text)}</div>'


def said(text: str) -> str:
    """Text as the pane shows it: escaped, and on one line, so that no markdown is read into it."""
    return f'<div class="said">{html.escape(text).replace(chr(10), "<br>")}</div>'


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return ""
