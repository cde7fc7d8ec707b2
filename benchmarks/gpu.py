"""The whole of the studio's GPU path in one command: `python benchmarks/gpu.py [--sizes 1b,8b] [--minutes 8]`.

Needs torch, transformers, peft and accelerate, and no network: the students are random, of the shapes of Llama-3.2-1B
and Llama-3.1-8B. A round trains, is killed and resumes; the losses are compared with the CPU's in float32; rounds train
at full speed, as they come and in other ways; drafts and a chat are written, with the adapter, without it and merged.
Packing, FlashAttention, four bits, Liger's kernels and TRL are measured where they are installed.

Each stage is processes of its own, so one that fails is a line that says so. What does not fit into the time is
"not run". Figures are in the file after every stage. `--only killed,drafts` runs the stages that have one of these
words in their names, and what they need. A small run on a CPU: `--device cpu --sizes tiny`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gpu_answers import agree, generate, merge  # noqa: E402
from gpu_bench import Bench, Deadline, Figures, NotRun, machine, make  # noqa: E402
from gpu_rounds import beside_trl, resume, train  # noqa: E402
from gpu_sizes import SIZES, Size  # noqa: E402

from citing_app.rounds.files import write_whole  # noqa: E402

LIBRARIES = ("torch", "transformers", "peft", "accelerate", "flash_attn", "bitsandbytes", "liger_kernel", "trl")
TRAINERS = {"citing": "this project's", "trl-tuned": "TRL, tuned", "trl": "TRL as it comes"}
MINUTES = 8.0
"""What the stages' limits are made for; who gives more time gives each of them more."""
ENDING_SECONDS = 10.0
"""What is left of the time at the end, to stop what still runs."""


@dataclass(frozen=True)
class Stage:
    """One line of the table: it takes at most `limit` seconds, and is not begun with less than a quarter of them left.

    `needs` are packages that must be installed. A stage that `is_needed` by others is always run.
    """

    name: str
    limit: float
    run: Callable[[Deadline, Figures], None]
    needs: tuple[str, ...] = ()
    is_needed: bool = False


def main() -> int:
    """Run the stages in order of what one would least like to miss; 0 where none failed."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that whatever runs is stopped too
    deadline = Deadline(time.monotonic() + options.minutes * 60 - ENDING_SECONDS)
    slack = max(1.0, options.minutes / MINUTES)
    report: dict[str, Any] = {"began": datetime.now().isoformat(timespec="seconds"), **about(), "stages": []}
    print(*other_versions(report["versions"]), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="citing-gpu-") as folder:
        bench = Bench(Path(folder), options.device)
        for stage in stages(bench, [SIZES[name] for name in options.sizes]):
            if not (stage.is_needed or any(word in stage.name for word in options.only)):
                continue
            found = run(replace(stage, limit=stage.limit * slack), bench, deadline)
            report["stages"].append(found)
            print(line(found), flush=True)
            write_whole(options.out, json.dumps(report, indent=1) + "\n")
    print(f"The figures are in {options.out}.")
    return int(any(found["state"] == "failed" for found in report["stages"]))


def stages(bench: Bench, sizes: Sequence[Size]) -> Iterator[Stage]:
    """Every stage for these sizes: first that it works, then how fast it is, then every other way."""
    yield Stage("machine", 60, partial(machine, bench), is_needed=True)
    for size in sizes:
        yield Stage(f"{size.name}: made", 120, partial(make, bench, size), is_needed=True)
        if size == sizes[0]:
            yield Stage(f"{size.name}: killed and resumed", 120, partial(resume, bench, size))
            yield Stage(f"{size.name}: the losses of float32", 90, partial(agree, bench, size))
        yield Stage(f"{size.name}: round as it comes", 90, partial(train, bench, size))
        yield Stage(f"{size.name}: drafts and chat", 120, partial(generate, bench, size))
    for size in sizes:
        yield from other_rounds(bench, size)
    for size in sizes:
        yield Stage(f"{size.name}: merged", 120, partial(merge, bench, size))
    for size in sizes:
        for name, title in TRAINERS.items():
            run = partial(beside_trl, bench, size, trainer=name)
            yield Stage(f"{size.name}: one pass, {title}", 90, run, ("trl", "datasets"))


def other_rounds(bench: Bench, size: Size) -> Iterator[Stage]:
    """The ways to train that the trainer does not take by itself here, one thing changed in each."""

    def stage(title: str, *needs: str, **changes: Any) -> Stage:
        return Stage(f"{size.name}: round, {title}", 90, partial(train, bench, size, **changes), needs)

    yield stage("batch 32", batch_size=32)
    yield stage("checkpointing", checkpointing="on")
    yield stage("4-bit", "bitsandbytes", quantization="4bit")
    yield stage("packing off", "flash_attn", packing="off")
    yield stage("SDPA", "flash_attn", hidden=["flash_attn"])
    yield stage("no Liger", "liger_kernel", hidden=["liger_kernel"])


def run(stage: Stage, bench: Bench, whole: Deadline) -> Figures:
    """What became of a stage: "done", "failed", "stopped" at its limit or "not run", and its figures so far."""
    figures: Figures = {}
    began = time.monotonic()
    bench.log = bench.folder / "stage.log"
    bench.log.write_text("", encoding="utf-8")
    try:
        _ensure_possible(stage, whole)
        stage.run(whole.within(stage.limit), figures)
        ending = {"state": "done"}
    except NotRun as reason:
        ending = {"state": "not run", "why": str(reason)}
    except (TimeoutError, subprocess.TimeoutExpired):
        ending = {"state": "stopped", "why": "time"}
    except Exception as error:  # whatever it is, the next stage may work
        ending = {"state": "failed", "why": f"{type(error).__name__}: {error}", "log": bench.log_end()}
    return {"stage": stage.name, **ending, "seconds": round(time.monotonic() - began, 1), **figures}


def _ensure_possible(stage: Stage, whole: Deadline) -> None:
    missing = [name for name in stage.needs if importlib.util.find_spec(name) is None]
    if missing:
        raise NotRun(f"{' and '.join(missing)} not installed")
    if whole.left < stage.limit / 4:
        raise NotRun("time")


def line(found: Figures) -> str:
    """A stage as one line of the table: its single figures; the file has the lists too."""
    told = [f"{name.replace('_', ' ')} {_number(value)}" for name, value in found.items() if _is_told(name, value)]
    why = [found["why"]] if "why" in found else []
    return f"{found['stage']:30} {found['state']:8} {found['seconds']:6.1f} s  {', '.join(why + told)}"


def _is_told(name: str, value: Any) -> bool:
    return name not in ("stage", "state", "why", "seconds", "log") and not isinstance(value, list)


def _number(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def about() -> dict[str, Any]:
    """The machine and the versions, as far as they are known without torch."""
    there = [name for name in LIBRARIES if importlib.util.find_spec(name) is not None]
    versions = {name: importlib.metadata.version(name) for name in there}
    return {"python": platform.python_version(), "system": platform.platform(), "versions": versions}


def other_versions(versions: Mapping[str, str]) -> list[str]:
    """The libraries here that are not as requirements.txt has them: the first thing to look at where a stage fails."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = dict(line.split("==") for line in lines)
    return [
        f"{name} is {found}, and requirements.txt has {wanted[name]}"
        for name, found in versions.items()
        if name in wanted and found.split("+")[0] != wanted[name]
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=_sizes, default="1b,8b", help=f"some of {', '.join(SIZES)}, with commas")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[""], help="words of stages, with commas")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long all of it may take")
    parser.add_argument("--device", default="cuda", help="cuda, cpu or auto")
    parser.add_argument("--out", type=Path, default=_results(), help="the file for the figures")
    return parser.parse_args()


def _sizes(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(SIZES):
        raise argparse.ArgumentTypeError(f"sizes are {', '.join(SIZES)}")
    return names


def _results() -> Path:
    return ROOT / "benchmarks" / "results" / f"gpu-{datetime.now():%Y%m%d-%H%M}.json"


if __name__ == "__main__":
    sys.exit(main())
