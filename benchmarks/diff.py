"""python benchmarks/diff.py [PAIRS.jsonl]: the diff beside difflib on the same words.

PAIRS.jsonl has a `draft` and a `revision` in each row; without it the bundled worked examples are compared. Then one
pair of 5,000 words, a tenth of them changed. Three ways to align the same lists of words are timed (`hunks.aligned`,
difflib without and with its autojunk), and the whole `diff` (tokens, alignment, hunks) with `changed_share`, which is
what the page waits for. Prints medians, p95, and difflib's time in ours; last how the hunks are cut.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from citing_app.method.diff import changed_share, diff  # noqa: E402
from citing_app.method.hunks import aligned  # noqa: E402
from citing_app.method.tokens import Text  # noqa: E402

WORKED = sorted((ROOT / "assets" / "curriculum").glob("*/worked_examples.jsonl"))
LONG = 5_000
Pairs = list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    files = [arguments.pairs] if arguments.pairs else WORKED
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    pairs: Pairs = [(row["draft"], row["revision"]) for row in rows]
    compare(f"{len(pairs)} pairs", pairs, arguments.repeats)
    compare(f"one pair of {LONG:,} words", [long_pair(pairs)], arguments.repeats)
    print_hunks(pairs)


def long_pair(pairs: Pairs) -> tuple[str, str]:
    """The first words of all revisions, repeated where they are too few, and the same with each tenth changed."""
    found = " ".join(revision for _, revision in pairs).split(" ")
    words = (found * (LONG // len(found) + 1))[:LONG]
    chance = random.Random(1)
    return " ".join(words), " ".join(word if chance.random() > 0.1 else chance.choice(words) for word in words)


def compare(title: str, pairs: Pairs, repeats: int) -> None:
    """Time the aligners on the same words, and the whole diff."""
    texts = [(Text(draft), Text(revision)) for draft, revision in pairs]
    words = [([a.tokens[n] for n in a.words], [b.tokens[n] for n in b.words]) for a, b in texts]
    ours = [best(repeats, aligned, *pair) for pair in texts]
    print(f"{title} (best of {repeats} each)")
    report("aligned", ours, ours)
    report("difflib", [best(repeats, matched, *pair, False) for pair in words], ours)
    report("difflib with autojunk", [best(repeats, matched, *pair, True) for pair in words], ours)
    report("whole diff and share", [best(repeats, whole, *pair) for pair in pairs], ours)


def matched(a: Sequence[str], b: Sequence[str], autojunk: bool) -> object:
    return SequenceMatcher(None, a, b, autojunk=autojunk).get_opcodes()


def whole(draft: str, revision: str) -> object:
    return diff(draft, revision), changed_share(draft, revision)


def best(repeats: int, call: Callable[..., object], *arguments: object) -> float:
    """The shortest of several calls, in milliseconds: the least disturbed by what else runs on the machine."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call(*arguments)
        times.append((time.perf_counter() - started) * 1000)
    return min(times)


def report(name: str, times: list[float], ours: list[float]) -> None:
    p95 = sorted(times)[int(len(times) * 0.95)]
    ratio = sum(times) / sum(ours)
    print(f"  {name:22} median {statistics.median(times):8.3f} ms  p95 {p95:8.3f} ms  total {ratio:6.1f} × aligned")


def print_hunks(pairs: Pairs) -> None:
    """How many hunks a pair has and how long they are."""
    hunks = [[part for part in diff(*pair) if part.changed] for pair in pairs]
    counts = [len(some) for some in hunks]
    sizes = [max(len(Text(part.before).words), len(Text(part.after).words)) for some in hunks for part in some]
    single = sum(size <= 1 for size in sizes) / len(sizes)
    print(
        f"hunks per pair: mean {statistics.mean(counts):.2f}, median {statistics.median(counts):g}; words per hunk: "
        f"mean {statistics.mean(sizes):.1f}, median {statistics.median(sizes):g}; of one word: {single:.1%}"
    )


if __name__ == "__main__":
    main()
