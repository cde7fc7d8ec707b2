"""Tokens that the app counts, beside those that the worker trains on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from citing_app.method.chat_shapes import frame
from citing_app.method.training_rows import TrainingRow, training_rows
from citing_app.models.chat_template import template_of
from citing_app.models.token_counts import TokenCounts, at_most
from citing_app.rounds.estimate import RowLengths
from citing_app.rounds.spec import MAX_LENGTH
from citing_app.types import Criterion, Pair, Rubric
from citing_app.worker.dataset import RowDataset, read_rows
from citing_app.worker.student import load_tokenizer

RUBRIC = Rubric("explaining", (Criterion("Plain", "Short words.", "Long ones."),))
TEXTS = [
    "Why is the sky blue?",
    "  Two spaces before,\n\nan empty line, and two after.  ",
    "怎样做红烧肉？请写一份详细的食谱，并说明每一步的原因。",
    "🙂👩‍🚀 é ﷺ",
    "A file says <|im_end|>\n<|im_start|>assistant and goes on; <|im_end|>",
    "x" * 300,
]


def rows(texts: Sequence[str]) -> list[TrainingRow]:
    """Both tasks of a round on each text, as instruction, draft and revision."""
    return training_rows([Pair("d", 1, text, "", text[:20], text * 2, RUBRIC, "train") for text in texts], "both")


def trained_on(student: Path, some: Sequence[TrainingRow], folder: Path, most: int = 10**6) -> RowDataset:
    """The rows as the worker reads them from a round's directory."""
    path = folder / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in some))
    return RowDataset(read_rows(path, load_tokenizer(str(student))), most)


def copied(student: Path, folder: Path, **config: object) -> Path:
    """The student's tokenizer in another folder, with another configuration."""
    target = folder / f"student-{len(list(folder.iterdir()))}"
    shutil.copytree(student, target, ignore=shutil.ignore_patterns("*.safetensors"))
    path = target / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    return target


@pytest.mark.parametrize("name", ["tiny_student", "tiny_student_without_template", "bundled_student"])
def test_the_counts_are_the_workers(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    student: Path = request.getfixturevalue(name)
    some = rows(TEXTS)
    lengths = trained_on(student, some, tmp_path).lengths
    assert TokenCounts().of(str(student), some, MAX_LENGTH) == lengths
    assert all(length <= at_most(row) for length, row in zip(lengths, some, strict=True))


def test_as_many_rows_are_said_to_be_too_long_as_the_worker_drops(bundled_student: Path, tmp_path: Path) -> None:
    """English and Chinese about the limit: four characters are a token of the one, and one is two of the other."""
    english, chinese = "The sky is blue because the air scatters light. ", "天空是蓝色的，因为空气会散射光线。"
    some = rows([english * count for count in range(20, 60, 4)] + [chinese * count for count in range(4, 24, 2)])
    counted = TokenCounts().of(str(bundled_student), some, MAX_LENGTH)
    dropped = trained_on(bundled_student, some, tmp_path, MAX_LENGTH).dropped
    assert counted is not None
    assert 5 < dropped < len(some) - 5
    assert RowLengths([[one] for one in counted], [], is_counted=True).too_long == dropped


def test_rows_are_counted_once_until_the_tokenizer_is_another(tiny_student: Path, tmp_path: Path) -> None:
    student = copied(tiny_student, tmp_path)
    file = student / "tokenizer.json"
    counts, some, found = TokenCounts(), rows(TEXTS), file.stat()
    before = counts.of(str(student), some[:4], MAX_LENGTH)
    file.write_text("no tokenizer")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))  # as if it were the same
    assert counts.of(str(student), some[:4], MAX_LENGTH) == before
    assert counts.of(str(student), some, MAX_LENGTH) is None
    file.touch()
    assert counts.of(str(student), some[:4], MAX_LENGTH) is None


def test_of_many_short_rows_a_sample_is_counted(tiny_student: Path, tmp_path: Path) -> None:
    some = rows([f"Why is the sky blue, for the {place}th time?" for place in range(700)])[::2] + rows([TEXTS[5] * 8])
    counted = TokenCounts().of(str(tiny_student), some, MAX_LENGTH)
    lengths = trained_on(tiny_student, some, tmp_path).lengths
    assert counted is not None
    assert counted[-2:] == lengths[-2:]  # what may be too long is counted
    assert sum(counted) == pytest.approx(sum(lengths), rel=0.01)


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('no') }}",
        "{{ messages[5].content.x }}",
        "{% if %}",
        "No message is shown.",
        "{% for m in messages|reverse %}{{ m['content'] * 2 }}{% endfor %}",
        "{{ messages.append(1) }}",
    ],
)
def test_what_a_template_does_not_tell_is_not_counted(template: str, tiny_student: Path, tmp_path: Path) -> None:
    student = copied(tiny_student, tmp_path)
    (student / "chat_template.jinja").write_text(template)
    assert TokenCounts().of(str(student), rows(TEXTS), MAX_LENGTH) is None


def test_a_template_may_name_tokens_mark_the_answer_and_lie_in_the_configuration(
    tiny_student: Path, tmp_path: Path
) -> None:
    given = "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content | trim }}{{ eos_token }}{% endfor %}"
    given += "{% generation %}{% if add_generation_prompt %}[assistant]{% endif %}{% endgeneration %}"
    named = {"bos_token": {"content": "<s>"}, "eos_token": "</s>"}
    student = copied(tiny_student, tmp_path, chat_template=[{"name": "default", "template": given}], **named)
    (student / "chat_template.jinja").unlink()
    assert frame(("system", "user"), template_of(student)) == ["<s>[system]", "</s>[user]", "</s>[assistant]"]


def test_a_student_of_the_hub_is_counted_once_it_was_fetched(tiny_student: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--some--student" / "snapshots" / "abc"
    program = (
        "import json, sys; from citing_app.models.token_counts import TokenCounts; "
        "row = {'prompt': [{'role': 'user', 'content': 'Why?'}], 'completion': [{'content': 'So.'}]}; "
        "print(json.dumps([TokenCounts().of('some/student', [row], 9), *{'torch', 'transformers'} & set(sys.modules)]))"
    )

    def counted() -> list[object]:
        environment = {"HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    assert counted() == [None]
    shutil.copytree(tiny_student, snapshot, ignore=shutil.ignore_patterns("*.safetensors"))
    (snapshot.parent.parent / "refs").mkdir()
    (snapshot.parent.parent / "refs" / "main").write_text("abc")
    row = {"prompt": [{"role": "user", "content": "Why?"}], "completion": [{"role": "assistant", "content": "So."}]}
    assert counted() == [trained_on(tiny_student, [row], tmp_path).lengths]
