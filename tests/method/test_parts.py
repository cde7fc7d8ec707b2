"""Dev and test: half and half, for ever, whatever the split."""

from __future__ import annotations

from collections import Counter

from citing_app.method.identity import content_hash, split_of
from citing_app.method.parts import PARTS, part_name, part_of


def test_a_part_depends_on_the_second_eight_digits_alone() -> None:
    for digits, part in (("00000000", "dev"), ("0000000f", "test"), ("fffffff0", "dev"), ("00000001", "test")):
        assert part_of("0" * 8 + digits + "0" * 48) == part_of("f" * 8 + digits + "f" * 48) == part


def test_what_was_dev_is_dev_for_ever() -> None:
    parts = [part_of(content_hash(f"instruction {number}", "")) for number in range(12)]
    assert "".join(part[0] for part in parts) == "dddtttttdttd"


def test_parts_are_halves_of_every_split() -> None:
    hashes = [content_hash(f"instruction {number}", "") for number in range(20_000)]
    counts = Counter((split_of(one), part_of(one)) for one in hashes)
    for split in ("train", "validation", "test"):
        dev, test = counts[split, "dev"], counts[split, "test"]  # type: ignore[index]
        assert abs(dev / (dev + test) - 0.5) < 0.04


def test_a_part_has_a_name_of_its_own_and_the_whole_keeps_its() -> None:
    assert [part_name("school", part) for part in PARTS] == ["school", "school · dev", "school · test"]
