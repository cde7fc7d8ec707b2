"""Every fenced block of the README and the docs is run or, where it needs hardware or a key, parsed."""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from citing_app import __main__ as command_line
from citing_app import settings
from citing_app.method.identity import content_hash, split_of
from citing_app.rounds.launcher import Launchers
from tests.conftest import ROOT

README = ROOT / "README.md"
GUIDES = [README, ROOT / "docs" / "commands.md", ROOT / "docs" / "endpoints.md"]
"""What a newcomer types, in this order."""
CARD = ROOT / "assets" / "curriculum" / "README.md"
RESULTS = ROOT / "benchmarks" / "results" / "README.md"
DOCUMENTS = [README, CARD, RESULTS, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES_OF_OTHERS = {"OPENAI_API_KEY", "OPENAI_BASE_URL"}
STUDIO, APP = ["python", "-m", "citing_app"], ["python", "app.py"]
WITHOUT_MODELS = {"import", "imports", "dataset", "decide", "export", "status"}
SMALL = {"draft": 2, "revise": 2, "round": 2, "evaluate": 1, "compare": 1, "curriculum": 2, "race": 2, "strengths": 2}
"""How many items a command is run with here, whatever the README says: two cores are shared."""

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"")
_ASSIGNMENT = re.compile(r"([A-Z_]+)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: where it is, what follows the backticks, and its text."""

    document: str
    info: str
    text: str


@dataclass(frozen=True)
class Command:
    """One shell command: the variables set in front of it or exported, and its words."""

    line: str
    variables: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    def starts(self, beginning: list[str]) -> bool:
        return list(self.words[: len(beginning)]) == beginning


def blocks(document: Path) -> list[Block]:
    text = document.read_text(encoding="utf-8")
    return [Block(str(document.relative_to(ROOT)), found["info"], found["text"]) for found in _FENCE.finditer(text)]


def guide_blocks() -> list[Block]:
    return [block for guide in GUIDES for block in blocks(guide)]


def commands(block: Block) -> Iterator[Command]:
    for line in block.text.splitlines():
        for part in line.split(" && "):
            words = shlex.split(part, comments=True)
            if words[:1] == ["export"]:
                words = words[1:]
            variables = []
            while words and (found := _ASSIGNMENT.fullmatch(words[0])):
                variables.append((found[1], found[2]))
                words = words[1:]
            if words or variables:
                yield Command(part, tuple(variables), tuple(words))


ALL_BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
SHELL_COMMANDS = [command for block in ALL_BLOCKS if block.info.split()[:1] == ["sh"] for command in commands(block)]


def parsed(command: Command) -> argparse.Namespace | None:
    """The command's flags by its own parser; None for a program of others. Exits where the parser refuses it."""
    if command.starts(STUDIO):
        return command_line._parser().parse_args(command.words[3:])
    if command.starts(APP):
        parser = argparse.ArgumentParser()
        settings.add_flags(parser)
        settings.add_server_flags(parser)
        return parser.parse_args(command.words[2:])
    return None


@pytest.mark.parametrize("command", SHELL_COMMANDS, ids=lambda command: command.line)
def test_a_command_is_accepted_by_the_real_parser(command: Command) -> None:
    flags = parsed(command)
    Launchers.of(settings.from_flags(flags, {}).launchers if command.starts(APP) and flags else {})
    variables = {name for one in fields(settings.Settings) for name in settings.source_of(one).variables}
    for name, _ in command.variables:
        assert name in variables or name in NAMES_OF_OTHERS
    if command.words[:2] == ("pip", "install"):
        assert (ROOT / command.words[3]).is_file()
    assert flags is not None or not {"citing_app", "app.py"} & set(command.words)


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_every_command_of_the_command_line_is_documented() -> None:
    used = {parsed(command).command for command in SHELL_COMMANDS if command.starts(STUDIO)}  # type: ignore[union-attr]
    actions = command_line._parser()._subparsers._group_actions  # type: ignore[union-attr]
    offered = {parser.get_default("command") for parser in actions[0].choices.values()}  # type: ignore[union-attr]
    assert offered == used


@pytest.mark.parametrize("block", ALL_BLOCKS, ids=lambda block: f"{block.document}: {block.info}")
def test_a_block_says_what_it_is_and_is_that(block: Block) -> None:
    match block.info.split():
        case ["sh"] | ["sh", "hardware"]:
            assert list(commands(block))
        case ["jsonl", _]:
            assert all(json.loads(line) for line in block.text.splitlines())
        case ["js", _] | ["diff"]:
            assert block.text  # tests/contract/test_extending.py runs it
        case ["json"]:
            json.loads(block.text)
        case ["python"] | ["python", _]:
            ast.parse(block.text)
        case ["bibtex"]:
            assert block.text.count("{") == block.text.count("}")
        case other:
            assert other == [], f"{block.document} holds a block marked {block.info!r}, which no test knows"
            assert not re.search(r"^\s*(python|pip) ", block.text, re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    targets = [link or source for link, source in _LINK.findall(document.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_leads_to_every_page_of_the_docs() -> None:
    linked = set(re.findall(r"\((docs/[a-z]+\.md)\)", README.read_text(encoding="utf-8")))
    assert linked == {str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")}


def test_the_data_card_counts_what_is_there() -> None:
    rows = re.findall(r"^\| ([a-z ]+) ((?:\| \d+ )+)\|$", CARD.read_text(encoding="utf-8"), re.MULTILINE)
    stated = {name: [int(number) for number in numbers.split("|")[1:]] for name, numbers in rows}
    found = dict(map(counted, sorted(path for path in CARD.parent.iterdir() if path.is_dir())))
    assert stated == found
    together = [f"**{sum(column)}**" for column in zip(*found.values(), strict=True)]
    assert f"| **together** | {' | '.join(together)} |" in CARD.read_text(encoding="utf-8")
    edits = sum(len(row["edits"]) for path in found for row in _lines(path, "worked_examples"))
    assert f"There are {edits} edits." in CARD.read_text(encoding="utf-8")


def counted(folder: Path) -> tuple[str, list[int]]:
    """A category's name and what the data card's table says of it."""
    rubric = json.loads((folder / "rubric.json").read_text(encoding="utf-8"))
    instructions = _lines(folder.name, "instructions")
    splits = Counter(split_of(content_hash(row["instruction"], row["input"])) for row in instructions)
    worked = len(_lines(folder.name, "worked_examples"))
    shares = [splits["train"], splits["validation"], splits["test"]]
    return rubric["category"], [len(instructions), *shares, worked, len(rubric["criteria"])]


def _lines(category: str, name: str) -> list[dict]:  # type: ignore[type-arg]
    path = CARD.parent / category.replace(" ", "_") / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# -- running it -------------------------------------------------------------------------------------------------------


class Newcomer:
    """Someone who types the README's commands in an empty folder."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        places = {"CITING_DATA_DIR": str(self.data), "CITING_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
        self.environment = {**os.environ, **places, "PATH": path}
        for block in guide_blocks():
            if block.info.startswith("jsonl "):
                (folder / block.info.split()[1]).write_text(block.text, encoding="utf-8")

    def types(self, line: str) -> str:
        """Run one line in a shell; what it prints."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout


def readme_lines() -> list[tuple[str, str]]:
    """(name of the command, line) of every studio command in the guides that needs neither hardware nor a key."""
    found = [command for block in guide_blocks() if block.info == "sh" for command in commands(block)]
    names = {"adapter", "import", "draft", "revise", "decide", "round", "evaluate", "compare", "curriculum", "export"}
    names |= {"status", "figures", "report", "strengths", "blend", "race", "imports", "dataset", "teacher", "student"}
    return [
        (next(word for word in command.words if word in names), command.line)
        for command in found
        if command.starts(STUDIO)
    ]


def test_the_commands_that_need_no_model_run(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path, tmp_path / "cache")
    said: dict[str, list[str]] = {}
    for name, line in readme_lines():
        if name in WITHOUT_MODELS:
            said.setdefault(name, []).append(newcomer.types(line))
    bundled, mine, again, *_ = said["import"]
    assert bundled.startswith("bundled: 420 read, 420 imported, 0 duplicates, 0 rejected, 84 revisions.")
    assert mine.startswith("mine: 3 read, 3 imported, 0 duplicates, 0 rejected, 1 revisions.")
    assert again.startswith("mine: 3 read, 0 imported, 3 duplicates, 0 rejected")
    assert "my_rows.jsonl" in said["imports"][0]
    assert len(said["dataset"]) == 2
    assert said["decide"][0] == "85 revisions accepted as script.\n"
    assert len((tmp_path / "accepted.jsonl").read_text(encoding="utf-8").splitlines()) == 85
    assert json.loads(said["status"][-1])["items"]["accepted"] == 85
    assert not (tmp_path / "cache").exists()


def test_every_command_of_the_guides_runs_in_order(tmp_path: Path, model_cache: Path, tiny_student: Path) -> None:
    """With the bundled embedder and a tiny student; the bundled one drafts and trains in the browser's whole loop."""
    newcomer = Newcomer(tmp_path, model_cache)
    answers = {}
    for name, line in readme_lines():
        small = re.sub(r"--items \d+", f"--items {SMALL.get(name)}", line).replace("--rounds 2", "--rounds 1")
        small = re.sub(r"--evaluate-items \d+", "--evaluate-items 2", small)
        answers[name] = newcomer.types(small.replace("citing_app", f"citing_app --student {tiny_student}"))
    measured = {tuple(row.split()[:3]) for row in answers["evaluate"].splitlines()}
    assert {("base", "draft", "rouge_l"), ("base", "draft", "loss")} <= measured
    assert "Missing self-revisions of base: 1" in answers["evaluate"]  # it reads 512 tokens, and a rubric is longer
    assert re.match(r"\d+ values written to figures\.csv\.", answers["figures"])
    status = json.loads(answers["status"])
    assert [(row["round"], row["state"], row["items"]) for row in status["rounds"]] == [
        (2, "finished", 2),
        (1, "finished", 2),
    ]
    assert 87 <= status["items"]["accepted"] <= 89
    assert status["items"]["drafted"] == 0
    assert "rows, loss\nstrength 0 " in answers["strengths"]
    assert answers["blend"].strip() == "Round 3 is the blend."
    assert answers["adapter"].strip() == "my-adapter.zip is round 4."
    assert answers["race"].strip() == "Race 1 written to race.md."
    assert {"| citing", "| sft"} <= {line[:8].rstrip(" |") for line in (tmp_path / "race.md").read_text().splitlines()}
    weights = [newcomer.data / "rounds" / name / "adapter" / "adapter_model.safetensors" for name in ("0001", "0004")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_the_python_example_decides_the_first_item(tmp_path: Path) -> None:
    (example,) = [block.text for block in guide_blocks() if block.info == "python"]
    newcomer = Newcomer(tmp_path, tmp_path / "cache")
    newcomer.types("python -m citing_app import bundled")
    with serving(newcomer, tmp_path / "app.log") as address:
        (tmp_path / "example.py").write_text(example.replace("http://127.0.0.1:7860", address), encoding="utf-8")
        said = newcomer.types("python example.py")
    (line,) = (newcomer.data / "journal" / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    decision = json.loads(line)
    assert decision["kind"] == "accept"
    for text in (decision["instruction"]["instruction"], decision["draft"]["text"], decision["final_text"]):
        assert text in said


@contextmanager
def serving(newcomer: Newcomer, log: Path) -> Iterator[str]:
    """The address of `python app.py` on the newcomer's data. No package index is asked for the models."""
    environment = {**newcomer.environment, "PIP_NO_INDEX": "1"}
    command = [sys.executable, "app.py", "--port", "0"]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    with process.stdout:
        try:
            found = re.search(rb"http://\S+", process.stdout.readline())
            assert found, log.read_text(encoding="utf-8")
            yield found[0].decode()
        finally:
            process.terminate()
            process.wait(30)
