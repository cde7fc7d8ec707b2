"""Which instructions a round takes."""

from __future__ import annotations

from citing_app.method.sampling import sample

HASHES = [f"hash {number}" for number in range(10)]


def test_the_seed_alone_decides_the_order() -> None:
    first = sample(HASHES, 4, [], "fresh", 17)
    assert first == sample(HASHES[::-1], 4, [], "fresh", 17)
    assert len(set(first)) == 4
    assert any(first != sample(HASHES, 4, [], "fresh", seed) for seed in range(3))


def test_same_takes_the_first_sample_again_and_nothing_that_is_gone() -> None:
    first = sample(HASHES, 4, [], "same", 17)
    assert sample(HASHES, 4, [first, HASHES[:2]], "same", 5) == first
    assert sample([one for one in HASHES if one != first[0]], 4, [first], "same", 17) == first[1:]


def test_fresh_takes_new_ones_and_then_what_was_had_longest_ago() -> None:
    first = sample(HASHES, 4, [], "fresh", 17)
    second = sample(HASHES, 4, [first], "fresh", 17)
    assert not set(first) & set(second)
    third = sample(HASHES, 4, [first, second], "fresh", 17)
    assert set(third[:2]) == set(HASHES) - set(first) - set(second)
    assert set(third[2:]) < set(first)


def test_there_may_be_fewer_than_wanted() -> None:
    assert sorted(sample(HASHES[:3], 9, [], "fresh", 1)) == HASHES[:3]
    assert sample([], 9, [], "same", 1) == []
