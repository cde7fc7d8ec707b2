"""The model card of an exported adapter: what it is, what made it, what it measured, and how to load it."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from citing_app.kinds import kind_of, kinds
from citing_app.kinds.source import ANSWERS, SAMPLES
from citing_app.models.names import base_name, resolve_student
from citing_app.rounds.spec import BLEND, IMPORTED
from citing_app.store import rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.evaluation.figures.means import every_figure
from citing_app.workflows.evaluation.figures.metrics import named
from citing_app.workflows.evaluation.views import FigureView
from citing_app.workflows.students import round_name
from citing_app.workflows.studio import Studio

if TYPE_CHECKING:  # its import takes half a second, and few people export
    from huggingface_hub import EvalResult

_ON_THE_HUB = {"rouge_l": "rouge", "token_f1": "f1"}
"""The hub's names of figures; one that is not here has the same name there."""
_LOADED = {
    "adapter": """```python
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained({base})
model = PeftModel.from_pretrained(model, "this-folder")
tokenizer = AutoTokenizer.from_pretrained({base})
```""",
    "merged": """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("this-folder")
tokenizer = AutoTokenizer.from_pretrained("this-folder")
```""",
    "gguf": """```sh
llama-server --model model.gguf
ollama create my-student -f Modelfile
```""",
    "gguf-adapter": """`student.gguf` is {base} as GGUF: CITING Studio exports it too. Put it beside the adapter.

```sh
llama-server --model student.gguf --lora adapter.gguf
ollama create my-student -f Modelfile
```""",
}
_LIBRARY = {"adapter": "peft", "merged": "transformers", "gguf": "gguf", "gguf-adapter": "gguf"}
_IS_MERGED = ("merged", "gguf")


def model_card(studio: Studio, number: int, form: str) -> str:
    """The card of round `number` exported in this form, as Markdown with the hub's metadata before it."""
    with studio.store.read() as cursor:
        by_number = {row.number: row for row in rounds.all_rounds(cursor)}
        learned, answers = rounds.learned(cursor, number), rounds.answers(cursor, number)
    figures = [one for one in every_figure(studio.store) if one["model"] == round_name(number)]
    row = by_number[number]
    base = base_name(row.spec["student"])
    title = row.name or f"Round {number}"
    parts = [
        "---",
        _metadata(title, base, _LIBRARY[form], figures),
        "---",
        "",
        f"# {_text(title)}",
        "",
        f"A LoRA adapter{' merged into' if form in _IS_MERGED else ' on'} {_text(base)}, made in CITING Studio "
        "(CITING, arXiv 2310.02527). Whoever passes it on checks the licences of the base model and of the data sets.",
        "",
        "## What made it",
        "",
        *_table(("", ""), _facts(row, by_number)),
        "",
        "## What it learned",
        "",
        *_data(learned, answers, _answers_name(row.kind)),
        "",
        "## What was measured",
        "",
        *_figures(row, figures),
        "",
        "## How to load it",
        "",
        _LOADED[form].format(base=json.dumps(base)),
        "",
    ]
    return "\n".join(parts)


def student_card(studio: Studio) -> str:
    """The card of the student itself, exported as GGUF."""
    base = base_name(resolve_student(studio.chosen.given, studio.settings.cache_dir))
    loaded = _LOADED["gguf"].replace("model.gguf", "student.gguf")
    told = "The base model as GGUF, written by llama.cpp's converter; its licence applies."
    return f"# {_text(base)}\n\n{told}\n\n{loaded}\n"


def _metadata(title: str, base: str, library: str, figures: Sequence[FigureView]) -> str:
    """What the hub reads, as YAML; of `model-index` it shows the figures beside the model."""
    from huggingface_hub import ModelCardData

    card = ModelCardData(
        base_model=base,
        library_name=library,
        pipeline_tag="text-generation",
        tags=["citing", "lora", "instruction-tuning"],
        model_name=title,
        eval_results=[_result(one) for one in figures] or None,
    )
    return card.to_yaml()


def _result(one: FigureView) -> EvalResult:
    """A figure as the hub takes it. Results of one type are one data set there, so the type is the data set's name."""
    from huggingface_hub import EvalResult

    name = named(one["name"])["name"]
    return EvalResult(
        task_type="text-generation",
        dataset_type=one["dataset"],
        dataset_name=one["dataset"],
        dataset_revision=one["test_set"],
        metric_type=_ON_THE_HUB.get(one["name"], one["name"]),
        metric_name=f"{name}, {one['answer']}, 95 % interval {_interval(one)}, n = {one['n']}",
        metric_value=round(one["value"], 4),
    )


def _facts(row: RoundRow, by_number: dict[int, RoundRow]) -> list[tuple[str, Any]]:
    spec, result = row.spec, row.result or {}
    if row.kind == IMPORTED:
        return [("trained", "elsewhere"), ("on", result.get("base") or "not said"), ("LoRA", _lora(spec))]
    lineage = [row.number]
    while (parent := by_number[lineage[-1]].parent) in by_number and parent is not None:
        lineage.append(parent)
    descent = ("lineage", " → ".join(["base", *(round_name(one) for one in reversed(lineage))]))
    digest = ("sha256 of the adapter", result.get("adapter_hash"))
    if row.kind == BLEND:
        return [descent, ("a blend of", _made_of(spec)), ("LoRA", _lora(spec)), digest]
    return [
        descent,
        ("task", kind_of(row.kind).task(spec["objective"])),
        ("rows", result.get("rows")),
        ("tokens seen", result.get("tokens")),
        ("LoRA", _lora(spec)),
        ("epochs, learning rate", f"{spec['epochs']}, {spec['learning_rate']:g}"),
        *([("steps", f"at most {spec['max_steps']}")] if spec.get("max_steps") else []),
        ("rows a step", spec["batch_size"] * spec["accumulation"]),
        ("seed", spec["seed"]),
        ("prompts", ", ".join(f"{name} {value[:12]}" for name, value in spec.get("prompts", {}).items()) or "–"),
        digest,
    ]


def _made_of(spec: dict[str, Any]) -> str:
    return " + ".join(f"{one['weight']:g} · {round_name(one['round'])} ({one['hash'][:12]})" for one in spec["blend"])


def _lora(spec: dict[str, Any]) -> str:
    lora = spec["lora"]
    targets = lora["targets"] if isinstance(lora["targets"], str) else ", ".join(lora["targets"])
    return f"r {lora['r']}, alpha {lora['alpha']}, on {targets}"


def _answers_name(kind: str) -> str:
    """What a round learns of instructions that have no decision."""
    source = kinds()[kind].learns_from if kind in kinds() else ANSWERS
    return "instructions" if source == SAMPLES else "reference answers"


def _data(learned: Sequence[tuple[str, str, int]], answers: Sequence[tuple[str, str, int]], name: str) -> list[str]:
    lines = _table(("data set", "teacher", "accepted revisions"), learned) if learned else []
    if answers:  # what a round learns, or replays beside revisions
        name = "replayed reference answers" if learned else name
        lines += [*([""] if lines else []), *_table(("data set", "split", name), answers)]
    return lines or ["Not known here."]


def _figures(row: RoundRow, figures: Sequence[FigureView]) -> list[str]:
    result = row.result or {}
    before, after = result.get("validation_loss_before"), result.get("validation_loss_after")
    lines = []
    if before is not None and after is not None:
        watched = _text(row.spec.get("validates_on") or "held-out rows")
        lines += [f"Loss on {watched}: {before:.3f} before this round, {after:.3f} after it.", ""]
    if not figures:
        return [*lines, "Nothing else was measured."]
    rows = [
        (one["dataset"], one["answer"], one["name"], f"{one['value']:.3f}", _interval(one), one["n"]) for one in figures
    ]
    return [*lines, *_table(("data set", "of", "figure", "mean", "95 % interval", "n"), rows)]


def _interval(one: FigureView) -> str:
    return "–" if one["low"] is None or one["high"] is None else f"{one['low']:.3f} – {one['high']:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines]


def _text(value: Any) -> str:
    """A cell or a title that stays text, whatever is in it."""
    shown = "–" if value is None else " ".join(str(value).split())
    return html.escape(shown, quote=False).replace("|", "\\|").replace("`", "\\`").replace("[", "\\[")
